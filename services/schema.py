"""Parameter and Schema: the gate between raw values and typed ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import orjson

from services.confidential import without_tokens
from services.datatypes import data_type
from services.datatypes.base import DataType, Find
from services.datatypes.rule import Rule
from services.errors import InvalidParameters, InvalidValue, Problem
from services.geometry.attributes import dump_fields
from services.geometry.features import Field
from services.param import plain_name
from services.quotable import DEFAULT, LINE, REMARK, check_quotable

#: Data types that a choice list may be of.
CHOSEN = ("GPString", "GPMultiValue:GPString")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One named input or output of a task.

    ``default`` is a wire value that stands in for an omitted input; None = none.
    ``example`` fills forms (and the REST default of a required input) but never
    stands in. ``minimum`` to ``extensions`` are the ``rule``; bounds hold for each
    number of a multivalue too. ``fields`` are the schema of features and tables,
    ``depends_on`` the name of a parameter that clients ask for first. A ``hidden``
    input is not shown, its default is used; a ``constant`` is shown, but its default
    is used whatever the client sends.
    """

    name: str
    data_type: DataType[Any]
    label: str = ""
    description: str = ""
    required: bool = True
    is_output: bool = False
    default: Any = None
    example: Any = None
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    geometry_types: tuple[str, ...] = ()
    field_types: tuple[str, ...] = ()
    extensions: tuple[str, ...] = ()
    fields: tuple[Field, ...] = ()
    depends_on: str = ""
    category: str = ""
    hidden: bool = False
    constant: bool = False

    def parse(
        self, raw: Any, notes: list[str] | None = None, find: Find | None = None
    ) -> Any:
        """Return the typed value; None for an omitted optional input.

        None and "" count as omitted. ``find`` returns the content of a source;
        without it a source is a value that nobody reads. Raises InvalidValue.
        """
        raw = self.in_force(raw)
        if raw is None:
            if self.required:
                raise InvalidValue("a value is required")
            return None
        if find is not None:
            raw = self.data_type.resolve(raw, find)
        value = self.data_type.parse(raw, notes)
        self.rule.check(value)
        return value

    def in_force(self, raw: Any) -> Any:
        """Return the raw value that counts: the given one or the default, or None."""
        if self.hidden or self.constant or self.data_type.is_omitted(raw):
            return self.default
        return raw

    @property
    def rule(self) -> Rule:
        """What is admitted besides the data type."""
        return Rule(
            self.minimum,
            self.maximum,
            self.choices,
            self.geometry_types,
            self.field_types,
            self.extensions,
        )

    @property
    def default_document(self) -> Any:
        """The REST ``defaultValue``: for features and tables an empty set's schema."""
        name = self.data_type.name
        if name == "GPFeatureRecordSetLayer" and (self.is_output or not self.default):
            return _empty_features(self.geometry_types, self.fields)
        if name == "GPRecordSet" and (self.is_output or not self.default):
            document = _empty_features((), self.fields)
            kept = ("displayFieldName", "fields", "features", "exceededTransferLimit")
            return {key: document[key] for key in kept}
        if self.is_output:
            return None
        return self.default if self.default is not None else self.example

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON from which ``from_json`` makes an equal parameter."""
        return {
            "name": self.name,
            "dataType": self.data_type.name,
            "form": self.data_type.form,
            "columns": [one.to_json() for one in self.data_type.columns],
            "label": self.label,
            "description": self.description,
            "required": self.required,
            "output": self.is_output,
            "default": self.default,
            "example": self.example,
            "minimum": self.minimum,
            "maximum": self.maximum,
            "choices": list(self.choices),
            "geometryTypes": list(self.geometry_types),
            "fieldTypes": list(self.field_types),
            "extensions": list(self.extensions),
            "fields": dump_fields(self.fields),
            "dependsOn": self.depends_on,
            "category": self.category,
            "hidden": self.hidden,
            "constant": self.constant,
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Parameter:
        """Return the parameter that ``to_json`` described, also an older one."""
        return cls(
            name=document["name"],
            data_type=data_type(
                document["dataType"],
                document.get("columns", ()),
                document.get("form", ""),
            ),
            label=document["label"],
            description=document["description"],
            required=document["required"],
            is_output=document["output"],
            default=document["default"],
            example=document["example"],
            minimum=document["minimum"],
            maximum=document["maximum"],
            choices=tuple(document["choices"]),
            geometry_types=tuple(document["geometryTypes"]),
            field_types=tuple(document.get("fieldTypes", ())),
            extensions=tuple(document.get("extensions", ())),
            fields=tuple(_field_from_json(one) for one in document["fields"]),
            depends_on=document.get("dependsOn", ""),
            category=document["category"],
            hidden=document["hidden"],
            constant=document["constant"],
        )


def _field_from_json(document: Mapping[str, Any]) -> Field:
    return Field(
        document["name"],
        document["type"],
        document["alias"],
        document.get("length"),
        document.get("nullable", True),
    )


def _empty_features(
    geometry_types: tuple[str, ...], fields: tuple[Field, ...]
) -> dict[str, Any]:
    shown_fields = fields or (Field("OBJECTID", "esriFieldTypeOID"),)
    return {
        "displayFieldName": "",
        "geometryType": geometry_types[0] if geometry_types else "esriGeometryPoint",
        "spatialReference": {"wkid": 4326, "latestWkid": 4326},
        "fields": dump_fields(shown_fields),
        "features": [],
        "exceededTransferLimit": False,
    }


@dataclass(frozen=True, slots=True)
class Schema:
    """The ordered parameters of a task, inputs and outputs together."""

    parameters: tuple[Parameter, ...] = field(default=())

    def __iter__(self) -> Iterator[Parameter]:
        return iter(self.parameters)

    @property
    def inputs(self) -> tuple[Parameter, ...]:
        """The inputs, in order."""
        return tuple(one for one in self.parameters if not one.is_output)

    @property
    def outputs(self) -> tuple[Parameter, ...]:
        """The outputs, in order."""
        return tuple(one for one in self.parameters if one.is_output)

    def raw_inputs(self, raw: Mapping[str, Any]) -> Iterator[tuple[Parameter, Any]]:
        """Yield each input with what was sent for it, None for nothing.

        Names match in any case, and with other signs where ours have underscores,
        as some old clients have them; names that are no input are ignored.
        """
        by_plain = {plain_name(name): value for name, value in raw.items()}
        for one in self.inputs:
            yield one, raw.get(one.name, by_plain.get(plain_name(one.name)))

    def parse(
        self, raw: Mapping[str, Any], notes: list[str], find: Find | None = None
    ) -> dict[str, Any]:
        """Return typed values by input name; omitted optional inputs are left out.

        ``find`` is as in ``Parameter.parse``. Raises InvalidParameters with every
        refused parameter.
        """
        values: dict[str, Any] = {}
        problems: list[Problem] = []
        for parameter, given in self.raw_inputs(raw):
            remarks: list[str] = []
            try:
                value = parameter.parse(given, remarks, find)
            except InvalidValue as exc:
                problems.append(Problem(parameter.name, str(exc)))
                continue
            notes.extend(f"{parameter.name}: {remark}" for remark in remarks)
            if value is not None:
                values[parameter.name] = value
        if problems:
            raise InvalidParameters(problems)
        return values

    def to_json(self) -> list[dict[str, Any]]:
        """Return plain JSON; see ``Parameter.to_json``."""
        return [parameter.to_json() for parameter in self.parameters]

    @classmethod
    def from_json(cls, documents: list[dict[str, Any]]) -> Schema:
        """Return the schema that ``to_json`` described."""
        return cls(tuple(Parameter.from_json(document) for document in documents))


def check_parameter(parameter: Parameter) -> None:
    """Raise InvalidValue if a parameter's own default, example or bounds clash.

    Also if one of its texts is none that Python clients can quote.
    """
    low, high = parameter.minimum, parameter.maximum
    if low is not None and high is not None and low > high:
        raise InvalidValue(f"minimum {low:g} is above maximum {high:g}")
    if parameter.choices and parameter.data_type.name not in CHOSEN:
        raise InvalidValue("only a text can have a choice list")
    _check_secrecy(parameter)
    for raw in (parameter.default, parameter.example):
        if raw is not None:
            replace(parameter, hidden=False, constant=False).parse(raw, [])
    if (parameter.hidden or parameter.constant) and (
        parameter.required and parameter.default is None
    ):
        raise InvalidValue("a hidden or constant parameter needs a default")
    _check_texts(parameter)


def _check_secrecy(parameter: Parameter) -> None:
    """Refuse a secret as default or example: descriptions and jobs show these."""
    for raw in (parameter.default, parameter.example):
        if raw is not None and parameter.data_type.is_secret:
            raise InvalidValue("a hidden text can have no default and no example")
        if without_tokens(raw) != raw:
            raise InvalidValue(
                "a default or example can hold no token: descriptions show them"
            )


def _check_texts(parameter: Parameter) -> None:
    check_quotable(parameter.label, LINE if parameter.is_output else REMARK, "label")
    check_quotable(parameter.description, REMARK, "description")
    for text in (parameter.default, parameter.example):
        if isinstance(text, str):
            check_quotable(text, DEFAULT, "default")


@lru_cache(maxsize=64)
def schema_of(text: bytes) -> Schema:
    """Return the schema whose ``to_json`` a JSON text is; equal texts are read once."""
    return Schema.from_json(orjson.loads(text))
