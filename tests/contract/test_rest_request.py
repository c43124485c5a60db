"""@esri/arcgis-rest-request in Node: jobs, errors, tokens."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from tests.contract.draw import Draw, check_buffers, same_attributes
from tests.contract.site import Site, run_node

pytestmark = pytest.mark.contract


def run(site: Site, scenario: str, path: str, task: str, **given: Any) -> Any:
    """Run a scenario on a task; return value or error, and the requests sent."""
    url = site.task(path, task) + given.pop("tail", "")
    given = {"params": {}, "host": urlsplit(site.address).netloc, "url": url} | given
    return run_node("rest_request.mjs", scenario, **given)


def value(*args: Any, **given: Any) -> Any:
    """Run a scenario that ends well; return its value."""
    done = run(*args, **given)
    assert "error" not in done, done["error"]
    return done["value"]


def error(*args: Any, **given: Any) -> dict[str, Any]:
    """Run a scenario that ends with an error; return it."""
    done = run(*args, **given)
    assert "error" in done, done
    return done["error"]


@pytest.mark.protocol(
    "clients 1.2 arcgis-rest-request POSTs everything",
    "clients 1.27 paramUrl is relative",
)
def test_a_job_is_submitted_waited_for_and_all_its_results_fetched(
    site: Site, draw: Draw
):
    points, (distance, metres) = draw.points(), draw.distance()
    done = run(
        site, "job", "Samples/BufferAsync", "Buffer",
        params={"Input_Features": points, "Distance": distance},
    )  # fmt: skip
    assert {one.partition(" ")[0] for one in done["requests"]} == {"POST"}
    job = done["value"]
    assert job["info"]["status"] == "Succeeded"
    assert list(job["results"]) == ["Output_Features"]
    assert job["one"] == job["results"]["Output_Features"]
    assert job["one"]["dataType"] == "GPFeatureRecordSetLayer"
    check_buffers(job["one"]["value"], points, metres)


def test_a_monitored_job_reports_progress_and_only_known_states(site: Site):
    seen = value(site, "events", "Samples/Slow", "Sleep", params={"Seconds": 2})
    states = [one["status"] for one in seen]
    assert set(states) <= {"Submitted", "Executing", "Succeeded"}
    assert states[-1] == "Succeeded"
    assert sorted(states, key=["Submitted", "Executing", "Succeeded"].index) == states
    executing = [one for one in seen if one["status"] == "Executing"]
    assert executing
    assert all("message" in one["progress"] for one in executing)
    counts = [len(one["messages"]) for one in seen]
    assert counts == sorted(counts), "messages are only ever added"


@pytest.mark.protocol("5.3 cancel by POST")
def test_a_running_job_is_cancelled(site: Site):
    done = value(site, "cancel", "Samples/Slow", "Sleep", params={"Seconds": 600})
    assert done["reply"]["jobStatus"] in ("esriJobCancelling", "esriJobCancelled")
    assert done["rejected"]["name"] == "ArcGISJobError"
    assert done["rejected"]["status"] in ("Cancelling", "Cancelled")
    assert done["end"]["status"] == "Cancelled"


def test_a_job_that_fails_says_why(site: Site, draw: Draw):
    why = draw.text()
    done = value(site, "failure", "Samples/Slow", "Fail", params={"Message": why})
    assert (done["name"], done["info"]["status"]) == ("ArcGISJobError", "Failed")
    texts = [one["description"] for one in done["info"]["messages"]]
    assert texts == ["Submitted.", "Executing...", why.strip(), "Failed."]


def outputs(results: dict[str, Any]) -> dict[str, Any]:
    """Return the values of results by the names of the inputs that they echo."""
    return {name.replace("Out_", "In_"): one["value"] for name, one in results.items()}


def test_a_value_of_every_type_makes_the_round_trip_of_a_job(site: Site, draw: Draw):
    sent = draw.values()
    done = value(site, "job", "Samples/TypesAsync", "Echo", params=sent)
    got = outputs(done["results"])
    assert {name: got[name] for name in sent} == sent


@pytest.mark.protocol("6.7 GPMultiValue as array and comma list")
def test_request_joins_lists_with_commas_and_the_server_splits_them(
    site: Site, draw: Draw
):
    sent = draw.values() | {"In_Multi": ["a", "b c", "d"]}
    done = value(site, "request", "Samples/Types", "Echo", params=sent, tail="/execute")
    got = outputs({one["paramName"]: one for one in done["results"]})
    assert {name: got[name] for name in sent} == sent


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_execute_answers_both_methods(site: Site, draw: Draw, method):
    points, (distance, metres) = draw.points(), draw.distance()
    done = run(
        site, "request", "Samples/Buffer", "Buffer", tail="/execute", method=method,
        params={"Input_Features": points, "Distance": distance},
    )  # fmt: skip
    [result] = done["value"]["results"]
    check_buffers(result["value"], points, metres)
    assert done["value"]["messages"]


@pytest.mark.protocol("0.2 many parameters by POST")
def test_a_url_above_2000_characters_turns_get_into_post(site: Site, draw: Draw):
    points, (distance, metres) = draw.points(), draw.distance()
    points["features"] *= 40
    done = run(
        site, "request", "Samples/Buffer", "Buffer", tail="/execute", method="GET",
        params={"Input_Features": points, "Distance": distance},
    )  # fmt: skip
    assert done["requests"][0].startswith("POST ")
    check_buffers(done["value"]["results"][0]["value"], points, metres)


def test_bad_inputs_are_an_error_of_code_400_and_no_job(site: Site):
    told = error(
        site, "submit", "Samples/BufferAsync", "Buffer", params={"Distance": "far"}
    )
    assert (told["name"], told["code"]) == ("ArcGISRequestError", 400)
    assert told["message"] == "400: Unable to complete operation."
    details = told["response"]["error"]["details"]
    assert [one.split("'")[1] for one in details] == ["Input_Features", "Distance"]


@pytest.mark.protocol(
    "clients 1.6 errors are HTTP 200", "8.3 codes and texts of errors"
)
@pytest.mark.parametrize(
    ("scenario", "code", "message"),
    [("request", 499, "499: Token Required"), ("token", 498, "498: Invalid Token"),
     ("key", 498, "498: Invalid Token")],
)  # fmt: skip
def test_a_secured_service_wants_a_token(site: Site, scenario, code, message):
    told = error(
        site, scenario, "Private/Buffer", "Buffer", tail="/execute", token="nonsense"
    )
    assert (told["name"], told["code"]) == ("ArcGISAuthError", code)
    assert told["message"] == message


def signed_in(site: Site, **given: Any) -> dict[str, Any]:
    """Return what a manager of this portal's tokens needs."""
    signed = {"username": site.sign_in["username"], "password": site.password}
    return {"signIn": signed, "server": site.root} | given


