"""Sections 4 and 5: execute, submitJob, jobs, cancel, results, inputs."""

from __future__ import annotations

import json

import pytest

from jobs.models import Job
from jobs.queueing.moves import move
from jobs.runs import execution
from jobs.status import JobStatus
from tests.conftest import ROOT

ECHO = "/Toys/Service/GPServer/Echo"
SPEAK = "/Toys/Service/GPServer/Speak"
TWO = "/Toys/Service/GPServer/TwoOutputs"
INVALID = (400, "Invalid URL")


def points(count: int, wkid: int = 4326) -> str:
    """Return a set of that many points, and rows for a table."""
    features = [{"geometry": {"x": i, "y": i}, "attributes": {"n": i}}
                for i in range(count)]  # fmt: skip
    return json.dumps({"geometryType": "esriGeometryPoint", "features": features,
                       "spatialReference": {"wkid": wkid}})  # fmt: skip


def values(answer):
    assert "results" in answer, answer
    return {one["paramName"]: one["value"] for one in answer["results"]}


def told(answer) -> tuple[int, str]:
    return answer["error"]["code"], answer["error"]["message"]


@pytest.mark.protocol("4 exceededTransferLimit is always there")
@pytest.mark.protocol("4 transfer limit with maximumRecords 0 and 1", "10.2 0 is never")
@pytest.mark.parametrize(
    ("most", "count", "is_over"),
    [(0, 0, False), (0, 1, True), (1, 0, False), (1, 1, False), (1, 2, True)],
)
@pytest.mark.parametrize("sync", [True, False], ids=["execute", "result"])
def test_above_the_limit_there_is_no_feature_and_a_flag(
    rest, published, most, count, is_over, sync
):
    published("samples.Echo", maximum_records=most, sync=sync)
    form = {"In_Features": points(count), "In_Table": points(count)}
    if sync:
        found = values(rest.post(f"{ECHO}/execute", **form))
    else:
        found = values({"results": rest.get(f"{rest.run_job(ECHO, **form)}/results")})
    for name in ("Out_Features", "Out_Table"):
        assert found[name]["exceededTransferLimit"] is is_over
        assert len(found[name]["features"]) == (0 if is_over else count)
        assert "fields" in found[name]


@pytest.mark.protocol("4 messages are always there", "10.2 showMessages")
@pytest.mark.parametrize(
    ("level", "kinds"),
    [("None", []), ("Error", []), ("Warning", ["Warning"]),
     ("Info", ["Informative"] * 3 + ["Warning", "Informative"])],
)  # fmt: skip
def test_messages_are_an_array_at_every_level(rest, published, level, kinds):
    published("rows.Speak", message_level=level)
    answer = rest.post(f"{SPEAK}/execute")
    assert answer["results"] == []
    given = [one["type"].removeprefix("esriJobMessageType")
             for one in answer["messages"]]  # fmt: skip
    assert given == kinds


@pytest.mark.protocol("12.27 messages may be JSON or numbers")
def test_messages_pass_as_the_tool_says_them(rest, published):
    published("rows.Speak", sync=False)
    texts = [one["description"] for one in rest.get(rest.run_job(SPEAK))["messages"]]
    assert texts == [
        "Submitted.", "Executing...", '{"messageCode": "AB_1", "cost": 0.5}', "42",
        "plain", "odd", "Succeeded.",
    ]  # fmt: skip


