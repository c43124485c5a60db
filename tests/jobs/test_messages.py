"""What a job says while somebody follows it."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from jobs.child.context import ERROR, INFORMATIVE, WARNING
from jobs.models import Job
from jobs.queueing.moves import say
from portal.tokens import issue
from tests.conftest import ROOT, Rest
from tests.jobs.claims import claim

SLEEP = "/Toys/Service/GPServer/Sleep"
SPEAK = "/Toys/Service/GPServer/Speak"


@pytest.fixture
def running(rest, published) -> str:
    """The path of a job that runs and has said three things."""
    published("toys.Sleep", sync=False)
    job_id = rest.post(f"{SLEEP}/submitJob", Seconds=0)["jobId"]
    claim(job_id, "one", "host")
    say(job_id, (INFORMATIVE, "first"), (WARNING, "second"))
    return f"{SLEEP}/jobs/{job_id}"


def texts(document) -> list[str]:
    return [one["description"] for one in document["messages"]]


def said(document) -> list[dict[str, str]]:
    """Return the messages as GPServer has them."""
    return [{"type": one["type"], "description": one["description"]}
            for one in document["messages"]]  # fmt: skip


def test_each_answer_has_what_came_since_the_last(rest, running):
    first = rest.get(f"{running}/messages")
    assert texts(first) == ["Submitted.", "first", "second"]
    assert first["messages"][2]["type"] == "esriJobMessageTypeWarning"
    again = rest.get(f"{running}/messages", since=first["since"])
    assert (again["messages"], again["since"]) == ([], first["since"])
    say(running.rpartition("/")[2], (ERROR, "third"))
    last = rest.post(f"{running}/messages", SINCE=first["since"])
    assert texts(last) == ["third"]


def test_an_answer_tells_status_and_progress_and_whether_it_has_ended(rest, running):
    Job.objects.update(progress_percent=40.4, progress_text="Half")
    document = rest.get(f"{running}/messages")
    assert document["jobId"] == running.rpartition("/")[2]
    assert (document["jobStatus"], document["hasEnded"]) == ("esriJobExecuting", False)
    assert document["progress"] == {"type": "step", "message": "Half", "percent": 40}


def test_messages_have_numbers_that_grow_and_times(rest, running):
    told = rest.get(f"{running}/messages")["messages"]
    assert [one["id"] for one in told] == [1, 2, 3]
    submitted = Job.objects.get().submitted_at.timestamp() * 1000
    assert all(abs(one["time"] - submitted) < 60_000 for one in told)


def test_following_a_job_to_its_end_gives_all_that_the_job_document_has(
    rest, published
):
    published("toys.Sleep", sync=False)
    path = rest.run_job(SLEEP, Seconds=0)
    document = rest.get(f"{path}/messages")
    assert said(document) == rest.get(path)["messages"]
    assert (document["jobStatus"], document["hasEnded"]) == ("esriJobSucceeded", True)
    assert "progress" not in document


@pytest.mark.parametrize("level", ["Warning", "None"])
def test_the_level_of_the_service_holds_here_too(rest, published, level):
    published("rows.Speak", sync=False, message_level=level)
    path = rest.run_job(SPEAK)
    assert said(rest.get(f"{path}/messages")) == rest.get(path)["messages"]


@pytest.mark.parametrize("since", ["-1", "1.5", "soon", "9" * 10, "٣"])
def test_what_is_no_number_is_refused_by_name(rest, running, since):
    error = rest.get(f"{running}/messages", since=since)["error"]
    assert (error["code"], "since" in error["details"][0]) == (400, True)


def test_nobody_follows_a_foreign_job(rest, published, owner, stranger):
    published("toys.Sleep", sync=False)
    mine = Rest(issue(owner, 5)[0])
    path = mine.run_job(SLEEP, Seconds=0)
    assert mine.get(f"{path}/messages")["hasEnded"] is True
    for other in (rest, Rest(issue(stranger, 5)[0])):
        assert other.get(f"{path}/messages")["error"]["details"] == ["Job not found"]


def test_a_question_costs_two_queries_beside_finding_the_service(rest, running):
    rest.get(f"{running}/messages")
    with CaptureQueriesContext(connection) as asked:
        rest.get(f"{running}/messages", since=2)
    tables = [query["sql"] for query in asked if "jobs_job" in query["sql"]]
    assert len(tables) == 2


def test_answers_are_not_kept_by_caches(client, running):
    answer = client.get(f"{ROOT}{running}/messages", {"f": "json"})
    assert answer["Cache-Control"] == "no-store"


def test_there_is_a_page_that_leads_on(client, running):
    page = client.get(f"{ROOT}{running}/messages", {"f": "html"}).content.decode()
    assert "second" in page
    assert f'href="{ROOT}{running}/messages?since=3"' in page
