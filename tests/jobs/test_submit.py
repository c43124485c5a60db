"""Jobs over REST: submit, follow, fetch, cancel. Runs happen in this process."""

from __future__ import annotations

import json
import re
import threading
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from jobs.models import Job
from jobs.queueing.moves import move
from jobs.runs import ends, execution
from jobs.status import FINAL, MOVES, JobStatus
from jobs.workers import sweeper
from tests.jobs.claims import claim

SLEEP = "/Toys/Service/GPServer/Sleep"
TWO = "/Toys/Service/GPServer/TwoOutputs"


@pytest.mark.protocol("5.1 jobId and jobStatus of the answer")
def test_the_answer_names_a_job_that_is_stored(rest, published):
    published("toys.Sleep", sync=False)
    answer = rest.post(f"{SLEEP}/submitJob", Seconds=0)
    assert re.fullmatch("j[0-9a-f]{32}", answer["jobId"])
    job = Job.objects.get(pk=answer["jobId"])
    assert (answer["jobStatus"], job.inputs) == ("esriJobSubmitted", {"Seconds": "0"})


@pytest.mark.protocol(
    "5.1 bad parameters are an error and no job", "12.29 error in the request"
)
def test_bad_input_leaves_no_job(rest, published):
    published("toys.Sleep", sync=False)
    answer = rest.post(f"{SLEEP}/submitJob", Seconds="soon")
    assert "Seconds" in answer["error"]["details"][0]
    assert not Job.objects.exists()


@pytest.mark.protocol(
    "5.2 results and inputs once it has succeeded", "5.2 built-in messages"
)
def test_a_finished_job_lists_results_inputs_and_messages(rest, published):
    published("toys.Sleep", sync=False)
    job = rest.get(rest.run_job(SLEEP, Seconds=0))
    assert job["jobStatus"] == "esriJobSucceeded"
    assert job["results"] == {"Out_Text": {"paramUrl": "results/Out_Text"}}
    assert job["inputs"] == {"Seconds": {"paramUrl": "inputs/Seconds"}}
    texts = [one["description"] for one in job["messages"]]
    assert texts == ["Submitted.", "Executing...", "going to sleep", "Succeeded."]


@pytest.mark.protocol("5.5 returnType=data", "5.6 results list")
def test_results_are_fetched_by_their_param_url(rest, published):
    published("toys.TwoOutputs", sync=False)
    path = rest.run_job(TWO)
    first = rest.post(f"{path}/results/First")
    assert first == {"paramName": "First", "dataType": "GPLong", "value": 1}
    second = rest.post(f"{path}/results/Second", outSR=3857, returnType="data")
    assert second["value"]["features"][0]["geometry"]["x"] == pytest.approx(111319.4908)
    both = rest.get(f"{path}/results")
    assert [one["paramName"] for one in both] == ["First", "Second"]


@pytest.mark.protocol(
    "5.6 an input as submitted", "12.6 results and inputs in any case"
)
def test_inputs_come_back_as_they_were_sent(rest, published):
    published("samples.Echo", sync=False)
    path = rest.run_job(
        "/Toys/Service/GPServer/Echo",
        In_Unit='{"distance":5,"units":"esriMiles"}',
        In_Multi='["a","b"]',
        token="",
    )
    assert rest.get(f"{path}/inputs/in_unit")["value"] == {
        "distance": 5, "units": "esriMiles",
    }  # fmt: skip
    assert rest.get(f"{path}/inputs/In_Multi")["value"] == ["a", "b"]


