"""Clip, erase, intersect, union: set algebra, GeoPandas, and the antimeridian."""

from __future__ import annotations

import geopandas
import numpy as np
import pyarrow as pa
import pytest
import shapely

from services.data import cities, countries
from services.datatypes import data_type
from services.geometry.crs import WEB_MERCATOR
from services.geometry.features import FeatureSet, Field
from services.tools.overlay import (
    clip,
    erase,
    identity,
    intersect,
    symmetrical_difference,
    union,
    update,
)

TOOLS = [clip, erase, intersect, union, identity, symmetrical_difference, update]


class Notes:
    """A context that keeps warnings."""

    def __init__(self):
        self.warnings = []

    def warn(self, text):
        self.warnings.append(text)


def boxes(*bounds, **columns):
    return FeatureSet.of([shapely.box(*one) for one in bounds], columns)


@pytest.fixture(scope="module")
def zones():
    x, y = np.meshgrid(np.arange(-177.3, 170, 13.0), np.arange(-88.7, 80, 13.0))
    shapes = shapely.box(x.ravel(), y.ravel(), x.ravel() + 13, y.ravel() + 13)
    return FeatureSet.of(
        shapes, {"zone": np.arange(len(shapes)), "name": ["z"] * len(shapes)}
    )


def area(features):
    return shapely.area(features.geometries).sum()


def frame(features):
    return features.to_geopandas().set_crs(3857, allow_override=True)


def test_clip_is_that_of_geopandas_on_real_data(zones):
    asia = countries().take(countries().column("continent").to_numpy() == "Asia")
    made = clip(zones, asia)
    expected = geopandas.clip(frame(zones), frame(asia), keep_geom_type=True)
    expected = expected.sort_index()
    assert made.column("zone").to_pylist() == expected["zone"].tolist()
    assert shapely.area(made.geometries) == pytest.approx(expected.area, rel=1e-9)
    assert made.fields == zones.fields


def test_clip_and_erase_part_the_input(zones):
    parted = area(clip(countries(), zones)) + area(erase(countries(), zones))
    assert parted == pytest.approx(area(countries()), rel=1e-9)


def test_erase_is_the_difference_of_geopandas(zones):
    made = erase(countries(), zones.take(np.arange(50)))
    expected = geopandas.overlay(
        frame(countries()),
        frame(zones).iloc[:50],
        how="difference",
        keep_geom_type=True,
    )
    assert made.column("name").to_pylist() == expected["name"].tolist()
    assert shapely.area(made.geometries) == pytest.approx(expected.area, rel=1e-9)


def test_intersect_is_the_overlay_of_geopandas(zones):
    made = intersect(countries(), zones)
    expected = geopandas.overlay(
        frame(countries()), frame(zones), how="intersection", keep_geom_type=True
    )
    keys = zip(
        made.column("name").to_pylist(), made.column("zone").to_pylist(), strict=True
    )
    theirs = zip(expected["name_1"], expected["zone"], strict=True)
    ours = dict(zip(keys, shapely.area(made.geometries), strict=True))
    assert ours == pytest.approx(
        dict(zip(theirs, expected.area, strict=True)), rel=1e-6
    )


def test_union_and_intersect_add_up_to_both_inputs(zones):
    # inclusion and exclusion; neither layer overlaps itself
    whole, shared = union(countries(), zones), intersect(countries(), zones)
    both = area(countries()) + area(zones)
    assert area(whole) + area(shared) == pytest.approx(both, rel=1e-9)


@pytest.mark.parametrize(
    ("tool", "how"),
    [
        (identity, "identity"),
        (symmetrical_difference, "symmetric_difference"),
        (union, "union"),
    ],
)
def test_pieces_are_those_of_the_overlay_of_geopandas(zones, tool, how):
    some = zones.take(np.arange(0, 300, 2))
    made = tool(countries(), some)
    expected = geopandas.overlay(
        frame(countries()), frame(some), how=how, keep_geom_type=True
    )

    def areas(table, names, sizes):
        keys = table[names].astype(object)
        keys = keys.where(keys.notna(), "none").astype(str)
        return sorted(zip(map(tuple, keys.to_numpy()), sizes, strict=True))

    ours = made.to_geopandas()
    mine = areas(ours, ["name", "zone"], shapely.area(made.geometries))
    theirs = areas(expected, ["name_1", "zone"], expected.area)
    assert [key for key, _ in mine] == [key for key, _ in theirs]
    assert [size for _, size in mine] == pytest.approx(
        [size for _, size in theirs], rel=1e-9
    )


