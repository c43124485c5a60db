"""One named sample of every geometry kind, as WKT, and feature sets of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from services.geometry.features import FeatureSet

#: Shells run clockwise and holes counter-clockwise, as Esri JSON wants them.
SHAPES: dict[str, str] = {
    "point": "POINT (25 60)",
    "point with z": "POINT Z (25 60 12.5)",
    "point with m": "POINT M (25 60 7)",
    "point with z and m": "POINT ZM (25 60 12.5 7)",
    "point with unknown m": "POINT M (25 60 NaN)",
    "point at the pole": "POINT (0 90)",
    "empty point": "POINT EMPTY",
    "multipoint": "MULTIPOINT ((0 0),(1 2))",
    "multipoint with z": "MULTIPOINT Z ((0 0 5),(1 2 6))",
    "multipoint with m": "MULTIPOINT M ((0 0 5),(1 2 NaN))",
    "empty multipoint": "MULTIPOINT EMPTY",
    "line": "LINESTRING (0 0,1 1,2 0)",
    "line with z": "LINESTRING Z (0 0 1,1 1 2)",
    "line with m": "LINESTRING M (0 0 1,1 1 2)",
    "line with z and m": "LINESTRING ZM (0 0 1 8,1 1 2 9)",
    "line of two paths": "MULTILINESTRING ((0 0,1 1),(2 2,3 2,3 3))",
    "line of two paths with m": "MULTILINESTRING M ((0 0 1,1 1 2),(2 2 3,3 3 4))",
    "line over the antimeridian": "LINESTRING (179 10,181 11)",
    "empty line": "LINESTRING EMPTY",
    "polygon": "POLYGON ((0 0,0 4,4 4,4 0,0 0))",
    "polygon with a hole": ("POLYGON ((0 0,0 4,4 4,4 0,0 0),(1 1,2 1,2 2,1 2,1 1))"),
    "polygon with z": "POLYGON Z ((0 0 1,0 4 2,4 4 3,0 0 1))",
    "polygon with m": "POLYGON M ((0 0 1,0 4 2,4 4 3,0 0 1))",
    "polygon with z and m": "POLYGON ZM ((0 0 1 9,0 4 2 8,4 4 3 7,0 0 1 9))",
    "polygon of two parts": (
        "MULTIPOLYGON (((0 0,0 1,1 1,1 0,0 0)),((5 5,5 6,6 6,6 5,5 5)))"
    ),
    "polygon of two parts with m": (
        "MULTIPOLYGON M (((0 0 1,0 1 2,1 1 3,0 0 1)),((5 5 4,5 6 5,6 6 6,5 5 4)))"
    ),
    "island in a hole": (
        "MULTIPOLYGON (((0 0,0 9,9 9,9 0,0 0),(1 1,8 1,8 8,1 8,1 1)),"
        "((3 3,3 5,5 5,5 3,3 3)))"
    ),
    "polygon over the antimeridian": "POLYGON ((179 0,179 1,181 1,181 0,179 0))",
    "polygon around the pole": (
        "POLYGON ((-180 80,-180 90,180 90,180 80,90 80,0 80,-90 80,-180 80))"
    ),
    "empty polygon": "POLYGON EMPTY",
}


def shape(name: str) -> shapely.Geometry:
    """Return the sample of that name."""
    return shapely.from_wkt(SHAPES[name])


def geometries(*texts: str | None) -> np.ndarray:
    """Return an array of geometries from WKT; None stays None."""
    return np.array(
        [shapely.from_wkt(text) if text else None for text in texts], object
    )


def features(*texts: str | None, **columns: Any) -> FeatureSet:
    """Return a feature set in WGS 84 from WKT and columns."""
    return FeatureSet.of(geometries(*texts), columns)
