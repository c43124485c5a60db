"""What an input admits, in words: said before anybody runs against it."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils import formats
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.pages.form.units import QUANTITIES, unit_word, usual_unit
from services.datatypes.multivalue import GPMultiValue
from services.models import Service
from services.schema import Parameter

GEOMETRIES: dict[str, Promise] = {
    "esriGeometryPoint": gettext_lazy("points"),
    "esriGeometryMultipoint": gettext_lazy("multipoints"),
    "esriGeometryPolyline": gettext_lazy("lines"),
    "esriGeometryPolygon": gettext_lazy("polygons"),
}


def limit_text(parameter: Parameter, max_features: int = 0) -> str:
    """Return the limits of an input in whole sentences, "" if there are none."""
    said = [*_bounds(parameter), *_kinds(parameter)]
    is_layer = parameter.data_type.name == "GPFeatureRecordSetLayer"
    if is_layer and max_features:
        number = number_text(max_features)
        said.append(_("At most %(number)s features.") % {"number": number})
    return " ".join(said)


def _bounds(parameter: Parameter) -> Iterable[str]:
    low, high = parameter.minimum, parameter.maximum
    lowest = None if low is None else bound_text(parameter, low)
    highest = None if high is None else bound_text(parameter, high)
    if lowest is not None and highest is not None:
        yield _("From %(low)s to %(high)s.") % {"low": lowest, "high": highest}
    elif lowest is not None:
        yield _("At least %(low)s.") % {"low": lowest}
    elif highest is not None:
        yield _("At most %(high)s.") % {"high": highest}


def bound_text(parameter: Parameter, bound: float) -> str:
    """Return a bound as people read it: with a unit, in that of the default."""
    kind = parameter.data_type
    if isinstance(kind, GPMultiValue):
        kind = kind.member
    if not isinstance(kind, QUANTITIES):
        return number_text(bound)
    given = parameter.default or parameter.example
    unit = given.get("units") if isinstance(given, dict) else ""
    unit = unit if unit in kind.units else usual_unit(kind)
    return f"{number_text(bound / kind.units[unit])} {unit_word(unit)}"


def number_text(number: float) -> str:
    """Return a number as the reader's language writes it."""
    if number == int(number) and abs(number) < 1e15:
        return str(
            formats.number_format(int(number), use_l10n=True, force_grouping=True)
        )
    return f"{number:.12g}".replace(".", str(formats.get_format("DECIMAL_SEPARATOR")))


def service_limits(service: Service) -> list[str]:
    """Return what a service bounds, a sentence each."""
    number = number_text
    said = [
        _("A run may take %(n)s seconds.") % {"n": number(service.max_run_seconds)},
        _("An input may have %(n)s features.") % {"n": number(service.max_features)},
        _("A result has at most %(n)s features by REST; files have all of them.")
        % {"n": number(service.maximum_records)},
    ]
    if service.uploads:
        size = number(service.max_upload_mb)
        return [*said, _("A file may have %(n)s MB.") % {"n": size}]
    return [*said, _("Files cannot be uploaded; their address can be given.")]


def _kinds(parameter: Parameter) -> Iterable[str]:
    if parameter.geometry_types:
        words = [str(GEOMETRIES.get(one, one)) for one in parameter.geometry_types]
        yield _("Accepted: %(kinds)s.") % {"kinds": ", ".join(words)}
    if parameter.extensions:
        words = [f".{one}" for one in parameter.extensions]
        yield _("Accepted: %(kinds)s.") % {"kinds": ", ".join(words)}
