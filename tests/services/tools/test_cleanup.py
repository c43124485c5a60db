"""Repairs against even-odd rasters and closed areas; duplicates against pandas."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod
from rasterio import Affine
from rasterio.features import rasterize

from services.data import cities, countries
from services.geometry.crs import WEB_MERCATOR
from services.geometry.features import FeatureSet
from services.geometry.units import LinearUnit
from services.tools.cleanup import delete_identical, repair_geometry
from tests.services.tools.recorder import Recorder

GEOD = Geod(ellps="WGS84")
BOW_TIE = "POLYGON ((0 0, 1 1, 1 0, 0 1, 0 0))"
STAR = shapely.Polygon(
    [(np.sin(at * 0.8 * np.pi), np.cos(at * 0.8 * np.pi)) for at in range(5)]
)


def test_a_bow_tie_becomes_its_two_triangles():
    context = Recorder()
    made = repair_geometry(FeatureSet.of([shapely.from_wkt(BOW_TIE)]), context=context)
    assert shapely.is_valid(made.geometries).all()
    assert shapely.get_num_geometries(made.geometries[0]) == 2
    assert shapely.area(made.geometries[0]) == pytest.approx(0.5)
    assert context.warnings == ["Self-intersection: 1"]
    assert context.messages == ["1 of 1 features were repaired"]


def test_linework_is_inside_where_an_odd_number_of_rings_is():
    """GDAL fills polygons by the even-odd rule, crossings or not."""
    made = repair_geometry(FeatureSet.of([STAR]), "LINEWORK").geometries[0]
    size = 2000
    grid = Affine(2 / size, 0, -1, 0, -2 / size, 1)
    cells = rasterize([STAR], (size, size), transform=grid)
    assert shapely.area(made) == pytest.approx(cells.sum() * (2 / size) ** 2, rel=1e-3)


def test_structure_has_what_the_outline_of_a_star_encloses():
    """The middle of a pentagram is inside: five triangles round the centre cover it."""
    made = repair_geometry(FeatureSet.of([STAR])).geometries[0]
    outline = shapely.union_all(
        [shapely.Polygon([(0, 0), *pair]) for pair in pairwise(STAR.exterior.coords)]
    )
    assert shapely.area(made) == pytest.approx(shapely.area(outline), rel=1e-9)


def test_countries_with_crossed_rings_are_mended_and_counted_by_kind():
    broken = countries().geometries.copy()
    for row in range(0, 100, 10):  # swap two vertices of the largest ring
        part = max(shapely.get_parts(broken[row]), key=shapely.area)
        xy = shapely.get_coordinates(part.exterior)
        xy[[2, len(xy) // 2]] = xy[[len(xy) // 2, 2]]
        broken[row] = shapely.Polygon(xy)
    is_bad = ~shapely.is_valid(broken)
    context = Recorder()
    made = repair_geometry(countries().with_geometries(broken), context=context)
    assert is_bad.sum() >= 8
    assert shapely.is_valid(made.geometries).all()
    assert context.messages == [f"{is_bad.sum()} of 177 features were repaired"]
    counted = sum(int(text.rpartition(": ")[2]) for text in context.warnings)
    assert counted == is_bad.sum()
    same = shapely.equals_exact(made.geometries[~is_bad], broken[~is_bad])
    assert same.all()


def test_what_is_nothing_is_deleted_and_counted():
    flat = shapely.Polygon([(0, 0), (1, 1), (0, 0)])
    shapes = [None, shapely.Polygon(), flat, shapely.box(0, 0, 1, 1)]
    source = FeatureSet.of(shapes, {"a": [1, 2, 3, 4]})
    context = Recorder()
    made = repair_geometry(source, context=context)
    assert made.column("a").to_pylist() == [4]
    assert "Area of no size: 1" in context.warnings
    assert "No geometry: 3, deleted" in context.warnings
    kept = repair_geometry(source, delete_null=False)
    assert shapely.is_missing(kept.geometries).tolist() == [True] * 3 + [False]


def test_parts_of_lines_without_length_go():
    dot = [(1, 1), (1, 1)]
    lines = [
        shapely.MultiLineString([[(0, 0), (1, 0)], dot]), shapely.LineString(dot)
    ]  # fmt: skip
    context = Recorder()
    made = repair_geometry(FeatureSet.of(lines), context=context)
    assert made.geometries.tolist() == [shapely.LineString([(0, 0), (1, 0)])]
    assert "Line part without length: 2" in context.warnings


def test_heights_stay_and_nothing_becomes_nothing():
    ring = shapely.from_wkt("POLYGON Z ((0 0 5, 1 1 5, 1 0 5, 0 1 5, 0 0 5))")
    made = repair_geometry(FeatureSet.of([ring]))
    assert made.has_z
    assert set(shapely.get_coordinates(made.geometries, include_z=True)[:, 2]) == {5.0}
    assert (
        len(repair_geometry(FeatureSet.of([], geometry_type="esriGeometryPolygon")))
        == 0
    )


@given(st.lists(st.tuples(*[st.integers(0, 6)] * 2), min_size=3, max_size=9))
def test_repaired_rings_are_valid_and_stay_as_they_are_when_repaired_again(corners):
    once = repair_geometry(FeatureSet.of([shapely.Polygon(corners)]), "LINEWORK")
    assert shapely.is_valid(once.geometries).all()
    assert repair_geometry(once, "LINEWORK") == once


def test_doubled_cities_come_once_as_pandas_says():
    twice = np.concatenate([np.arange(len(cities())), np.arange(0, 300, 7)])
    source = cities().take(twice)
    frame = pd.DataFrame(source.attributes.to_pandas())
    frame["wkb"] = shapely.to_wkb(source.geometries)
    for names in (["country"], ["name", "country"]):
        made = delete_identical(source, "FIELDS", names)
        assert made.attributes.to_pylist() == (
            source.attributes.take(
                frame.drop_duplicates(names).index.to_numpy()
            ).to_pylist()
        )
    context = Recorder()
    both = delete_identical(source, context=context)
    assert both == cities()
    assert len(both) == len(frame.drop_duplicates())
    assert context.messages == [f"43 of {len(source)} features were deleted"]


def test_null_is_equal_to_null_and_case_counts():
    points = [shapely.Point(0, 0)] * 4
    made = delete_identical(FeatureSet.of(points, {"a": [None, "x", None, "X"]}))
    assert made.column("a").to_pylist() == [None, "x", "X"]


def test_rings_are_the_same_wherever_they_begin_and_whichever_way_they_run():
    corners = [(0, 0), (0, 1), (1, 1), (1, 0)]
    shapes = [shapely.Polygon(corners[at:] + corners[:at]) for at in range(4)]
    shapes.append(shapely.reverse(shapes[0]))
    shapes.append(shapely.box(0, 0, 1, 2))
    assert len(delete_identical(FeatureSet.of(shapes), "GEOMETRY")) == 2
    lines = FeatureSet.of([shapely.LineString([(0, 0), (1, 2)]),
                           shapely.LineString([(1, 2), (0, 0)])])  # fmt: skip
    assert len(delete_identical(lines)) == 1


def test_heights_tell_points_apart():
    points = [shapely.Point(0, 0, 1), shapely.Point(0, 0, 2), shapely.Point(0, 0, 1)]
    assert len(delete_identical(FeatureSet.of(points))) == 2


@pytest.mark.parametrize("metres", [49, 51])
@pytest.mark.parametrize("reference", [4326, 3857])
def test_the_tolerance_is_a_distance_on_the_ground(metres, reference):
    lon, lat, _ = GEOD.fwd(24, 60, 90, 50)
    pair = FeatureSet.of(shapely.points([[24, 60], [lon, lat]]))
    pair = pair if reference == 4326 else pair.project(WEB_MERCATOR)
    made = delete_identical(pair, tolerance=LinearUnit(metres))
    assert len(made) == (1 if metres > 50 else 2)


@pytest.mark.parametrize(("metres", "left"), [(99, 2), (101, 1)])
def test_polygons_are_alike_if_no_vertex_is_further(metres, left):
    """The second has a corner 100 m further north, and a vertex more on one side."""
    north = GEOD.fwd(24.01, 60.01, 0, 100)[1]
    first = shapely.Polygon([(24, 60), (24, 60.01), (24.01, 60.01), (24.01, 60)])
    other = shapely.Polygon(
        [(24.01, 60), (24, 60), (24, 60.005), (24, 60.01), (24.01, north)]
    )
    made = delete_identical(FeatureSet.of([first, other]), tolerance=LinearUnit(metres))
    assert len(made) == left


def test_a_chain_within_the_tolerance_is_one_and_values_part_it():
    lon = GEOD.fwd(np.full(4, 179.9995), np.zeros(4), np.full(4, 90), [0, 40, 80, 120])[
        0
    ]
    chain = FeatureSet.of(shapely.points(lon, np.zeros(4)), {"a": [1, 1, 1, 2]})
    assert len(delete_identical(chain, tolerance=LinearUnit(50))) == 2
    assert len(delete_identical(chain, "GEOMETRY", tolerance=LinearUnit(50))) == 1


def test_nothing_has_no_duplicates_and_missing_geometries_are_equal():
    assert len(delete_identical(FeatureSet.of([], {"a": []}))) == 0
    missing = FeatureSet.of([None, shapely.Point(), None], {"a": [1, 1, 1]})
    assert len(delete_identical(missing, tolerance=LinearUnit(5))) == 1
