"""Regular points, fishnets and hexagons against geodesic measures; H3 against h3."""

from __future__ import annotations

import builtins

import h3
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from services.data import countries
from services.errors import ToolFailed
from services.geometry.crs import WEB_MERCATOR, SpatialReference
from services.geometry.extents import Extent
from services.geometry.features import FeatureSet
from services.geometry.units import ArealUnit, LinearUnit
from services.tools.sampling import (
    create_fishnet,
    create_h3_cells,
    create_hexagons,
    create_regular_points,
)
from tests.services.tools.recorder import Recorder

GEOD = Geod(ellps="WGS84")
KM = LinearUnit(10, "esriKilometers")
WORLD = FeatureSet.of([shapely.box(-180, -90, 180, 90)])


def country(name):
    row = countries().column("name").to_pylist().index(name)
    return countries().take(np.array([row]))


def areas(features):
    degrees = features.project(SpatialReference(4326)).geometries
    return np.array([abs(GEOD.geometry_area_perimeter(one)[0]) for one in degrees])


def hexagons(square_kilometres, *given, **options):
    return create_hexagons(
        ArealUnit(square_kilometres, "esriSquareKilometers"), *given, **options
    )


@pytest.mark.parametrize("name", ["Finland", "Fiji", "Chile", "Indonesia"])
def test_hexagons_have_their_area_and_cover_the_country(name):
    context = Recorder()
    made = hexagons(2000, country(name), context=context)
    assert areas(made) == pytest.approx(np.full(len(made), 2e9), rel=1e-4)
    left = shapely.difference(
        country(name).geometries[0], shapely.union_all(made.geometries)
    )
    assert shapely.area(left) < 1e-6
    assert (
        shapely.intersects(made.geometries, country(name).geometries[0]).mean() > 0.98
    )
    assert context.messages == [f"{len(made)} cells"]


def test_hexagons_tile_without_gaps_and_overlaps():
    made = hexagons(50)
    flat = made.project(SpatialReference(3067)).geometries
    assert shapely.area(shapely.union_all(flat)) == pytest.approx(
        shapely.area(flat).sum(), rel=1e-9
    )
    inner = shapely.union_all(made.geometries)
    assert shapely.get_num_geometries(inner) == 1
    assert shapely.get_num_interior_rings(inner) == 0
    assert len(set(zip(*(made.column(one).to_pylist() for one in ("ROW", "COL")),
                       strict=True))) == len(made)  # fmt: skip


def test_hexagons_are_regular():
    """Of area A the sides are sqrt(2 A / (3 sqrt 3)) long."""
    made = hexagons(4)
    side = np.sqrt(2 * 4e6 / (3 * np.sqrt(3)))
    corners = shapely.get_coordinates(made.geometries).reshape(len(made), 7, 2)
    starts, ends = corners[:, :-1].reshape(-1, 2), corners[:, 1:].reshape(-1, 2)
    lengths = GEOD.inv(*starts.T, *ends.T)[2]
    assert lengths == pytest.approx(np.full(len(lengths), side), rel=2e-5)


@pytest.mark.parametrize("reference", [4326, 102100, 3067])
def test_cells_of_a_fishnet_have_their_sides_in_any_reference(reference):
    target = SpatialReference(reference)
    made = create_fishnet(KM, LinearUnit(5, "esriKilometers"),
                          country("Estonia").project(target))  # fmt: skip
    assert made.spatial_reference == target
    assert areas(made) == pytest.approx(np.full(len(made), 5e7), rel=1e-4)
    lonlat = made.project(SpatialReference(4326)).geometries
    lengths = [GEOD.geometry_length(shapely.boundary(one)) for one in lonlat]
    assert lengths == pytest.approx(np.full(len(made), 30_000), rel=2e-4)


def test_all_cells_of_an_extent_are_columns_times_rows():
    extent = Extent(24, 60, 25, 60.5)
    width = GEOD.inv(24, 60, 25, 60)[2]
    height = GEOD.inv(24.5, 60, 24.5, 60.5)[2]
    made = create_fishnet(
        LinearUnit(width / 3.9), LinearUnit(height / 4.8), extent=extent, all_cells=True
    )
    assert len(made) == 4 * 5
    assert max(made.column("COL").to_pylist()) == 3
    assert made.spatial_reference.wkid == 4326


def test_cells_over_the_antimeridian_and_a_pole_are_whole():
    pole = FeatureSet.of([shapely.box(-180, -90, 180, -75)])
    made = hexagons(200_000, pole)
    assert areas(made).sum() == pytest.approx(2e11 * len(made), rel=0.01)
    assert shapely.is_valid(made.geometries).all()
    bounds = shapely.total_bounds(made.geometries)
    assert bounds[:2] == pytest.approx([-180, -90])
    extent = Extent(179, -1, 181, 1)
    crossing = create_fishnet(KM, KM, extent=extent)
    assert shapely.total_bounds(crossing.geometries)[::2] == pytest.approx([-180, 180])
    assert len(crossing) == 23 * 23  # of 222.6 by 221.1 km


