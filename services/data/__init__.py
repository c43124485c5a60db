"""Small real data for samples and tests; LICENSES.md says where it comes from."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import shapely

from services.geometry.features import FeatureSet, Field

_FOLDER = Path(__file__).parent

_COUNTRY_FIELDS = (
    Field("name", "esriFieldTypeString", "Name"),
    Field("continent", "esriFieldTypeString", "Continent"),
    Field("iso_a3", "esriFieldTypeString", "ISO 3166-1 code"),
    Field("pop_est", "esriFieldTypeInteger", "Population, estimated"),
    Field("gdp_md_est", "esriFieldTypeDouble", "GDP, million US dollars, estimated"),
)
_CITY_FIELDS = (
    Field("name", "esriFieldTypeString", "Name"),
    Field("country", "esriFieldTypeString", "Country"),
    Field("iso_a3", "esriFieldTypeString", "ISO 3166-1 code of the country"),
    Field("population", "esriFieldTypeInteger", "Population"),
)


@dataclass(frozen=True, slots=True, eq=False)
class Elevation:
    """A grid of heights in square cells; row 0 is north, column 0 is west.

    ``values`` has shape (rows, cols) and is read-only: metres above the EGM96
    geoid, no cell empty. ``west`` to ``north`` are degrees in EPSG:4326, the outer
    edges of the outer cells: the centre of ``values[0, 0]`` is half a cell inside.
    """

    values: np.ndarray
    west: float
    south: float
    east: float
    north: float

    @property
    def cell_size(self) -> float:
        """Width and height of a cell in degrees."""
        return (self.east - self.west) / int(self.values.shape[1])


@lru_cache(maxsize=1)
def countries() -> FeatureSet:
    """Return the 177 countries of Natural Earth at 1:110 million.

    Polygons in EPSG:4326, cut at the antimeridian; every geometry is valid.
    ``iso_a3`` is null where ISO 3166-1 has no code. Population and GDP are of
    about 2017. The array of geometries is shared and read-only.

    Source: Natural Earth, https://www.naturalearthdata.com, public domain.
    """
    return _features("countries.geojson", _COUNTRY_FIELDS)


@lru_cache(maxsize=1)
def cities() -> FeatureSet:
    """Return the cities of more than 1,500,000 inhabitants, the largest first.

    Points in EPSG:4326. ``iso_a3`` is the key to ``countries``, which lacks the
    smallest of them. The array of geometries is shared and read-only.

    Source: GeoNames, https://www.geonames.org, CC BY 4.0: credit it where shown.
    """
    return _features("cities.geojson", _CITY_FIELDS)


@lru_cache(maxsize=1)
def elevation() -> Elevation:
    """Return heights around the Jacksboro fault, Tennessee.

    Shape (344, 403) in cells of 3 arc-seconds, 236 to 1076 m, as float64.

    Source: Shuttle Radar Topography Mission, NASA and NGA, public domain.
    """
    with np.load(_FOLDER / "elevation.npz") as grid:
        values = grid["elevation"].astype(float)
        edges = {name: float(grid[name]) for name in ("west", "south", "east", "north")}
    values.flags.writeable = False
    return Elevation(values, **edges)


def _features(name: str, fields: tuple[Field, ...]) -> FeatureSet:
    text = (_FOLDER / name).read_text(encoding="utf-8")
    rows = [feature["properties"] for feature in json.loads(text)["features"]]
    columns = {field.name: [row[field.name] for row in rows] for field in fields}
    geometries = shapely.get_parts(shapely.from_geojson(text))
    features = FeatureSet.of(geometries, columns, fields=fields)
    # One set serves every caller in the process, so none may change it.
    features.geometries.flags.writeable = False
    return features
