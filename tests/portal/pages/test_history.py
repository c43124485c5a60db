"""The list of jobs: whose they are, what the filters leave, what is done to many."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from jobs.models import Job
from portal.pages.history import PAGE_SIZE

NOON = datetime(2026, 3, 15, 12, tzinfo=UTC)


@pytest.fixture
def reader(owner) -> Client:
    client = Client()
    client.force_login(owner)
    return client


@pytest.fixture
def make(published, owner):
    """Make a finished job of the owner: ``make(title="Lake", status="esriJobFailed")``."""
    service = published("samples.Sleep", "Toys/Sleep", sync=False)

    def made(**values) -> Job:
        usual = {
            "service": service, "service_path": service.path, "task_name": "Sleep",
            "mode": "async", "user": owner, "status": "esriJobSucceeded",
            "submitted_at": NOON, "started_at": NOON,
            "ended_at": NOON + timedelta(seconds=75),
        }  # fmt: skip
        return Job.objects.create(**usual | values)

    return made


def listed(client: Client, **fields: str) -> set[str]:
    return {one.job.title for one in client.get("/jobs/", fields).context["entries"]}


def test_only_one_s_own_jobs_are_listed(make, reader, stranger):
    make(title="mine")
    make(title="theirs", user=stranger)
    make(title="nobody's", user=None)
    assert listed(reader) == {"mine"}


def test_a_stranger_sees_the_jobs_of_the_session(make):
    client = Client()
    url = client.post("/tools/Toys/Sleep/Sleep/", {"Seconds": "0"}).url
    make(title="of another", user=None)
    (entry,) = client.get("/jobs/").context["entries"]
    assert entry.url == url
    assert "Your runs will be listed here." in Client().get("/jobs/").content.decode()


@pytest.mark.parametrize(
    ("fields", "left"),
    [
        ({"state": "failed"}, {"broken"}),
        ({"state": "timed-out"}, {"late"}),
        ({"state": "active"}, {"new"}),
        ({"q": "broken"}, {"broken"}),
        ({"q": "LAKE dry"}, {"broken"}),
        ({"q": "remark"}, {"late"}),
        ({"q": "nothing like it"}, set()),
        ({"tool": "Other/Tools/Buffer"}, {"buffer"}),
        ({"since": "2026-03-16"}, {"new"}),
        ({"until": "2026-03-14"}, {"late"}),
        ({"since": "2026-03-15", "until": "2026-03-15"}, {"broken", "buffer"}),
        ({"pinned": "on"}, {"buffer"}),
        ({"pinned": "on", "state": "failed"}, set()),
    ],
    ids=lambda one: str(sorted(one.items() if isinstance(one, dict) else one)),
)
def test_the_address_narrows_the_list(make, reader, fields, left):
    make(title="broken", status="esriJobFailed", error="the lake is dry")
    make(title="late", status="esriJobTimedOut", note="A Remark",
         submitted_at=NOON - timedelta(days=1))  # fmt: skip
    make(title="new", status="esriJobExecuting", ended_at=None,
         submitted_at=NOON + timedelta(days=1))  # fmt: skip
    make(title="buffer", service_path="Other/Tools", task_name="Buffer", pinned=True)
    assert listed(reader, **fields) == left


@pytest.mark.parametrize(
    ("fields", "name"),
    [({"since": "soon"}, "From"), ({"until": "2026-13-01"}, "Until"),
     ({"state": "lost"}, "State"), ({"q": "x" * 201}, "Text")],
    ids=str,
)  # fmt: skip
def test_a_filter_that_makes_no_sense_is_named(make, reader, fields, name):
    make()
    answer = reader.get("/jobs/", fields)
    assert answer.status_code == 200
    assert f"<li>{name}: " in answer.content.decode()


@pytest.mark.parametrize(
    "fields",
    [{"until": "9999-12-31"}, {"since": "0001-01-01"}, {"tool": "/"}, {"q": "%_"},
     {"q": "\x00"}, {"tool": "\x00"}],
    ids=str,
)  # fmt: skip
def test_whatever_is_asked_for_is_answered(make, reader, fields):
    make()
    assert reader.get("/jobs/", fields).status_code == 200


@pytest.mark.parametrize("page", ["0", "99", "x", "-1"])
def test_any_number_of_a_page_shows_one(make, reader, page):
    make(title="only")
    assert listed(reader, page=page) == {"only"}


def test_a_page_has_fifty_jobs_in_few_queries(make, reader):
    for number in range(PAGE_SIZE + 1):
        make(title=str(number), submitted_at=NOON + timedelta(seconds=number))
    reader.get("/jobs/")
    with CaptureQueriesContext(connection) as asked:
        first = reader.get("/jobs/", {"q": "sleep"})
    assert len(asked) <= 12
    assert len(first.context["entries"]) == PAGE_SIZE == 50
    assert "?q=sleep&amp;page=2" in first.content.decode()
    assert listed(reader, q="sleep", page="2") == {"0"}


def test_a_row_tells_state_duration_reason_and_results(make, reader):
    make(title="done", outputs=[
        {"name": "Lakes", "label": "Lakes found", "dataType": "GPFeatureRecordSetLayer",
         "kind": "features", "file": "Lakes.parquet", "count": 3},
        {"name": "Key", "dataType": "GPStringHidden", "kind": "value", "value": "hush",
         "secret": True}])  # fmt: skip
    make(
        title="gone wrong",
        status="esriJobFailed",
        error="no water in /srv/lakes/a.gpkg",
    )
    text = reader.get("/jobs/").content.decode()
    assert "Lakes found: 3 features" in text
    assert "hush" not in text
    assert "1:15" in text
    assert "No water in a.gpkg." in text


def test_deleting_asks_first(make, reader):
    gone, stays = make(), make()
    sent = {"job": [gone.pk], "action": "delete", "back": "/jobs/?q=sleep"}
    asked = reader.post("/jobs/", sent).content.decode()
    assert "Delete these jobs?" in asked
    assert Job.objects.count() == 2
    answer = reader.post("/jobs/", sent | {"confirmed": "yes"})
    assert answer.url == "/jobs/?q=sleep"
    assert list(Job.objects.all()) == [stays]


def test_cancelling_many_leaves_those_that_have_ended(make, reader):
    waits = make(status="esriJobSubmitted", ended_at=None, started_at=None)
    ended = make()
    reader.post("/jobs/", {"job": [waits.pk, ended.pk], "action": "cancel",
                           "confirmed": "yes"})  # fmt: skip
    states = dict(Job.objects.values_list("pk", "status"))
    assert states == {waits.pk: "esriJobCancelled", ended.pk: "esriJobSucceeded"}


def test_a_job_that_runs_is_cancelled_before_it_is_deleted(make, reader):
    runs = make(status="esriJobExecuting", ended_at=None)
    reader.post("/jobs/", {"job": [runs.pk], "action": "delete", "confirmed": "yes"})
    assert Job.objects.get().status == "esriJobCancelling"


def test_jobs_are_pinned_and_unpinned(make, reader):
    one, two = make(), make()
    reader.post("/jobs/", {"job": [one.pk, two.pk], "action": "pin"})
    assert Job.objects.filter(pinned=True).count() == 2
    reader.post("/jobs/", {"job": [two.pk], "action": "unpin"})
    assert Job.objects.get(pinned=True) == one


@pytest.mark.parametrize("action", ["cancel", "delete", "pin"])
def test_the_jobs_of_others_stay_as_they_are(make, reader, stranger, action):
    theirs = make(user=stranger, status="esriJobSubmitted", ended_at=None)
    reader.post("/jobs/", {"job": [theirs.pk], "action": action, "confirmed": "yes"})
    theirs.refresh_from_db()
    assert (theirs.status, theirs.pinned) == ("esriJobSubmitted", False)


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"action": "explode"},
        {"action": "delete"},
        {"job": "x"},
        {"job": "\x00", "action": "delete"},
    ],
    ids=str,
)
def test_a_form_that_says_nothing_is_answered_by_the_list(make, reader, sent):
    make()
    assert reader.post("/jobs/", sent).url == "/jobs/"
    assert Job.objects.count() == 1


@pytest.mark.parametrize("back", ["https://evil.example/jobs/", "//evil/jobs/", "/x/"])
def test_it_leads_back_to_the_list_and_nowhere_else(make, reader, back):
    sent = {"job": [make().pk], "action": "pin", "back": back}
    assert reader.post("/jobs/", sent).url == "/jobs/"


def test_an_active_list_says_that_it_is(make, reader):
    make()
    assert "data-job-list data-active" not in reader.get("/jobs/").content.decode()
    make(status="esriJobExecuting", ended_at=None, started_at=timezone.now())
    assert "data-job-list data-active" in reader.get("/jobs/").content.decode()
