"""Whether the condition of a step holds."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from services.errors import ToolFailed
from services.geometry.features import RecordSet
from services.modeling.definition import Condition, Constant

_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def holds(condition: Condition, value: Any) -> bool:
    """Tell if a condition holds for the value that it looks at.

    There are none of a value that is missing: its count is 0, and a comparison does
    not hold. Features and rows of a table are counted, and members of a list; any
    other value counts as one. Raises ToolFailed for what cannot be compared.
    """
    if isinstance(value, Constant):
        value = value.value
    if condition.measure == "count":
        value = _count(value)
    elif value is None:
        return False
    try:
        return bool(_OPERATORS[condition.operator](value, condition.to))
    except TypeError:
        raise ToolFailed(
            f"a condition compares {str(value)[:60]} with {str(condition.to)[:60]}"
        ) from None


def _count(value: Any) -> int:
    if value is None:
        return 0
    return len(value) if isinstance(value, RecordSet | list) else 1
