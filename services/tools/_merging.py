"""Attributes of several sets in one table: fields that hold the values of all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from services.geometry.casting import cast_to
from services.geometry.columns import plain_ids
from services.geometry.features import FeatureSet, Field

_INTEGERS = [
    "esriFieldTypeSmallInteger", "esriFieldTypeInteger", "esriFieldTypeBigInteger",
]  # fmt: skip


def unified(sets: Sequence[FeatureSet]) -> tuple[Field, ...]:
    """Return one field for each name, of a type that holds the values of all."""
    found: dict[str, Field] = {}
    for one in sets:
        for field in plain_ids(one):
            known = found.get(field.name.lower(), field)
            found[field.name.lower()] = replace(
                known,
                type=_common_type(known, field),
                length=_longer(known, field),
                nullable=True,
            )
    return tuple(found.values())


def _common_type(first: Field, second: Field) -> str:
    if first.type == second.type:
        return first.type
    if not (first.is_numeric and second.is_numeric):
        return "esriFieldTypeString"
    ranks = [_INTEGERS.index(one.type) if one.type in _INTEGERS else len(_INTEGERS)
             for one in (first, second)]  # fmt: skip
    return [*_INTEGERS, "esriFieldTypeDouble"][max(ranks)]


def _longer(first: Field, second: Field) -> int | None:
    both = first.length is not None and second.length is not None
    return max(first.length or 0, second.length or 0) if both else None


def stacked(field: Field, sets: Sequence[FeatureSet]) -> pa.ChunkedArray[Any]:
    """Return a field's column for the rows of all sets; null where there is none."""
    chunks = []
    for one in sets:
        names = {other.name.lower(): other.name for other in one.fields}
        name = names.get(field.name.lower())
        if name is None:
            chunks.append(pa.nulls(len(one), field.arrow_type))
        else:
            column = one.attributes.column(name)
            # not safe: a whole number above 2**53 is rounded, not refused
            chunks += column.cast(field.arrow_type, safe=False).chunks
    return pa.chunked_array(chunks, field.arrow_type)


def matched(
    target: FeatureSet, source: FeatureSet, pairs: Sequence[tuple[str, str]]
) -> tuple[dict[str, str], list[str]]:
    """Return the field of ``source`` for each of ``target`` that has one.

    ``pairs`` of target and source field count before equal names. The second value
    are sentences on fields without a match. Raises InvalidValue for unknown names.
    """
    chosen = {target.field(one).name: source.field(other).name for one, other in pairs}
    by_name = {one.name.lower(): one.name for one in source.fields
               if one.name not in chosen.values()}  # fmt: skip
    found: dict[str, str] = {}
    for field in target.fields:
        name = chosen.get(field.name) or by_name.get(field.name.lower())
        if name is not None:
            found[field.name] = name
    ids = "esriFieldTypeOID"
    left = [one.name for one in source.fields
            if one.name not in found.values() and one.type != ids]  # fmt: skip
    bare = [one.name for one in target.fields
            if one.name not in found and one.type != ids]  # fmt: skip
    notes = []
    if left:
        notes.append(f"fields of the input that are left out: {', '.join(left)}")
    if bare:
        notes.append(f"fields of the target that stay null: {', '.join(bare)}")
    return found, notes


def appended(
    target: FeatureSet, source: FeatureSet, names: dict[str, str]
) -> tuple[FeatureSet, list[str]]:
    """Return both in the schema of ``target``, and sentences on values that are lost.

    ``names`` says which field of ``source`` fills which of ``target``.
    """
    notes: list[str] = []
    source = source.project(target.spatial_reference, notes)
    columns, fields = [], []
    for field in target.fields:
        old = target.attributes.column(field.name)
        if field.type == "esriFieldTypeOID":
            new = _next_ids(old, len(source))
        elif field.name in names:
            new = cast_to(source.attributes.column(names[field.name]), field, notes)
        else:
            new = pa.chunked_array([pa.nulls(len(source), field.arrow_type)])
        column = pa.chunked_array([*old.chunks, *new.chunks], field.arrow_type)
        columns.append(column)
        fields.append(replace(field, nullable=field.nullable or column.null_count > 0))
    table = pa.table(columns, names=[field.name for field in fields])
    result = replace(
        target,
        fields=tuple(fields),
        attributes=table,
        geometries=np.concatenate([target.geometries, source.geometries]),
        has_z=target.has_z or source.has_z,
        has_m=target.has_m or source.has_m,
    )
    return result, notes


def _next_ids(ids: pa.ChunkedArray[Any], count: int) -> pa.ChunkedArray[Any]:
    largest = pc.max(ids).as_py() or 0
    return pa.chunked_array([pa.array(np.arange(largest + 1, largest + 1 + count))])