@pytest.mark.protocol("5.6 an input as submitted")
def test_inputs_come_back_typed_however_they_were_written(rest, published):
    service = published("samples.Echo", sync=False)
    service.tasks.get().parameters.filter(name="In_Double").update(default=2.5)
    path = rest.run_job(
        "/Toys/Service/GPServer/Echo",
        In_Boolean="True", In_Unit="5 Miles", In_Longs="1,2", In_Long=" 7 ",
        In_Date="2008-01-01T00:00:00", In_String="5", In_Double="",
    )  # fmt: skip
    inputs = {one["paramName"]: one["value"] for one in rest.get(f"{path}/inputs")}
    assert inputs["In_Boolean"] is True
    assert inputs["In_Unit"] == {"distance": 5, "units": "esriMiles"}
    assert (inputs["In_Longs"], inputs["In_Long"]) == ([1, 2], 7)
    assert inputs["In_Date"] == 1199145600000  # gpserver-rest.md 6.6
    assert (inputs["In_String"], inputs["In_Double"]) == ("5", 2.5)


@pytest.mark.protocol("5.5 outSR")
@pytest.mark.parametrize(
    "asked",
    [
        {"outSR": "3857"},
        {"env__outSR": "3857"},
        {"context": '{"outSR":{"wkid":102100},"processSR":null}'},
    ],
    ids=str,
)
def test_a_result_comes_in_the_reference_that_is_asked_for(rest, published, asked):
    published("toys.TwoOutputs", sync=False)
    result = rest.get(f"{rest.run_job(TWO)}/results/Second", **asked)
    assert result["value"]["spatialReference"]["latestWkid"] == 3857
    # one degree on the equator of the sphere with radius 6378137
    assert result["value"]["features"][0]["geometry"]["x"] == pytest.approx(111319.4908)


def test_a_head_request_starts_and_cancels_nothing(client, rest, published):
    published("toys.Sleep", sync=False)
    root = "/".join(("", settings.CONTEXT, "rest/services"))
    page = client.head(f"{root}{SLEEP}/submitJob")
    assert page.status_code == 200  # the form
    client.head(f"{root}{SLEEP}/submitJob?f=json&Seconds=0")
    assert not Job.objects.exists()
    job = rest.post(f"{SLEEP}/submitJob", Seconds=0)["jobId"]
    client.head(f"{root}{SLEEP}/jobs/{job}/cancel?f=json")
    assert Job.objects.get().status == JobStatus.SUBMITTED


def test_a_large_input_is_a_file_and_gives_the_same_result(rest, published):
    published("samples.Echo", sync=False, maximum_records=10_000)
    features = [{"geometry": {"x": i / 100, "y": 1}, "attributes": {"n": i}}
                for i in range(5000)]  # fmt: skip
    sent = {"geometryType": "esriGeometryPoint", "spatialReference": {"wkid": 4326},
            "features": features}  # fmt: skip
    path = rest.run_job("/Toys/Service/GPServer/Echo", In_Features=json.dumps(sent))
    value = rest.get(f"{path}/results/Out_Features")["value"]
    assert value["features"] == features
    assert rest.get(f"{path}/inputs/In_Features")["value"] == sent


@pytest.mark.protocol("0.1 files of jobs", "6.4 a file is served")
def test_a_file_output_has_a_url_that_serves_it(rest, published):
    published("toys.WriteFile", sync=False)
    path = rest.run_job("/Toys/Service/GPServer/WriteFile", Text="hello")
    url = rest.get(f"{path}/results/Out_File")["value"]["url"]
    response = rest.client.get(url)
    assert b"".join(response.streaming_content) == b"hello"


@pytest.mark.protocol("5.2 messages of a failed job", "12.29 error in the job")
def test_a_failed_job_says_why_and_has_no_results(rest, published):
    published("toys.Fail", sync=False)
    path = rest.run_job("/Toys/Service/GPServer/Fail")
    job = rest.get(path)
    assert (job["jobStatus"], "results" in job) == ("esriJobFailed", False)
    errors = [
        one["description"] for one in job["messages"] if one["type"].endswith("Error")
    ]
    assert errors == ["no feature has an area above 0", "Failed."]


