"""Result maps, feature services and queries answer the keys and types of their tables."""

from __future__ import annotations

import json
from typing import Any

import pytest

from services.samples import load_samples
from tests.golden import maps, tables
from tests.golden.checker import found
from tests.jobs.maps import SQUARE, map_of

TASK = "/Maps/Echo/GPServer/Echo"
WORLD = "/Samples/World/FeatureServer"
PATH = json.dumps({
    "geometryType": "esriGeometryPolyline", "spatialReference": {"wkid": 102100},
    "hasZ": True, "hasM": True,
    "fields": [{"name": "seen", "type": "esriFieldTypeDate", "alias": "Seen"}],
    "features": [{"attributes": {"seen": 0},
                  "geometry": {"paths": [[[0, 0, 5, 1], [9, 9, 6, 2]]]}}],
})  # fmt: skip
PLACES = json.dumps({
    "geometryType": "esriGeometryPoint", "spatialReference": {"wkid": 4326},
    "features": [{"attributes": {"n": n}, "geometry": {"x": n, "y": 0}}
                 for n in range(3)],
})  # fmt: skip
LOOK = {"mapExtent": "0,0,10,10", "imageDisplay": "100,100,96", "tolerance": "3"}


@pytest.fixture(
    params=[SQUARE, PATH, PLACES, ""], ids=["area", "line", "point", "none"]
)
def job(request, rest, published) -> str:
    """A job with a result map: of each kind of geometry, and of nothing."""
    published("samples.Echo", "Maps/Echo", sync=False, result_map_server=True)
    table = json.dumps({"features": [{"attributes": {"n": 1}}]})
    return rest.run_job(TASK, In_Features=request.param, In_Table=table)


@pytest.fixture
def square(rest, published) -> str:
    """The map of a job with a square and a table."""
    published("samples.Echo", "Maps/Echo", sync=False, result_map_server=True)
    table = json.dumps({"features": [{"attributes": {"n": 1}}]})
    return map_of(rest.run_job(TASK, In_Features=SQUARE, In_Table=table))


def numbers_of(document: dict[str, Any]) -> list[int]:
    return [one["id"] for one in (*document["layers"], *document["tables"])]


# --- result maps ----------------------------------------------------------------------


@pytest.mark.protocol("9 a map is described, not its job")
@pytest.mark.protocol("9 keys of the map service, of its layers and tables")
def test_a_result_map_its_layers_and_tables(rest, job):
    service = rest.get(map_of(job))
    assert found(service, maps.MAP) == []
    assert found(rest.get("/Maps/Echo/MapServer"), maps.MAP) == []
    everything = rest.get(f"{map_of(job)}/layers")
    assert found(everything, maps.LAYERS) == []
    assert numbers_of(everything) == numbers_of(service)
    for kind, shape in (("layers", maps.LAYER), ("tables", maps.TABLE)):
        assert service[kind]
        for one in service[kind]:
            assert found(rest.get(f"{map_of(job)}/{one['id']}"), shape) == []


@pytest.mark.protocol("9 keys of the legend")
def test_a_legend(rest, job):
    answer = rest.get(f"{map_of(job)}/legend")
    assert found(answer, maps.LEGEND) == []
    assert all(one["legend"] for one in answer["layers"])


@pytest.mark.protocol("9 keys of export", "5.5 keys of a map image")
def test_a_picture_and_a_result_as_a_picture(rest, job):
    assert found(rest.get(f"{map_of(job)}/export", bbox="0,0,9,9"), maps.EXPORTED) == []
    result = rest.get(f"{job}/results/Out_Features")
    assert found(result, tables.RESULT | {"value": maps.MAP_IMAGE}) == []


@pytest.mark.protocol("9 keys of identify and find")
def test_what_is_identified_and_found(rest, square):
    answer = rest.get(f"{square}/identify", geometry="1,1", **LOOK)
    assert found(answer, maps.IDENTIFIED) == []
    assert len(answer["results"]) == 1
    answer = rest.get(f"{square}/find", searchText="square")
    assert found(answer, maps.FOUND) == []
    assert len(answer["results"]) == 1
    bare = rest.get(f"{square}/find", searchText="square", returnGeometry="false")
    assert found(bare, maps.FOUND_WITHOUT_GEOMETRY) == []
    for below in ("identify", "find"):
        nothing = {"geometry": "-9,-9", "searchText": "nowhere", **LOOK}
        assert rest.get(f"{square}/{below}", **nothing) == {"results": []}


# --- feature services -----------------------------------------------------------------


