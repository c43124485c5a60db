"""Lengths, areas and centres of features as columns."""

from __future__ import annotations

import numpy as np
import shapely

from services.geometry.bounding import ground_centroids
from services.geometry.crs import SpatialReference
from services.geometry.features import FeatureSet
from services.geometry.measure import ground_area, ground_length
from services.geometry.parts import valid
from services.geometry.units import METRES, SQUARE_METRES
from services.geometry.wrap import world_width


def measured(
    features: FeatureSet, name: str, length_unit: str, area_unit: str
) -> tuple[np.ndarray, str]:
    """Return values with null as NaN, and the name of their unit.

    ``name`` is AREA, PERIMETER, LENGTH, CENTROID_X or CENTROID_Y.
    """
    geometries, reference = features.geometries, features.spatial_reference
    if name.startswith("CENTROID"):
        axis = 0 if name.endswith("X") else 1
        return ground_centroids(geometries, reference)[:, axis], "map units"
    if name == "AREA":
        shapes = _repaired(geometries, reference)
        values = ground_area(shapes, reference) / SQUARE_METRES[f"esri{area_unit}"]
        unit = area_unit
    else:
        values = ground_length(geometries, reference) / METRES[f"esri{length_unit}"]
        unit = length_unit
    return np.where(shapely.is_empty(geometries), np.nan, values), unit


def _repaired(geometries: np.ndarray, reference: SpatialReference) -> np.ndarray:
    """Return valid polygons: rings that cross themselves would take area off.

    One as wide as half the world may only look invalid, drawn across its edge.
    """
    bounds = shapely.bounds(geometries)
    narrow = bounds[:, 2] - bounds[:, 0] < world_width(reference) / 2
    result = np.array(geometries, dtype=object)
    result[narrow] = valid(result[narrow])
    return result
