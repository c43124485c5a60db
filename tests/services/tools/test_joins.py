"""Joins and selections against GeoPandas and SQLite on Natural Earth and GeoNames."""

from __future__ import annotations

import sqlite3

import numpy as np
import pyproj
import pytest
import shapely

from services.data import cities, countries
from services.errors import InvalidParameters, InvalidValue, ToolFailed
from services.geometry.features import FeatureSet
from services.geometry.units import LinearUnit
from services.texts import SQLExpression
from services.tools.joins import (
    select_by_attributes,
    select_by_location,
    spatial_join,
)

GEOD = pyproj.Geod(ellps="WGS84")


class Notes:
    """A context that keeps what it is told."""

    def __init__(self):
        self.warnings, self.messages = [], []

    def warn(self, text):
        self.warnings.append(text)

    def message(self, text):
        self.messages.append(text)


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


def test_merge_rules_are_the_aggregates_of_pandas():
    made = spatial_join(
        countries(),
        cities(),
        merge_rules=["population SUM", "population MEAN; name MAX"],
    )
    groups = frame(countries()).sjoin(frame(cities())).groupby(level=0)
    for name, expected in (
        ("SUM_population", groups["population"].sum()),
        ("MEAN_population", groups["population"].mean()),
        ("MAX_name", groups["name_right"].max()),
    ):
        ours = made.attributes.column(name).to_pylist()
        theirs = expected.astype(object).reindex(range(177)).to_dict()
        assert ours == [theirs[row] if theirs[row] == theirs[row] else None
                        for row in range(177)]  # fmt: skip
    assert [one.name for one in made.fields][-4:] == [
        "SUM_population", "MEAN_population", "MAX_name", "Join_Count"
    ]  # fmt: skip
    kept = spatial_join(countries(), cities(), keep_all=False,
                        merge_rules=["population COUNT"])  # fmt: skip
    assert kept.column("COUNT_population").to_pylist() == groups.size().tolist()


def test_merge_rules_need_one_row_a_target_and_known_fields():
    with pytest.raises(ToolFailed, match="need JOIN_ONE_TO_ONE"):
        spatial_join(countries(), cities(), "JOIN_ONE_TO_MANY",
                     merge_rules=["population SUM"])  # fmt: skip
    with pytest.raises(InvalidValue, match="no field 'people'"):
        spatial_join(countries(), cities(), merge_rules=["people SUM"])


def test_closest_is_the_nearest_by_geodesics_within_the_radius():
    some, rest = cities().take(np.arange(30)), cities().take(np.arange(30, 305))
    x, y = shapely.get_coordinates(some.geometries).T
    u, v = shapely.get_coordinates(rest.geometries).T
    i, j = (side.ravel() for side in np.indices((30, 275)))
    metres = GEOD.inv(x[i], y[i], u[j], v[j])[2].reshape(30, 275)
    made = spatial_join(some, rest, match_option="CLOSEST")
    names = rest.column("name").take(metres.argmin(axis=1)).to_pylist()
    assert made.column("name_1").to_pylist() == names
    assert made.numbers("Join_Distance") == pytest.approx(metres.min(axis=1))
    near = spatial_join(some, rest, match_option="CLOSEST", keep_all=False,
                        search_radius=LinearUnit(200, "esriKilometers"))  # fmt: skip
    assert len(near) == (metres.min(axis=1) <= 200_000).sum()


@pytest.mark.parametrize(
    ("relationship", "predicate"),
    [("INTERSECT", "intersects"), ("WITHIN", "covered_by"), ("CROSSES", "crosses"),
     ("OVERLAPS", "overlaps"), ("BOUNDARY_TOUCHES", "touches")],
)  # fmt: skip
def test_selection_is_that_of_geopandas_and_its_inverse_the_rest(
    grid, relationship, predicate
):
    found = set(frame(countries()).sjoin(frame(grid), predicate=predicate).index)
    names = countries().column("name").to_pylist()
    made = select_by_location(countries(), grid, relationship)
    assert made.column("name").to_pylist() == [names[row] for row in sorted(found)]
    rest = select_by_location(countries(), grid, relationship, invert=True)
    assert len(made) + len(rest) == 177
    assert not set(made.column("name").to_pylist()) & set(
        rest.column("name").to_pylist()
    )


def test_selection_by_distance_is_measured_on_the_ground():
    paris = cities().column("name").to_pylist().index("Paris")
    place = cities().take(np.array([paris]))
    x, y = shapely.get_coordinates(cities().geometries).T
    metres = GEOD.inv(x, y, np.full(305, x[paris]), np.full(305, y[paris]))[2]
    made = select_by_location(cities(), place, "WITHIN_A_DISTANCE",
                              LinearUnit(500, "esriKilometers"))  # fmt: skip
    expected = cities().take(metres <= 500_000)
    assert made.column("name").to_pylist() == expected.column("name").to_pylist()
    with pytest.raises(ToolFailed, match="needs a Search_Distance"):
        select_by_location(cities(), place, "WITHIN_A_DISTANCE")


def test_repairs_and_missing_shapes_of_both_sides_are_told():
    notes = Notes()
    tie = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    odd = FeatureSet.of([tie, None], geometry_type="esriGeometryPolygon")
    made = select_by_location(odd, odd, invert=True, context=notes)
    assert (len(made), notes.messages) == (1, ["1 of 2 features are selected"])
    assert notes.warnings == [
        "Input_Features: 1 feature has no geometry and was left out",
        "Selecting_Features: 1 feature has no geometry and was left out",
        "Input_Features: 1 invalid polygon was repaired",
        "Selecting_Features: 1 invalid polygon was repaired",
    ]


@pytest.mark.parametrize(
    "where",
    ["population > 5000000", "country = 'India' AND population < 2000000",
     "name LIKE 'S%' OR iso_a3 IN ('USA', 'MEX')", "NOT (population BETWEEN 2e6 AND 3e6)",
     "iso_a3 IS NULL", "UPPER(name) = 'PARIS'", "population / 1000 >= 8000"],
)  # fmt: skip
def test_attributes_select_the_rows_that_sqlite_selects(where):
    table = cities().attributes
    base = sqlite3.connect(":memory:")
    names = ", ".join(table.column_names)
    base.execute(f"CREATE TABLE cities ({names})")
    marks = ", ".join("?" * table.num_columns)
    rows = zip(*(column.to_pylist() for column in table.columns), strict=True)
    base.executemany(f"INSERT INTO cities VALUES ({marks})", rows)
    base.execute("PRAGMA case_sensitive_like = 1")
    expected = [name for (name,) in
                base.execute(f"SELECT name FROM cities WHERE {where}")]  # fmt: skip
    made = select_by_attributes(cities(), SQLExpression(where))
    assert made.column("name").to_pylist() == expected
    rest = select_by_attributes(cities(), SQLExpression(where), invert=True)
    assert len(rest) == 305 - len(expected)


def test_wrong_condition_names_the_parameter():
    with pytest.raises(InvalidParameters, match=r"Where_Clause.*no field 'people'"):
        select_by_attributes(cities(), SQLExpression("people > 1"))


def test_nothing_is_selected_of_nothing():
    nothing = cities().take(np.array([], dtype=int))
    assert len(select_by_location(nothing, countries())) == 0
    assert len(select_by_location(cities(), nothing)) == 0
    assert len(select_by_attributes(nothing, SQLExpression("population > 1"))) == 0
