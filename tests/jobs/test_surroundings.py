"""What surrounds a run over REST: references, extent, heights, curves, layers."""

from __future__ import annotations

import json

import pytest

from jobs.runs.execution import run

ECHO = "/Toys/Service/GPServer/Echo"
CIRCLE = [[5, 3], {"a": [[5, 3], [2, 3], 0, 1]}]
MERCATOR = {"wkid": 102100, "latestWkid": 3857}


def _set(geometry: dict, wkid: int = 4326, **members: object) -> str:
    feature = {"geometry": geometry, "attributes": {"OBJECTID": 1}}
    fields = [{"name": "OBJECTID", "type": "esriFieldTypeOID"}]
    document = {
        "spatialReference": {"wkid": wkid},
        "fields": fields,
        "features": [feature],
    }
    return json.dumps(document | members)


POINT = _set({"x": 25.0, "y": 60.0})


def _value(answer) -> dict:
    found = {one["paramName"]: one["value"] for one in answer["results"]}
    return found["Out_Features"]


@pytest.fixture
def echo(rest, published):
    """Run Echo with a feature set; return the value of its output."""
    published("samples.Echo")

    def call(features: str = POINT, **fields: str) -> dict:
        return _value(rest.post(f"{ECHO}/execute", In_Features=features, **fields))

    return call


@pytest.mark.protocol("9 context of the spatial-analysis tasks")
@pytest.mark.protocol(
    "4 without outSR the reference of the inputs, or processSR",
    "4 context wins over env:*",
)
@pytest.mark.parametrize(
    ("fields", "wkid"),
    [
        ({}, 4326),
        ({"env__outSR": "102100"}, 102100),
        ({"env__processSR": "102100"}, 102100),
        ({"end__processSR": "102100"}, 102100),
        ({"env__processSR": "32635", "env__outSR": '{"wkid":102100}'}, 102100),
        ({"context": '{"outSR":102100}', "env__outSR": "32635"}, 102100),
        ({"context": "{outSR:102100,processSR:32635}"}, 102100),
        ({"context": "{outSR:{'wkid':102100,},}"}, 102100),
        ({"context": '{"processSR":102100}', "env__outSR": ""}, 102100),
        ({"outSR": "102100"}, 4326),
    ],
    ids=repr,
)
@pytest.mark.protocol(
    "4 context and env:*", "12.1 env:outSR is still sent", "12.2 context members",
    "12.14 end:processSR", "clients 1.11 empty means not given", "clients 1.14 outSR",
)  # fmt: skip
def test_the_result_is_in_the_reference_that_was_asked_for(echo, fields, wkid):
    assert echo(**fields)["spatialReference"]["wkid"] == wkid


@pytest.mark.parametrize(
    "text", ["{extent:{xmin:0", "{outSR:NaN}", "outSR=4326", "{a:1,a:2}"]
)
def test_a_context_that_nobody_could_read_is_refused(rest, published, text):
    published("samples.Echo")
    answer = rest.post(f"{ECHO}/execute", context=text)
    assert answer["error"]["details"][0].startswith("Parameter 'context'")


@pytest.mark.protocol("4 context extent", "6.8 GPExtent, spatial_reference")
@pytest.mark.parametrize("key", ["spatialReference", "spatial_reference"])
def test_features_outside_the_extent_are_left_out(echo, key):
    extent = (
        f"xmin:2700000,ymin:8300000,xmax:2800000,ymax:8400000,{key}:{{wkid:102100}}"
    )
    assert len(echo(context=f"{{extent:{{{extent}}}}}")["features"]) == 1
    extent = extent.replace("2700000", "2790000")
    assert echo(context=f"{{extent:{{{extent}}}}}")["features"] == []


@pytest.mark.protocol("4 returnZ and returnM", "clients 1.13 True and False")
@pytest.mark.parametrize(
    ("fields", "expected"),
    [({}, {"x": 1, "y": 2}), ({"returnZ": "True"}, {"x": 1, "y": 2, "z": 3}),
     ({"returnM": "true"}, {"x": 1, "y": 2, "m": 4}),
     ({"returnZ": "true", "returnM": "False"}, {"x": 1, "y": 2, "z": 3})],
)  # fmt: skip
def test_z_and_m_come_when_asked_for(echo, fields, expected):
    point = _set({"x": 1, "y": 2, "z": 3, "m": 4}, hasZ=True, hasM=True)
    assert echo(point, **fields)["features"][0]["geometry"] == expected


@pytest.mark.protocol("4 outSR with a vertical part")
def test_heights_are_transformed_and_a_missing_grid_is_said(rest, published):
    published("samples.Echo")
    feet = {"x": -99, "y": 35, "z": 1200}
    reference = {"wkid": 4326, "vcsWkid": 5703}
    features = _set(feet, hasZ=True, spatialReference=reference)
    for code, z, word in ((6360, 3937.0, None), (5773, 1200, "z was kept")):
        answer = rest.post(
            f"{ECHO}/execute",
            In_Features=features,
            returnZ="true",
            env__outSR=json.dumps({"wkid": 4326, "vcsWkid": code}),
        )
        assert _value(answer)["features"][0]["geometry"]["z"] == pytest.approx(z)
        texts = " ".join(one["description"] for one in answer["messages"])
        assert word is None or word in texts
        assert _value(answer)["spatialReference"]["latestVcsWkid"] == code


