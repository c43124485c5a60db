"""Which features of two sets lie within a distance of each other on the ground."""

from __future__ import annotations

import numpy as np
import shapely
from shapely import GeometryType

from services.geometry.crs import SpatialReference
from services.geometry.ground import ground_buffer
from services.geometry.measure import ground_distance
from services.geometry.overlay import pairs
from services.geometry.wrap import wrap

#: What a buffer that is only to find candidates is wider by: more than the arcs of
#: a circle of 64 vertices rise over its chords (1 - cos(pi / 64) = 0.12 %).
_MARGIN = 1.01


def near_pairs(
    first: np.ndarray, second: np.ndarray, reference: SpatialReference, metres: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return rows (i, j) that are not further apart than ``metres`` on the ground.

    Sorted by i, then j. Both sides are in ``reference``, see ``wrap.wrap``. Exact
    between points; where a line or an area is one of the two the distance is met
    within 0.2 %, which is how round a buffer is. None and empty are near nothing.
    """
    if metres <= 0:
        return pairs(first, second)
    points = _all_points(first) and _all_points(second)
    reach = metres * _MARGIN if points else metres
    if _vertices(first) < _vertices(second):
        i, j = _reached(first, second, reference, reach)
    else:
        j, i = _reached(second, first, reference, reach)
        order = np.lexsort((j, i))
        i, j = i[order], j[order]
    if points:
        near = ground_distance(first[i], second[j], reference) <= metres
        i, j = i[near], j[near]
    return i, j


def _reached(
    sources: np.ndarray, others: np.ndarray, reference: SpatialReference, metres: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return pairs in which the buffer of a source, part by part, meets the other.

    Parts are not put together again: the union of buffers is the dearest step.
    """
    parts, owner = shapely.get_parts(sources, return_index=True)
    grown = wrap(ground_buffer(parts, reference, metres), reference)
    part, j = pairs(grown, others)
    i, j = np.unique(np.stack([owner[part], j]), axis=1)
    return i, j


def _all_points(geometries: np.ndarray) -> bool:
    return bool((shapely.get_type_id(geometries) <= GeometryType.POINT).all())


def _vertices(geometries: np.ndarray) -> int:
    return int(shapely.get_num_coordinates(geometries).sum())
