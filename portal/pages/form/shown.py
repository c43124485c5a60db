"""Values as fields show them: from the text of the REST API to what is typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
from django.utils.formats import get_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.pages.form.kinds import is_text
from portal.pages.form.units import QUANTITIES
from services.datatypes.base import DataType
from services.datatypes.multivalue import GPMultiValue
from services.errors import InvalidValue
from services.geometry.features import ARROW_TYPES
from services.pages import Option, form_text
from services.wire import decode

#: Data types in words, for whoever chooses one.
TYPES: dict[str, Promise] = {
    "GPString": _("A text"),
    "GPLong": _("A whole number"),
    "GPDouble": _("A number"),
    "GPBoolean": _("Yes or no"),
    "GPDate": _("A date and time"),
    "GPLinearUnit": _("A distance"),
    "GPArealUnit": _("An area"),
    "GPTimeUnit": _("A length of time"),
    "GPFeatureRecordSetLayer": _("Features"),
    "GPRecordSet": _("A table"),
    "GPDataFile": _("A file"),
    "GPRasterDataLayer": _("A raster"),
    "GPRasterData": _("A raster"),
    "Field": _("A field"),
    "GPSQLExpression": _("An SQL expression"),
    "GPStringHidden": _("A hidden text"),
    "GPSpatialReference": _("A spatial reference"),
    "GPCoordinateSystem": _("A coordinate system"),
    "GPExtent": _("An extent"),
    "GPEnvelope": _("An envelope"),
    "GPValueTable": _("A table of values"),
    "GPComposite": _("A value of one of several types"),
}

_FIELDS: dict[str, Promise] = {
    "esriFieldTypeString": _("Text"),
    "esriFieldTypeInteger": _("Whole number"),
    "esriFieldTypeSmallInteger": _("Small whole number"),
    "esriFieldTypeBigInteger": _("Large whole number"),
    "esriFieldTypeDouble": _("Number"),
    "esriFieldTypeSingle": _("Number of single precision"),
    "esriFieldTypeDate": _("Date and time"),
    "esriFieldTypeOID": _("Object ID"),
    "esriFieldTypeGUID": _("GUID"),
    "esriFieldTypeGlobalID": _("Global ID"),
    "esriFieldTypeGeometry": _("Geometry"),
}


def decoded(text: str) -> Any:
    """Return the value of JSON text, None for any other text."""
    try:
        return decode(text)
    except InvalidValue:
        return None


def type_word(name: str) -> str:
    """Return a data type in words, several of one too."""
    member = name.removeprefix("GPMultiValue:")
    word = str(TYPES.get(member, member))
    if member == name:
        return word
    return str(_("Several of: %(type)s")) % {"type": word}


def plain(kind: DataType[Any], value: str) -> str:  # noqa: ARG001  (one of several)
    """Return a text as it is."""
    return value


def number(kind: DataType[Any], value: str) -> str:  # noqa: ARG001  (one of several)
    """Return a number with the decimal sign of the reader's language."""
    text = value.removesuffix(".0")
    return text.replace(".", str(get_format("DECIMAL_SEPARATOR")))


def quantity(kind: DataType[Any], value: str) -> tuple[str, str]:
    """Return the number and the unit of a quantity."""
    if not isinstance(kind, QUANTITIES):
        return value, ""
    given = decoded(value) if value.lstrip().startswith("{") else None
    if isinstance(given, dict):
        unit = kind.spellings.get(str(given.get("units") or "").strip().lower())
        return number(kind, form_text(given.get(kind.number_key))), unit or ""
    head, _space, word = value.strip().partition(" ")
    unit = kind.spellings.get(word.replace(" ", "").lower())
    return (number(kind, head), unit) if unit else (value, "")


