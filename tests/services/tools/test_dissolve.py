"""Dissolve against GeoPandas on Natural Earth."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from services.data import cities, countries
from services.geometry.features import FeatureSet
from services.tools.dissolve import dissolve


def features(*texts, **columns):
    return FeatureSet.of([text and shapely.from_wkt(text) for text in texts], columns)


class Notes:
    """A context that keeps warnings."""

    def __init__(self):
        self.warnings = []

    def warn(self, text):
        self.warnings.append(text)


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
