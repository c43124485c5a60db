"""Sets of features or rows put one below the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeVar, cast

import numpy as np
import pyarrow as pa

from services.errors import ToolFailed
from services.geometry.columns import plain_ids
from services.geometry.features import FeatureSet, Field, RecordSet, field_for

R = TypeVar("R", bound=RecordSet)


def stacked(sets: Sequence[R]) -> R:
    """Return the rows of sets of one kind, in their order; there is at least one set.

    Features come in the spatial reference of the first set. A field that a set lacks
    is null for its rows; numbers of different types become the wider one. Object ids
    become plain numbers, for they may occur more than once. Raises ToolFailed for
    geometries of different types, and for columns that are not of one kind.
    """
    first = sets[0]
    if len(sets) == 1:
        return first
    if isinstance(first, FeatureSet):
        return cast("R", _features(cast("Sequence[FeatureSet]", sets)))
    return replace(first, **_attributes(sets))


def _features(sets: Sequence[FeatureSet]) -> FeatureSet:
    filled = [one for one in sets if len(one)] or [sets[0]]
    first = filled[0]
    kinds = {one.geometry_type for one in filled}
    if len(kinds) > 1:
        raise ToolFailed(
            f"geometries of different types: {' and '.join(sorted(kinds))}"
        )
    same = [one.project(first.spatial_reference) for one in filled]
    return replace(
        first,
        geometries=np.concatenate([one.geometries for one in same]),
        has_z=any(one.has_z for one in same),
        has_m=any(one.has_m for one in same),
        **_attributes(same),
    )


def _attributes(sets: Sequence[RecordSet]) -> dict[str, Any]:
    fields: dict[str, Field] = {}
    for one in sets:
        for field in plain_ids(one):
            fields.setdefault(field.name, field)
    try:
        table = pa.concat_tables(
            [one.attributes for one in sets], promote_options="permissive"
        )
    except (pa.ArrowInvalid, pa.ArrowTypeError) as exc:
        raise ToolFailed(f"fields of one name differ in type: {exc}") from None
    lacking = {name for name in fields if any(name not in one.attributes.column_names
                                              for one in sets)}  # fmt: skip
    table = table.select(list(fields))
    made = []
    for field, column in zip(fields.values(), table.columns, strict=True):
        kind = field.type
        if column.type != field.arrow_type:
            kind = field_for(field.name, column).type
        is_nullable = field.nullable or field.name in lacking
        made.append(replace(field, type=kind, nullable=is_nullable))
    return {"fields": tuple(made), "attributes": table}
