"""Controls: what an input looks like in a form, derived from its parameter.

``CONTROLS`` has one for each data type. A control's ``kind`` names its template,
``templates/portal/controls/<kind>.html``; ``portal/pages/form/reading.py`` has the way
back from what was typed to the text that the REST API takes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from services.datatypes.base import DataType
from services.datatypes.unit import GPArealUnit, GPLinearUnit, GPTimeUnit
from services.errors import InvalidValue
from services.geometry.attributes import dump_fields
from services.narrowing import raw_default
from services.pages import Option, form_text
from services.schema import Parameter
from services.wire import decode

#: Wire name to the kind of control; others are a line, or an area for JSON.
CONTROLS: dict[str, str] = {
    "GPString": "text",
    "GPLong": "number",
    "GPDouble": "number",
    "GPBoolean": "boolean",
    "GPDate": "date",
    "GPLinearUnit": "quantity",
    "GPArealUnit": "quantity",
    "GPTimeUnit": "quantity",
    "GPFeatureRecordSetLayer": "features",
    "GPRecordSet": "table",
    "GPDataFile": "file",
    "GPRasterDataLayer": "raster",
    "GPRasterData": "raster",
    "Field": "field",
    "GPSQLExpression": "sql",
    "GPStringHidden": "secret",
    "GPSpatialReference": "crs",
    "GPCoordinateSystem": "crs",
    "GPExtent": "extent",
    "GPEnvelope": "extent",
    "GPValueTable": "rows",
}

#: Ends the name of the field with the unit of a quantity.
UNITS = ".units"


@dataclass(frozen=True, slots=True)
class Control:
    """An input in a form. ``value`` is the text that the REST API would take.

    ``config`` is what scripts need to know of the parameter, as JSON.
    """

    kind: str
    name: str
    label: str
    data_type: str
    description: str
    value: str
    default: str
    is_required: bool
    is_constant: bool
    problem: str = ""
    options: tuple[Option, ...] = ()
    number: str = ""
    units: tuple[Option, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    category: str = ""
    config: Mapping[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The id of its field in the page."""
        return f"p-{self.name}"

    @property
    def template(self) -> str:
        """The template of the control itself."""
        return f"portal/controls/{self.kind}.html"

    @property
    def is_group(self) -> bool:
        """True if it has several fields, so that its label is a legend."""
        return self.kind in (
            "features",
            "extent",
            "rows",
            "list",
            "file",
            "raster",
            "table",
        )


def control(parameter: Parameter, text: str | None, problem: str = "") -> Control:
    """Return the control of an input, filled with ``text``; None: with its default."""
    kind = parameter.data_type
    default = form_text(raw_default(parameter))
    value = default if text is None else text
    if parameter.constant:
        value = form_text(parameter.default)
    if kind.is_secret:
        value = ""
    number, units = _quantity(kind, value)
    return Control(
        kind=control_kind(parameter),
        name=parameter.name,
        label=parameter.label or parameter.name.replace("_", " "),
        data_type=kind.name,
        description=parameter.description,
        value=value,
        default=default,
        is_required=parameter.required,
        is_constant=parameter.constant,
        problem=problem,
        options=_options(parameter, value),
        number=number,
        units=units,
        minimum=parameter.minimum,
        maximum=parameter.maximum,
        category=parameter.category,
        config=_config(parameter, default),
    )


def control_kind(parameter: Parameter) -> str:
    """Return the kind of control of an input."""
    name = parameter.data_type.name
    if name == "GPString" and parameter.choices:
        return "choice"
    if name == "GPMultiValue:GPString" and parameter.choices:
        return "choices"
    if name.startswith("GPMultiValue:"):
        return "list"
    return CONTROLS.get(
        name, "json" if parameter.data_type.widget == "json" else "text"
    )


def _options(parameter: Parameter, value: str) -> tuple[Option, ...]:
    chosen = _members(value) if parameter.data_type.name != "GPString" else {value}
    return tuple(Option(one, one, one in chosen) for one in parameter.choices)


def _members(value: str) -> set[str]:
    found = _decoded(value) if value.lstrip().startswith("[") else value.split(";")
    return {str(one) for one in found} if isinstance(found, list) else set()


def _decoded(text: str) -> Any:
    try:
        return decode(text)
    except InvalidValue:
        return None


def _quantity(kind: DataType[Any], value: str) -> tuple[str, tuple[Option, ...]]:
    """Return the number and the units of a quantity as it is typed."""
    if not isinstance(kind, GPLinearUnit | GPArealUnit | GPTimeUnit):
        return "", ()
    given = _decoded(value) if value.lstrip().startswith("{") else None
    number, unit = value.partition(" ")[0], kind.default_unit
    if isinstance(given, dict):
        number = form_text(given.get(kind.number_key))
        unit = str(given.get("units") or unit)
    known = tuple(Option(one, one, one == unit) for one in kind.units)
    return number, known


def _config(parameter: Parameter, default: str) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "dataType": parameter.data_type.name,
        "required": parameter.required,
        "default": default,
        "geometryTypes": list(parameter.geometry_types),
        "fieldTypes": list(parameter.field_types),
        "extensions": list(parameter.extensions),
        "dependsOn": parameter.depends_on,
        "minimum": parameter.minimum,
        "maximum": parameter.maximum,
        "fields": dump_fields(parameter.fields),
    }
