"""Rule: what a parameter or column admits besides its data type."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from services.datatypes.base import DataType, shown
from services.errors import InvalidValue
from services.files import DataFile
from services.geometry.features import FeatureSet, Field
from services.geometry.units import ArealUnit, LinearUnit, TimeUnit

_MANY = 30  # choices named in a refusal


@dataclass(frozen=True, slots=True)
class Rule:
    """Bounds, choices and kinds; empty ones admit everything.

    ``minimum``/``maximum`` bound numbers, and quantities with a unit: in metres,
    square metres or seconds. ``choices`` are texts. ``geometry_types`` hold for
    features, ``field_types`` for fields, ``extensions`` (without dot) for files.
    """

    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    geometry_types: tuple[str, ...] = ()
    field_types: tuple[str, ...] = ()
    extensions: tuple[str, ...] = ()

    def check(self, value: Any) -> None:
        """Raise InvalidValue if a typed value, or one of a list, is not admitted."""
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
        elif isinstance(value, ArealUnit):
            self._check_bounds(value.square_metres, " square metres")
        elif isinstance(value, TimeUnit):
            self._check_bounds(value.seconds, " seconds")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            self._check_bounds(value, "")
        else:
            self._check_kind(value)

    def _check_bounds(self, number: float, unit: str) -> None:
        if self.minimum is not None and number < self.minimum:
            least = f"{self.minimum:.15g}{unit}"
            raise InvalidValue(f"out of range: must be at least {least}")
        if self.maximum is not None and number > self.maximum:
            most = f"{self.maximum:.15g}{unit}"
            raise InvalidValue(f"out of range: must be at most {most}")

    def _check_kind(self, value: Any) -> None:
        if isinstance(value, FeatureSet) and self.geometry_types and len(value):
            _admit("geometryType", value.geometry_type, self.geometry_types)
        elif isinstance(value, Field) and self.field_types:
            _admit(f"the type of field '{value.name}'", value.type, self.field_types)
        elif isinstance(value, DataFile) and self.extensions:
            extension = _extension(value)
            if extension:
                _admit("the file's extension", extension, self.extensions)

    def filter(self, kind: DataType[Any]) -> dict[str, Any] | None:
        """Return the ``filter`` of a parameter of that type (gpserver-rest 3.1)."""
        name = kind.name.removeprefix("GPMultiValue:")
        if self.choices:
            coded = [{"dataType": name, "name": one, "value": one}
                     for one in self.choices]  # fmt: skip
            return {"type": "codedValue", "list": coded}
        # A range has both ends; one alone only shows in a refusal.
        ends = None not in (self.minimum, self.maximum)
        if name in ("GPLong", "GPDouble") and ends:
            return {"type": "range", "minimum": self.minimum, "maximum": self.maximum}
        for type_name, admitted in (
            ("featureClass", self.geometry_types),
            ("field", self.field_types),
            ("file", self.extensions),
        ):
            if admitted:
                return {"type": type_name, "list": list(admitted)}
        inner = [column.rule.filter(column.data_type) for column in kind.columns]
        return {"type": "composite", "list": inner} if any(inner) else None


#: Admits everything.
ANYTHING = Rule()


def _admit(what: str, given: str, admitted: tuple[str, ...]) -> None:
    if given.lower() not in {one.lower() for one in admitted}:
        raise InvalidValue(f"{what} must be {' or '.join(admitted)}, not {given[:60]}")


def _extension(file: DataFile) -> str:
    """Return the extension without dot; "" where the file's name is not known."""
    address = dict(file.source or ()).get("url", "")
    name = file.name or urlsplit(address).path
    return PurePosixPath(name).suffix.removeprefix(".")
