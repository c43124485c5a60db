"""The declared schema of a tool, narrowed by what an administrator has said."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Protocol

from services.errors import InvalidValue, NotFound
from services.registry import installed
from services.schema import Parameter, Schema, check_parameter
from services.tool import Tool


class ParameterRow(Protocol):
    """What an administrator says of one parameter; blank means as declared."""

    name: str
    position: int
    mode: str
    label: str
    description: str
    category: str
    default: Any
    choices: Any
    minimum: float | None
    maximum: float | None

    @property
    def tool_id(self) -> str:
        """The tool of the row's task."""


def narrowed(tool: Tool, rows: Iterable[ParameterRow]) -> Schema:
    """Return the tool's schema with the administrator's edits and order."""
    by_name = {row.name: row for row in rows}
    position = {name: row.position for name, row in by_name.items()}
    merged = [
        _narrow(one, by_name[one.name]) if one.name in by_name else one
        for one in tool.schema
    ]
    merged.sort(key=lambda one: (one.is_output, position.get(one.name, len(position))))
    return Schema(tuple(merged))


def _narrow(declared: Parameter, row: ParameterRow) -> Parameter:
    lows = [x for x in (declared.minimum, row.minimum) if x is not None]
    highs = [x for x in (declared.maximum, row.maximum) if x is not None]
    chosen = tuple(row.choices or ())
    if declared.choices:
        chosen = tuple(x for x in chosen if x in declared.choices) or declared.choices
    narrowed_to = replace(
        declared,
        label=row.label or declared.label,
        description=row.description or declared.description,
        category=row.category or declared.category,
        default=declared.default if row.default is None else row.default,
        choices=chosen,
        minimum=max(lows, default=None),
        maximum=min(highs, default=None),
        hidden=row.mode == "hidden",
        constant=row.mode == "constant",
    )
    return (
        narrowed_to
        if _has_usable_example(narrowed_to)
        else replace(narrowed_to, example=None)
    )


def _has_usable_example(parameter: Parameter) -> bool:
    """Tell if the tool's example still is within the administrator's bounds."""
    try:
        replace(parameter, default=None, hidden=False, constant=False).parse(
            parameter.example, []
        )
    except InvalidValue:
        return parameter.example is None
    return True


def declared_parameter(row: ParameterRow) -> Parameter:
    """Return the tool's own parameter behind a row. Raises NotFound."""
    for one in installed(row.tool_id).schema:
        if one.name == row.name:
            return one
    raise NotFound(f"the tool has no parameter {row.name} any more")


def problem_with(row: ParameterRow) -> str:
    """Return why a row does not fit its declared parameter, or ""."""
    try:
        declared = declared_parameter(row)
        if row.choices is not None and (
            not isinstance(row.choices, list)
            or not all(isinstance(one, str) for one in row.choices)
        ):
            return "The choice list must be a JSON list of texts."
        outside = [one for one in row.choices or () if declared.choices
                   and one not in declared.choices]  # fmt: skip
        if outside:
            return f"The tool does not know the choice {outside[0]}."
        check_parameter(_narrow(declared, row))
    except (InvalidValue, NotFound) as exc:
        return str(exc)
    return ""


def raw_default(parameter: Parameter) -> Any:
    """Return what a form shows before the user types: default, else example."""
    return parameter.default if parameter.default is not None else parameter.example
