"""Buffer, rings and Near against formulas and pyproj.Geod."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from pyproj import Geod, Transformer

from services.data import cities
from services.errors import InvalidValue, ToolFailed
from services.geometry.crs import WEB_MERCATOR
from services.geometry.features import FeatureSet, Field
from services.geometry.units import LinearUnit
from services.tools.proximity import buffer, multiple_ring_buffer, near

GEOD = Geod(ellps="WGS84")
KILOMETRE = LinearUnit(1, "esriKilometers")
# A regular polygon of 64 corners has this share of its circle.
ROUND = math.sin(2 * math.pi / 64) / (2 * math.pi / 64)


class Notes:
    """A context that keeps warnings."""

    def __init__(self):
        self.warnings = []

    def warn(self, text):
        self.warnings.append(text)


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
