"""What is drawn: rows with bounds, whose geometries are only read if they are seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import shapely

from services.geometry.crs import WGS84, SpatialReference
from services.geometry.features import FeatureSet, RecordSet
from services.query.layer import Layer as StoredLayer

_AREAS = "esriGeometryPolygon"


@dataclass(frozen=True, eq=False)
class Source:
    """Rows to draw; ``shapes`` returns the geometries of some of them, (k,).

    ``bounds`` has shape (n, 4), NaN where there is no geometry.
    """

    records: RecordSet
    bounds: np.ndarray
    shapes: Callable[[np.ndarray], np.ndarray]
    geometry_type: str
    spatial_reference: SpatialReference

    def __len__(self) -> int:
        return len(self.bounds)

    @property
    def has_areas(self) -> bool:
        """True if all geometries are areas."""
        return self.geometry_type == _AREAS

    def column(self, name: str) -> pa.ChunkedArray:
        """Return the column of a field, in any case. Raises InvalidValue."""
        return self.records.column(name)

    def numbers(self, name: str) -> np.ndarray:
        """Return a numeric field, null as NaN. Raises InvalidValue."""
        return self.records.numbers(name)


def source_of(features: FeatureSet | StoredLayer) -> Source:
    """Return features as they are drawn."""
    if isinstance(features, FeatureSet):
        shapes = features.geometries
        return Source(
            features.records,
            shapely.bounds(shapes).reshape(-1, 4),
            lambda rows: shapes[rows],
            features.geometry_type,
            features.spatial_reference,
        )
    bounds = features.bounds
    return Source(
        features.records,
        np.full((len(features), 4), np.nan) if bounds is None else bounds,
        features.shapes,
        features.geometry_type,
        features.spatial_reference or WGS84,
    )
