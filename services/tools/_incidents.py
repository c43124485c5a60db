"""Invented incidents around the shipped cities: always the same."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
import pyarrow as pa
import pyproj
import shapely

from services.data import cities
from services.geometry.crs import WGS84
from services.geometry.features import FeatureSet, Field
from services.geometry.ground import ground_buffer

POINTS: Final = "Incident Points"
LINES: Final = "Incident Lines"
AREAS: Final = "Incident Areas"
_GEOD = pyproj.Geod(ellps="WGS84")
_SEED = 20240229
_EACH = 12  # points around a city; every third has an area, every fourth a line
_REACH = 40_000.0
_KINDS = np.array(["Fire", "Flood", "Road accident", "Power cut", "Gas leak"])
_YEAR_MS = 366 * 86_400_000
_FIRST_DAY = np.datetime64("2024-01-01", "ms")
_FIELDS = (
    Field("INCIDENT", "esriFieldTypeInteger", "Number"),
    Field("KIND", "esriFieldTypeString", "Kind", 20),
    Field("CITY", "esriFieldTypeString", "Nearest city", 60),
    Field("REPORTED", "esriFieldTypeDate", "Reported"),
)


@lru_cache(maxsize=1)
def incidents() -> dict[str, FeatureSet]:
    """Return layers of points, lines and areas by name, in degrees of WGS 84.

    Points lie up to 40 km from a city; an area is a circle of 0.5 to 5 km around
    every third, a line a closed road of 1 to 10 km from every fourth.
    """
    generator = np.random.default_rng(_SEED)
    count = len(cities()) * _EACH
    centre = np.repeat(shapely.get_coordinates(cities().geometries), _EACH, axis=0)
    metres = _REACH * np.sqrt(generator.random(count))
    course = 360.0 * generator.random((2, count))
    lon, lat, _ = _GEOD.fwd(centre[:, 0], centre[:, 1], course[0], metres)
    length = 1000.0 * generator.uniform(1, 10, count)
    away = np.column_stack(_GEOD.fwd(lon, lat, course[1], length)[:2])
    columns = {
        "INCIDENT": np.arange(1, count + 1, dtype=np.int32),
        "KIND": pa.array(_KINDS[generator.integers(0, len(_KINDS), count)]),
        "CITY": cities().column("name").take(pa.array(np.arange(count) // _EACH)),
        "REPORTED": pa.array(
            _FIRST_DAY + generator.integers(0, 366 * 86_400_000, count)
        ),
    }
    points = shapely.points(np.column_stack([lon, lat]))
    made = FeatureSet.of(points, columns, fields=_FIELDS)
    rows = np.arange(count)
    third, fourth = rows[::3], rows[::4]
    circles = ground_buffer(points[third], WGS84, length[third] / 2.0)
    roads = shapely.linestrings(np.stack([np.column_stack([lon, lat]), away], axis=1))
    return {
        POINTS: made,
        LINES: made.take(fourth).with_geometries(np.asarray(roads)[fourth]),
        AREAS: made.take(third).with_geometries(circles),
    }
