"""Summarize within: counts by GeoPandas, measures by pyproj.Geod."""

from __future__ import annotations

import geopandas
import numpy as np
import pyproj
import pytest
import shapely

from services.data import cities, countries
from services.geometry.features import FeatureSet
from services.tools.summarize import summarize_within

GEOD = pyproj.Geod(ellps="WGS84")


def boxes(*bounds, **columns):
    return FeatureSet.of([shapely.box(*one) for one in bounds], columns)


def geodesic_area(geometry):
    """Square kilometres by Geod, edges followed as drawn."""
    return (
        abs(GEOD.geometry_area_perimeter(shapely.segmentize(geometry, 0.01))[0]) / 1e6
    )


@pytest.fixture(scope="module")
def zones():
    x, y = np.meshgrid(np.arange(-177.3, 170, 25.0), np.arange(-88.7, 60, 25.0))
    shapes = shapely.box(x.ravel(), y.ravel(), x.ravel() + 25, y.ravel() + 25)
    return FeatureSet.of(shapes, {"zone": np.arange(len(shapes))})


def test_cities_are_counted_and_summed_up_as_by_geopandas():
    made = summarize_within(
        countries(), cities(), ["population SUM", "population MEAN"]
    )
    joined = countries().to_geopandas().sjoin(cities().to_geopandas())
    groups = joined.groupby(level=0)["population"].agg(["size", "sum", "mean"])
    groups = groups.reindex(range(len(countries())))
    counts = made.column("Feature_Count").to_pylist()
    assert counts == groups["size"].fillna(0).tolist()
    assert made.numbers("SUM_population") == pytest.approx(groups["sum"], nan_ok=True)
    assert made.numbers("MEAN_population") == pytest.approx(groups["mean"], nan_ok=True)


def test_area_inside_is_the_ground_area_of_the_overlay(zones):
    made = summarize_within(zones, countries())
    frames = [one.to_geopandas().set_crs(3857, allow_override=True)
              for one in (zones, countries())]  # fmt: skip
    pieces = geopandas.overlay(*frames, how="intersection", keep_geom_type=True)
    expected = pieces.geometry.map(geodesic_area).groupby(pieces["zone"]).sum()
    expected = expected.reindex(range(len(zones)), fill_value=0.0)
    assert made.numbers("Sum_Area") == pytest.approx(expected.to_numpy(), rel=1e-5)


def test_sums_over_zones_that_part_a_country_give_back_its_value(zones):
    names = countries().column("name").to_numpy()
    brazil = countries().take(names == "Brazil")
    made = summarize_within(zones, brazil, ["pop_est SUM"])
    people = brazil.column("pop_est")[0].as_py()
    assert np.nansum(made.numbers("SUM_pop_est")) == pytest.approx(people, rel=1e-6)
    plain = summarize_within(zones, brazil, ["pop_est SUM"], proportional=False)
    inside = made.column("Feature_Count").to_numpy() > 0
    assert set(plain.numbers("SUM_pop_est")[inside]) == {people}


def test_mean_is_weighted_by_area_unless_plain():
    halves = boxes((0, 0, 3, 1), (3, 0, 4, 1), value=[10.0, 50.0])
    zone = boxes((1, 0, 4, 1))
    # on the equator two square degrees stand against one
    weighted = summarize_within(zone, halves, ["value MEAN", "value MAX"])
    assert weighted.numbers("MEAN_value")[0] == pytest.approx((2 * 10 + 50) / 3)
    assert weighted.numbers("MAX_value")[0] == 50
    plain = summarize_within(zone, halves, ["value MEAN"], proportional=False)
    assert plain.numbers("MEAN_value")[0] == 30


@pytest.mark.parametrize(
    ("unit", "metres"), [("esriKilometers", 1000), ("esriMiles", 1609.344)]
)
def test_length_inside_is_geodesic(unit, metres):
    road = FeatureSet.of([shapely.LineString([(24, 59), (24, 61)])], {"lanes": [4]})
    made = summarize_within(
        boxes((23, 60, 25, 62)), road, ["lanes SUM"], length_unit=unit
    )
    inside = GEOD.line_length([24, 24], [60, 61])
    assert made.numbers("Sum_Length")[0] == pytest.approx(inside / metres, rel=1e-6)
    share = inside / GEOD.line_length([24, 24], [59, 61])
    assert made.numbers("SUM_lanes")[0] == pytest.approx(4 * share, rel=1e-6)


def test_units_of_area_are_those_asked_for():
    square = boxes((0, 0, 1, 1))
    made = [
        summarize_within(square, square, area_unit=unit).numbers("Sum_Area")[0]
        for unit in ("esriSquareKilometers", "esriHectares", "esriAcres")
    ]
    # 1 ha = 0.01 km²; 1 acre = 4046.8564224 m²
    assert made[1] / made[0] == pytest.approx(100)
    assert made[2] / made[0] == pytest.approx(1e6 / 4046.8564224)
    assert made[0] == pytest.approx(geodesic_area(square.geometries[0]), rel=1e-6)


def test_multipoint_counts_by_its_points_inside():
    cloud = FeatureSet.of(
        [shapely.MultiPoint([(1, 1), (2, 2), (3, 3), (9, 9)])], {"trees": [100.0]}
    )
    made = summarize_within(boxes((0, 0, 5, 5)), cloud, ["trees SUM"])
    assert made.numbers("SUM_trees")[0] == 75
    assert made.column("Feature_Count").to_pylist() == [1]


def test_neighbours_that_only_share_a_border_do_not_count():
    made = summarize_within(boxes((0, 0, 1, 1)), boxes((1, 0, 2, 1)))
    assert made.attributes.to_pylist() == [{"Feature_Count": 0, "Sum_Area": 0.0}]


def test_polygons_without_features_can_be_left_out():
    made = summarize_within(countries(), cities(), keep_all=False)
    assert min(made.column("Feature_Count").to_pylist()) == 1
    assert len(made) < len(countries())


def test_fiji_lies_within_a_box_over_the_antimeridian():
    made = summarize_within(boxes((170, -25, 190, -10)), countries(), ["pop_est SUM"])
    fiji = countries().column("pop_est")[0].as_py()
    assert made.column("Feature_Count").to_pylist() == [1]
    assert made.numbers("SUM_pop_est")[0] == pytest.approx(fiji, rel=1e-9)


def test_empty_inputs_are_fine():
    nothing = boxes().with_geometries(np.array([], dtype=object), "esriGeometryPolygon")
    assert len(summarize_within(nothing, countries())) == 0
    made = summarize_within(boxes((0, 0, 1, 1)), nothing)
    assert made.column("Feature_Count").to_pylist() == [0]
