"""The ArcGIS API for Python: toolboxes, jobs, data frames, tokens; over http, no portal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import requests

from tests.conftest import unavailable
from tests.contract.draw import GEOD, Draw, check_buffers, same_attributes
from tests.contract.site import PYTHON, PythonClient, Site

pytestmark = pytest.mark.contract


class Arcgis:
    """The client, with what the tests ask of its outcomes."""

    def __init__(self, client: PythonClient) -> None:
        self.run = client.run

    def value(self, scenario: str, **given: Any) -> Any:
        """Run a scenario that ends well; return its value."""
        done = self.run(scenario, **given)
        assert "error" not in done, done["error"]
        return done["value"]

    def error(self, scenario: str, **given: Any) -> str:
        """Run a scenario that ends with an exception; return it as text."""
        done = self.run(scenario, **given)
        assert "error" in done, done
        return f"{done['error']['type']}: {done['error']['text']}"


@pytest.fixture(scope="module")
def arcgis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arcgis]:
    """The client in a process of its own."""
    if not PYTHON.exists():
        unavailable("contract", f"{PYTHON} is missing: make contract")
    client = PythonClient(tmp_path_factory.mktemp("arcgis") / "errors.log")
    yield Arcgis(client)
    client.close()


@pytest.mark.protocol(
    "clients 1.2 arcgis POSTs a task", "clients 1.21 names a Python client can use"
)
@pytest.mark.parametrize(
    ("path", "functions"),
    [
        ("Samples/Buffer",
         {"buffer": ["input_features", "distance", "distance_field", "dissolve",
                     "dissolve_fields", "line_side", "line_end_type", "method"]}),
        ("Samples/Slow", {"sleep": ["seconds"], "fail": ["message"]}),
    ],
)  # fmt: skip
def test_a_toolbox_has_a_function_for_each_task(
    site: Site, arcgis: Arcgis, path, functions
):
    done = arcgis.run("describe", url=site.service(path))
    own = ["gis", "future", "estimate"]
    assert done["value"] == {name: [*args, *own] for name, args in functions.items()}
    assert [one.split(" ")[0] for one in done["requests"]] == [
        "GET", *["POST"] * len(functions),
    ]  # fmt: skip


def test_every_toolbox_of_the_samples_can_be_imported(site: Site, arcgis: Arcgis):
    paths = [
        one["name"]
        for folder in ("Samples", "Analysis")
        for one in requests.get(
            f"{site.root}/rest/services/{folder}?f=json", timeout=30
        ).json()["services"]
        if one["type"] == "GPServer"
    ]
    assert len(paths) > 8
    done = arcgis.value("import_all", urls=[site.service(path) for path in paths])
    for path, functions in zip(paths, done, strict=True):
        tasks = requests.get(f"{site.service(path)}?f=json", timeout=30).json()["tasks"]
        assert len(functions) == len(tasks), path


@pytest.mark.protocol("12.8 arcgis follows a job", "6.1 a feature set as output")
@pytest.mark.parametrize("path", ["Samples/Buffer", "Samples/BufferAsync"])
def test_buffers_come_as_a_feature_set(site: Site, arcgis: Arcgis, draw: Draw, path):
    points, (distance, metres) = draw.points(), draw.distance()
    made = arcgis.value(
        "buffer", url=site.service(path), points=points, distance=distance
    )
    assert made["type"] == "FeatureSet"
    check_buffers(made["value"], points, metres)


@pytest.mark.protocol("clients 1.20 a spatially enabled data frame")
def test_a_data_frame_goes_in_and_comes_out(site: Site, arcgis: Arcgis, draw: Draw):
    points, (distance, metres) = draw.points(), draw.distance()
    made = arcgis.value(
        "frame", url=site.service("Samples/Buffer"), points=points, distance=distance
    )
    assert {"name", "size", "SHAPE"} <= set(made["columns"])
    assert made["name"] == [one["attributes"]["name"] for one in points["features"]]
    for [ring], point in zip(made["rings"], points["features"], strict=True):
        x, y = np.array(ring).T
        here = [np.full(len(x), point["geometry"][axis]) for axis in ("x", "y")]
        assert np.abs(GEOD.inv(*here, x, y)[2] - metres).max() < 0.01


def test_a_feature_set_that_was_a_data_frame_may_be_sent(
    site: Site, arcgis: Arcgis, draw: Draw
):
    points, (distance, metres) = draw.points(), draw.distance()
    made = arcgis.value(
        "looked_at", url=site.service("Samples/Buffer"), points=points,
        distance=distance,
    )  # fmt: skip
    check_buffers(made["value"], points, metres)


def test_a_function_called_without_arguments_sends_the_defaults(
    site: Site, arcgis: Arcgis
):
    made = arcgis.value("defaults", url=site.service("Samples/Buffer"), task="buffer")
    assert (made["type"], made["value"]["features"]) == ("FeatureSet", [])


@pytest.mark.protocol(
    "clients 1.10 every declared output is there", "clients 1.11 empty is not given"
)
@pytest.mark.parametrize("path", ["Samples/Types", "Samples/TypesAsync"])
def test_nothing_is_returned_for_what_was_not_given(site: Site, arcgis: Arcgis, path):
    made = arcgis.value("defaults", url=site.service(path), task="echo")
    kinds = Counter(one["type"] for one in made.values())
    assert set(kinds) == {"NoneType", "list", "FeatureSet"}
    assert kinds["FeatureSet"] == 2
    assert kinds["NoneType"] >= 10


@pytest.mark.protocol("clients 1.12 units in any case", "6 value of each data type")
@pytest.mark.parametrize("path", ["Samples/Types", "Samples/TypesAsync"])
def test_a_value_of_every_type_makes_the_round_trip(
    site: Site, arcgis: Arcgis, draw: Draw, path
):
    values = {name.lower(): one for name, one in draw.values().items()}
    values |= {"in_features": draw.points(), "in_table": draw.table()}
    made = arcgis.value("echo", url=site.service(path), values=values)
    got = {name.replace("out_", "in_"): one["value"] for name, one in made.items()}
    # the client spells units anew, in both directions
    got["in_unit"]["units"] = got["in_unit"]["units"].lower()
    values["in_unit"]["units"] = values["in_unit"]["units"].lower()
    for name in ("in_features", "in_table"):
        sent, back = values.pop(name)["features"], got.pop(name)["features"]
        assert same_attributes(back, sent)
        places = [
            [one["geometry"]["x"] for one in features if "geometry" in one]
            for features in (back, sent)
        ]
        assert places[0] == pytest.approx(places[1], rel=1e-12)
    assert {name: got[name] for name in values} == values


def test_a_job_is_followed_while_it_runs(site: Site, arcgis: Arcgis, draw: Draw):
    points, (distance, metres) = draw.points(), draw.distance()
    made = arcgis.value(
        "future", url=site.service("Samples/BufferAsync"), points=points,
        distance=distance,
    )  # fmt: skip
    check_buffers(made["value"]["value"], points, metres)
    assert made["status"] == "esriJobSucceeded"
    texts = [one["description"] for one in made["messages"]]
    assert (texts[0], texts[-1]) == ("Submitted.", "Succeeded.")


@pytest.mark.protocol("5.3 cancel by GET")
def test_a_running_job_is_cancelled(site: Site, arcgis: Arcgis):
    done = arcgis.value("cancel", url=site.service("Samples/Slow"), seconds=600)
    assert (done["done"], done["cancelled"]) == (True, True)
    assert done["messages"][-1]["description"] == "Cancelled."


def test_a_job_that_fails_raises_with_its_reason(
    site: Site, arcgis: Arcgis, draw: Draw
):
    why = draw.text().replace("'", "")  # the client shows the messages as a repr
    text = arcgis.error("fail", url=site.service("Samples/Slow"), message=why)
    assert text.startswith("Exception: Job failed: ")
    assert repr(why.strip())[1:-1] in text


def test_bad_input_raises_with_every_reason(site: Site, arcgis: Arcgis):
    text = arcgis.error(
        "send", url=site.service("Samples/Types"), task="echo",
        arguments={"in_long": "many", "in_choice": "Pink"},
    )  # fmt: skip
    assert text.startswith("Exception: Tool execution failed with response: ")
    assert "'code': 400" in text
    assert "In_Long" in text
    assert "Red, Green, Blue" in text


@pytest.mark.protocol(
    "clients 1.25 arcgis sends referer http", "clients 1.4 discovery below the context"
)
def test_a_secured_service_opens_with_a_user_name_and_password(
    site: Site, arcgis: Arcgis, draw: Draw
):
    points, (distance, metres) = draw.points(), draw.distance()
    done = arcgis.run(
        "secured", url=site.service("Private/Buffer"), points=points,
        distance=distance, sign_in=site.sign_in, tokens=site.root,
    )  # fmt: skip
    assert "error" not in done, done["error"]
    check_buffers(done["value"]["value"], points, metres)
    assert done["requests"].count("POST /server/tokens/generateToken") == 1
    assert not [one for one in done["requests"] if "sharing" in one]


@pytest.mark.protocol("clients 1.7 arcgis asks without end")
@pytest.mark.parametrize("path", ["Private/Buffer", "Samples/Nothing"])
def test_the_portal_outlives_a_client_that_asks_without_end(
    site: Site, arcgis: Arcgis, path
):
    # import_toolbox calls itself for any error of the service; its own limit ends it
    done = arcgis.run("describe", url=site.service(path))
    assert done["error"]["type"] == "RecursionError"
    assert set(done["requests"]) == {f"GET /server/rest/services/{path}/GPServer"}
    answer = requests.get(f"{site.service(path)}?f=json", timeout=10)
    assert answer.json()["error"]["code"] in (404, 499)


@pytest.mark.protocol("7 upload from arcgis", "7 upload in parts from arcgis")
@pytest.mark.parametrize("parts", [1, 3])
def test_an_upload_is_the_input_of_a_job(site: Site, arcgis: Arcgis, draw: Draw, parts):
    texts = [f"{draw.text()}\n" for _ in range(parts)]
    done = arcgis.value(
        "upload", url=site.service("Samples/Files"), name="words.txt", pieces=texts
    )
    assert done["limit"] > 0
    assert done["item"]["itemName"] == "words.txt"
    assert done["item"]["committed"] is True
    assert done["text"] == "".join(f"{text[:-1][::-1]}\n" for text in texts)
    assert done["deleted"]
