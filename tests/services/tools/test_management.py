"""Project, Calculate Geometry and Merge against pyproj."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest
import shapely
from pyproj import CRS, Geod, Transformer

from services.data import countries
from services.errors import InvalidValue, ToolFailed
from services.geometry.crs import WEB_MERCATOR, SpatialReference
from services.geometry.features import FeatureSet, Field
from services.tools.management import calculate_geometry, merge, project

GEOD = Geod(ellps="WGS84")


def finland():
    row = countries().column("name").to_pylist().index("Finland")
    return countries().take(np.array([row]))


@pytest.mark.parametrize(
    "text",
    ["3067", " 3067 ", '{"wkid": 3067}', CRS(3067).to_wkt("WKT1_ESRI")],
    ids=["wkid", "spaces", "object", "wkt"],
)
def test_vertices_are_where_pyproj_puts_them(text):
    made = project(finland(), text)
    move = Transformer.from_crs(4326, 3067, always_xy=True)
    x, y = shapely.get_coordinates(finland().geometries).T
    expected = np.column_stack(move.transform(x, y))
    assert shapely.get_coordinates(made.geometries) == pytest.approx(expected, abs=1e-3)
    assert made.attributes.equals(finland().attributes)


def test_reference_of_the_result_is_the_one_asked_for():
    assert project(finland(), "102100").spatial_reference == SpatialReference(102100)


def test_polygons_beyond_180_degrees_come_in_two_parts():
    made = project(FeatureSet.of([shapely.box(170, 0, 190, 10)]), "3857")
    half = 20037508.342789244
    assert made.geometries[0].bounds[0] == pytest.approx(-half)
    assert made.geometries[0].bounds[2] == pytest.approx(half)
    assert shapely.get_num_geometries(made.geometries[0]) == 2


@pytest.mark.parametrize(
    ("text", "says"),
    [("1", "unknown or unsupported wkid 1"), ("moon", "must be a whole number"),
     ("+proj=merc", "must be a whole number"), ("LOCAL_CS[]", "well-known text")],
)  # fmt: skip
def test_unknown_references_are_refused(text, says):
    with pytest.raises(InvalidValue, match=says):
        project(finland(), text)


def test_places_outside_the_reference_are_refused():
    with pytest.raises(InvalidValue, match="outside the extent"):
        project(FeatureSet.of([shapely.Point(0, 90)]), "3857")


def test_areas_and_perimeters_are_geodesic():
    made = calculate_geometry(
        finland(), ["AREA", "PERIMETER"], "Kilometers", "SquareKilometers"
    )
    area, perimeter = GEOD.geometry_area_perimeter(finland().geometries[0])
    assert made.column("AREA")[0].as_py() == pytest.approx(abs(area) / 1e6, rel=1e-6)
    assert made.column("PERIMETER")[0].as_py() == pytest.approx(perimeter / 1e3)
    assert made.field("AREA").alias == "Area (SquareKilometers)"


def test_lengths_are_the_same_in_any_reference():
    line = FeatureSet.of([shapely.LineString([(24, 60), (24.001, 60.001)])])
    expected = GEOD.geometry_length(line.geometries[0]) / 0.3048
    for source in (line, line.project(WEB_MERCATOR)):
        made = calculate_geometry(source, ["LENGTH"], "Feet")
        assert made.column("LENGTH")[0].as_py() == pytest.approx(expected, rel=1e-6)


def test_centre_of_a_small_square_is_its_middle():
    square = FeatureSet.of([shapely.box(24, 60, 24.01, 60.01)])
    made = calculate_geometry(square, ["CENTROID_X", "CENTROID_Y"])
    assert made.column("CENTROID_X")[0].as_py() == pytest.approx(24.005, abs=1e-6)
    assert made.column("CENTROID_Y")[0].as_py() == pytest.approx(60.005, abs=1e-5)


def test_centre_of_a_country_is_that_of_an_equal_area_projection():
    made = calculate_geometry(finland(), ["CENTROID_X", "CENTROID_Y"])
    equal = "+proj=laea +lat_0=64 +lon_0=26 +ellps=WGS84"
    move = Transformer.from_crs(4326, equal, always_xy=True)
    flat = shapely.transform(finland().geometries[0], move.transform, interleaved=False)
    centre = shapely.centroid(flat)
    expected = move.transform(centre.x, centre.y, direction="INVERSE")
    found = [made.column(f"CENTROID_{axis}")[0].as_py() for axis in "XY"]
    assert GEOD.inv(*found, *expected)[2] < 1_000


def test_centre_across_the_antimeridian_lies_there():
    pair = shapely.MultiPolygon(
        [shapely.box(179, 0, 180, 1), shapely.box(-180, 0, -178, 1)]
    )
    made = calculate_geometry(FeatureSet.of([pair]), ["CENTROID_X"])
    assert made.column("CENTROID_X")[0].as_py() == pytest.approx(-179.5, abs=1e-6)


def test_missing_geometries_get_null():
    source = FeatureSet.of([shapely.box(0, 0, 1, 1), None, shapely.Polygon()])
    made = calculate_geometry(source, ["AREA", "CENTROID_X"])
    assert made.column("AREA").null_count == 2
    assert made.column("CENTROID_X").null_count == 2


def test_measures_that_do_not_fit_are_refused():
    with pytest.raises(ToolFailed, match="LENGTH is not for esriGeometryPolygon"):
        calculate_geometry(finland(), ["LENGTH"])
    with pytest.raises(ToolFailed, match="at least one"):
        calculate_geometry(finland(), [])


def test_merge_unites_fields_by_name():
    first = FeatureSet.of([shapely.Point(0, 0)], {"Name": ["a"], "size": [1]})
    second = FeatureSet.of([shapely.Point(1, 1)], {"NAME": ["b"], "size": [2.5]})
    third = FeatureSet.of([shapely.Point(2, 2)], {"size": [3], "seen": ["x"]})
    made = merge(first, second, third)
    assert [field.name for field in made.fields] == ["Name", "size", "seen"]
    assert made.attributes.to_pylist() == [
        {"Name": "a", "size": 1.0, "seen": None},
        {"Name": "b", "size": 2.5, "seen": None},
        {"Name": None, "size": 3.0, "seen": "x"},
    ]
    assert made.field("size").type == "esriFieldTypeDouble"


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        (("SmallInteger", "Integer"), "Integer"),
        (("Integer", "BigInteger"), "BigInteger"),
        (("Integer", "Single"), "Double"),
        (("OID", "Integer"), "BigInteger"),
        (("Integer", "String"), "String"),
    ],
    ids=str,
)
def test_merge_takes_the_wider_type(types, expected):
    sets = [
        FeatureSet.of(
            [shapely.Point(0, 0)], {"a": values},
            fields=[Field("a", f"esriFieldType{kind}")],
        )
        for kind, values in zip(types, ([7], ["8"] if types[1] == "String" else [8]), strict=True)
    ]  # fmt: skip
    made = merge(*sets)
    assert made.fields[0].type == f"esriFieldType{expected}"
    assert [str(value).removesuffix(".0") for value in made.column("a").to_pylist()] == [
        "7", "8",
    ]  # fmt: skip


def test_merge_writes_dates_as_text_beside_text():
    day = datetime(2024, 2, 29, tzinfo=UTC)
    first = FeatureSet.of([shapely.Point(0, 0)], {"a": [day]})
    second = FeatureSet.of([shapely.Point(0, 0)], {"a": ["later"]})
    assert merge(first, second).column("a")[0].as_py().startswith("2024-02-29")


def test_merge_brings_all_into_the_first_reference():
    second = FeatureSet.of([shapely.Point(25, 60)]).project(WEB_MERCATOR)
    made = merge(FeatureSet.of([shapely.Point(0, 0)]), second)
    assert made.geometries[1].x == pytest.approx(25)
    assert made.spatial_reference.wkid == 4326


def test_merge_refuses_different_geometry():
    with pytest.raises(ToolFailed, match="same geometry type"):
        merge(FeatureSet.of([shapely.Point(0, 0)]), finland())


def test_merge_with_an_empty_set_keeps_its_fields():
    first = FeatureSet.of([], {"a": []}, fields=[Field("a")])
    made = merge(first, FeatureSet.of([shapely.Point(0, 0)], {"b": [1]}))
    assert [field.name for field in made.fields] == ["a", "b"]
    assert len(made) == 1


def test_area_of_a_polygon_that_crosses_itself_is_that_of_its_two_halves():
    bow = shapely.from_wkt("POLYGON ((0 0, 1 1, 1 0, 0 1, 0 0))")
    halves = shapely.from_wkt(
        ["POLYGON ((0 0, 0.5 0.5, 0 1, 0 0))", "POLYGON ((1 0, 1 1, 0.5 0.5, 1 0))"]
    )
    expected = sum(abs(GEOD.geometry_area_perimeter(half)[0]) for half in halves)
    made = calculate_geometry(FeatureSet.of([bow]), ["AREA"])
    assert made.numbers("AREA")[0] == pytest.approx(expected)


def test_merge_rounds_whole_numbers_that_no_double_holds():
    point = [shapely.Point(0, 0)]
    whole = FeatureSet.of(point, {"n": pa.array([2**60 + 1])})
    made = merge(whole, FeatureSet.of(point, {"N": [0.5]}))
    assert made.column("n").to_pylist() == [2.0**60, 0.5]
