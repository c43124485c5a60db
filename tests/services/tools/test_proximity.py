"""Buffer, rings and Near against formulas and pyproj.Geod."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from pyproj import Geod, Transformer

from services.data import cities, countries
from services.errors import InvalidValue, ToolFailed
from services.geometry.crs import WEB_MERCATOR, SpatialReference
from services.geometry.features import FeatureSet, Field
from services.geometry.units import LinearUnit
from services.tools.proximity import (
    buffer,
    generate_near_table,
    multiple_ring_buffer,
    near,
)

GEOD = Geod(ellps="WGS84")
KILOMETRE = LinearUnit(1, "esriKilometers")
# A regular polygon of 64 corners has this share of its circle.
ROUND = math.sin(2 * math.pi / 64) / (2 * math.pi / 64)


class Notes:
    """A context that keeps warnings."""

    def __init__(self):
        self.warnings = []

    def message(self, text):
        self.said = text

    def warn(self, text):
        self.warnings.append(text)

    def progress(self, percent, text=""):
        assert 0 <= percent <= 100


def points(*places, **columns):
    shapes = [place and shapely.Point(place) for place in places]
    return FeatureSet.of(shapes, columns, geometry_type="esriGeometryPoint")


def areas(features):
    return [abs(GEOD.geometry_area_perimeter(one)[0]) for one in features.geometries]


@pytest.mark.parametrize("place", [(0, 0), (25, 60), (10, 85), (179.999, -17)], ids=str)
def test_buffer_is_round_on_the_ground(place):
    made = buffer(points(place), KILOMETRE)
    assert areas(made) == pytest.approx([math.pi * 1e6 * ROUND], rel=1e-6)


def test_buffer_in_web_mercator_is_not_stretched():
    x, y = Transformer.from_crs(4326, 3857, always_xy=True).transform(25, 60)
    made = buffer(
        FeatureSet.of([shapely.Point(x, y)], spatial_reference=WEB_MERCATOR), KILOMETRE
    )
    assert made.spatial_reference == WEB_MERCATOR
    assert areas(made.project(points((0, 0)).spatial_reference)) == pytest.approx(
        [math.pi * 1e6 * ROUND], rel=1e-5
    )


def test_buffer_keeps_attributes_and_fields():
    source = points((0, 0), (1, 1), name=["a", "b"], size=[1, 2])
    made = buffer(source, KILOMETRE)
    assert made.fields == source.fields
    assert made.attributes.equals(source.attributes)
    assert made.geometry_type == "esriGeometryPolygon"
    assert (shapely.get_num_coordinates(made.geometries) >= 65).all()


@pytest.mark.parametrize(
    ("unit", "metres"),
    [("esriMiles", 1609.344), ("esriFeet", 0.3048), ("esriNauticalMiles", 1852)],
)
def test_buffer_reads_units(unit, metres):
    made = buffer(points((25, 60)), LinearUnit(2, unit))
    assert areas(made) == pytest.approx([math.pi * (2 * metres) ** 2 * ROUND], rel=1e-4)


def test_distance_field_gives_each_its_distance_in_the_unit():
    source = points((0, 0), (0, 50), (0, 70), km=[1.0, 3.0, None])
    notes = Notes()
    made = buffer(source, LinearUnit(99, "esriKilometers"), "KM", context=notes)
    expected = [math.pi * 1e6 * ROUND, math.pi * 9e6 * ROUND, 0]
    assert areas(made) == pytest.approx(expected, rel=1e-5)
    assert notes.warnings == [
        "1 feature has no buffer: no geometry, no distance, or nothing left"
    ]


def test_distance_field_must_hold_numbers():
    with pytest.raises(ToolFailed, match="field of numbers; 'name' is not"):
        buffer(points((0, 0), name=["a"]), KILOMETRE, "name")


def test_distance_field_must_exist():
    with pytest.raises(InvalidValue, match="no field 'reach'; the fields are name"):
        buffer(points((0, 0), name=["a"]), KILOMETRE, "reach")


def test_dissolve_gives_one_feature_without_attributes():
    source = points((0, 0), (0.001, 0), (50, 50), name=["a", "b", "c"])
    made = buffer(source, KILOMETRE, dissolve=True)
    assert len(made) == 1
    assert made.fields == ()
    assert shapely.get_num_geometries(made.geometries[0]) == 2


def test_zero_distance_on_points_warns_and_gives_empty_polygons():
    notes = Notes()
    made = buffer(points((0, 0), None), LinearUnit(0, "esriMeters"), context=notes)
    assert made.geometries[0].is_empty
    assert made.geometries[1] is None
    assert notes.warnings[0].startswith("2 features have no buffer")


def test_negative_distance_shrinks_polygons():
    half = 1_000
    x, y, _ = GEOD.fwd([25] * 4, [60] * 4, [45, 135, 225, 315], [half * 2**0.5] * 4)
    square = FeatureSet.of([shapely.Polygon(np.column_stack([x, y]))])
    made = buffer(square, LinearUnit(-100, "esriMeters"))
    assert areas(made) == pytest.approx([1_800**2], rel=1e-5)


def test_no_features_give_none():
    assert len(buffer(points(), KILOMETRE)) == 0
    assert len(buffer(points(), KILOMETRE, dissolve=True)) == 0


def test_rings_have_the_areas_of_annuli():
    made = multiple_ring_buffer(points((25, 60)), [2, 1, 3])
    expected = [math.pi * 1e6 * ROUND * factor for factor in (1, 3, 5)]
    assert made.column("distance").to_pylist() == [1, 2, 3]
    assert areas(made) == pytest.approx(expected, rel=1e-5)


def test_discs_hold_the_smaller_ones():
    made = multiple_ring_buffer(points((25, 60)), [1, 2], "Miles", "DISCS")
    expected = [math.pi * (1609.344 * factor) ** 2 * ROUND for factor in (1, 2)]
    assert areas(made) == pytest.approx(expected, rel=1e-5)


def test_rings_of_each_feature_keep_its_attributes():
    source = points((0, 0), (0.001, 0), name=["a", "b"])
    made = multiple_ring_buffer(source, [1, 2], dissolve=False)
    assert made.column("name").to_pylist() == ["a", "b", "a", "b"]
    assert made.column("distance").to_pylist() == [1, 1, 2, 2]
    assert [field.name for field in made.fields] == ["name", "distance"]


def test_empty_rings_are_left_out_with_a_warning():
    notes = Notes()
    made = multiple_ring_buffer(points((0, 0)), [-1, 0, 1], context=notes)
    assert made.column("distance").to_pylist() == [1]
    assert notes.warnings == ["2 rings are empty and were left out"]


def test_rings_need_a_distance():
    with pytest.raises(ToolFailed, match="at least one number"):
        multiple_ring_buffer(points((0, 0)), [])


def test_near_finds_the_nearest_city_by_geodesics():
    source, rest = cities().take(np.arange(0, 40)), cities().take(np.arange(40, 200))
    made = near(source, rest)
    x, y = shapely.get_coordinates(source.geometries).T
    u, v = shapely.get_coordinates(rest.geometries).T
    for row in range(len(source)):
        full = np.full(len(u), x[row]), np.full(len(u), y[row])
        azimuth, _, metres = GEOD.inv(*full, u, v)
        best = int(metres.argmin())
        assert made.column("NEAR_FID")[row].as_py() == best + 1
        assert made.column("NEAR_DIST")[row].as_py() == pytest.approx(metres[best])
        assert made.column("NEAR_ANGLE")[row].as_py() == pytest.approx(azimuth[best])
        assert made.column("NEAR_X")[row].as_py() == pytest.approx(u[best])


def test_near_gives_object_ids_where_there_are_any():
    others = FeatureSet.of(
        [shapely.Point(0, 1), shapely.Point(0, 2)],
        {"OBJECTID": [70, 80]},
        fields=[Field("OBJECTID", "esriFieldTypeOID")],
    )
    assert near(points((0, 3)), others).column("NEAR_FID").to_pylist() == [80]


def test_near_beyond_the_radius_is_minus_one_and_null():
    notes = Notes()
    made = near(points((0, 0), (0, 5)), points((0, 0.001)), KILOMETRE, notes)
    assert made.column("NEAR_FID").to_pylist() == [1, -1]
    assert made.column("NEAR_DIST")[1].as_py() is None
    assert made.column("NEAR_X")[1].as_py() is None
    assert notes.warnings == ["1 feature has nothing near"]


def test_near_brings_the_others_into_the_reference_of_the_input():
    others = points((25, 60.01)).project(WEB_MERCATOR)
    made = near(points((25, 60)), others)
    assert made.column("NEAR_DIST")[0].as_py() == pytest.approx(
        GEOD.inv(25, 60, 25, 60.01)[2], abs=1e-3
    )
    assert made.column("NEAR_Y")[0].as_py() == pytest.approx(60.01)


def test_near_replaces_its_fields():
    once = near(points((0, 0)), points((0, 1)))
    twice = near(once, points((0, 2)))
    assert twice.fields == once.fields


def test_near_refuses_a_negative_radius():
    with pytest.raises(ToolFailed, match="must not be negative"):
        near(points((0, 0)), points((0, 1)), LinearUnit(-1, "esriMeters"))


def geodesic(lon, lat, azimuth, metres):
    """A line along a geodesic, with a vertex each 20 km."""
    reach = np.linspace(0, metres, max(2, int(metres / 20_000) + 1))
    x, y, _ = GEOD.fwd(*([value] * len(reach) for value in (lon, lat, azimuth)), reach)
    return shapely.LineString(np.column_stack([x, y]))


@pytest.mark.parametrize("place", [(0, 0), (25, 60), (10, 84)], ids=str)
@pytest.mark.parametrize("reach", [10_000, 900_000], ids=str)
@pytest.mark.parametrize(("side", "share"), [("FULL", 2), ("LEFT", 1), ("RIGHT", 1)])
def test_flat_ended_buffer_has_the_area_of_a_strip(place, reach, side, share):
    line = FeatureSet.of([geodesic(*place, 40, reach)])
    made = buffer(line, KILOMETRE, line_side=side, line_end_type="FLAT")
    # A strip of width w along a geodesic of length L: L w, within (w / R)^2.
    assert areas(made) == pytest.approx([share * reach * 1000], rel=1e-3)


def test_both_sides_together_are_the_whole_with_flat_ends():
    bent = shapely.LineString([(25, 60), (25.2, 60.1), (25.25, 60), (25.6, 60.05)])
    left, right, full = (
        buffer(
            FeatureSet.of([bent]), KILOMETRE, line_side=side, line_end_type="FLAT"
        ).geometries[0]
        for side in ("LEFT", "RIGHT", "FULL")
    )
    assert left.union(right).symmetric_difference(full).area < 1e-5 * full.area


def test_left_and_right_are_the_sides_of_a_line_that_runs_north():
    line = FeatureSet.of([shapely.LineString([(25, 60), (25, 60.1)])])
    left, right = (
        buffer(line, KILOMETRE, line_side=side).geometries[0].bounds
        for side in ("LEFT", "RIGHT")
    )
    assert left[2] == pytest.approx(25, abs=1e-6) == right[0]
    assert left[0] < 24.99
    assert right[2] > 25.01


def test_outside_only_is_the_buffer_without_the_polygon():
    chosen = countries().take(np.arange(20, 40))
    whole = buffer(chosen, LinearUnit(10, "esriKilometers"))
    made = buffer(chosen, LinearUnit(10, "esriKilometers"), line_side="OUTSIDE_ONLY")
    both = shapely.area(made.geometries) + shapely.area(chosen.geometries)
    assert both == pytest.approx(shapely.area(whole.geometries))


def test_planar_buffer_is_that_of_geopandas():
    utm = countries().take(np.array([43])).project(SpatialReference(3035))
    made = buffer(utm, LinearUnit(50, "esriKilometers"), method="PLANAR")
    expected = utm.to_geopandas().buffer(50_000, quad_segs=16)
    assert shapely.area(made.geometries) == pytest.approx(expected.area, rel=1e-12)
    with pytest.raises(InvalidValue, match="projected spatial reference"):
        buffer(countries(), KILOMETRE, method="PLANAR")


@pytest.mark.parametrize(
    ("side", "words"), [("LEFT", "is for lines"), ("OUTSIDE_ONLY", "is for polygons")]
)
def test_sides_that_a_point_has_not_are_refused(side, words):
    with pytest.raises(ToolFailed, match=words):
        buffer(points((0, 0)), KILOMETRE, line_side=side)


def test_dissolve_fields_make_one_buffer_of_equal_values():
    source = points((0, 0), (50, 50), (0.001, 0), kind=["a", "b", "a"], size=[1, 2, 3])
    made = buffer(source, KILOMETRE, dissolve_fields=["KIND"])
    assert made.attributes.to_pylist() == [{"kind": "a"}, {"kind": "b"}]
    assert shapely.get_num_geometries(made.geometries).tolist() == [1, 1]


def test_bow_tie_is_buffered_whole_and_the_user_told():
    notes = Notes()
    tie = shapely.Polygon([(0, 0), (0.2, 0.2), (0.2, 0), (0, 0.2)])
    made = buffer(FeatureSet.of([tie]), KILOMETRE, context=notes)
    assert made.geometries[0].covers(shapely.make_valid(tie))
    assert notes.warnings == ["Input_Features: 1 invalid polygon was repaired"]


def test_near_table_has_all_pairs_of_cities_by_geodesics():
    first, second = cities().take(np.arange(40)), cities().take(np.arange(40, 100))
    x, y = shapely.get_coordinates(first.geometries).T
    u, v = shapely.get_coordinates(second.geometries).T
    i, j = (side.ravel() for side in np.indices((40, 60)))
    azimuth, _, metres = GEOD.inv(x[i], y[i], u[j], v[j])
    made = generate_near_table(first, second)
    order = np.lexsort((metres, i))
    for name, expected in (("IN_FID", i + 1), ("NEAR_FID", j + 1), ("NEAR_DIST", metres),
                           ("NEAR_ANGLE", azimuth), ("NEAR_X", u[j])):  # fmt: skip
        assert made.numbers(name) == pytest.approx(expected[order], rel=1e-9)
    assert made.column("NEAR_RANK").to_pylist() == [*range(1, 61)] * 40
    few = generate_near_table(first, second, LinearUnit(3000, "esriKilometers"), 3)
    expected = metres.reshape(40, 60)
    expected = [row[row <= 3e6][:3] for row in np.sort(expected, axis=1)]
    assert few.numbers("NEAR_DIST") == pytest.approx(np.concatenate(expected))


def test_near_table_of_shapes_agrees_with_near_and_finds_the_second():
    some = countries().take(np.arange(20, 30))
    some_cities = cities().take(np.arange(60))
    table = generate_near_table(some, some_cities, closest_count=2)
    single = near(some, some_cities)
    first = table.numbers("NEAR_RANK") == 1
    assert table.numbers("NEAR_DIST")[first] == pytest.approx(
        single.numbers("NEAR_DIST"), rel=1e-7, abs=1e-3
    )
    assert (np.diff(table.numbers("NEAR_DIST"))[::2] >= 0).all()
    assert len(table) == 20


def test_near_table_of_an_area_is_the_least_distance_to_its_outline():
    germany = countries().take(countries().column("name").to_numpy() == "Germany")
    outside = ~shapely.contains(germany.geometries[0], cities().geometries)
    some = cities().take(np.flatnonzero(outside)[:60])
    outline = shapely.segmentize(germany.geometries[0].boundary, 0.01)
    u, v = shapely.get_coordinates(outline).T
    x, y = shapely.get_coordinates(some.geometries).T
    i, j = (side.ravel() for side in np.indices((60, len(u))))
    least = GEOD.inv(x[i], y[i], u[j], v[j])[2].reshape(60, -1).min(axis=1)
    made = generate_near_table(some, germany).numbers("NEAR_DIST")
    assert made == pytest.approx(least, rel=1e-4)


def test_near_table_is_the_same_from_the_other_side():
    first, second = (
        countries().take(np.arange(20, 26)),
        countries().take(np.arange(60, 66)),
    )
    there, back = generate_near_table(first, second), generate_near_table(second, first)
    keys = ("IN_FID", "NEAR_FID"), ("NEAR_FID", "IN_FID")
    sides = [
        dict(zip(zip(*(one.column(name).to_pylist() for name in names), strict=True),
                 one.column("NEAR_DIST").to_pylist(), strict=True))
        for one, names in zip((there, back), keys, strict=True)
    ]  # fmt: skip
    assert sides[0] == pytest.approx(sides[1], rel=1e-9)


def test_near_table_measures_to_the_edge_across_the_antimeridian():
    box = FeatureSet.of([shapely.box(-179.9, -17, -179, -16)])
    made = generate_near_table(points((179.9, -16.5), None), box, closest_count=5)
    metres = GEOD.inv(179.9, -16.5, -179.9, -16.5)[2]
    assert made.numbers("NEAR_DIST") == pytest.approx([metres], rel=1e-4)
    assert made.numbers("NEAR_X") == pytest.approx([-179.9])


def test_near_table_of_nothing_is_empty_and_too_many_pairs_are_refused():
    assert len(generate_near_table(points(), cities())) == 0
    assert len(generate_near_table(cities(), points())) == 0
    many = points(*[(0, 0)] * 1001)
    with pytest.raises(ToolFailed, match="give a Search_Radius"):
        generate_near_table(many, many)
