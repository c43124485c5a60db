"""Column: one column of a value table, one type of a composite."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from services.datatypes.base import DataType
from services.datatypes.rule import ANYTHING, Rule


@dataclass(frozen=True, slots=True)
class Column:
    """A data type with its rule, and in a value table with name and label.

    An empty cell of a ``required`` column is refused.
    """

    data_type: DataType[Any]
    name: str = ""
    label: str = ""
    required: bool = True
    rule: Rule = ANYTHING

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON from which ``from_json`` makes an equal column."""
        return {
            "dataType": self.data_type.name,
            "columns": [one.to_json() for one in self.data_type.columns],
            "name": self.name,
            "label": self.label,
            "required": self.required,
            "rule": asdict(self.rule),
        }

    @classmethod
    def from_json(
        cls,
        document: Mapping[str, Any],
        data_type: Callable[..., DataType[Any]],
    ) -> Column:
        """Return the column that ``to_json`` described; ``data_type`` finds types."""
        rule: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value
                for name, value in document["rule"].items()}  # fmt: skip
        return cls(
            data_type(document["dataType"], document["columns"]),
            document["name"],
            document["label"],
            document["required"],
            Rule(**rule),
        )
