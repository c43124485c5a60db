"""The environment of a request: references, extent, repair, return options."""

from __future__ import annotations

import json

import numpy as np
import pytest
import shapely

from services.environment import (
    Environment,
    finish,
    parse_environment,
    prepare,
    spatial_reference,
)
from services.errors import InvalidParameters, InvalidValue
from services.geometry.crs import WEB_MERCATOR, WGS84, SpatialReference
from tests.shapes import SHAPES, features

UTM = SpatialReference(32633)
EXTENT = {
    "xmin": 0,
    "ymin": 40,
    "xmax": 20,
    "ymax": 60,
    "spatialReference": {"wkid": 4326},
}


# Forms that clients send: clients.md 14; env:outSR= by restapi: clients.md 11.
@pytest.mark.protocol("4 env:outSR as number and JSON")
@pytest.mark.parametrize(
    "raw",
    [
        {"env:outSR": "102100"},
        {"env:outSR": '{"wkid":102100}'},
        {"env:outSR": '{"latestWkid":3857,"wkid":102100}', "env:processSR": ""},
        {"context": '{"outSR":102100,"processSR":null}'},
        {"context": b'{"outSR":{"wkid":102100}}', "env:outSR": "4326"},
        {"context": {"outSR": 102100}},
        {"context": '{"outSR":null}', "env:outSR": "102100"},
        {"context": "", "env:outSR": " 102100 "},
        {"context": "null", "env:outSR": "102100"},
    ],
    ids=repr,
)
def test_output_reference_in_every_form(raw):
    assert parse_environment(raw) == Environment(out_sr=WEB_MERCATOR)


@pytest.mark.protocol("4 returnTrueCurves", "4 returnColumnName")
@pytest.mark.parametrize(
    ("name", "member"),
    [
        ("returnTrueCurves", "return_true_curves"),
        ("returnColumnName", "return_column_name"),
    ],
)
def test_newer_return_options_are_read(name, member):
    assert getattr(parse_environment({name: "True"}), member) is True
    assert getattr(parse_environment({name: ""}), member) is False


@pytest.mark.protocol("4 processSR")
@pytest.mark.parametrize("name", ["env:processSR", "end:processSR"])
def test_process_reference_is_read_under_both_names(name):
    assert parse_environment({name: "32633"}).process_sr == UTM


@pytest.mark.parametrize(
    ("raw", "expected"),
    [({"returnZ": "True", "returnM": "false"}, (True, False, False, True)),
     ({"returnZ": "", "returnFeatureCollection": "true"}, (False, False, True, True)),
     ({"simplifyFeatures": "False"}, (False, False, False, False))],
    ids=repr,
)  # fmt: skip
def test_return_options_are_read_in_any_case(raw, expected):
    made = parse_environment(raw)
    flags = (
        made.return_z,
        made.return_m,
        made.return_feature_collection,
        made.simplify_features,
    )
    assert flags == expected


@pytest.mark.parametrize("key", ["spatialReference", "spatial_reference"])
def test_extent_is_read_with_either_spelling_of_its_reference(key):
    extent = {k: v for k, v in EXTENT.items() if k != "spatialReference"} | {
        key: {"wkid": 4326}
    }
    made = parse_environment({"context": json.dumps({"extent": extent})})
    assert (made.extent, made.extent_sr) == ((0, 40, 20, 60), WGS84)


@pytest.mark.parametrize(
    ("raw", "names"),
    [
        ({"env:outSR": "abc"}, ["env:outSR"]),
        ({"env:outSR": "+proj=longlat", "returnZ": "maybe"}, ["env:outSR", "returnZ"]),
        (
            {"context": '{"outSR": 1, "processSR": 2}'},
            ["context.outSR", "context.processSR"],
        ),
        ({"context": "[]"}, ["context"]),
        ({"context": "{"}, ["context"]),
        ({"context": {"extent": [0, 0, 1, 1]}}, ["context.extent"]),
        ({"context": {"extent": EXTENT | {"xmin": 21}}}, ["context.extent"]),
        ({"context": {"extent": EXTENT | {"xmin": True}}}, ["context.extent"]),
        ({"context": {"extent": EXTENT | {"xmin": None}}}, ["context.extent"]),
        (
            {"context": {"extent": EXTENT | {"spatialReference": "x"}}},
            ["context.extent"],
        ),
        ({"env:processSR": "[" * 100}, ["env:processSR"]),
        ({"env:processSR": b"\xff"}, ["env:processSR"]),
    ],
    ids=repr,
)
def test_every_refused_member_is_named(raw, names):
    with pytest.raises(InvalidParameters) as refusal:
        parse_environment(raw)
    assert [one.parameter for one in refusal.value.problems] == names


def test_reference_of_megabytes_is_refused_unread():
    with pytest.raises(InvalidValue, match="expected a wkid, not 17000 characters"):
        spatial_reference("{" * 17_000, "outSR")


def prepared(*texts, notes=None, **members):
    """Names of the features that are left of a, b, c …"""
    named = features(*texts, name=[chr(97 + n) for n in range(len(texts))])
    kept = prepare(named, Environment(**members), [] if notes is None else notes)
    return "".join(kept.column("name").to_pylist())


