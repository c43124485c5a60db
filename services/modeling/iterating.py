"""A step that runs many times: what it goes through, and what it makes in all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from services.datatypes.multivalue import GPMultiValue
from services.errors import ToolFailed
from services.geometry.features import RecordSet
from services.geometry.stacking import stacked
from services.modeling.definition import Iteration
from services.schema import Parameter

#: A step runs no more often in one run.
MAX_ROUNDS = 1000


def items(whole: Any, each: Iteration) -> list[Any]:
    """Return what the runs of a step get, one after another.

    ``by`` feature: sets of one feature or row; by a field: sets of the rows that have
    the same value there, in the order in which values first occur, null one of them;
    by value: the members of a list. Raises ToolFailed for more than 1,000.
    """
    if isinstance(whole, RecordSet):
        return [whole.take(rows) for rows in _groups(whole, each)]
    found = whole if isinstance(whole, list) else [whole]
    _limit(len(found), each)
    return found


def _groups(records: RecordSet, each: Iteration) -> list[np.ndarray]:
    if each.by != "field":
        _limit(len(records), each)
        return [np.array([row]) for row in range(len(records))]
    codes = records.column(each.field).combine_chunks().dictionary_encode("encode")
    groups = codes.indices.to_numpy(zero_copy_only=False)
    count = int(groups.max()) + 1 if len(groups) else 0
    _limit(count, each)
    order = np.argsort(groups, kind="stable")
    return np.split(order, np.searchsorted(groups[order], np.arange(1, count))) \
        if count else []  # fmt: skip


def _limit(count: int, each: Iteration) -> None:
    if count > MAX_ROUNDS:
        raise ToolFailed(
            f"{each.input}: {count:,} runs of one step, at most {MAX_ROUNDS:,} are made"
        )


def put_together(
    outputs: Sequence[Parameter], rounds: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """Return the outputs of a step from those of its runs.

    ``outputs`` have the types of what is put together. Features and tables follow each
    other, lists too; other values become a list. What a run did not make is left out.
    """
    return {one.name: _together(one, rounds) for one in outputs}


def _together(output: Parameter, rounds: Sequence[dict[str, Any]]) -> Any:
    found = [one[output.name] for one in rounds if one[output.name] is not None]
    if not found:
        return None
    if isinstance(found[0], RecordSet):
        return stacked(found)
    if isinstance(output.data_type, GPMultiValue) and isinstance(found[0], list):
        return [value for values in found for value in values]
    return found