def test_identity_keeps_all_of_the_first_layer_whatever_its_kind(zones):
    assert area(identity(countries(), zones)) == pytest.approx(area(countries()))
    line = FeatureSet.of([shapely.LineString([(-1, 1), (5, 1)])], {"road": ["E18"]})
    made = identity(line, boxes((0, 0, 2, 2), part=[1]))
    assert made.geometry_type == "esriGeometryPolyline"
    assert made.column("part").to_pylist() == [1, None]
    assert shapely.length(made.geometries).tolist() == [2, 4]
    assert len(identity(cities(), zones)) == len(cities())


def test_symmetrical_difference_is_union_without_intersection(zones):
    both = area(union(countries(), zones)) - area(intersect(countries(), zones))
    assert area(symmetrical_difference(countries(), zones)) == pytest.approx(both)


def test_update_covers_what_both_cover_and_is_the_update_where_that_is(zones):
    newer = zones.take(np.arange(100, 130))
    made = update(countries(), newer)
    whole = area(erase(countries(), newer)) + area(newer)
    assert area(made) == pytest.approx(whole, rel=1e-9)
    tail = made.take(np.arange(len(made) - 30, len(made)))
    assert (tail.geometries == newer.geometries).all()
    assert tail.column("zone").to_pylist() == newer.column("zone").to_pylist()
    assert tail.column("continent").null_count == 30
    assert tail.column("name").to_pylist() == ["z"] * 30  # one column of texts


def test_update_keeps_fields_of_other_types_apart():
    made = update(
        boxes((0, 0, 2, 2), a=["x"], b=[1]), boxes((1, 0, 3, 2), a=[7], B=[2])
    )
    assert made.attributes.to_pylist() == [
        {"a": "x", "b": 1, "a_1": None}, {"a": None, "b": 2, "a_1": 7}
    ]  # fmt: skip


def test_union_of_two_squares_has_three_pieces():
    first = boxes((0, 0, 2, 2), name=["a"])
    second = boxes((1, 0, 3, 2), name=["b"], size=[7])
    made = union(first, second)
    assert made.attributes.to_pylist() == [
        {"name": "a", "name_1": "b", "size": 7},
        {"name": "a", "name_1": None, "size": None},
        {"name": None, "name_1": "b", "size": 7},
    ]
    assert [one.bounds for one in made.geometries] == [
        (1, 0, 2, 2), (0, 0, 1, 2), (2, 0, 3, 2)
    ]  # fmt: skip


def test_cities_clipped_by_countries_are_those_joined_by_geopandas():
    germany = countries().take(countries().column("name").to_numpy() == "Germany")
    made = clip(cities(), germany)
    expected = frame(cities()).sjoin(frame(germany))["name_left"]
    assert made.column("name").to_pylist() == expected.tolist() != []
    assert made.geometry_type == "esriGeometryPoint"


@pytest.mark.parametrize("drawn", [(170, 190), (-190, -170)], ids=["east", "west"])
def test_polygons_over_the_antimeridian_meet_either_way_of_writing(drawn):
    crossing = boxes((drawn[0], 0, drawn[1], 10))
    west = boxes((-180, 0, -175, 10))
    assert area(clip(crossing, west)) == 50
    assert area(clip(west, crossing)) == 50
    assert area(erase(crossing, west)) == 150
    assert area(intersect(west, crossing)) == 50
    assert area(union(crossing, west)) == 200


def test_fiji_is_found_by_a_box_drawn_across_the_antimeridian():
    made = intersect(countries(), boxes((176, -20, 184, -15)))
    assert made.column("name").to_pylist() == ["Fiji"]
    fiji = countries().geometries[0]
    assert shapely.area(made.geometries).tolist() == pytest.approx([fiji.area])


def test_second_input_is_brought_into_the_reference_of_the_first():
    mercator = boxes((0, 0, 20, 20)).project(WEB_MERCATOR)
    made = intersect(boxes((10, 10, 30, 30)), mercator)
    assert made.spatial_reference.wkid == 4326
    assert made.geometries[0].bounds == pytest.approx((10, 10, 20, 20))


def test_line_in_polygons_comes_out_as_lines_whatever_stands_first():
    line = FeatureSet.of([shapely.LineString([(-1, 1), (5, 1)])], {"road": ["E18"]})
    areas = boxes((0, 0, 2, 2), (2, 0, 4, 2), part=[1, 2])
    for made in (intersect(line, areas), intersect(areas, line)):
        assert made.geometry_type == "esriGeometryPolyline"
        assert shapely.length(made.geometries).tolist() == [2, 2]
        assert made.column("part").to_pylist() == [1, 2]


