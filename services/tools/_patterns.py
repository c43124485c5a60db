"""What the tools of spatial statistics ask and do alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from services.errors import ToolFailed
from services.geometry.features import FeatureSet
from services.tool import Context

if TYPE_CHECKING:
    from services.patterns.places import Places


def points(
    *places: tuple[float, float], columns: dict[str, list[Any]] | None = None
) -> dict[str, Any]:
    """Return an example: points in degrees with attributes."""
    columns = columns or {}
    rows = [dict(zip(columns, row, strict=True))
            for row in zip(*columns.values(), strict=True)]  # fmt: skip
    return {
        "geometryType": "esriGeometryPoint",
        "spatialReference": {"wkid": 4326},
        "features": [
            {"attributes": row, "geometry": {"x": x, "y": y}}
            for row, (x, y) in zip(rows or [{} for _ in places], places, strict=True)
        ],
    }


#: Twelve shops with what they sold, more in the north east.
SHOPS = points(
    (24.90, 60.15), (24.92, 60.16), (24.93, 60.15), (24.91, 60.18), (24.94, 60.17),
    (24.95, 60.19), (24.97, 60.18), (24.99, 60.20), (25.00, 60.21), (25.01, 60.19),
    (25.02, 60.22), (25.03, 60.20),
    columns={
        "sold": [3, 2, 4, 3, 5, 8, 9, 12, 11, 14, 12, 13],
        "staff": [1, 1, 2, 1, 2, 3, 3, 5, 4, 5, 6, 5],
        "owner": ["A", "B", "A", "B", "A", "B", "A", "B", "A", "B", "A", "B"],
    },
)  # fmt: skip


def weights_of(features: FeatureSet, field: str | None, name: str) -> np.ndarray:
    """Return a field of weights, 1 without a field, NaN for null; none negative."""
    if not field:
        return np.ones(len(features))
    weights = features.numbers(field)
    if (weights < 0).any():
        raise ToolFailed(f"{name} must hold no negative numbers; '{field}' does")
    return weights


def located(
    features: FeatureSet,
    least: int,
    context: Context | None,
    *columns: np.ndarray,
) -> Places:
    """Return places of the features that have a geometry and no NaN in ``columns``.

    What is left out is counted in a warning. Raises ToolFailed if fewer than
    ``least`` are left.
    """
    from services.patterns.places import Places

    places = Places.of(features)
    for column in columns:
        places = places.take(~np.isnan(column[places.rows]))
    left_out = len(features) - len(places)
    if left_out and context is not None:
        noun = "feature was" if left_out == 1 else "features were"
        context.warn(f"{left_out} {noun} left out: no geometry, or null in a field")
    if len(places) < least:
        noun = "feature" if least == 1 else "features"
        raise ToolFailed(
            f"Input_Features needs at least {least} {noun} with a geometry and values,"
            f" not {len(places)}"
        )
    return places


def spread(values: np.ndarray, places: Places, count: int) -> np.ndarray:
    """Return values of places as those of all features, NaN for the others."""
    if len(values) == count:
        return values
    result = np.full(count, np.nan)
    result[places.rows] = values
    return result
