"""Project, Calculate Geometry, Merge and Append against pyproj."""

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
from services.tools.management import (
    Match,
    append,
    calculate_geometry,
    merge,
    project,
)
from tests.services.tools.recorder import Recorder

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


ROME = FeatureSet.of(
    [shapely.Point(12.5, 41.9)], {"a": [1]}, spatial_reference=SpatialReference(4230)
)
#: Parameters of "ED50 to WGS 84 (1)" as EPSG publishes them, operation 1133.
ED50_1 = (
    "+proj=pipeline +step +proj=cart +ellps=intl +step +proj=helmert"
    " +x=-87 +y=-98 +z=-121 +step +inv +proj=cart +ellps=WGS84"
)


@pytest.mark.parametrize("target", [4326, 3857])
def test_a_transformation_of_a_name_moves_by_its_published_parameters(target):
    context = Recorder()
    made = project(ROME, str(target), "ed50 to wgs 84 (1)", context)
    shift = Transformer.from_pipeline(ED50_1)
    x, y, _ = shift.transform(np.radians(12.5), np.radians(41.9), 0, radians=True)
    place = Transformer.from_crs(4326, target, always_xy=True)
    expected = place.transform(np.degrees(x), np.degrees(y))
    metre = 1 if target == 3857 else 1e-5
    found = shapely.get_coordinates(made.geometries)[0]
    assert found == pytest.approx(expected, abs=1e-3 * metre)
    assert context.messages == ["Datum transformation: ed50 to wgs 84 (1)"]
    assert made.spatial_reference.wkid == target


def test_without_a_name_a_message_tells_the_best_transformation():
    context = Recorder()
    made = project(ROME, "4326", context=context)
    [text] = context.messages
    name = text.removeprefix("Datum transformation: ")
    assert project(ROME, "4326", name) == made
    other = project(ROME, "4326", "ED50 to WGS 84 (2)")
    metres = GEOD.inv(made.geometries[0].x, made.geometries[0].y,
                      other.geometries[0].x, other.geometries[0].y)[2]  # fmt: skip
    assert 0.1 < metres < 20


def test_features_outside_the_area_of_a_transformation_are_counted():
    """EPSG: ED50 to WGS 84 (7) is for Finland and Norway."""
    context = Recorder()
    project(ROME, "4326", "ED50 to WGS 84 (7)", context)
    assert context.warnings == ["1 features lie outside the area that ED50 to WGS 84 (7)"
                                " is made for: Finland and Norway - onshore."]  # fmt: skip


def test_unknown_transformations_are_answered_with_those_that_there_are():
    with pytest.raises(InvalidValue, match=r"there are: ED50 to WGS 84 \(1\)"):
        project(ROME, "4326", "by magic")
    with pytest.raises(InvalidValue, match="nothing to transform"):
        project(finland(), "3857", "ED50 to WGS 84 (1)")


def test_a_transformation_that_lacks_its_grid_says_so():
    with pytest.raises(InvalidValue, match=r"needs .*\.tif, which is not installed"):
        project(ROME, "4326", "ED50 to WGS 84 (41)")


def test_nothing_and_missing_geometries_are_transformed_to_themselves():
    source = FeatureSet.of([None], spatial_reference=SpatialReference(4230))
    made = project(source, "4326", "ED50 to WGS 84 (1)")
    assert made.geometries.tolist() == [None]
    assert len(project(source.take(np.array([], dtype=int)), "4326")) == 0


def appended_to_squares(columns, **options):
    target = FeatureSet.of(
        [shapely.Point(0, 0)], {"OBJECTID": [7], "name": ["a"], "size": [1]},
        fields=[Field("OBJECTID", "esriFieldTypeOID"),
                Field("name", "esriFieldTypeString", length=5),
                Field("size", "esriFieldTypeInteger")],
    )  # fmt: skip
    count = len(next(iter(columns.values())))
    more = FeatureSet.of(shapely.points(np.ones((count, 2))), columns)
    return append(more, target, **options)


def test_append_keeps_the_schema_of_the_target():
    context = Recorder()
    made = appended_to_squares(
        {"NAME": ["b", "longer than five"], "Size": ["2", "no"], "extra": [1, 2]},
        context=context,
    )
    assert [one.name for one in made.fields] == ["OBJECTID", "name", "size"]
    assert made.attributes.to_pylist() == [
        {"OBJECTID": 7, "name": "a", "size": 1},
        {"OBJECTID": 8, "name": "b", "size": 2},
        {"OBJECTID": 9, "name": "longe", "size": None},
    ]
    assert context.messages == ["2 features were appended"]
    assert context.warnings == [
        "fields of the input that are left out: extra",
        "name: 1 texts were cut to 5 characters",
        "size: 1 values are no number for esriFieldTypeInteger and became null",
    ]


def test_append_takes_fields_of_other_names_as_the_map_says():
    columns = {"label": ["b"], "size": [2.5]}
    made = appended_to_squares(columns, field_map=[Match("Name", "LABEL")])
    assert made.attributes.to_pylist()[1] == {"OBJECTID": 8, "name": "b", "size": 3}
    with pytest.raises(InvalidValue, match="no field 'nope'"):
        appended_to_squares(columns, field_map=[Match("nope", "label")])


def test_append_can_insist_on_equal_schemas():
    with pytest.raises(ToolFailed, match=r"left out: label; .* stay null: name"):
        appended_to_squares({"label": ["b"], "size": [2]}, schema_type="TEST")
    assert (
        len(appended_to_squares({"name": ["b"], "size": [2]}, schema_type="TEST")) == 2
    )


def test_append_brings_features_into_the_reference_of_the_target():
    made = append(FeatureSet.of([shapely.Point(25, 60)]).project(WEB_MERCATOR), ROME)
    assert made.spatial_reference.wkid == 4230
    assert made.geometries[1].x == pytest.approx(25, abs=0.01)
    with pytest.raises(ToolFailed, match="must be too, not esriGeometryPolygon"):
        append(finland(), ROME)


def test_append_of_nothing_changes_nothing_and_counts_as_merge_does():
    empty = finland().take(np.array([], dtype=int))
    assert append(empty, finland()) == finland()
    both = append(countries(), finland())
    assert both.attributes.equals(merge(finland(), countries()).attributes)


def test_a_reference_that_counts_from_paris_has_no_choice_but_is_projected():
    context = Recorder()
    made = project(finland(), "27572", context=context)
    x, y = Transformer.from_crs(4326, 27572, always_xy=True).transform(25, 62)
    assert shapely.distance(made.geometries[0], shapely.Point(x, y)) < 1e-6
    assert not any("Datum transformation" in one for one in context.messages)
    with pytest.raises(InvalidValue, match="does not count degrees from Greenwich"):
        project(finland(), "27572", "NTF to WGS 84 (1)")