def test_point_of_a_multipoint_is_a_point():
    cloud = FeatureSet.of([shapely.MultiPoint([(1, 1), (9, 9)])])
    assert clip(cloud, boxes((0, 0, 2, 2))).geometry_type == "esriGeometryMultipoint"
    points = FeatureSet.of([shapely.Point(1, 1)])
    made = intersect(cloud, points)
    assert (made.geometry_type, len(made)) == ("esriGeometryPoint", 1)


@pytest.mark.parametrize("kind", ["Z", "M", "ZM"])
def test_heights_and_measures_may_be_there(kind):
    ring = ",".join(
        f"{x} {y}" + " 7" * len(kind)
        for x, y in [(0, 0), (2, 0), (2, 2), (0, 2), (0, 0)]
    )
    solid = FeatureSet.of([shapely.from_wkt(f"POLYGON {kind} (({ring}))")])
    plain = boxes((1, 0, 3, 2))
    for made in (clip(solid, plain), erase(solid, plain), intersect(solid, plain)):
        assert (made.has_z, area(made)) == ("Z" in kind, 2)
    assert area(union(solid, plain)) == 6


def test_object_ids_stay_where_rows_stay_and_become_numbers_where_they_repeat():
    ids = [Field("OBJECTID", "esriFieldTypeOID")]
    one = FeatureSet.of([shapely.box(0, 0, 4, 4)], {"OBJECTID": [1]}, fields=ids)
    two = boxes((0, 0, 1, 1), (2, 2, 3, 3))
    assert clip(one, two).field("OBJECTID").type == "esriFieldTypeOID"
    made = intersect(one, two)
    assert made.field("OBJECTID").type == "esriFieldTypeBigInteger"
    assert made.column("OBJECTID").to_pylist() == [1, 1]


def test_bow_tie_is_repaired_before_it_is_used():
    tie = FeatureSet.of([shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])])
    assert area(clip(boxes((0, 0, 2, 2)), tie)) == 2


@pytest.mark.parametrize("tool", TOOLS)
def test_user_is_told_how_many_polygons_were_repaired(tool):
    notes = Notes()
    tie = FeatureSet.of([shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])] * 2)
    tool(tie, boxes((0, 0, 2, 2)), context=notes)
    assert notes.warnings == ["Input_Features: 2 invalid polygons were repaired"]
    tool(boxes((0, 0, 2, 2)), tie.take(np.array([0])), context=notes)
    assert notes.warnings[1].endswith("_Features: 1 invalid polygon was repaired")


@pytest.mark.parametrize("tool", TOOLS)
def test_missing_geometries_are_left_out_with_a_word(tool):
    notes = Notes()
    holey = FeatureSet.of(
        [None, shapely.Polygon(), shapely.box(0, 0, 2, 2)], {"a": [1, 2, 3]}
    )
    made = tool(holey, boxes((1, 0, 2, 2)), context=notes)
    assert set(made.column("a").to_pylist()) - {None} == {3}
    assert notes.warnings == [
        "Input_Features: 2 features have no geometry and were left out"
    ]


@pytest.mark.parametrize("tool", TOOLS)
def test_empty_inputs_give_empty_outputs_with_all_fields(tool):
    empty = boxes().with_geometries(np.array([], dtype=object), "esriGeometryPolygon")
    empty = empty.with_column("a", pa.array([], pa.float64()))
    made = tool(empty, empty)
    assert len(made) == 0
    assert made.geometry_type == "esriGeometryPolygon"
    assert "a" in [field.name for field in made.fields]


def test_sets_without_fields_are_fine():
    made = union(boxes((0, 0, 2, 2)), boxes((1, 0, 3, 2)))
    assert (made.fields, len(made)) == ((), 3)


def test_shared_pieces_keep_z_even_where_they_are_whole_features():
    roof = FeatureSet.of(
        [shapely.from_wkt("POLYGON Z ((0 0 0, 0 4 0, 4 4 4, 4 0 4, 0 0 0))")]
    )
    (piece,) = intersect(roof, FeatureSet.of([shapely.box(1, 1, 2, 3)])).geometries
    x, _, z = shapely.get_coordinates(piece, include_z=True).T
    assert z.min() >= 0
    assert z.max() <= 4
    assert not np.isnan(x + z).any()


def test_a_multipoint_of_which_one_point_is_left_is_a_multipoint():
    many = FeatureSet.of([shapely.MultiPoint([(0.5, 0.5), (5, 5)])])
    square = FeatureSet.of([shapely.box(0, 0, 1, 1)])
    for made in (clip(many, square), erase(many, square), intersect(many, square)):
        kind = data_type("GPFeatureRecordSetLayer")
        assert kind.parse(kind.dump(made)) == made
