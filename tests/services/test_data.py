"""The bundled data are what they claim to be, by facts from outside."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pyogrio
import pytest
import shapely
from pyproj import Geod

from services import data
from services.data import cities, countries, elevation

ELLIPSOID = Geod(ellps="WGS84")
FOLDER = Path(data.__file__).parent
SOURCE = Path(pyogrio.__file__).parent / "tests/fixtures/naturalearth_lowres"


def row_of(features, name):
    return features.column("name").to_pylist().index(name)


def point_of(name):
    return cities().geometries[row_of(cities(), name)]


def country_of(name):
    return countries().geometries[row_of(countries(), name)]


def ground_area(geometry):
    # Geod wants rings wound as RFC 7946 has them, which the file promises.
    return ELLIPSOID.geometry_area_perimeter(geometry)[0]


def rings_of(geometries):
    parts, rows = shapely.get_parts(geometries, return_index=True)
    rings, parts_of_rings = shapely.get_rings(parts, return_index=True)
    return rings, rows[parts_of_rings]


def height_at(lat, lon):
    grid = elevation()
    row = int((grid.north - lat) / grid.cell_size)
    column = int((lon - grid.west) / grid.cell_size)
    return grid.values[row, column]


def test_countries_are_177_polygons_in_wgs84():
    assert len(countries()) == 177
    assert countries().geometry_type == "esriGeometryPolygon"
    assert countries().spatial_reference.wkid == 4326
    names = [field.name for field in countries().fields]
    assert names == ["name", "continent", "iso_a3", "pop_est", "gdp_md_est"]


def test_population_of_the_world_is_published():
    # The sum of pop_est in Natural Earth's own file; the UN's World Population
    # Prospects 2017 have 7.55 billion in 2017 for all countries, small ones included.
    total = pc.sum(countries().column("pop_est")).as_py()
    assert total == 7_383_089_462
    assert total == pytest.approx(7.55e9, rel=0.03)


def test_every_country_is_valid_and_not_empty():
    assert shapely.is_valid(countries().geometries).all()
    assert not shapely.is_empty(countries().geometries).any()


def test_only_antarctica_spans_more_than_half_the_globe():
    # Antarctica surrounds the pole: in longitude and latitude it can only be drawn
    # with an edge along -90 from 180 to -180. Any other such ring would be a
    # country whose cut at the antimeridian was lost: a bar across the map.
    rings, rows = rings_of(countries().geometries)
    west, south, east, _ = shapely.bounds(rings).T
    wide = east - west > 180
    assert set(rows[wide]) == {row_of(countries(), "Antarctica")}
    assert south[wide].tolist() == [-90.0]


def test_only_the_pole_edge_is_long():
    rings, _ = rings_of(countries().geometries)
    long = []
    for vertices in map(shapely.get_coordinates, rings):
        at = np.flatnonzero(np.abs(np.diff(vertices[:, 0])) > 90)
        long += [vertices[start : start + 2].tolist() for start in at]
    assert [sorted(edge) for edge in long] == [[[-180, -90], [180, -90]]]


@pytest.mark.parametrize("name", ["Russia", "Fiji"])
def test_country_across_the_antimeridian_touches_it_from_both_sides(name):
    west, _, east, _ = shapely.bounds(shapely.get_parts(country_of(name))).T
    assert west.min() == -180
    assert east.max() == 180


@pytest.mark.parametrize(
    ("name", "square_kilometres"),
    # United Nations, Demographic Yearbook, table 3: surface area.
    [("Brazil", 8.51e6), ("Australia", 7.69e6), ("Egypt", 1.002e6)],
)
def test_area_of_a_large_country_is_right_to_two_percent(name, square_kilometres):
    area = ground_area(country_of(name)) / 1e6
    assert area == pytest.approx(square_kilometres, rel=0.02)


def test_countries_without_an_iso_code_have_null():
    codes = countries().column("iso_a3").to_pylist()
    names = countries().column("name").to_pylist()
    without = {name for name, code in zip(names, codes, strict=True) if code is None}
    assert without == {"Kosovo", "N. Cyprus", "Somaliland"}
    assert codes[names.index("France")] == "FRA"
    assert codes[names.index("Norway")] == "NOR"
    assert len({code for code in codes if code}) == 174


@pytest.mark.skipif(not SOURCE.exists(), reason="this pyogrio ships no fixtures")
def test_countries_equal_their_source():
    _, table = pyogrio.read_arrow(SOURCE / "naturalearth_lowres.shp")
    for name in ("name", "continent", "pop_est", "gdp_md_est"):
        ours = countries().column(name).to_pylist()
        assert ours == table[name].to_pylist()
    shapes = shapely.from_wkb(table["wkb_geometry"].to_pylist())
    changed = shapely.symmetric_difference(countries().geometries, shapes)
    # Half a unit of the sixth decimal on either side of every border, at most.
    assert (shapely.area(changed) <= shapely.length(shapes) * 1e-6).all()


def test_cities_are_large_and_sorted():
    population = cities().numbers("population")
    assert len(cities()) == 305
    assert population.min() > 1_500_000
    assert (np.diff(population) <= 0).all()
    assert not cities().column("country").null_count


@pytest.mark.parametrize(
    ("name", "lat", "lon"),
    # From atlases, to a tenth of a degree; every quarter of the globe is there.
    [
        ("Tokyo", 35.7, 139.7),
        ("New York City", 40.7, -74.0),
        ("Sydney", -33.9, 151.2),
        ("Lima", -12.05, -77.05),
        ("London", 51.5, -0.1),
    ],
)
def test_city_lies_where_the_atlas_has_it(name, lat, lon):
    point = point_of(name)
    assert (point.y, point.x) == pytest.approx((lat, lon), abs=0.3)


def test_cities_lie_in_their_countries():
    # Two sources agree. Half a degree: coasts at 1:110 million are coarse.
    rows = {
        code: row for row, code in enumerate(countries().column("iso_a3").to_pylist())
    }
    codes = cities().column("iso_a3").to_pylist()
    known = [row for row, code in enumerate(codes) if code in rows]
    homes = countries().geometries[[rows[codes[row]] for row in known]]
    assert shapely.distance(cities().geometries[known], homes).max() < 0.5
    # Natural Earth has no polygon of these two at this scale.
    assert {code for code in codes if code not in rows} == {"HKG", "SGP"}


def test_elevation_has_the_published_size_and_range():
    grid = elevation()
    assert grid.values.shape == (344, 403)
    assert (grid.values.min(), grid.values.max()) == (236, 1076)
    assert grid.cell_size == pytest.approx(3 / 3600)


def test_cells_of_the_elevation_are_square():
    grid = elevation()
    rows = (grid.north - grid.south) / grid.cell_size
    assert rows == pytest.approx(grid.values.shape[0])


def test_highest_cell_is_the_summit_of_cross_mountain():
    # 36.19833 N, 84.23056 W, 1077 m: Wikipedia, "Cross Mountain (Tennessee)". The
    # source's own latitudes would put the cell 0.29 degrees further north.
    grid = elevation()
    row, column = np.unravel_index(grid.values.argmax(), grid.values.shape)
    lat = grid.north - (row + 0.5) * grid.cell_size
    lon = grid.west + (column + 0.5) * grid.cell_size
    assert (lat, lon) == pytest.approx((36.19833, -84.23056), abs=grid.cell_size)


@pytest.mark.parametrize(
    ("lat", "lon", "metres"),
    # The gazetteer of the USGS (GNIS), as Wikipedia quotes it.
    [(36.375006, -84.127623, 327), (36.19833, -84.23056, 1077)],
    ids=["LaFollette", "Cross Mountain"],
)
def test_height_agrees_with_the_gazetteer(lat, lon, metres):
    # The absolute error of SRTM is below 16 m at 90 % confidence (NASA, USGS).
    assert height_at(lat, lon) == pytest.approx(metres, abs=16)


@pytest.mark.parametrize("read", [countries, cities, elevation])
def test_reading_twice_gives_the_same_value(read):
    assert read() is read()


def test_shared_values_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        countries().geometries[0] = None
    with pytest.raises(ValueError, match="read-only"):
        elevation().values[0, 0] = 0
    with pytest.raises(dataclasses.FrozenInstanceError):
        elevation().west = 0


@pytest.mark.parametrize("name", ["countries.geojson", "cities.geojson"])
def test_credit_travels_with_the_file(name):
    document = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    assert document["attribution"]


def test_every_file_has_its_licence():
    table = (FOLDER / "LICENSES.md").read_text(encoding="utf-8")
    files = {path.name for path in FOLDER.iterdir() if path.is_file()}
    files = {name for name in files if not name.endswith((".md", ".py"))}
    assert {"countries.geojson", "cities.geojson", "elevation.npz"} <= files
    assert all(f"| `{name}` |" in table for name in files)


def test_files_stay_small():
    sizes = {path.name: path.stat().st_size for path in FOLDER.glob("*.*")}
    assert sizes.pop("landcover.npz") < 1_100_000  # the world in 26 million cells
    assert max(sizes.values()) < 300_000
