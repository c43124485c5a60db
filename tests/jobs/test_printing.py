"""Maps that are printed by the portal: its own layers, with the rights of the caller."""

from __future__ import annotations

import json

import pytest

from portal.tokens import issue
from services.samples import load_samples
from tests.conftest import ROOT, Rest

TOOLS = "/Utilities/PrintingTools/GPServer"
PRINT = "/Samples/Print/GPServer/ExportWebMap/execute"
POINT = {
    "geometryType": "esriGeometryPoint",
    "features": [{"geometry": {"x": 8, "y": 47}}],
}
EXTENT = {"xmin": -10, "ymin": 30, "xmax": 40, "ymax": 60,
          "spatialReference": {"wkid": 4326}}  # fmt: skip
WORLD = f"http://testserver{ROOT}/Samples/World/FeatureServer/1"


@pytest.fixture
def printing(published):
    """A service that prints, where the layers of the samples are."""
    return published("printing.ExportWebMap", "Samples/Print")


def printed(rest, *layers, room=0, **fields):
    """Print a map of layers; return the answer. ``room`` makes the text longer."""
    document = {
        "mapOptions": {"extent": EXTENT},
        "operationalLayers": list(layers),
        "exportOptions": {"outputSize": [200, 120]},
        "unknown": "x" * room,
    }
    return rest.post(PRINT, Web_Map_as_JSON=json.dumps(document), **fields)


def warnings(answer):
    return [one["description"] for one in answer["messages"]
            if one["type"] == "esriJobMessageTypeWarning"]  # fmt: skip


def test_the_samples_have_the_names_that_clients_know(rest, db):
    load_samples("Utilities/PrintingTools", "LandUseReport")
    assert rest.get(TOOLS)["tasks"] == [
        "Export Web Map Task", "Get Layout Templates Info Task",
    ]  # fmt: skip
    export = rest.get(f"{TOOLS}/Export Web Map Task")
    assert [one["name"] for one in export["parameters"]] == [
        "Web_Map_as_JSON", "Format", "Layout_Template", "Output_File",
    ]  # fmt: skip
    assert export["parameters"][0]["dataType"] == "GPString"
    assert export["parameters"][3]["dataType"] == "GPDataFile"
    # The JS SDK looks for a name that begins so, and asks the address of displayName.
    layouts = rest.get(f"{TOOLS}/Get Layout Templates Info Task")
    assert layouts["name"] == "GetLayoutTemplatesInfoTask"
    assert layouts["displayName"] == "Get Layout Templates Info Task"
    (result,) = rest.post(f"{TOOLS}/{layouts['displayName']}/execute")["results"]
    assert (result["paramName"], result["dataType"]) == ("Output_JSON", "GPString")
    assert result["value"][0]["layoutTemplate"] == "A3 Landscape"
    report = rest.get("/LandUseReport/GPServer/LandUse")
    assert report["executionType"] == "esriExecutionTypeAsynchronous"
    assert report["parameters"][0]["name"] == "Area_of_Interest"


@pytest.mark.parametrize("room", [0, 50_000], ids=["short", "long"])
def test_a_layer_of_this_server_is_drawn_however_long_the_map_is(
    rest, printing, settings, room
):
    settings.FETCH_HOSTS = []
    where = {"definitionExpression": "population > 5000000"}
    answer = printed(rest, {"url": WORLD, "layerDefinition": where}, room=room)
    assert warnings(answer) == []
    (result,) = answer["results"]
    assert result["value"]["url"].endswith("/map.png")


def test_a_layer_is_printed_for_who_may_see_it_and_named_to_others(
    rest, owner, printing, published
):
    published("samples.Buffer", "Samples/Hosted", sync=False, hosted_output=True)
    mine = Rest(issue(owner, 5)[0])
    fields = {"Input_Features": json.dumps(POINT), "Distance": "500 Kilometers"}
    job = mine.run_job("/Samples/Hosted/GPServer/Buffer", **fields)
    layer = {
        "title": "Secret",
        "url": mine.get(f"{job}/results/Output_Layer")["value"]["url"],
    }
    assert warnings(printed(mine, layer)) == []
    (warning,) = warnings(printed(rest, layer))
    assert warning.startswith("Layer 'Secret' is not on the map: its URL names")


def test_a_field_that_is_not_there_is_told_and_the_rest_is_drawn(rest, printing):
    where = {"definitionExpression": "nothing = 1"}
    answer = printed(rest, {"title": "Bad", "url": WORLD, "layerDefinition": where})
    assert "Layer 'Bad' is not on the map" in warnings(answer)[0]
    assert "nothing" in warnings(answer)[0]


def test_what_is_no_web_map_is_refused_by_the_name_of_the_parameter(rest, printing):
    for text in ("[]", "{}", "{", '{"mapOptions": 5}'):
        answer = rest.post(PRINT, Web_Map_as_JSON=text)
        (told,) = answer["error"]["details"]
        assert told.startswith("Parameter 'Web_Map_as_JSON': ")


def test_a_job_makes_the_report_of_the_defaults(rest, published):
    published("reports.LandUse", "LandUseReport", sync=False)
    job = rest.run_job("/LandUseReport/GPServer/LandUse", Format="HTML")
    result = rest.get(f"{job}/results/Report")
    assert result["dataType"] == "GPDataFile"
    assert result["value"]["url"].endswith("/land_use_report.html")
    rows = rest.get(f"{job}/results/Land_Cover")["value"]["features"]
    assert rows[0]["attributes"]["class"] == "Cropland"
