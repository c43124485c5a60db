"""@arcgis/core in a browser, on a page of another origin than the portal's."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.contract.draw import (
    Draw,
    check_buffers,
    mercator,
    same_attributes,
)
from tests.contract.page import Sdk
from tests.contract.site import Site

pytestmark = [pytest.mark.contract, pytest.mark.browser]

#: What runs in the page.
SCRIPT = "arcgis_core.js"


def as_features(plain: dict[str, Any]) -> dict[str, Any]:
    """Return an input that the page makes a FeatureSet of the SDK of."""
    return {"as": "features", "value": plain}


def as_linear(plain: dict[str, Any]) -> dict[str, Any]:
    """Return an input that the page makes a LinearUnit of the SDK of."""
    return {"as": "linear", "value": plain}


def test_execute_gives_a_feature_set(site: Site, sdk: Sdk, draw: Draw):
    points, (distance, metres) = draw.points(), draw.distance()
    done = sdk.value(
        "execute", url=site.task("Samples/Buffer", "Buffer"),
        params={"Input_Features": as_features(points), "Distance": as_linear(distance)},
    )  # fmt: skip
    [result] = done["results"]
    assert result["type"] == "esri.rest.support.FeatureSet"
    check_buffers(result["value"], points, metres)
    assert {one["type"] for one in done["messages"]} <= {"informative", "warning"}


@pytest.mark.protocol("0.2 many parameters by POST")
@pytest.mark.protocol("clients 1.1 GET submits and cancels")
def test_many_features_go_by_post_and_few_by_get(site: Site, sdk: Sdk, draw: Draw):
    few, (distance, metres) = draw.points(), draw.distance()
    few["features"] = few["features"][:1]
    many = few | {"features": few["features"] * 50}
    for method, points in (("GET", few), ("POST", many)):
        done = sdk.value(
            "execute", url=site.task("Samples/Buffer", "Buffer"),
            params={"Input_Features": as_features(points),
                    "Distance": as_linear(distance)},
        )  # fmt: skip
        assert {one[0] for one in sdk.sent()} == {method}
        check_buffers(done["results"][0]["value"], points, metres)


@pytest.mark.protocol("clients 1.14 env:outSR", "12.1 env:outSR is still sent")
@pytest.mark.parametrize("wkid", [102100, 3857])
def test_the_output_comes_in_the_reference_that_was_asked(
    site: Site, sdk: Sdk, draw: Draw, wkid
):
    points = draw.points()
    done = sdk.value(
        "execute", url=site.task("Samples/Types", "Echo"), environment={"outSR": wkid},
        params={"In_Features": as_features(points)},
    )  # fmt: skip
    value = by_name(done["results"])["Out_Features"]["value"]
    assert value["spatialReference"]["wkid"] in (wkid, 102100)
    assert same_attributes(value["features"], points["features"])
    for got, point in zip(value["features"], points["features"], strict=True):
        place = (got["geometry"]["x"], got["geometry"]["y"])
        assert place == pytest.approx(mercator(point["geometry"]), abs=0.001)


@pytest.mark.protocol("clients 1.14 context", "12.2 context members")
def test_a_process_extent_goes_with_the_context(site: Site, sdk: Sdk, draw: Draw):
    points = draw.points()
    west = {"xmin": -180, "ymin": -90, "xmax": 0, "ymax": 90,
            "spatialReference": {"wkid": 4326}}  # fmt: skip
    done = sdk.value(
        "execute", url=site.task("Samples/Types", "Echo"),
        environment={"extent": west, "outSR": 102100},
        params={"In_Features": as_features(points)},
    )  # fmt: skip
    value = by_name(done["results"])["Out_Features"]["value"]
    kept = [one for one in points["features"] if one["geometry"]["x"] < 0]
    assert [one["attributes"]["name"] for one in value["features"]] == [
        one["attributes"]["name"] for one in kept
    ]
    assert not kept or value["spatialReference"]["wkid"] == 102100


def test_a_job_is_submitted_waited_for_and_its_result_fetched(
    site: Site, sdk: Sdk, draw: Draw
):
    points, (distance, metres) = draw.points(), draw.distance()
    done = sdk.value(
        "job", url=site.task("Samples/BufferAsync", "Buffer"),
        params={"Input_Features": as_features(points), "Distance": as_linear(distance)},
        results=["Output_Features"],
    )  # fmt: skip
    assert done["end"]["status"] == "job-succeeded"
    [result] = done["results"]
    assert result["type"] == "esri.rest.support.FeatureSet"
    check_buffers(result["value"], points, metres)


@pytest.mark.protocol("5.5 outSR", "5.5 returnType=data")
def test_a_result_is_fetched_in_another_reference(site: Site, sdk: Sdk, draw: Draw):
    points = draw.points()
    done = sdk.value(
        "job", url=site.task("Samples/TypesAsync", "Echo"), results=["Out_Features"],
        params={"In_Features": as_features(points)}, fetch={"outSR": 102100},
    )  # fmt: skip
    value = done["results"][0]["value"]
    assert value["spatialReference"]["wkid"] == 102100
    for got, point in zip(value["features"], points["features"], strict=True):
        place = (got["geometry"]["x"], got["geometry"]["y"])
        assert place == pytest.approx(mercator(point["geometry"]), abs=0.001)


@pytest.mark.protocol("5.2 progress")
def test_a_running_job_has_progress_and_messages(site: Site, sdk: Sdk):
    done = sdk.value(
        "job", url=site.task("Samples/Slow", "Sleep"), params={"Seconds": 3},
        results=["Report"],
    )  # fmt: skip
    running = [one for one in done["seen"] if one["status"] == "job-executing"]
    assert {one["status"] for one in done["seen"]} <= {"job-executing", "job-submitted"}
    assert all(set(one["progress"]) >= {"type", "message"} for one in running)
    assert running[-1]["progress"]["type"] == "step"
    assert 0 <= running[-1]["progress"]["percent"] <= 100
    assert done["results"][0]["value"] == "Slept 3 seconds."


@pytest.mark.protocol("5.3 cancel by GET", "12.10 JS rejects a cancel that goes back")
def test_a_running_job_is_cancelled(site: Site, sdk: Sdk):
    done = sdk.value(
        "cancel", url=site.task("Samples/Slow", "Sleep"), params={"Seconds": 600}
    )
    assert done["executing"]["status"] == "job-executing"
    assert done["cancelled"]["value"]["status"] == "job-cancelled"
    assert done["waiting"]["rejected"]["status"] == "job-cancelled"
    assert {one[0] for one in sdk.sent()} == {"GET"}


@pytest.mark.protocol("clients 1.22 scripts of other origins", "6.4 a file is served")
def test_a_file_of_a_job_is_read_across_origins(site: Site, sdk: Sdk, draw: Draw):
    text = draw.text()
    token = sdk.value(
        "signIn", server=site.root, tokens=site.tokens, **site.sign_in
    )["token"]  # fmt: skip
    texts = sdk.value(
        "file", url=site.task("Toys/Files", "WriteFile"), params={"Text": text},
        result="Out_File", token=token,
    )  # fmt: skip
    assert texts == [text, text]


def test_a_job_that_fails_rejects_with_its_reason(site: Site, sdk: Sdk, draw: Draw):
    why = draw.text()
    done = sdk.value(
        "failure", url=site.task("Samples/Slow", "Fail"), params={"Message": why}
    )
    assert done["rejected"]["status"] == "job-failed"
    errors = [one["description"] for one in done["rejected"]["messages"]
              if one["type"] == "error"]  # fmt: skip
    assert errors == [why.strip(), "Failed."]


def by_name(results: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return results by the name of their parameter."""
    return {one["paramName"]: one for one in results}