def test_a_job_that_crashes_twice_ends_as_failed(rest, published):
    published("toys.Segfault", sync=False)
    path = rest.run_job("/Toys/Service/GPServer/Segfault")
    assert Job.objects.get().attempt == 2
    job = rest.get(path)
    assert job["jobStatus"] == "esriJobFailed"
    assert "signal 11" in job["messages"][-2]["description"]


@pytest.mark.protocol("5.3 cancel of a waiting job")
def test_a_waiting_job_is_cancelled_at_once(rest, published):
    published("toys.Sleep", sync=False)
    answer = rest.post(f"{SLEEP}/submitJob", Seconds=0)
    path = f"{SLEEP}/jobs/{answer['jobId']}"
    assert rest.get(f"{path}/cancel")["jobStatus"] == "esriJobCancelled"
    execution.run(answer["jobId"])
    assert rest.get(path)["jobStatus"] == "esriJobCancelled"


@pytest.mark.protocol("5.3 cancel of a finished job")
def test_a_finished_job_is_not_cancelled_any_more(rest, published):
    published("toys.Sleep", sync=False)
    path = rest.run_job(SLEEP, Seconds=0)
    assert rest.get(f"{path}/cancel")["jobStatus"] == "esriJobSucceeded"


@pytest.mark.protocol(
    "5.3 cancelling, then cancelled",
    "12.25 code that nothing interrupts is cancelled too",
)
@pytest.mark.django_db(transaction=True)
def test_a_running_job_inside_geos_is_cancelled(rest, published):
    published("toys.Grind", sync=False)
    answer = rest.post("/Toys/Service/GPServer/Grind/submitJob")
    path = f"/Toys/Service/GPServer/Grind/jobs/{answer['jobId']}"
    worker = threading.Thread(target=run_in_thread, args=[answer["jobId"]])
    worker.start()
    while rest.get(path)["jobStatus"] != "esriJobExecuting":
        worker.join(0.05)
    assert rest.get(f"{path}/cancel")["jobStatus"] == "esriJobCancelling"
    worker.join(30)
    assert rest.get(path)["jobStatus"] == "esriJobCancelled"


def run_in_thread(job_id: str) -> None:
    try:
        execution.run(job_id)
    finally:
        connection.close()


def test_a_foreign_job_is_not_there(rest, published, owner, stranger):
    from portal.tokens import issue
    from tests.conftest import Rest

    published("toys.Sleep", sync=False)
    mine = Rest(issue(owner, 5)[0])
    path = mine.run_job(SLEEP, Seconds=0)
    for other in (rest, Rest(issue(stranger, 5)[0])):
        refused = {"code": 400, "message": "Invalid URL", "details": ["Job not found"]}
        assert other.get(path)["error"] == refused
        assert other.get(f"{path}/results/Out_Text")["error"] == refused
    assert mine.get(path)["jobStatus"] == "esriJobSucceeded"


def test_the_queue_of_a_service_is_bounded(rest, published):
    published("toys.Sleep", sync=False, max_queued=1)
    rest.post(f"{SLEEP}/submitJob", Seconds=0)
    response = rest.raw(f"{SLEEP}/submitJob", Seconds=0)
    assert "queue" in response.json()["error"]["message"]
    assert response["Retry-After"] == "10"


def test_only_one_worker_gets_a_job(rest, published):
    published("toys.Sleep", sync=False)
    job_id = rest.post(f"{SLEEP}/submitJob", Seconds=0)["jobId"]
    assert claim(job_id, "one", "host").attempt == 1
    assert claim(job_id, "two", "host") is None


def test_a_worker_of_an_old_attempt_cannot_end_a_job(rest, published):
    published("toys.Sleep", sync=False)
    job = claim(rest.post(f"{SLEEP}/submitJob", Seconds=0)["jobId"], "one", "host")
    ends.put_back(job, "lost")
    new = claim(job.pk, "two", "host")
    assert not move(job.pk, JobStatus.SUCCEEDED, fence=job)
    assert move(job.pk, JobStatus.SUCCEEDED, fence=new)


