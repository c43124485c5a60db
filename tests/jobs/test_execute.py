"""Synchronous runs over REST."""

from __future__ import annotations

import json

import pytest

from jobs.models import Job

POINT = json.dumps(
    {
        "geometryType": "esriGeometryPoint",
        "spatialReference": {"wkid": 4326},
        "features": [{"geometry": {"x": 25.0, "y": 60.0}, "attributes": {"name": "a"}}],
    }
)


@pytest.mark.protocol("4 order of results", "4 types of messages")
def test_results_come_in_task_order_with_messages(rest, published):
    published("toys.TwoOutputs")
    answer = rest.post("/Toys/Service/GPServer/TwoOutputs/execute")
    assert [one["paramName"] for one in answer["results"]] == ["First", "Second"]
    kinds = [
        one["type"].removeprefix("esriJobMessageType") for one in answer["messages"]
    ]
    assert kinds == ["Informative", "Warning", "Informative"]


def test_a_run_leaves_one_record(rest, published, owner):
    published("toys.TwoOutputs")
    rest.post("/Toys/Service/GPServer/TwoOutputs/execute")
    job = Job.objects.get()
    assert (job.status, job.mode, job.task_name) == (
        "esriJobSucceeded", "sync", "TwoOutputs",
    )  # fmt: skip


@pytest.mark.protocol("4 failure of execute", "8.3 400 of bad parameters")
def test_bad_input_names_every_parameter_and_leaves_no_record(rest, published):
    published("samples.Echo")
    answer = rest.post(
        "/Toys/Service/GPServer/Echo/execute",
        In_Long="x",
        In_Unit="5 parsecs",
        env__outSR="abc",
    )
    assert answer["error"]["code"] == 400
    text = " ".join(answer["error"]["details"])
    assert all(name in text for name in ("In_Long", "In_Unit", "env:outSR"))
    assert not Job.objects.exists()


@pytest.mark.protocol("4 failure of execute", "8.3 400 of a task that failed")
def test_a_failure_of_the_tool_is_its_own_sentence(rest, published):
    published("toys.Fail")
    answer = rest.post("/Toys/Service/GPServer/Fail/execute")
    assert answer["error"]["details"] == ["no feature has an area above 0"]
    assert Job.objects.get().error == "no feature has an area above 0"


@pytest.mark.protocol("8.3 500 of a fault")
def test_a_bug_of_the_tool_stays_inside(rest, published):
    published("toys.RaiseError")
    response = rest.raw("/Toys/Service/GPServer/RaiseError/execute")
    assert response.json()["error"]["code"] == 500
    assert b"secret" not in response.content


def test_a_crash_is_an_error_and_the_next_run_works(rest, published):
    published("toys.Segfault")
    published("toys.TwoOutputs")
    crashed = rest.post("/Toys/Service/GPServer/Segfault/execute")
    assert "signal 11" in crashed["error"]["details"][0]
    assert rest.post("/Toys/Service/GPServer/TwoOutputs/execute")["results"]


def test_an_exit_of_the_process_is_an_error(rest, published):
    published("toys.Vanish")
    answer = rest.post("/Toys/Service/GPServer/Vanish/execute")
    assert "exit code 3" in answer["error"]["details"][0]


def test_the_memory_limit_holds(rest, published):
    published("toys.Hoard", max_memory_mb=512)
    answer = rest.post("/Toys/Service/GPServer/Hoard/execute", Megabytes=2000)
    assert "limit of 512 MB" in answer["error"]["details"][0]
    small = rest.post("/Toys/Service/GPServer/Hoard/execute", Megabytes=10)
    assert small["results"][0]["value"] == str(10 * 2**17)


def test_the_time_limit_holds_inside_one_call_of_geos(rest, published):
    published("toys.Grind", max_run_seconds=1)
    answer = rest.post("/Toys/Service/GPServer/Grind/execute")
    assert answer["error"]["details"] == ["the time limit of 1 s was reached"]
    assert Job.objects.get().status == "esriJobTimedOut"


@pytest.mark.protocol(
    "4 env:outSR as number and JSON",
    "6.1 spatialReference keeps wkid and has latestWkid",
)
def test_out_sr_moves_the_result(rest, published):
    published("samples.Echo")
    answer = rest.post(
        "/Toys/Service/GPServer/Echo/execute", In_Features=POINT, env__outSR="102100"
    )
    value = next(x for x in answer["results"] if x["paramName"] == "Out_Features")[
        "value"
    ]
    # Web Mercator: x = R λ; y = R ln tan(π/4 + φ/2), R = 6378137 m (EPSG 3857)
    point = value["features"][0]["geometry"]
    assert (point["x"], point["y"]) == pytest.approx((2782987.26983, 8399737.88982))
    assert value["spatialReference"] == {"wkid": 102100, "latestWkid": 3857}


@pytest.mark.protocol(
    "4 transfer limit",
    "6.1 exceededTransferLimit",
    "12.3 an empty list beyond the limit",
)
def test_too_many_records_answer_none(rest, published):
    published("samples.Echo", maximum_records=1)
    two = json.loads(POINT)
    two["features"] *= 2
    answer = rest.post(
        "/Toys/Service/GPServer/Echo/execute", In_Features=json.dumps(two)
    )
    value = next(x for x in answer["results"] if x["paramName"] == "Out_Features")[
        "value"
    ]
    assert (value["features"], value["exceededTransferLimit"]) == ([], True)


def test_a_large_form_travels_by_file_and_comes_back(rest, published):
    published("samples.Echo", maximum_records=50_000)
    many = json.loads(POINT)
    many["features"] = [
        {"geometry": {"x": i / 1000, "y": 1.5}, "attributes": {"name": f"ä{i}"}}
        for i in range(20_000)
    ]
    response = rest.raw(
        "/Toys/Service/GPServer/Echo/execute", In_Features=json.dumps(many)
    )
    body = b"".join(response.streaming_content)
    value = next(
        x for x in json.loads(body)["results"] if x["paramName"] == "Out_Features"
    )["value"]
    assert value["features"] == many["features"]


@pytest.mark.protocol("4 execute is for synchronous services")
def test_an_asynchronous_service_refuses_execute(rest, published):
    published("toys.Fail", sync=False)
    answer = rest.post("/Toys/Service/GPServer/Fail/execute")
    assert "submitJob" in answer["error"]["details"][0]


@pytest.mark.protocol("6.7 GPMultiValue as repeated names")
def test_a_repeated_name_is_a_list_where_a_list_is_wanted(rest, published):
    published("samples.Echo")
    response = rest.client.post(
        "/server/rest/services/Toys/Service/GPServer/Echo/execute",
        "f=json&In_Multi=a&In_Multi=b",
        content_type="application/x-www-form-urlencoded",
    )
    results = {one["paramName"]: one["value"] for one in response.json()["results"]}
    assert results["Out_Multi"] == ["a", "b"]


def test_an_example_outside_softer_bounds_is_not_shown(rest, published):
    service = published("samples.Sleep")
    service.tasks.get().parameters.filter(name="Seconds").update(maximum=1)
    service.save()
    task = rest.get("/Toys/Service/GPServer/Sleep")
    assert task["parameters"][0]["defaultValue"] is None
