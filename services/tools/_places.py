"""Points of columns with coordinates, and why some rows make none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from services.errors import ToolFailed
from services.geometry.casting import cast_to
from services.geometry.crs import SpatialReference, outside
from services.geometry.features import Field, RecordSet


def axis(records: RecordSet, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return a field's numbers, NaN where there is none, and which rows have a value.

    Texts are read as numbers, a comma as the decimal point. Raises ToolFailed for a
    field of dates.
    """
    column: pa.ChunkedArray[Any] = records.column(name.strip())
    if pa.types.is_timestamp(column.type):
        raise ToolFailed(f"{name} holds dates; coordinates are numbers or texts")
    given = column.is_valid()
    if pa.types.is_string(column.type):
        given = pc.and_(given, pc.not_equal(pc.utf8_trim_whitespace(column), ""))
        column = pc.replace_substring(column, ",", ".")
    numbers = cast_to(column, Field("", "esriFieldTypeDouble"), [])
    return (
        np.asarray(numbers.to_numpy(), dtype=float),
        np.asarray(pc.fill_null(given, False).to_numpy(), dtype=bool),
    )


def points_of(
    axes: list[tuple[np.ndarray, np.ndarray]],
    height: tuple[np.ndarray, np.ndarray] | None,
    reference: SpatialReference,
) -> tuple[np.ndarray, np.ndarray, dict[str, int]]:
    """Return points, the row of each, and the number of rows left out by reason."""
    xy = np.column_stack([numbers for numbers, _ in axes])
    missing = ~np.logical_and.reduce([given for _, given in axes])
    odd = np.isnan(xy).any(axis=1) & ~missing
    lost = np.zeros(len(xy), dtype=bool)
    sound = ~missing & ~odd
    lost[sound] = outside(xy[sound], reference)
    rows = np.flatnonzero(sound & ~lost)
    points = np.asarray(shapely.points(xy[rows]))
    if height is not None:
        z = height[0][rows]
        known = ~np.isnan(z)
        points[known] = shapely.points(np.column_stack([xy[rows], z])[known])
    reasons = {
        "A coordinate is missing": missing,
        "A coordinate is no number": odd,
        "The place lies outside of the spatial reference": lost,
    }
    counts = {reason: int(mask.sum()) for reason, mask in reasons.items()}
    return points, rows, {reason: count for reason, count in counts.items() if count}