def test_the_sweep_takes_back_a_lapsed_job_and_rings(rest, published, silent_queue):
    published("toys.Sleep", sync=False)
    job = claim(rest.post(f"{SLEEP}/submitJob", Seconds=0)["jobId"], "one", "host")
    past = timezone.now() - timedelta(seconds=1)
    Job.objects.filter(pk=job.pk).update(lease_until=past, submitted_at=past)
    sweeper.take_back_lapsed()
    job.refresh_from_db()
    assert (job.status, job.attempt) == ("esriJobSubmitted", 1)


def test_the_sweep_fails_a_job_that_was_lost_twice(rest, published):
    published("toys.Sleep", sync=False)
    job = claim(rest.post(f"{SLEEP}/submitJob", Seconds=0)["jobId"], "one", "host")
    past = timezone.now() - timedelta(seconds=1)
    Job.objects.filter(pk=job.pk).update(lease_until=past, attempt=2)
    sweeper.take_back_lapsed()
    job.refresh_from_db()
    assert (job.status, job.error) == (
        "esriJobFailed",
        "the worker was lost in 2 attempts",
    )


def test_the_sweep_rings_again_for_a_lost_ring(rest, published, silent_queue):
    published("toys.Sleep", sync=False)
    job_id = rest.post(f"{SLEEP}/submitJob", Seconds=0)["jobId"]
    Job.objects.update(submitted_at=timezone.now() - timedelta(minutes=1))
    silent_queue.clear()
    sweeper.sweep()
    assert silent_queue == [job_id]


@pytest.mark.protocol("5.4 jobs go with their files after a while")
def test_old_jobs_go_with_their_files(rest, published):
    published("toys.WriteFile", sync=False, keep_jobs_hours=1)
    rest.run_job("/Toys/Service/GPServer/WriteFile", Text="x")
    job = Job.objects.get()
    assert job.results_folder.is_dir()
    Job.objects.update(ended_at=timezone.now() - timedelta(hours=2))
    sweeper.sweep()
    assert not Job.objects.exists()
    assert not job.folder.exists()


@pytest.mark.protocol("5.4 a job stays for six hours unless it is said otherwise")
def test_a_job_outlives_the_pause_of_its_client(rest, published):
    published("toys.WriteFile", sync=False)
    path = rest.run_job("/Toys/Service/GPServer/WriteFile", Text="x")
    # 360 minutes, the age that ArcGIS gives the files of jobs
    Job.objects.update(ended_at=timezone.now() - timedelta(minutes=360))
    sweeper.sweep()
    assert "url" in rest.get(f"{path}/results/Out_File")["value"]


def test_a_job_keeps_the_service_as_it_was_accepted(rest, published):
    service = published("toys.Sleep", sync=False)
    answer = rest.post(f"{SLEEP}/submitJob", Seconds=1)
    service.tasks.get().parameters.filter(name="Seconds").update(maximum=0.5)
    service.save()
    execution.run(answer["jobId"])
    assert (
        rest.get(f"{SLEEP}/jobs/{answer['jobId']}")["jobStatus"] == "esriJobSucceeded"
    )


@pytest.mark.parametrize("status", list(JobStatus), ids=str)
@pytest.mark.parametrize("target", list(JobStatus), ids=str)
def test_a_job_moves_only_along_the_table(status, target, published):
    service = published("toys.Sleep", sync=False)
    job = Job.objects.create(
        service=service, service_path="x", task_name="y", mode="async", status=status,
        submitted_at=timezone.now(),
    )  # fmt: skip
    assert move(job.pk, target) == (target in MOVES[status])
    job.refresh_from_db()
    assert job.status == (target if target in MOVES[status] else status)


def test_no_final_state_can_be_left():
    assert {status for status in JobStatus if not MOVES[status]} == FINAL