@pytest.mark.parametrize("name", ["Finland", "Fiji", "New Zealand"])
def test_each_regular_point_stands_for_the_same_ground(name):
    source = country(name)
    made = create_regular_points(source, LinearUnit(2, "esriKilometers"))
    assert len(made) * 4e6 == pytest.approx(areas(source)[0], rel=0.01)
    assert shapely.intersects(
        shapely.buffer(source.geometries[0], 1e-4), made.geometries
    ).all()
    assert set(made.column("name").to_pylist()) == {name}


def test_neighbours_in_a_row_are_the_distance_apart():
    square = FeatureSet.of([shapely.box(24, 60, 24.3, 60.2)], {"a": ["x"]})
    made = create_regular_points(
        square.project(WEB_MERCATOR), LinearUnit(1, "esriMiles")
    )
    xy = shapely.get_coordinates(made.project(SpatialReference(4326)).geometries)
    metres = GEOD.inv(*xy[:-1].T, *xy[1:].T)[2]
    assert np.median(metres) == pytest.approx(1609.344, rel=1e-5)
    assert made.attributes.to_pylist()[0] == {"a": "x", "CID": 0}


def test_polygons_that_overlap_both_get_a_point():
    pair = FeatureSet.of([shapely.box(0, 0, 1, 1), None, shapely.box(0, 0, 1, 1)])
    made = create_regular_points(pair, LinearUnit(50, "esriKilometers"))
    counts = np.bincount(made.column("CID").to_numpy())
    assert counts[0] == counts[2] > 0
    assert counts[1] == 0
    empty = pair.take(np.array([1]))
    assert len(create_regular_points(empty, KM)) == 0


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: create_fishnet(LinearUnit(10), LinearUnit(10)),
         "cells; at most 250,000 are made"),
        (lambda: create_regular_points(country("Chile"), LinearUnit(10)),
         "points; at most 1,000,000 are made"),
        (lambda: hexagons(1e6, WORLD), "Extent_Features reaches .* at most 5000 km"),
        (lambda: hexagons(1, FeatureSet.of([None])), "no feature has a geometry"),
        (lambda: create_h3_cells(WORLD, 9), "cells; at most 250,000 are made"),
    ],
    ids=["fishnet", "points", "world", "nothing", "h3"],
)  # fmt: skip
def test_what_is_too_much_is_refused_with_the_limit(call, says):
    with pytest.raises(ToolFailed, match=says):
        call()


@pytest.mark.parametrize("resolution", [0, 1, 2])
def test_cells_of_the_world_are_all_that_h3_has(resolution):
    made = create_h3_cells(WORLD, resolution)
    assert len(made) == h3.get_num_cells(resolution)
    assert shapely.is_valid(made.geometries).all()
    assert shapely.area(made.geometries).sum() == pytest.approx(360 * 180)


def test_cells_of_a_country_are_those_of_h3():
    for part in shapely.get_parts(country("Finland").geometries):
        shape = h3.geo_to_h3shape(shapely.geometry.mapping(part))
        expected = set(h3.h3shape_to_cells(shape, 5))
    made = create_h3_cells(country("Finland").project(WEB_MERCATOR), 5)
    found = set(made.column("H3_ID").to_pylist())
    assert len(found ^ expected) <= 1  # projecting there and back rounds
    assert set(create_h3_cells(country("Finland"), 5).column("H3_ID").to_pylist()) \
        == expected  # fmt: skip
    sizes = [h3.cell_area(one, "m^2") for one in made.column("H3_ID").to_pylist()]
    assert areas(made) == pytest.approx(sizes, rel=0.01)  # h3's earth is a sphere


def test_cells_that_overlap_cover_the_country_across_the_antimeridian():
    made = create_h3_cells(country("Fiji"), 4, "OVERLAP")
    left = shapely.difference(
        country("Fiji").geometries[0], shapely.union_all(made.geometries)
    )
    assert shapely.area(left) < 1e-6
    assert len(made) > len(create_h3_cells(country("Fiji"), 4))
    assert shapely.intersects(made.geometries, country("Fiji").geometries[0]).all()


@settings(max_examples=15)
@given(st.floats(-170, 150), st.floats(-80, 70), st.floats(0.5, 20), st.integers(2, 4))
def test_two_halves_have_the_cells_of_the_whole(west, south, size, resolution):
    middle = west + size / 2
    whole = FeatureSet.of([shapely.box(west, south, west + size, south + size / 2)])
    halves = FeatureSet.of([
        shapely.box(west, south, middle, south + size / 2),
        shapely.box(middle, south, west + size, south + size / 2),
    ])  # fmt: skip
    assert create_h3_cells(whole, resolution) == create_h3_cells(halves, resolution)


def test_without_the_extra_the_user_reads_what_to_install(monkeypatch):
    load = builtins.__import__

    def without_h3(name, *given):
        if name == "h3" or name.endswith("h3cells"):
            raise ModuleNotFoundError(name)
        return load(name, *given)

    monkeypatch.setattr(builtins, "__import__", without_h3)
    with pytest.raises(ToolFailed, match=r"pip install 'cairn\[h3\]'"):
        create_h3_cells(WORLD, 0)


def test_no_polygon_has_no_cells():
    empty = FeatureSet.of([None], geometry_type="esriGeometryPolygon")
    assert len(create_h3_cells(empty, 3)) == 0