CLASSES = {
    "Out_String": "string", "Out_Long": "number", "Out_Double": "number",
    "Out_Boolean": "boolean", "Out_Date": "Date",
    "Out_Unit": "esri.rest.support.LinearUnit",
    "Out_Area": "esri.rest.support.ArealUnit",
    "Out_Time": "esri.rest.support.TimeUnit", "Out_Multi": "object",
    "Out_Choice": "string", "Out_Longs": "object",
}  # fmt: skip


def test_a_value_of_every_type_makes_the_round_trip(site: Site, sdk: Sdk, draw: Draw):
    sent = draw.values()
    given = sent | {
        "In_Date": {"as": "date", "value": sent["In_Date"]},
        "In_Unit": as_linear(sent["In_Unit"]),
        "In_Area": {"as": "areal", "value": sent["In_Area"]},
        "In_Time": {"as": "time", "value": sent["In_Time"]},
    }
    done = sdk.value("execute", url=site.task("Samples/Types", "Echo"), params=given)
    results = by_name(done["results"])
    assert {name: results[name]["type"] for name in CLASSES} == CLASSES
    for name, value in sent.items():
        got = results[name.replace("In_", "Out_")]["value"]
        assert got == value, name


@pytest.mark.protocol("clients 1.9 null breaks a client", "12.11 objects, not null")
def test_outputs_without_a_value_do_not_break_the_client(site: Site, sdk: Sdk):
    done = sdk.value("execute", url=site.task("Samples/Types", "Echo"), params={})
    results = by_name(done["results"])
    assert len(results) >= 14
    assert results["Out_Multi"]["value"] == []
    assert results["Out_Features"]["value"]["features"] == []
    assert results["Out_Table"]["value"]["features"] == []