@pytest.mark.protocol("4 context extent")
def test_inputs_that_do_not_touch_the_extent_are_left_out():
    texts = (
        "POINT (10 50)",
        "POINT (21 50)",
        None,
        "POINT EMPTY",
        "LINESTRING (-9 50,9 50)",
    )
    assert prepared(*texts, extent=(0, 40, 20, 60), extent_sr=WGS84) == "ae"


@pytest.mark.parametrize("reference", [None, WGS84], ids=["none", "own"])
def test_extent_may_be_a_point(reference):
    assert (
        prepared("POINT (1 2)", "POINT (1 3)", extent=(1, 2, 1, 2), extent_sr=reference)
        == "a"
    )


def test_extent_in_another_reference_is_looked_at_there():
    # 10 E 50 N is x 1,113,195, y 6,446,276 in pseudo-Mercator (EPSG method 1024).
    around = (1_113_000, 6_446_000, 1_114_000, 6_447_000)
    texts = ("POINT (10 50)", "POINT (10.01 50)")
    assert prepared(*texts, extent=around, extent_sr=WEB_MERCATOR) == "a"


def test_extent_without_a_reference_is_in_that_of_the_process():
    around = (1_113_000, 6_446_000, 1_114_000, 6_447_000)
    assert (
        prepared("POINT (10 50)", "POINT (1 1)", extent=around, process_sr=WEB_MERCATOR)
        == "a"
    )


WORLD = (-180, -90, 180, 90)


def test_whole_world_as_extent_leaves_out_nothing():
    metres = features("POINT (10 50)").project(WEB_MERCATOR)
    kept = prepare(metres, Environment(extent=WORLD, extent_sr=WGS84), [])
    assert len(kept) == 1
    left = prepared(*SHAPES.values(), extent=WORLD, extent_sr=WGS84)
    assert len(left) == sum("empty" not in name for name in SHAPES)


def test_polar_features_do_not_refuse_an_extent_in_web_mercator():
    texts = (
        "POINT (10 50)",
        "POINT (0 90)",
        SHAPES["polygon around the pole"],
        "POINT (9 9)",
    )
    around = (-2e7, 6e6, 2e7, 2e7)
    assert prepared(*texts, extent=around, extent_sr=WEB_MERCATOR) == "ac"


@pytest.mark.protocol("4 processSR")
def test_inputs_are_brought_into_the_process_reference():
    made = prepare(features("POINT (15 0)"), Environment(process_sr=UTM), [])
    # The central meridian of zone 33 meets the equator at 500,000 E, 0 N.
    assert (made.geometries[0].x, made.geometries[0].y) == pytest.approx((500_000, 0))
    assert made.spatial_reference == UTM


BOW_TIE = "POLYGON ((0 0,2 2,2 0,0 2,0 0))"


@pytest.mark.protocol("4 simplifyFeatures")
def test_bow_tie_becomes_its_two_triangles_with_a_note():
    notes: list[str] = []
    made = prepare(
        features(BOW_TIE, "POLYGON ((0 0,0 1,1 1,0 0))"), Environment(), notes
    )
    # Two triangles of base 2 and height 1.
    assert shapely.area(made.geometries).tolist() == [2, 0.5]
    assert shapely.is_valid(made.geometries).all()
    assert notes == ["1 polygon had to be repaired: not valid as sent"]


def test_polygon_without_area_becomes_empty_with_a_note():
    notes: list[str] = []
    made = prepare(features("POLYGON ((1 1,1 1,1 1,1 1))", None), Environment(), notes)
    assert made.geometries[0].is_empty
    assert made.geometries[1] is None
    assert "1 polygon had no area and became empty" in notes


def test_hole_outside_its_shell_is_repaired():
    outside = "POLYGON ((0 0,0 4,4 4,4 0,0 0),(9 9,10 9,10 10,9 9))"
    made = prepare(features(outside), Environment(), [])
    assert shapely.is_valid(made.geometries).all()


@pytest.mark.protocol("4 simplifyFeatures")
def test_repair_can_be_switched_off():
    raw = features(BOW_TIE)
    assert prepare(raw, Environment(simplify_features=False), []) is raw


def test_z_of_a_repaired_polygon_is_kept():
    made = prepare(
        features("POLYGON Z ((0 0 5,2 2 5,2 0 5,0 2 5,0 0 5))"), Environment(), []
    )
    z = shapely.get_coordinates(made.geometries, include_z=True)[:, 2]
    assert np.all(z == 5)


@pytest.mark.parametrize(
    ("members", "wkid"),
    [({"out_sr": WEB_MERCATOR, "process_sr": UTM}, 102100), ({"process_sr": UTM}, 32633), ({}, 4326)],
    ids=["output", "process", "none"],
)  # fmt: skip
def test_output_comes_in_the_reference_that_was_asked_for(members, wkid):
    made = finish(features("POINT (15 1)"), Environment(**members))
    assert made.spatial_reference.wkid == wkid


def test_output_that_does_not_fit_its_reference_names_it():
    with pytest.raises(InvalidParameters, match="outSR"):
        finish(features("POINT (0 90)"), Environment(out_sr=WEB_MERCATOR))
