"""Controls: what an input looks like in a form, derived from its parameter.

A control's ``kind`` names its template, ``templates/portal/controls/<kind>.html``;
``portal/pages/form/reading.py`` has the way back from what was typed to the text that
the REST API takes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from portal.pages.form import shown
from portal.pages.form.kinds import GROUPS, WITH_FILES, control_kind
from portal.pages.form.limits import limit_text
from portal.pages.form.offered import NOTHING, Offered
from portal.pages.form.units import Unit, pickable, usual_unit
from services.datatypes.column import Column
from services.datatypes.multivalue import GPMultiValue
from services.geometry.attributes import dump_fields
from services.narrowing import raw_default
from services.pages import Option, form_text
from services.schema import Parameter

#: Ends the name of the field with the unit of a quantity.
UNITS = ".units"
#: Ends the names of the fields with the type of a field or composite, with what else
#: a field says, with a file, with an earlier file, and of what marks an empty list.
TYPE, MORE, FILE, ITEM, EMPTY = ".type", ".more", ".file", ".item", ".empty"
#: Signs and words of SQL that an expression can take by a press.
OPERATORS = ("=", "<>", "<", ">", "<=", ">=", "AND", "OR", "NOT", "LIKE", "IN ()",
             "IS NULL")  # fmt: skip
#: Empty rows that a table has for those without scripts.
_SPARE = 1


@dataclass(frozen=True, slots=True)
class Control:
    """An input in a form. ``value`` is the text that the REST API would take.

    ``config`` is what scripts need to know of the parameter, as JSON. ``shown`` is the
    value as its field has it, ``parts`` are controls inside: those of a composite, and
    ``rows`` the lines of a table, each with its cells, of which ``blank`` is an empty
    one. ``units`` and ``more_units`` are those of a quantity.
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
    shown: str = ""
    other: str = ""
    units: tuple[Unit, ...] = ()
    more_units: tuple[Unit, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    category: str = ""
    limit: str = ""
    has_default: bool = False
    parts: tuple[Control, ...] = ()
    rows: tuple[tuple[Control, ...], ...] = ()
    blank: tuple[Control, ...] = ()
    offered: Offered = NOTHING
    config: Mapping[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The id of its field in the page."""
        return f"p-{self.name}"

    @property
    def target(self) -> str:
        """The id of what a link to it leads to: of its first field."""
        if self.kind == "rows":
            return self.rows[0][0].target if self.rows else f"{self.id}-add"
        return f"{self.id}-0" if self.kind == "choices" else self.id

    @property
    def template(self) -> str:
        """The template of the control itself."""
        return f"portal/controls/{self.kind}.html"

    @property
    def is_group(self) -> bool:
        """True if it has several fields, so that its label is a legend."""
        return self.kind in GROUPS

    @property
    def type_word(self) -> str:
        """Its data type in words."""
        return shown.type_word(self.data_type)

    @property
    def address_id(self) -> str:
        """The id of the field for an address, which is the first without uploads."""
        has_choice = self.kind == "raster" and bool(self.offered.rasters)
        is_second = bool(self.offered.uploads) or has_choice
        return f"{self.id}-address" if is_second else self.id

    @property
    def accepted_text(self) -> str:
        """The extensions of files that it takes, as a sentence names them."""
        return ", ".join(f".{one}" for one in self.config["extensions"])

    @property
    def is_moment(self) -> bool:
        """True if its text is a moment, or empty."""
        return not self.shown or (self.shown[:2].isdecimal() and "T" in self.shown)

    @property
    def operators(self) -> tuple[str, ...]:
        """What expressions are made of, besides fields and values."""
        return OPERATORS

    @property
    def is_table(self) -> bool:
        """True if its rows have several columns, or a heading at least."""
        return self.data_type == "GPValueTable"

    @property
    def summary(self) -> str:
        """The first paragraph of its description."""
        return self.description.strip().partition("\n\n")[0]

    @property
    def is_long(self) -> bool:
        """True if there is more to its description."""
        return self.summary != self.description.strip()


def control(
    parameter: Parameter,
    text: str | None,
    problem: str = "",
    offered: Offered = NOTHING,
) -> Control:
    """Return the control of an input, filled with ``text``; None: with its default."""
    data_type = parameter.data_type
    default = form_text(raw_default(parameter))
    value = default if text is None else text
    if parameter.constant:
        value = form_text(parameter.default)
    if data_type.is_secret:
        value = ""
    kind = control_kind(parameter)
    made: dict[str, Any] = {}
    if kind in ("rows", "composite"):
        made = _nested(kind, parameter, value, offered)
        kind = made.pop("kind", kind)
    return Control(
        kind=kind,
        name=parameter.name,
        label=parameter.label or parameter.name.replace("_", " "),
        data_type=data_type.name,
        description=parameter.description,
        value=value,
        default=default,
        is_required=parameter.required,
        is_constant=parameter.constant,
        problem=problem,
        minimum=parameter.minimum,
        maximum=parameter.maximum,
        category=parameter.category,
        limit=limit_text(parameter, offered.max_features),
        has_default=parameter.default is not None,
        offered=offered.filled(value, kind) if kind in WITH_FILES else offered,
        config=_config(parameter, default, offered),
        **{**_shown(kind, parameter, value), **made},
    )


def _shown(kind: str, parameter: Parameter, value: str) -> dict[str, Any]:
    """Return what fields of a kind show, and the entries of its lists."""
    data_type = parameter.data_type
    if kind == "quantity":
        number, unit = shown.quantity(data_type, value)
        usual, others = pickable(data_type, unit or usual_unit(data_type))
        return {"shown": number, "units": tuple(usual), "more_units": tuple(others)}
    if kind == "field":
        name, other, options = shown.field_parts(value, parameter.field_types)
        return {"shown": name, "other": other, "options": options}
    if kind in ("choice", "choices"):
        members = {value} if kind == "choice" else shown.members(data_type, value)
        return {"options": tuple(
            Option(one, one, one in members) for one in parameter.choices)}  # fmt: skip
    return {"shown": shown.AS_TEXT.get(kind, shown.plain)(data_type, value)}


def _nested(
    kind: str, parameter: Parameter, value: str, offered: Offered
) -> dict[str, Any]:
    """Return the controls inside of one; a text that is no list stays a text."""
    columns = columns_of(parameter)
    if kind == "composite":
        chosen, inner = shown.tagged(parameter.data_type, value)
        parts = [_cell(parameter.name, one, inner if one.data_type.name == chosen
                       else "", offered) for one in columns]  # fmt: skip
        return {"parts": tuple(parts), "shown": chosen}
    listed = shown.table(parameter.data_type, value)
    if listed is None:
        return {"kind": "json"}
    if not listed and value == "":
        listed = [[""] * len(columns)] * _SPARE
    rows = [_row(parameter, columns, str(place), cells, offered)
            for place, cells in enumerate(listed)]  # fmt: skip
    blank = _row(parameter, columns, "__", [""] * len(columns), offered)
    return {
        "rows": tuple(rows),
        "blank": blank,
        "shown": value if value == "[]" else "",
    }


def columns_of(parameter: Parameter) -> tuple[Column, ...]:
    """Return the columns of a table, of which a list has one, or those of a union."""
    kind = parameter.data_type
    if isinstance(kind, GPMultiValue):
        return (Column(kind.member, rule=parameter.rule),)
    return kind.columns


def _row(
    parameter: Parameter, columns: tuple[Column, ...], place: str, cells: list[str],
    offered: Offered,
) -> tuple[Control, ...]:  # fmt: skip
    base = f"{parameter.name}.{place}"
    if isinstance(parameter.data_type, GPMultiValue):
        label = parameter.label or parameter.name.replace("_", " ")
        return (
            control(cell_parameter(base, columns[0], label), cells[0], "", offered),
        )
    return tuple(_cell(base, column, text, offered)
                 for column, text in zip(columns, cells, strict=True))  # fmt: skip


def _cell(base: str, column: Column, text: str, offered: Offered) -> Control:
    name = f"{base}.{column.name or column.data_type.name}"
    return control(cell_parameter(name, column), text, "", offered)


def cell_parameter(name: str, column: Column, label: str = "") -> Parameter:
    """Return a column as an input of its own, under the name of its field."""
    rule = column.rule
    return Parameter(
        name=name,
        data_type=column.data_type,
        label=label or column.label or column.name
        or str(shown.TYPES.get(column.data_type.name, column.data_type.name)),
        required=column.required,
        minimum=rule.minimum,
        maximum=rule.maximum,
        choices=rule.choices,
        geometry_types=rule.geometry_types,
        field_types=rule.field_types,
        extensions=rule.extensions,
    )  # fmt: skip


def _config(parameter: Parameter, default: str, offered: Offered) -> dict[str, Any]:
    takes_files = control_kind(parameter) in WITH_FILES
    accepted = offered.accepted(parameter.extensions) if takes_files else ()
    return {
        "name": parameter.name,
        "dataType": parameter.data_type.name,
        "required": parameter.required,
        "default": default,
        "geometryTypes": list(parameter.geometry_types),
        "fieldTypes": list(parameter.field_types),
        "extensions": list(accepted),
        "dependsOn": parameter.depends_on,
        "minimum": parameter.minimum,
        "maximum": parameter.maximum,
        "maxFeatures": offered.max_features,
        "uploads": offered.uploads,
        "maxUploadMB": offered.max_mb,
        "fields": dump_fields(parameter.fields),
    }