@pytest.mark.protocol("4 simplifyFeatures", "5.1 simplifyFeatures")
@pytest.mark.parametrize("sync", [True, False], ids=["execute", "submitJob"])
@pytest.mark.parametrize(
    ("asked", "rings"), [({}, 2), ({"simplifyFeatures": "False"}, 1)], ids=["", "off"]
)
def test_a_bow_tie_is_made_two_triangles_unless_it_is_wanted(
    rest, published, sync, asked, rings
):
    published("samples.Echo", sync=sync)
    tie = [[0, 0], [2, 2], [2, 0], [0, 2], [0, 0]]
    sent = {"features": [{"geometry": {"rings": [tie]}}],
            "geometryType": "esriGeometryPolygon",
            "spatialReference": {"wkid": 102100}}  # fmt: skip
    form = {"In_Features": json.dumps(sent)} | asked
    if sync:
        found = values(rest.post(f"{ECHO}/execute", **form))["Out_Features"]
    else:
        path = rest.run_job(ECHO, **form)
        found = rest.get(f"{path}/results/Out_Features")["value"]
    assert len(found["features"][0]["geometry"]["rings"]) == rings


@pytest.mark.protocol("5.1 env:outSR, returnZ and returnM with submitJob")
def test_what_was_asked_with_the_job_holds_for_its_results(rest, published):
    published("samples.Echo", sync=False)
    point = {"x": 1, "y": 2, "z": 3, "m": 4}
    sent = {"features": [{"geometry": point}], "hasZ": True, "hasM": True,
            "geometryType": "esriGeometryPoint",
            "spatialReference": {"wkid": 4326}}  # fmt: skip
    path = rest.run_job(
        ECHO, In_Features=json.dumps(sent), returnZ="True", returnM="True",
        env__outSR="102100",
    )  # fmt: skip
    found = rest.get(f"{path}/results/Out_Features")["value"]
    assert found["spatialReference"]["wkid"] == 102100
    assert set(found["features"][0]["geometry"]) == {"x", "y", "z", "m"}


@pytest.mark.protocol("5.1 context with submitJob")
def test_a_context_holds_for_a_job(rest, published):
    published("samples.Echo", sync=False)
    box = {"xmin": -1, "ymin": -1, "xmax": 1.5, "ymax": 1.5,
           "spatialReference": {"wkid": 4326}}  # fmt: skip
    context = json.dumps({"extent": box, "outSR": {"wkid": 102100}})
    path = rest.run_job(ECHO, In_Features=points(4), context=context)
    found = rest.get(f"{path}/results/Out_Features")["value"]
    assert [one["attributes"]["n"] for one in found["features"]] == [0, 1]
    assert found["spatialReference"]["wkid"] == 102100


@pytest.mark.protocol("5.1 submitJob is for asynchronous services")
def test_a_synchronous_service_refuses_submit_job(rest, published):
    published("rows.Speak")
    answer = rest.post(f"{SPEAK}/submitJob")
    assert told(answer) == (400, "Unable to complete operation.")
    assert "execute" in answer["error"]["details"][0]


@pytest.mark.protocol("5.2 results of a task without outputs")
def test_a_job_without_outputs_has_empty_results(rest, published):
    published("rows.Speak", sync=False)
    path = rest.run_job(SPEAK)
    job = rest.get(path)
    assert (job["results"], job["inputs"]) == ({}, {})
    assert rest.get(f"{path}/results") == rest.get(f"{path}/inputs") == []


@pytest.mark.protocol("5.2 progress", "5.2 messages only grow", "5.2 no times")
def test_progress_and_messages_while_a_job_runs(rest, published):
    published("samples.Echo", sync=False)
    job_id = rest.post(f"{ECHO}/submitJob")["jobId"]
    path = f"{ECHO}/jobs/{job_id}"
    waiting = rest.get(path)
    assert "progress" not in waiting
    assert move(job_id, JobStatus.EXECUTING)
    first = rest.get(path)
    assert first["progress"] == {"type": "default", "message": "Executing..."}
    Job.objects.filter(pk=job_id).update(progress_percent=40.4, progress_text="Half")
    assert rest.get(path)["progress"] == {
        "type": "step", "message": "Half", "percent": 40,
    }  # fmt: skip
    assert first["messages"][: len(waiting["messages"])] == waiting["messages"]
    assert not [key for key in first if "time" in key.lower()]


