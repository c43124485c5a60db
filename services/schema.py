"""Parameter and Schema: the gate between raw values and typed ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from services.datatypes import data_type
from services.datatypes.base import DataType, shown
from services.errors import InvalidParameters, InvalidValue, Problem
from services.geometry.attributes import dump_fields
from services.geometry.features import FeatureSet, Field
from services.geometry.units import LinearUnit

_MANY = 30  # choices named in a refusal


@dataclass(frozen=True, slots=True)
class Parameter:
    """One named input or output of a task.

    ``default`` is a wire value that stands in for an omitted input; None = none.
    ``example`` fills forms (and the REST default of a required input) but never
    stands in. ``minimum``/``maximum`` bound numbers, the numbers of a multivalue,
    and the distance of a linear unit in the unit of the bound: metres.
    ``choices`` are the only texts accepted, if there are any. ``geometry_types``
    likewise for features. A ``hidden`` input is not shown, its default is used; a
    ``constant`` is shown, but its default is used whatever the client sends.
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
    fields: tuple[Field, ...] = ()
    category: str = ""
    hidden: bool = False
    constant: bool = False

    def parse(self, raw: Any, notes: list[str] | None = None) -> Any:
        """Return the typed value; None for an omitted optional input.

        None and "" count as omitted. Raises InvalidValue.
        """
        if self.hidden or self.constant or self.data_type.is_omitted(raw):
            raw = self.default
        if raw is None:
            if self.required:
                raise InvalidValue("a value is required")
            return None
        value = self.data_type.parse(raw, notes)
        self.check(value)
        return value

    def check(self, value: Any) -> None:
        """Raise InvalidValue if a typed value breaks bounds, choices or kinds."""
        for one in value if isinstance(value, list) else [value]:
            self._check_one(one)

    def _check_one(self, value: Any) -> None:
        if self.choices and value not in self.choices:
            listed = ", ".join(self.choices[:_MANY])
            raise InvalidValue(
                f"must be one of the choices {listed}, not {shown(value)}"
            )
        if isinstance(value, LinearUnit):
            self._check_bounds(value.metres, " metres")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            self._check_bounds(value, "")
        elif isinstance(value, FeatureSet) and self.geometry_types:
            self._check_geometry_type(value)

    def _check_bounds(self, number: float, unit: str) -> None:
        if self.minimum is not None and number < self.minimum:
            least = f"{self.minimum:.15g}{unit}"
            raise InvalidValue(f"out of range: must be at least {least}")
        if self.maximum is not None and number > self.maximum:
            most = f"{self.maximum:.15g}{unit}"
            raise InvalidValue(f"out of range: must be at most {most}")

    def _check_geometry_type(self, value: FeatureSet) -> None:
        if value.geometry_type not in self.geometry_types and len(value):
            kinds = " or ".join(self.geometry_types)
            raise InvalidValue(
                f"geometryType must be {kinds}, not {value.geometry_type}"
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
            "fields": dump_fields(self.fields),
            "category": self.category,
            "hidden": self.hidden,
            "constant": self.constant,
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Parameter:
        """Return the parameter that ``to_json`` described."""
        return cls(
            name=document["name"],
            data_type=data_type(document["dataType"]),
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
            fields=tuple(_field_from_json(one) for one in document["fields"]),
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

    def parse(self, raw: Mapping[str, Any], notes: list[str]) -> dict[str, Any]:
        """Return typed values by input name; omitted optional inputs are left out.

        Names match in any case; names that are no input are ignored. Raises
        InvalidParameters with every refused parameter.
        """
        by_lower = {name.lower(): value for name, value in raw.items()}
        values: dict[str, Any] = {}
        problems: list[Problem] = []
        for parameter in self.inputs:
            given = raw.get(parameter.name, by_lower.get(parameter.name.lower()))
            remarks: list[str] = []
            try:
                value = parameter.parse(given, remarks)
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
    """Raise InvalidValue if a parameter's own default, example or bounds clash."""
    low, high = parameter.minimum, parameter.maximum
    if low is not None and high is not None and low > high:
        raise InvalidValue(f"minimum {low:g} is above maximum {high:g}")
    for raw in (parameter.default, parameter.example):
        if raw is not None:
            replace(parameter, hidden=False, constant=False).parse(raw, [])
    if (parameter.hidden or parameter.constant) and (
        parameter.required and parameter.default is None
    ):
        raise InvalidValue("a hidden or constant parameter needs a default")
