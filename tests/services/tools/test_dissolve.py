"""Dissolve, Aggregate and Eliminate against GeoPandas, Shapely and pyproj."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from pyproj import Geod

from services.data import cities, countries
from services.geometry.crs import SpatialReference
from services.geometry.features import FeatureSet
from services.geometry.units import ArealUnit, LinearUnit
from services.tools.dissolve import aggregate_polygons, dissolve, eliminate

GEOD = Geod(ellps="WGS84")
UTM = SpatialReference(32635)


def features(*texts, **columns):
    return FeatureSet.of([text and shapely.from_wkt(text) for text in texts], columns)


class Notes:
    """A context that keeps warnings."""

    def __init__(self):
        self.warnings, self.messages = [], []

    def message(self, text):
        self.messages.append(text)

    def warn(self, text):
        self.warnings.append(text)

    def progress(self, percent, text=""):
        assert 0 <= percent <= 100


def test_continents_are_those_of_geopandas():
    made = dissolve(countries(), ["continent"], ["pop_est SUM", "gdp_md_est MAX"])
    expected = countries().to_geopandas().dissolve(
        "continent", aggfunc={"pop_est": "sum", "gdp_md_est": "max"}, sort=False
    )  # fmt: skip
    assert made.column("continent").to_pylist() == list(expected.index)
    assert made.column("SUM_pop_est").to_pylist() == expected["pop_est"].tolist()
    assert made.column("MAX_gdp_md_est").to_pylist() == expected["gdp_md_est"].tolist()
    assert shapely.equals(made.geometries, expected.geometry.to_numpy()).all()


def test_without_fields_all_becomes_one():
    made = dissolve(countries())
    assert (len(made), made.fields) == (1, ())
    assert shapely.equals(made.geometries[0], shapely.union_all(countries().geometries))


def test_single_parts_carry_the_statistics_of_their_group():
    made = dissolve(
        features(
            "POLYGON ((0 0,1 0,1 1,0 1,0 0))",
            "POLYGON ((1 0,2 0,2 1,1 1,1 0))",
            "POLYGON ((5 0,6 0,6 1,5 1,5 0))",
            owner=["Ann", "Ann", "Ann"],
            rent=[1.0, 2.0, 4.0],
        ),
        ["OWNER"],
        ["rent SUM"],
        multi_part=False,
    )
    assert sorted(shapely.area(made.geometries)) == [1, 2]
    assert made.attributes.to_pylist() == [{"owner": "Ann", "SUM_rent": 7.0}] * 2


def test_number_of_single_parts_is_that_of_geopandas():
    made = dissolve(countries(), ["continent"], multi_part=False)
    expected = countries().to_geopandas().dissolve("continent").explode()
    assert len(made) == len(expected)


def test_lines_are_joined_end_to_end():
    made = dissolve(
        features(
            "LINESTRING (0 0,1 0)", "LINESTRING (2 0,1 0)", "LINESTRING (5 5,6 5)"
        ),
        multi_part=False,
    )
    assert sorted(shapely.length(made.geometries)) == [1, 2]
    assert made.geometry_type == "esriGeometryPolyline"


def test_points_become_multipoints_even_if_alone():
    made = dissolve(cities(), ["iso_a3"], ["population COUNT"])
    assert made.geometry_type == "esriGeometryMultipoint"
    kinds = shapely.get_type_id(made.geometries)
    assert (kinds == shapely.GeometryType.MULTIPOINT).all()
    numbers = shapely.get_num_geometries(made.geometries)
    assert numbers.tolist() == made.column("COUNT_population").to_pylist()


def test_points_come_out_single_if_asked_for():
    made = dissolve(cities(), multi_part=False)
    assert (made.geometry_type, len(made)) == ("esriGeometryPoint", len(cities()))


def test_halves_on_both_sides_of_the_antimeridian_meet():
    east = shapely.box(170, 0, 185, 10)
    west = shapely.box(-180, 0, -170, 10)
    (made,) = dissolve(FeatureSet.of([east, west])).geometries
    expected = shapely.union(shapely.box(170, 0, 180, 10), west)
    assert shapely.equals(made, expected)


def test_null_values_are_a_group():
    made = dissolve(
        features("POINT (0 0)", "POINT (1 1)", "POINT (2 2)", k=[None, "a", None]),
        ["k"],
    )
    assert made.column("k").to_pylist() == [None, "a"]
    assert shapely.get_num_geometries(made.geometries).tolist() == [2, 1]


def test_features_without_geometry_are_left_out_of_shapes_and_statistics():
    notes = Notes()
    made = dissolve(
        features(None, "POINT (1 1)", v=[5.0, 7.0]), None, ["v SUM"], context=notes
    )
    assert made.attributes.to_pylist() == [{"SUM_v": 7.0}]
    assert notes.warnings == [
        "Input_Features: 1 feature has no geometry and was left out"
    ]


@pytest.mark.parametrize("fields", [None, ["v"]], ids=["all", "by field"])
def test_nothing_dissolves_to_nothing(fields):
    empty = features("POINT (1 1)", v=[1.0]).take(np.array([], dtype=int))
    assert len(dissolve(empty, fields, ["v MEAN"])) == 0


def metres(number):
    return LinearUnit(number, "esriMeters")


@pytest.fixture(scope="module")
def houses():
    """Two hundred squares of 10 to 40 m around Helsinki, in UTM."""
    rng = np.random.default_rng(5)
    x, y = rng.uniform((385_000, 6_670_000), (387_000, 6_672_000), (200, 2)).T
    size = rng.uniform(10, 40, 200)
    return FeatureSet.of(shapely.box(x, y, x + size, y + size), spatial_reference=UTM)


@pytest.mark.parametrize("distance", [10, 60], ids=str)
def test_aggregates_are_the_closings_of_geopandas_in_utm(houses, distance):
    made = aggregate_polygons(houses, metres(distance))
    frame = houses.to_geopandas().geometry
    half = distance / 2 * 0.99965  # a metre on the ground is shorter in UTM here
    grown = frame.buffer(half, quad_segs=16).union_all()
    expected = grown.buffer(-half, quad_segs=16).union(frame.union_all())
    assert len(made) == len(grown.geoms)
    assert shapely.area(made.geometries).sum() == pytest.approx(expected.area, rel=2e-3)
    assert sum(made.column("Polygons").to_pylist()) == 200
    assert shapely.covers(shapely.union_all(made.geometries).buffer(1e-6),
                          houses.geometries).all()  # fmt: skip


@pytest.mark.parametrize("lat", [0, 60, 80], ids=str)
def test_squares_are_joined_at_the_distance_on_the_ground(lat):
    left = shapely.box(25, lat, 25.01, lat + 0.01)
    start = GEOD.fwd(25.01, lat, 90, 1000)[0]
    pair = FeatureSet.of([left, shapely.box(start, lat, start + 0.01, lat + 0.01)])
    made = [aggregate_polygons(pair, metres(reach)) for reach in (990, 1010)]
    assert [len(one) for one in made] == [2, 1]
    assert shapely.equals(made[0].geometries, pair.geometries).all()
    assert made[1].column("Polygons").to_pylist() == [2]
    assert shapely.get_num_geometries(made[1].geometries).tolist() == [1]


def test_aggregate_of_touching_polygons_over_the_antimeridian_is_one():
    pair = FeatureSet.of([shapely.box(179, 0, 180, 1), shapely.box(-180, 0, -179, 1)])
    made = aggregate_polygons(pair, metres(100))
    assert made.column("Polygons").to_pylist() == [2]
    assert shapely.area(made.geometries) == pytest.approx([2], rel=1e-3)


def test_small_results_go_and_small_holes_are_filled():
    notes = Notes()
    ring = shapely.box(0, 0, 1, 1).difference(shapely.box(0.4, 0.4, 0.41, 0.41))
    source = FeatureSet.of([ring, shapely.box(5, 5, 5.01, 5.01), None])
    made = aggregate_polygons(
        source, metres(10), ArealUnit(10, "esriSquareKilometers"),
        ArealUnit(10, "esriSquareKilometers"), notes,
    )  # fmt: skip
    assert [one.area for one in made.geometries] == pytest.approx([1])
    assert notes.messages == ["2 polygons became 2"]
    assert notes.warnings == [
        "Input_Features: 1 feature has no geometry and was left out",
        "1 result is smaller than Minimum_Area and left out",
    ]


def test_nothing_is_aggregated_to_nothing_and_eliminated_from_nothing():
    nothing = countries().take(np.array([], dtype=int))
    assert len(aggregate_polygons(nothing, metres(10))) == 0
    assert len(eliminate(nothing, ArealUnit(1, "esriHectares"))) == 0


def test_polygons_that_only_touch_at_a_corner_are_no_neighbours_in_any_order():
    boxes = [shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1), shapely.box(2, 1, 3, 2)]
    for shapes in (boxes, boxes[::-1], [boxes[0], shapely.box(0.5, 0.5, 1.5, 1.5)]):
        made = eliminate(FeatureSet.of(shapes), ArealUnit(1e6, "esriSquareKilometers"))
        assert len(made) == len(shapes)


def ground_area(shape):
    return abs(GEOD.geometry_area_perimeter(shapely.orient_polygons(shape))[0])


@pytest.mark.parametrize("way", ["LONGEST_BORDER", "LARGEST_AREA"])
def test_small_countries_go_to_the_neighbour_that_plain_loops_find(way):
    names = countries().column("name").to_pylist()
    shapes, areas = (
        countries().geometries,
        [ground_area(s) for s in countries().geometries],
    )
    limit = 40_000e6
    expected, stay = dict(enumerate([{name} for name in names])), 0
    for row in [row for row in range(177) if areas[row] < limit]:
        best = []
        for other in range(177):
            if other == row or areas[other] < limit:
                continue
            forward, backward = shapely.shared_paths(
                shapes[row].boundary, shapes[other].boundary
            ).geoms
            border = GEOD.geometry_length(forward) + GEOD.geometry_length(backward)
            if border:
                best.append(
                    (border if way == "LONGEST_BORDER" else areas[other], other)
                )
        if best:
            expected[max(best)[1]].add(names[row])
            del expected[row]
        else:
            stay += 1
    notes = Notes()
    made = eliminate(countries(), ArealUnit(40_000, "esriSquareKilometers"), way, notes)
    members = [set() for _ in range(len(made))]
    inside = shapely.point_on_surface(shapes)
    point, cell = shapely.STRtree(made.geometries).query(inside, predicate="intersects")
    for row, at in zip(point, cell, strict=True):
        members[at].add(names[row])
    assert members == list(expected.values())
    assert notes.warnings == [
        f"{stay} small polygons have no neighbour to be merged into"
    ]
    assert shapely.area(made.geometries).sum() == pytest.approx(
        shapely.area(shapes).sum(), rel=1e-9
    )


def test_sliver_among_slivers_goes_where_they_go():
    row = FeatureSet.of(
        [shapely.box(0, 0, 1, 1), shapely.box(1, 0, 1.01, 1), shapely.box(1.01, 0, 1.02, 1),
         shapely.box(7, 7, 7.01, 7.01), None],
        {"name": ["big", "thin", "thinner", "alone", "none"]},
    )  # fmt: skip
    notes = Notes()
    made = eliminate(row, ArealUnit(1000, "esriSquareKilometers"), context=notes)
    # thinner has no border with big, and goes with its neighbour all the same
    assert made.column("name").to_pylist() == ["big", "alone", "none"]
    assert made.geometries[0].equals(shapely.box(0, 0, 1.02, 1))
    assert notes.messages == ["2 polygons were merged into neighbours"]


def test_user_is_told_of_repaired_polygons():
    notes = Notes()
    tie = FeatureSet.of([shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])])
    for run in (
        lambda: dissolve(tie, context=notes),
        lambda: aggregate_polygons(tie, metres(1), context=notes),
        lambda: eliminate(tie, ArealUnit(1), context=notes),
    ):
        assert shapely.area(run().geometries) == pytest.approx([2])
    assert notes.warnings == ["Input_Features: 1 invalid polygon was repaired"] * 3