@pytest.mark.protocol("5.2 returnMessages")
@pytest.mark.parametrize("name", ["returnMessages", "returnmessages", "RETURNMESSAGES"])
@pytest.mark.parametrize(
    ("text", "there"),
    [("true", True), ("TRUE", True), ("", True), ("false", False), ("FALSE", False)],
)
def test_messages_are_left_out_on_demand(rest, published, name, text, there):
    published("rows.Speak", sync=False)
    path = f"{SPEAK}/jobs/{rest.post(f'{SPEAK}/submitJob')['jobId']}"
    assert ("messages" in rest.post(path, **{name: text})) is there


@pytest.mark.protocol("5.2 pjson of a job")
def test_a_job_is_indented_on_demand(client, rest, published):
    published("rows.Speak", sync=False)
    path = rest.run_job(SPEAK)
    answer = client.get(ROOT + path, {"f": "pjson"})
    assert answer.content.startswith(b'{\n  "jobId": "')


@pytest.mark.protocol("5.2 an unknown job", "5.3 cancel of an unknown job")
@pytest.mark.parametrize("tail", ["", "/cancel", "/results", "/results/A", "/inputs"])
@pytest.mark.parametrize("job", ["j0", "j" + "0" * 32, "undefined", "%20"])
def test_a_job_that_is_not_there_is_an_invalid_url(rest, published, job, tail):
    published("rows.Speak", sync=False)
    answer = rest.get(f"{SPEAK}/jobs/{job}{tail}")
    assert told(answer) == INVALID
    assert answer["error"]["details"]


@pytest.mark.protocol("5.5 an unknown result", "5.6 an unknown input")
@pytest.mark.parametrize("tail", ["results/undefined", "inputs/undefined", "nothing"])
def test_what_a_job_has_not_is_an_invalid_url(rest, published, tail):
    published("rows.Speak", sync=False)
    assert told(rest.get(f"{rest.run_job(SPEAK)}/{tail}")) == INVALID


_ENDS = [
    ("rows.Speak", "esriJobSucceeded"),
    ("toys.Fail", "esriJobFailed"),
]


@pytest.mark.protocol("5.3 cancel of a finished job", "5.3 cancel once more")
@pytest.mark.parametrize(("tool", "status"), _ENDS)
@pytest.mark.parametrize("method", ["get", "post"])
def test_cancel_of_a_finished_job_answers_the_job_as_it_is(
    rest, published, tool, status, method
):
    published(tool, sync=False)
    path = rest.run_job(f"/Toys/Service/GPServer/{tool.partition('.')[2]}")
    before = rest.get(path)
    assert before["jobStatus"] == status
    for _ in range(2):
        assert getattr(rest, method)(f"{path}/cancel") == before
    assert rest.get(path) == before


@pytest.mark.protocol(
    "5.3 cancel once more", "12.10 JS rejects a cancel that goes back"
)
def test_a_cancelled_job_stays_cancelled(rest, published):
    published("rows.Speak", sync=False)
    job_id = rest.post(f"{SPEAK}/submitJob")["jobId"]
    path = f"{SPEAK}/jobs/{job_id}"
    answers = [rest.post(f"{path}/cancel", id=job_id) for _ in range(2)]
    execution.run(job_id)
    answers.append(rest.get(path))
    assert {one["jobStatus"] for one in answers} == {"esriJobCancelled"}
    assert "results" not in answers[-1]


@pytest.mark.protocol("5.6 lists of a job that did not succeed")
@pytest.mark.parametrize("state", ["waiting", "failed", "cancelled"])
def test_the_lists_of_a_job_without_success_can_be_read(rest, published, state):
    published("samples.Fail", sync=False)
    task = "/Toys/Service/GPServer/Fail"
    job_id = rest.post(f"{task}/submitJob", Message="why")["jobId"]
    path = f"{task}/jobs/{job_id}"
    if state == "failed":
        execution.run(job_id)
    elif state == "cancelled":
        rest.get(f"{path}/cancel")
    assert rest.get(f"{path}/results") == []
    given = [{"paramName": "Message", "dataType": "GPString", "value": "why"}]
    assert rest.get(f"{path}/inputs") == given
    assert rest.get(f"{path}/inputs/Message") == given[0]