@pytest.fixture
def hosted(db: None, rest) -> tuple[str, dict[str, Any]]:
    """The path of a hosted feature service, and the result that names it."""
    load_samples("Samples/BufferHosted")
    form = {"Input_Features": PLACES, "Distance": "5 Kilometers"}
    job = rest.run_job("/Samples/BufferHosted/GPServer/Buffer", **form)
    result = rest.get(f"{job}/results/Output_Layer")
    layer = result["value"]["url"].partition("/rest/services")[2]
    return layer.rpartition("/")[0], result


@pytest.mark.protocol("9 keys of a hosted output")
def test_an_output_that_became_a_layer(hosted):
    assert found(hosted[1], tables.RESULT | {"value": maps.HOSTED_VALUE}) == []


@pytest.mark.protocol("9 keys of the feature service, of its layers and tables")
def test_a_feature_service_and_its_layers(rest, hosted):
    for path in (WORLD, hosted[0]):
        service = rest.get(path)
        assert found(service, maps.FEATURE_SERVICE) == []
        everything = rest.get(f"{path}/layers")
        assert found(everything, maps.LAYERS) == []
        assert numbers_of(everything) == numbers_of(service)
        for one in everything["layers"]:
            assert found(rest.get(f"{path}/{one['id']}"), maps.LAYER) == []


# --- queries --------------------------------------------------------------------------

SUM = json.dumps([{"statisticType": "count", "onStatisticField": "OBJECTID",
                   "outStatisticFieldName": "many"}])  # fmt: skip
GRID = json.dumps({"mode": "view", "originPosition": "upperLeft", "tolerance": 0.1})
QUERIES = [
    ({"outFields": "*"}, maps.QUERIED),
    ({"outFields": "*", "resultRecordCount": "1", "returnZ": "true"}, maps.QUERIED),
    ({"returnGeometry": "false"}, maps.QUERIED_WITHOUT_GEOMETRY),
    ({"returnIdsOnly": "true"}, maps.QUERIED_IDS),
    ({"returnCountOnly": "true"}, maps.QUERIED_COUNT),
    ({"returnExtentOnly": "true"}, maps.QUERIED_EXTENT),
    ({"returnExtentOnly": "true", "returnCountOnly": "true"}, maps.QUERIED_BOTH),
    ({"outStatistics": SUM}, maps.QUERIED_STATISTICS),
    ({"returnDistinctValues": "true", "outFields": "name"}, maps.QUERIED_STATISTICS),
    ({"quantizationParameters": GRID}, maps.QUANTIZED),
]


@pytest.mark.protocol("9 keys of a query's answer")
@pytest.mark.parametrize(("asked", "shape"), QUERIES, ids=lambda one: str(one)[:50])
def test_the_answers_to_a_query_of_a_feature_service(rest, db, asked, shape):
    load_samples("Samples/BufferHosted")
    for layer in (f"{WORLD}/0/query", f"{WORLD}/1/query"):
        assert found(rest.get(layer, where="1=1", **asked), shape) == []


@pytest.mark.protocol("9 keys of a query's answer")
@pytest.mark.parametrize(("asked", "shape"), QUERIES, ids=lambda one: str(one)[:50])
def test_the_answers_to_a_query_of_a_result_map(rest, square, asked, shape):
    assert found(rest.get(f"{square}/0/query", where="1=1", **asked), shape) == []


@pytest.mark.protocol("9 keys of a query's answer")
@pytest.mark.parametrize(
    ("asked", "shape"),
    [({"outFields": "*"}, maps.QUERIED_ROWS),
     ({"returnIdsOnly": "true"}, maps.QUERIED_IDS),
     ({"returnCountOnly": "true"}, maps.QUERIED_COUNT)],
)  # fmt: skip
def test_the_answers_to_a_query_of_a_table(rest, square, asked, shape):
    (table,) = rest.get(square)["tables"]
    query = f"{square}/{table['id']}/query"
    assert found(rest.get(query, where="1=1", **asked), shape) == []


@pytest.mark.protocol("6.1 keys of a layer object")
def test_an_output_as_a_layer_object(rest, published):
    published("samples.Echo", "Toys/Service")
    form = {"In_Features": PLACES, "returnFeatureCollection": "true"}
    answer = rest.post("/Toys/Service/GPServer/Echo/execute", **form)
    values = {one["paramName"]: one["value"] for one in answer["results"]}
    made = values["Out_Features"]
    assert found(made, maps.LAYER_OBJECT) == []
    assert found(made["featureSet"], tables.FEATURES) == []
