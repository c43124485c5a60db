"""Identify and find in the layers of a result map."""

from __future__ import annotations

import json

import pytest

from tests.jobs.maps import TASK, echo_job, map_of


@pytest.fixture
def job(rest, published) -> str:
    return echo_job(rest, published)


ASKED = {
    "geometryType": "esriGeometryPoint",
    "mapExtent": "0,0,10,10",
    "imageDisplay": "100,100,96",
    "tolerance": "3",
}


@pytest.mark.protocol("9 identify")
def test_identify_finds_what_lies_within_the_tolerance(rest, job):
    # 10 pixels a degree: 3 pixels are 0.3 degrees
    path = f"{map_of(job)}/identify"
    (found,) = rest.post(path, geometry="1,1", **ASKED)["results"]
    assert (found["layerId"], found["value"]) == (0, "square")
    assert found["attributes"]["size"] == "10"
    assert found["attributes"]["OBJECTID"] == "1"
    assert found["geometryType"] == "esriGeometryPolygon"
    assert found["geometry"]["spatialReference"]["wkid"] == 4326
    point = json.dumps({"x": 10.29, "y": 5, "spatialReference": {"wkid": 4326}})
    assert len(rest.get(path, geometry=point, **ASKED)["results"]) == 1
    assert rest.post(path, geometry="10.31,5", **ASKED)["results"] == []
    assert rest.post(path, geometry="5,5", **ASKED)["results"] == []
    bare = rest.post(path, geometry="1,1", returnGeometry="false", **ASKED)
    assert "geometry" not in bare["results"][0]


@pytest.mark.protocol("9 find")
def test_find_looks_for_a_text_in_the_fields(rest, job):
    path = f"{map_of(job)}/find"
    (found,) = rest.post(path, searchText="SQUA", layers="0", sr="102100")["results"]
    assert (found["foundFieldName"], found["value"]) == ("name", "square")
    # x = R λ, R = 6378137 m, λ = 10 degrees
    rings = found["geometry"]["rings"]
    assert max(x for ring in rings for x, _ in ring) == pytest.approx(1113194.9079)
    exact = {"contains": "false", "returnGeometry": "false"}
    assert rest.post(path, searchText="squa", **exact)["results"] == []
    assert len(rest.post(path, searchText="square", **exact)["results"]) == 1
    other = rest.post(path, searchText="square", searchFields="size", **exact)
    assert other["results"] == []


@pytest.mark.parametrize(
    ("below", "form", "names"),
    [
        ("identify", {}, ["geometry", "mapExtent", "imageDisplay", "tolerance"]),
        ("identify", ASKED | {"geometry": "here"}, ["geometry"]),
        ("identify", ASKED | {"geometry": "1,1", "layers": "some"}, ["layers"]),
        ("identify", ASKED | {"geometry": "1,1", "sr": "nowhere"}, ["sr"]),
        ("identify", ASKED | {"geometry": "1,1", "time": "soon"}, ["time"]),
        ("find", {}, ["searchText"]),
        ("find", {"searchText": "a", "layers": "9"}, ["layers"]),
        ("find", {"searchText": "a", "contains": "so"}, ["contains"]),
        ("find", {"searchText": "a", "layerDefs": "0:a=1"}, ["layerDefs"]),
    ],
)
@pytest.mark.protocol("9 identify and find, wrong parameters")
def test_a_wrong_parameter_of_a_look_up_is_named(rest, job, below, form, names):
    error = rest.post(f"{map_of(job)}/{below}", **form)["error"]
    assert error["code"] == 400
    for name in names:
        assert any(f"'{name}'" in one for one in error["details"])


@pytest.mark.protocol("9 identify and find, layerDefs")
def test_a_definition_chooses_what_is_found(rest, job):
    def found(where: str) -> int:
        asked = {"searchText": "square", "layerDefs": f"0:{where}"}
        return len(rest.get(f"{map_of(job)}/find", **asked)["results"])

    assert found("size > 3") == 1
    assert found("size < 3") == 0


@pytest.mark.protocol("9 identify and find, returnZ and returnM")
@pytest.mark.parametrize(
    ("asked", "flags", "place"),
    [
        ({}, (False, False), {"x", "y"}),
        ({"returnZ": "true"}, (True, False), {"x", "y", "z"}),
        ({"returnZ": "TRUE", "returnM": "true"}, (True, True), {"x", "y", "z", "m"}),
    ],
)
def test_heights_and_measures_come_when_asked_for(rest, job, asked, flags, place):
    point = {"x": 1, "y": 1, "z": 7, "m": 3}
    tower = {"geometryType": "esriGeometryPoint", "spatialReference": {"wkid": 4326},
             "hasZ": True, "hasM": True,
             "features": [{"geometry": point, "attributes": {"name": "tower"}}]}  # fmt: skip
    path = map_of(rest.run_job(TASK, In_Features=json.dumps(tower)))
    answers = (
        rest.get(f"{path}/identify", geometry="1,1", **ASKED, **asked),
        rest.get(f"{path}/find", searchText="tower", **asked),
    )
    for answer in answers:
        (found,) = answer["results"]
        assert (found["hasZ"], found["hasM"]) == flags
        shown = found["geometry"]
        assert shown == {name: point[name] for name in place} | {
            "spatialReference": shown["spatialReference"]
        }


@pytest.mark.protocol("9 identify and find, exceededTransferLimit")
@pytest.mark.parametrize(("most", "has_more"), [(2, True), (3, False)])
def test_more_than_may_be_found_is_told(rest, published, most, has_more):
    published("samples.Echo", "Maps/Echo", sync=False, result_map_server=True,
              maximum_records=most)  # fmt: skip
    points = {"geometryType": "esriGeometryPoint", "spatialReference": {"wkid": 4326},
              "features": [{"geometry": {"x": 1, "y": 1}, "attributes": {"name": "a"}}
                           for _ in range(3)]}  # fmt: skip
    path = map_of(rest.run_job(TASK, In_Features=json.dumps(points)))
    for below in ("identify", "find"):
        asked = {"geometry": "1,1", "searchText": "a", "searchFields": "name", **ASKED}
        answer = rest.get(f"{path}/{below}", **asked)
        assert len(answer["results"]) == most
        assert answer.get("exceededTransferLimit", False) is has_more
