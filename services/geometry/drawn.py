"""Ground measures of shapes whose edges are taken as drawn."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import shapely

from services.geometry.crs import SpatialReference
from services.geometry.edges import follow_drawn
from services.geometry.measure import ground_area, ground_length
from services.geometry.planes import geographic_of

#: Metres that a followed edge may stray from the drawn one.
_TOLERANCE = 0.1


def drawn_length(lines: np.ndarray, reference: SpatialReference) -> np.ndarray:
    """Return metres along lines as drawn in ``reference``; shape (n,).

    Between two vertices on a parallel the way leads along it, where a geodesic
    would take a short cut. Lines only, none of them None or empty.
    """
    return _measured(ground_length, lines, reference)


def drawn_area(polygons: np.ndarray, reference: SpatialReference) -> np.ndarray:
    """Return square metres of polygons as drawn in ``reference``; shape (n,).

    Pieces cut along straight lines of the plane add up to the whole, which they
    would not if each edge were a geodesic. Polygons only, none None or empty.
    """
    return _measured(ground_area, polygons, reference)


def _measured(
    measure: Callable[[np.ndarray, SpatialReference], np.ndarray],
    geometries: np.ndarray,
    reference: SpatialReference,
) -> np.ndarray:
    if not len(geometries):
        return np.zeros(0)
    tolerance = np.full(len(geometries), _TOLERANCE)
    plain = np.asarray(shapely.force_2d(geometries), dtype=object)
    followed = follow_drawn(plain, reference, tolerance)
    return measure(followed, geographic_of(reference))