@pytest.mark.protocol(
    "clients 1.26 no owningSystemUrl", "8.1 token requests of clients"
)
@pytest.mark.parametrize("hide", [False, True], ids=["form", "header"])
def test_a_user_name_and_password_get_a_token_from_the_server_itself(
    site: Site, draw: Draw, hide
):
    points, (distance, metres) = draw.points(), draw.distance()
    done = run(
        site, "session", "Private/Buffer", "Buffer", tail="/execute", hideToken=hide,
        method="GET" if hide else "POST",
        params={"Input_Features": points, "Distance": distance},
        **signed_in(site, portal=site.root),
    )  # fmt: skip
    assert "error" not in done, done
    check_buffers(done["value"]["results"][0]["value"], points, metres)
    assert done["requests"][:2] == [
        "POST /server/rest/info", "POST /server/tokens/generateToken",
    ]  # fmt: skip


@pytest.mark.protocol("clients 1.5 a token is exchanged")
def test_a_token_is_exchanged_for_one_of_the_server(site: Site, draw: Draw):
    points, (distance, metres) = draw.points(), draw.distance()
    done = value(
        site, "session", "Private/Buffer", "Buffer", tail="/execute", refresh=True,
        params={"Input_Features": points, "Distance": distance}, **signed_in(site),
    )  # fmt: skip
    check_buffers(done["results"][0]["value"], points, metres)


def test_a_token_in_hand_opens_the_service(site: Site, draw: Draw):
    points, (distance, metres) = draw.points(), draw.distance()
    form = {**site.sign_in, "f": "json"}
    token = requests.post(site.tokens, form, timeout=30).json()["token"]
    done = value(
        site, "token", "Private/Buffer", "Buffer", tail="/execute", token=token,
        params={"Input_Features": points, "Distance": distance},
    )  # fmt: skip
    check_buffers(done["results"][0]["value"], points, metres)


def test_a_wrong_password_is_told(site: Site):
    wrong = {"username": "analyst", "password": "wrong"}
    told = error(
        site, "session", "Private/Buffer", "Buffer", tail="/execute", refresh=True,
        **signed_in(site, signIn=wrong),
    )  # fmt: skip
    assert told["name"] == "ArcGISTokenRequestError"
    assert "Unable to" in told["message"]


def test_a_job_belongs_to_the_user_of_the_token(site: Site, draw: Draw):
    done = run(
        site, "sessionJob", "Samples/TypesAsync", "Echo",
        params={"In_Features": (points := draw.points())},
        **signed_in(site, portal=site.root),
    )  # fmt: skip
    got = done["value"]["Out_Features"]["value"]["features"]
    assert same_attributes(got, points["features"])
    job = next(one for one in done["requests"] if "/jobs/" in one).split(" ")[1]
    stranger = requests.get(f"{site.address}{job}?f=json", timeout=30).json()
    assert stranger["error"]["details"] == ["Job not found"]


@pytest.mark.protocol("7 upload from arcgis-rest-request")
def test_an_upload_is_the_input_of_a_job(site: Site, draw: Draw):
    text = draw.text()
    done = value(
        site, "upload", "Samples/Files", "ReverseLines",
        service=site.service("Samples/Files"), name="words.txt", text=f"{text}\n",
    )  # fmt: skip
    assert done["item"]["itemName"] == "words.txt"
    assert done["item"]["description"] == "words"
    assert done["text"] == f"{text[::-1]}\n"