def moment(kind: DataType[Any], value: str) -> str:
    """Return a moment in UTC as fields for one take it; other text as it is."""
    try:
        found = kind.parse(value).replace(tzinfo=None)
    except InvalidValue:
        return value
    return str(
        found.isoformat(timespec="milliseconds" if found.microsecond else "seconds")
    )


def reference(kind: DataType[Any], value: str) -> str:  # noqa: ARG001  (one of several)
    """Return the code of a spatial reference; its JSON if that says more."""
    given = decoded(value) if value.lstrip().startswith("{") else None
    if isinstance(given, dict) and set(given) <= {"wkid", "latestWkid"} and given:
        return str(given.get("wkid") or given["latestWkid"])
    return value


def field_parts(
    value: str, admitted: tuple[str, ...]
) -> tuple[str, str, tuple[Option, ...]]:
    """Return the name of a field, all that is said of it, and the types to choose."""
    given = decoded(value) if value.lstrip().startswith("{") else None
    known = given if isinstance(given, dict) else {"name": value}
    chosen = str(known.get("type") or "")
    types = [*(admitted or (*ARROW_TYPES, "esriFieldTypeGeometry"))]
    types += [chosen] if chosen and chosen not in types else []
    options = [Option(one, str(_FIELDS.get(one, one)), one == chosen) for one in types]
    return form_text(known.get("name")), value if known is given else "", tuple(options)


def members(kind: DataType[Any], value: str) -> list[str]:
    """Return the texts of the members of a list."""
    if not value.strip():
        return []
    found = decoded(value) if value.lstrip().startswith("[") else None
    if isinstance(found, list):
        return [form_text(one) for one in found]
    parts = value.split(",") if kind.has_comma_lists else [value]
    return [one.strip() for one in parts]


def lines(kind: DataType[Any], value: str) -> str:
    """Return the members of a list as lines; JSON if lines could not hold them."""
    found = members(kind, value)
    joined = "\n".join(found)
    holds = all(one and one == one.strip() and len(one.splitlines()) == 1
                for one in found)  # fmt: skip
    is_plain = found and holds and not joined.startswith("[")
    return joined if is_plain else value


def table(kind: DataType[Any], value: str) -> list[list[str]] | None:
    """Return the rows of a list or table as texts of cells; None if it is neither."""
    if not value.strip():
        return []
    found = decoded(value) if value.lstrip().startswith("[") else None
    if isinstance(kind, GPMultiValue):
        return [[one] for one in members(kind, value)] if found != [] else []
    if not isinstance(found, list):
        return None
    rows = [_cells(kind, one) for one in found]
    return None if None in rows else [one for one in rows if one is not None]


def _cells(kind: DataType[Any], row: Any) -> list[str] | None:
    if isinstance(row, dict):
        given = {str(name).lower(): value for name, value in row.items()}
        row = [given.get(one.name.lower()) for one in kind.columns]
    if not isinstance(row, list) or len(row) != len(kind.columns):
        return None
    return [form_text(one) for one in row]


def tagged(kind: DataType[Any], value: str) -> tuple[str, str]:
    """Return the type of a composite's value, and the value's text."""
    if not value.strip():
        return "", ""
    given = decoded(value) if value.lstrip().startswith("{") else None
    if isinstance(given, dict) and set(given) == {"dataType", "value"}:
        return str(given["dataType"]), form_text(given["value"])
    for column in kind.columns:
        try:
            column.data_type.parse(
                value if is_text(column.data_type) else given or value
            )
        except InvalidValue:
            continue
        return column.data_type.name, value
    return kind.columns[0].data_type.name, value


def embedded(kind: DataType[Any], text: str) -> Any:
    """Return a text as a member of JSON: decoded, unless texts are its values."""
    if is_text(kind) or text[:1] not in ("{", "["):
        return text
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


#: By kind of control: what its field shows of a value.
AS_TEXT: dict[str, Callable[[DataType[Any], str], str]] = {
    "number": number,
    "date": moment,
    "crs": reference,
    "list": lines,
}