@pytest.mark.protocol("5.5 a result of a job that failed")
def test_a_result_of_a_failed_job_tells_the_reason(rest, published):
    published("toys.Fail", sync=False)
    path = rest.run_job("/Toys/Service/GPServer/Fail")
    answer = rest.get(f"{path}/results/Out_Text")
    assert told(answer) == (400, "Unable to complete operation.")
    assert answer["error"]["details"] == ["no feature has an area above 0"]


@pytest.mark.protocol("5.5 returnColumnName")
def test_options_may_be_asked_with_the_result(rest, published):
    published("samples.Echo", sync=False)
    path = rest.run_job(ECHO, In_ValueTable='[["a",1.5,null]]')
    plain = rest.get(f"{path}/results/Out_ValueTable")["value"]
    named = rest.get(f"{path}/results/Out_ValueTable", returnColumnName="true")["value"]
    assert (plain[0][0], next(iter(named[0].values()))) == ("a", "a")
    assert isinstance(named[0], dict)


@pytest.mark.protocol("5.5 export parameters without a result map service are ignored")
def test_export_parameters_do_not_harm_a_result(rest, published):
    published("toys.TwoOutputs", sync=False)
    path = rest.run_job(TWO)
    image = {"dpi": 96, "format": "png", "transparent": "true", "size": "400,400",
             "bbox": "0,0,1,1", "bboxSR": 4326, "imageSR": 4326}  # fmt: skip
    found = rest.get(f"{path}/results/Second", **image)
    assert found == rest.get(f"{path}/results/Second")


@pytest.mark.protocol("5.5 f=pjson and f=html", "5.5 GET and POST")
def test_a_result_comes_as_json_pjson_and_page(client, rest, published):
    published("samples.Echo", sync=False)
    url = f"{ROOT}{rest.run_job(ECHO, In_Long=7)}/results/Out_Long"
    plain = client.post(url, {"f": "json"}).json()
    assert plain == {"paramName": "Out_Long", "dataType": "GPLong", "value": 7}
    for ask in (client.get, client.post):
        pretty = ask(url, {"f": "pjson"})
        assert pretty.json() == plain
        assert pretty.content.startswith(b'{\n  "paramName"')
        assert b"Out_Long" in ask(url, {"f": "html"}).content


@pytest.mark.protocol("5.6 formats of the lists")
@pytest.mark.parametrize("tail", ["results", "inputs"])
def test_lists_come_as_json_pjson_and_page(client, rest, published, tail):
    published("samples.Echo", sync=False)
    url = f"{ROOT}{rest.run_job(ECHO, In_Long=7)}/{tail}"
    texts = {
        name: client.get(url, {"f": name}).content for name in ("json", "pjson", "html")
    }
    assert json.loads(texts["json"]) == json.loads(texts["pjson"])
    assert texts["pjson"].startswith(b"[\n")
    assert b"Long" in texts["html"]


@pytest.mark.protocol("4 f=pjson and f=html")
def test_execute_answers_indented_and_as_a_page(client, published):
    published("samples.Echo")
    url, form = f"{ROOT}{ECHO}/execute", {"In_Long": "7"}
    pretty = client.post(url, form | {"f": "pjson"})
    assert pretty.content.startswith(b'{\n  "results": [\n')
    assert (
        client.post(url, form | {"f": "json"}).json()["results"]
        == (pretty.json()["results"])
    )
    html = client.post(url, form).content.decode()
    assert "Out_Long" in html
    assert "<h2>Messages:</h2>" in html