@pytest.mark.protocol("4 datum transformations")
def test_a_better_transformation_is_told_by_execute_and_by_a_job(rest, published):
    british = _set({"x": 651409.804, "y": 313177.450}, 27700)
    published("samples.Echo")
    answer = rest.post(f"{ECHO}/execute", In_Features=british, env__outSR="4326")
    texts = [one["description"] for one in answer["messages"]]
    assert sum("OSTN15" in text for text in texts) == 1
    published("samples.Echo", "Toys/Later", sync=False)
    task = "/Toys/Later/GPServer/Echo"
    job = rest.post(f"{task}/submitJob", In_Features=british, env__outSR="4326")[
        "jobId"
    ]
    run(job)
    messages = rest.get(f"{task}/jobs/{job}")["messages"]
    assert sum("OSTN15" in one["description"] for one in messages) == 1


@pytest.mark.protocol("4 returnTrueCurves", "6.1 true curves only when asked for")
def test_curves_come_back_unless_the_tool_changed_them(rest, published, echo):
    circle = _set({"curveRings": [CIRCLE]}, 102100)
    assert list(echo(circle)["features"][0]["geometry"]) == ["rings"]
    back = echo(circle, returnTrueCurves="true")["features"][0]["geometry"]
    assert back == {"curveRings": [CIRCLE]}
    moved = echo(circle, returnTrueCurves="true", env__outSR="4326")
    assert list(moved["features"][0]["geometry"]) == ["rings"]


@pytest.mark.protocol("4 returnFeatureCollection", "6.1 layer object as output")
def test_a_layer_object_has_what_a_map_needs(echo):
    made = echo(returnFeatureCollection="true")
    definition = made["layerDefinition"]
    assert definition["name"] == "The features"
    assert definition["type"] == "Feature Layer"
    assert definition["geometryType"] == "esriGeometryPoint"
    assert definition["objectIdField"] == "OBJECTID"
    assert definition["drawingInfo"]["renderer"]["symbol"]["type"] == "esriSMS"
    assert definition["templates"] == []
    assert made["featureSet"]["exceededTransferLimit"] is False
    # and it is an input again
    again = echo(json.dumps(made))
    assert again["features"][0]["geometry"] == {"x": 25.0, "y": 60.0}


class TestResults:
    """The same options, asked of a stored result."""

    def result(self, rest, published, submitted: dict[str, str], asked: dict[str, str]):
        published("samples.Echo", sync=False)
        job = rest.run_job(ECHO, **submitted)
        return rest.post(f"{job}/results/Out_Features", **asked)["value"]

    @pytest.mark.parametrize(
        "outsr", ["102100", '{"wkid":102100}', '{"latestWkid":3857,"wkid":102100}']
    )
    @pytest.mark.protocol("5.5 outSR", "clients 1.14 outSR on results")
    def test_out_sr_moves_a_stored_result(self, rest, published, outsr):
        asked = {"outSR": outsr, "returnType": "data"}
        value = self.result(rest, published, {"In_Features": POINT}, asked)
        assert value["spatialReference"] == MERCATOR
        # x = R λ, y = R ln tan(π/4 + φ/2), R = 6378137 m (EPSG 3857)
        point = value["features"][0]["geometry"]
        assert (point["x"], point["y"]) == pytest.approx((2782987.26983, 8399737.88982))

    @pytest.mark.protocol("5.5 outSR")
    def test_a_reference_that_is_none_is_refused_by_its_name(self, rest, published):
        published("samples.Echo", sync=False)
        job = rest.run_job(ECHO, In_Features=POINT)
        answer = rest.post(f"{job}/results/Out_Features", outSR="abc")
        assert answer["error"]["details"][0].startswith("Parameter 'outSR'")

    @pytest.mark.protocol("5.5 returnZ and returnM")
    @pytest.mark.parametrize(
        ("submitted", "asked", "expected"),
        [({}, {}, {"x": 1, "y": 2}),
         ({}, {"returnZ": "true", "returnM": "true"}, {"x": 1, "y": 2, "z": 3, "m": 4}),
         ({"returnZ": "true"}, {}, {"x": 1, "y": 2, "z": 3}),
         ({"returnZ": "true"}, {"returnZ": "false"}, {"x": 1, "y": 2})],
    )  # fmt: skip
    def test_z_and_m_as_asked_now_or_with_the_job(
        self, rest, published, submitted, asked, expected
    ):
        point = _set({"x": 1, "y": 2, "z": 3, "m": 4}, hasZ=True, hasM=True)
        given = {"In_Features": point} | submitted
        value = self.result(rest, published, given, asked)
        assert value["features"][0]["geometry"] == expected

    @pytest.mark.protocol("5.1 returnTrueCurves")
    @pytest.mark.parametrize(
        ("submitted", "asked", "key"),
        [({}, {}, "rings"), ({}, {"returnTrueCurves": "true"}, "curveRings"),
         ({"returnTrueCurves": "true"}, {}, "curveRings"),
         ({"returnTrueCurves": "true"}, {"outSR": "4326"}, "rings")],
    )  # fmt: skip
    def test_curves_are_stored_beside_their_lines(
        self, rest, published, submitted, asked, key
    ):
        given = {"In_Features": _set({"curveRings": [CIRCLE]}, 102100)} | submitted
        value = self.result(rest, published, given, asked)
        assert list(value["features"][0]["geometry"]) == [key]

    @pytest.mark.protocol("5.5 returnFeatureCollection")
    def test_a_layer_object_of_a_result(self, rest, published):
        asked = {"returnFeatureCollection": "true", "returnColumnName": "true"}
        value = self.result(rest, published, {"In_Features": POINT}, asked)
        assert value["layerDefinition"]["name"] == "The features"
        assert len(value["featureSet"]["features"]) == 1