def test_bad_input_is_an_error_with_every_reason(site: Site, sdk: Sdk):
    told = sdk.error(
        "execute", url=site.task("Samples/Types", "Echo"),
        params={"In_Long": "many", "In_Choice": "Pink"},
    )  # fmt: skip
    assert told["message"] == "Unable to complete operation."
    assert "In_Long" in " ".join(told["details"]["messages"])
    assert "Red, Green, Blue" in " ".join(told["details"]["messages"])


@pytest.mark.protocol("8.3 498 and 499")
@pytest.mark.parametrize("token", ["", "nonsense"], ids=["none", "bad"])
def test_a_secured_service_asks_the_person_to_sign_in(
    site: Site, sdk: Sdk, draw: Draw, token
):
    points, (distance, metres) = draw.points(), draw.distance()
    if token:
        sdk.value("register", server=site.root, tokens=site.tokens, token=token)
    sdk.begin(
        "execute", url=site.task("Private/Buffer", "Buffer"),
        params={"Input_Features": as_features(points), "Distance": as_linear(distance)},
    )  # fmt: skip
    expect(sdk.page.get_by_text("Please sign in to access")).to_be_visible()
    sdk.sign_in("analyst", "wrong")
    expect(sdk.page.get_by_text("username or password")).to_be_visible()
    sdk.sign_in(**site.sign_in)
    done = sdk.finish()
    check_buffers(done["value"]["results"][0]["value"], points, metres)


@pytest.mark.protocol("8.1 token requests of clients")
def test_the_identity_manager_gets_a_token_and_the_service_opens(
    site: Site, sdk: Sdk, draw: Draw
):
    points, (distance, metres) = draw.points(), draw.distance()
    token = sdk.value("signIn", server=site.root, tokens=site.tokens, **site.sign_in)
    assert 55 < token["minutes"] <= 60
    done = sdk.value(
        "execute", url=site.task("Private/Buffer", "Buffer"),
        params={"Input_Features": as_features(points), "Distance": as_linear(distance)},
    )  # fmt: skip
    check_buffers(done["results"][0]["value"], points, metres)


def around(x: float, y: float, half: float) -> dict[str, Any]:
    """Return a square extent in degrees."""
    return {"xmin": x - half, "ymin": y - half, "xmax": x + half, "ymax": y + half,
            "spatialReference": {"wkid": 4326}}  # fmt: skip


def one_buffer(site: Site) -> dict[str, Any]:
    """Return the job of a disc of 100 km around (10, 0)."""
    point = {"geometry": {"x": 10, "y": 0}, "attributes": {"name": "a"}}
    points = {"features": [point], "geometryType": "esriGeometryPoint",
              "fields": [{"name": "name", "type": "esriFieldTypeString"}],
              "spatialReference": {"wkid": 4326}}  # fmt: skip
    return {
        "url": site.task("Samples/BufferMap", "Buffer"),
        "params": {"Input_Features": as_features(points),
                   "Distance": {"distance": 100, "units": "esriKilometers"}},
    }  # fmt: skip


@pytest.mark.protocol("5.5 fetchResultImage of JS", "clients 1.22 map images across")
def test_a_result_image_is_a_picture_that_the_page_reads(site: Site, sdk: Sdk):
    done = sdk.value(
        "resultImage", **one_buffer(site), result="Output_Features",
        image={"extent": around(10, 0, 2), "width": 200, "height": 100, "dpi": 96,
               "format": "png32", "transparent": True},
    )  # fmt: skip
    assert (done["width"], done["height"]) == (200, 100)
    assert done["size"] == [200, 100]
    assert done["middle"][3] > 0
    assert done["corner"][3] == 0
    assert done["extent"]["xmax"] == pytest.approx(14)


@pytest.mark.protocol("9 fetchResultMapImageLayer of JS")
def test_a_result_map_layer_loads_and_draws(site: Site, sdk: Sdk):
    done = sdk.value(
        "resultLayer", **one_buffer(site),
        extent=around(10, 0, 2), width=200, height=200,
    )  # fmt: skip
    assert done["titles"] == ["Buffer polygons"]
    # 100 km are 0.898 degrees at the equator of WGS 84
    assert done["fullExtent"]["xmax"] == pytest.approx(10.898, abs=0.002)
    assert done["size"] == [200, 200]
    assert done["middle"][3] > 0
    assert done["corner"][3] == 0
