"""Spatial join against GeoPandas on Natural Earth and GeoNames."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
import shapely

from services.data import cities, countries
from services.errors import ToolFailed
from services.geometry.features import FeatureSet
from services.geometry.units import LinearUnit
from services.tools.joins import spatial_join


def frame(features):
    return features.to_geopandas()


@pytest.fixture(scope="module")
def grid():
    x, y = np.meshgrid(np.arange(-177.3, 130, 30.0), np.arange(-88.7, 60, 30.0))
    shapes = shapely.box(x.ravel(), y.ravel(), x.ravel() + 30, y.ravel() + 30)
    return FeatureSet.of(shapes, {"cell": np.arange(len(shapes))})


@pytest.mark.parametrize(
    ("option", "predicate"),
    [
        ("INTERSECT", "intersects"),
        ("CONTAINS", "covers"),
        ("COMPLETELY_CONTAINS", "contains_properly"),
        ("WITHIN", "covered_by"),
        ("BOUNDARY_TOUCHES", "touches"),
        ("CROSSES", "crosses"),
        ("OVERLAPS", "overlaps"),
    ],
)
def test_matches_are_those_of_geopandas(grid, option, predicate):
    copy = FeatureSet.of(grid.geometries, {"other": grid.column("cell")})
    for target, join in ((grid, countries()), (countries(), grid), (grid, copy)):
        made = spatial_join(target, join, "JOIN_ONE_TO_MANY", option, keep_all=False)
        keys = [target.fields[0].name, join.fields[0].name]
        expected = frame(target).sjoin(frame(join), predicate=predicate)[keys]
        ours = made.attributes.select(keys).to_pandas()
        order = {"by": keys, "ignore_index": True}
        assert ours.sort_values(**order).equals(expected.sort_values(**order))


def test_one_to_one_counts_matches_and_takes_the_first():
    made = spatial_join(countries(), cities())
    expected = frame(countries()).sjoin(frame(cities())).sort_index(kind="stable")
    counts = expected.groupby(level=0).size().reindex(range(177), fill_value=0)
    assert made.column("Join_Count").to_pylist() == counts.tolist()
    first = expected.groupby(level=0)["index_right"].min()
    row = made.column("name").to_pylist().index("Germany")
    assert (
        made.column("name_1")[row].as_py()
        == cities().column("name")[first[row]].as_py()
    )
    assert len(made) == len(countries())


def test_features_without_a_match_get_nulls_or_are_left_out():
    row = countries().column("name").to_pylist().index("Antarctica")
    made = spatial_join(countries(), cities())
    assert made.column("population")[row].as_py() is None
    assert made.column("Join_Count")[row].as_py() == 0
    kept = spatial_join(countries(), cities(), keep_all=False)
    assert "Antarctica" not in kept.column("name").to_pylist()
    assert 0 not in kept.column("Join_Count").to_pylist()


def test_one_to_many_keeps_unmatched_targets_in_their_place(grid):
    made = spatial_join(grid, cities(), "JOIN_ONE_TO_MANY")
    cells = made.column("cell").to_pylist()
    assert cells == sorted(cells)
    assert set(cells) == set(grid.column("cell").to_pylist())


def test_completely_within_leaves_out_what_shares_a_border():
    target = FeatureSet.of(
        [shapely.box(0, 0, 1, 1), shapely.box(1, 1, 2, 2)], {"a": [1, 2]}
    )
    area = FeatureSet.of([shapely.box(0, 0, 5, 5)], {"b": [1]})
    strict = spatial_join(
        target, area, match_option="COMPLETELY_WITHIN", keep_all=False
    )
    assert strict.column("a").to_pylist() == [2]
    made = spatial_join(target, area, match_option="WITHIN", keep_all=False)
    assert made.column("a").to_pylist() == [1, 2]


def test_identical_and_centred_features_match():
    target = FeatureSet.of(
        [shapely.box(0, 0, 4, 4), shapely.box(3, 0, 9, 4)], {"a": [1, 2]}
    )
    join = FeatureSet.of([shapely.box(4, 0, 0, 4)], {"b": [1]})
    for option in ("ARE_IDENTICAL_TO", "HAVE_THEIR_CENTER_IN"):
        made = spatial_join(target, join, match_option=option, keep_all=False)
        assert made.column("a").to_pylist() == [1]


def test_centre_of_a_shape_over_the_antimeridian_is_where_it_was_drawn():
    drawn = FeatureSet.of([shapely.box(176, 0, 190, 10)], {"a": [1]})
    west = FeatureSet.of([shapely.box(-180, 0, -175, 10)], {"b": [1]})
    made = spatial_join(drawn, west, match_option="HAVE_THEIR_CENTER_IN")
    assert made.column("Join_Count").to_pylist() == [1]


def test_search_radius_is_measured_on_the_ground():
    geod = pyproj.Geod(ellps="WGS84")
    lon, lat = shapely.get_coordinates(cities().geometries).T
    count = len(lon)
    i, j = (side.ravel() for side in np.indices((count, count)))
    near = geod.inv(lon[i], lat[i], lon[j], lat[j])[2] <= 100 * 1609.344
    made = spatial_join(
        cities(), cities(), match_option="WITHIN_A_DISTANCE",
        search_radius=LinearUnit(100, "esriMiles"),
    )  # fmt: skip
    expected = np.bincount(i[near], minlength=count)
    assert made.column("Join_Count").to_pylist() == expected.tolist()


def test_distance_needs_a_radius():
    with pytest.raises(ToolFailed, match="needs a Search_Radius"):
        spatial_join(cities(), cities(), match_option="WITHIN_A_DISTANCE")


def test_fiji_is_matched_by_a_box_over_the_antimeridian_and_stays_whole():
    drawn = FeatureSet.of([shapely.box(176, -20, 184, -15)], {"box": ["east"]})
    made = spatial_join(countries(), drawn, match_option="WITHIN", keep_all=False)
    assert made.column("name").to_pylist() == ["Fiji"]
    back = spatial_join(drawn, countries())
    assert back.geometries[0].bounds == (176, -20, 184, -15)
    assert back.column("name").to_pylist() == ["Fiji"]


def test_nothing_joined_to_something_is_nothing_and_the_reverse_all_null():
    nothing = cities().take(np.array([], dtype=int))
    assert len(spatial_join(nothing, countries())) == 0
    made = spatial_join(cities(), nothing)
    assert set(made.column("Join_Count").to_pylist()) == {0}
    assert made.column("name_1").null_count == len(cities())
