"""The job list: filters in the URL, saved filters, and what is done to many jobs."""

from __future__ import annotations

import csv
import html
import io
import re
from datetime import timedelta
from xml.etree import ElementTree

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from jobs.admin.batches import do_to_each
from jobs.child.context import INFORMATIVE, WARNING
from jobs.models import Job, SavedFilter, Worker
from jobs.queueing.moves import say
from jobs.queueing.policy import take
from jobs.runs import execution
from jobs.status import JobStatus
from tests.jobs.adminlist import LIST, NOW, found, run, told

STATES = {
    "active": {JobStatus.SUBMITTED, JobStatus.EXECUTING, JobStatus.CANCELLING},
    "running": {JobStatus.EXECUTING, JobStatus.CANCELLING},
    "queued": {JobStatus.SUBMITTED},
    "ended": {JobStatus.FAILED, JobStatus.TIMED_OUT, JobStatus.CANCELLED,
              JobStatus.SUCCEEDED},
    "failed": {JobStatus.FAILED},
    "timed_out": {JobStatus.TIMED_OUT},
    "cancelled": {JobStatus.CANCELLED},
    "succeeded": {JobStatus.SUCCEEDED},
}  # fmt: skip


def staff(name, *codenames):
    """Return a client of a member of the staff with some permissions."""
    user = User.objects.create_user(name, is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    client = Client()
    client.force_login(user)
    return client


# --- Filters --------------------------------------------------------------------------


@pytest.mark.parametrize("state", STATES)
def test_a_state_stands_for_its_statuses(admin_client, make, state):
    for status in JobStatus:
        make(status)
    assert {
        Job.objects.get(pk=pk).status for pk in found(admin_client, state=state)
    } == (STATES[state])


def test_failures_are_told_apart_by_whether_they_are_repaired(admin_client, make):
    failed, late = make(JobStatus.FAILED), make(JobStatus.TIMED_OUT)
    repaired = make(JobStatus.FAILED, repaired_at=NOW)
    make(JobStatus.SUCCEEDED)
    assert found(admin_client, repaired="no") == {failed.pk, late.pk}
    assert found(admin_client, repaired="yes") == {repaired.pk}
    assert found(admin_client, repaired="no", state="failed") == {failed.pk}


def test_a_period_and_days_bound_the_time_of_submission(admin_client, make):
    ages = {"1h": 0.5, "24h": 20, "7d": 100, "30d": 500, None: 5000}
    jobs = {period: make(submitted_at=NOW - timedelta(hours=hours)).pk
            for period, hours in ages.items()}  # fmt: skip
    periods = [one for one in ages if one]
    for count, period in enumerate(periods, 1):
        expected = {jobs[one] for one in periods[:count]}
        assert found(admin_client, period=period) == expected
    day = f"{NOW - timedelta(hours=100):%Y-%m-%d}"
    assert found(admin_client, since=day, until=day) == {jobs["7d"]}
    assert found(admin_client, until=day) == {jobs["7d"], jobs["30d"], jobs[None]}


def test_services_users_sources_workers_modes_and_pins_are_told_apart(
    admin_client, make, published, owner
):
    other = published("toys.Sleep", "Toys/Other", sync=False)
    Worker.objects.create(
        id="w1", host="h", pid=1, slots=1, started_at=NOW, seen_at=NOW
    )
    jobs = [make(user=owner), make(service=other), make(source="portal"),
            make(worker="w1"), make(worker="gone"), make(mode="sync"),
            make(pinned=True)]  # fmt: skip
    for job, query in zip(
        jobs,
        [{"user": "owner"}, {"service": other.pk}, {"source": "portal"},
         {"worker": "w1"}, {"worker": "gone"}, {"mode__exact": "sync"},
         {"pinned__exact": "1"}], strict=True,
    ):  # fmt: skip
        assert found(admin_client, **query) == {job.pk}, query
    assert found(admin_client, user="nobody") == set()
    assert found(admin_client, user="owner", state="failed") == set()


def test_run_times_and_warnings_are_told_apart(admin_client, make):
    def ran(seconds):
        start = NOW - timedelta(seconds=seconds)
        return make(JobStatus.SUCCEEDED, started_at=start, ended_at=NOW).pk

    short, middle, long = ran(1), ran(30), ran(300)
    assert found(admin_client, min_seconds="30") == {middle, long}
    assert found(admin_client, max_seconds="30") == {short, middle}
    assert found(admin_client, min_seconds="2", max_seconds="99.5") == {middle}
    say(short, (INFORMATIVE, "one"), (WARNING, "two"), (WARNING, "three"))
    say(long, (INFORMATIVE, "one"))
    assert found(admin_client, warnings="yes") == {short}
    assert found(admin_client, warnings="no") == {middle, long}


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"state": "done"}, "state: expected one of active, running"),
        ({"repaired": "1"}, "repaired: expected one of no, yes"),
        ({"service": "x"}, "service: expected one of"),
        ({"since": "yesterday"}, "From (since): expected a day, such as"),
        ({"until": "9999-12-31"}, "To (until): expected a day, such as"),
        ({"min_seconds": "nan"}, "(min_seconds): expected a number of seconds"),
        ({"max_seconds": "-1"}, "(max_seconds): expected a number of seconds"),
        ({"user": "a\0b"}, "(user): expected a text"),
    ],
)
def test_a_filter_that_cannot_be_read_says_so_and_matches_nothing(
    admin_client, make, query, said
):
    job = make()
    page = admin_client.get(LIST, query)
    assert page.context["cl"].result_list.count() == 0
    (message,) = told(page)
    assert said in message
    data = {"action": "cancel_jobs", "confirmed": "yes", "select_across": "1",
            "_selected_action": [job.pk]}  # fmt: skip
    admin_client.post(LIST, data, query_params=query)
    job.refresh_from_db()
    assert job.status == JobStatus.SUBMITTED


def test_users_with_jobs_are_suggested_and_others_are_not(admin_client, make, owner):
    make(user=owner)
    User.objects.create_user("owl")
    assert admin_client.get(f"{LIST}users/", {"q": "OW"}).json() == {"names": ["owner"]}
    assert admin_client.get(f"{LIST}users/", {"q": "x\0"}).json() == {"names": []}
    assert staff("nobody").get(f"{LIST}users/").status_code == 403


def test_the_list_costs_few_queries_whatever_is_filtered(
    admin_client, make, owner, django_assert_max_num_queries
):
    for number in range(60):
        make(JobStatus.FAILED, user=owner, error=f"error {number}", started_at=NOW)
    SavedFilter.objects.create(
        user=User.objects.get(username="admin"), name="Mine", query="user=owner"
    )
    for query in ({}, {"state": "failed", "repaired": "no", "user": "owner"},
                  {"q": "error", "p": "2"}, {"warnings": "no", "min_seconds": "0"}):  # fmt: skip
        with django_assert_max_num_queries(15):
            page = admin_client.get(LIST, query)
        assert len(page.context["cl"].result_list) in (10, 50)


# --- Saved filters --------------------------------------------------------------------


def test_a_filter_is_saved_followed_and_forgotten(admin_client, make):
    failed = make(JobStatus.FAILED)
    make()
    query = "state=failed&p=3&q="
    page = admin_client.post(
        f"{LIST}filters/save/", {"name": "Failures", "query": query}, follow=True
    )
    assert page.redirect_chain == [(f"{LIST}?state=failed", 302)]
    assert [one.pk for one in page.context["cl"].result_list] == [failed.pk]
    assert b'<a href="?state=failed" aria-current="page">Failures</a>' in page.content
    row = SavedFilter.objects.get()
    assert staff("other", "view_job").get(LIST).content.find(b"Failures") == -1
    staff("third", "view_job").post(f"{LIST}filters/{row.pk}/forget/")
    assert SavedFilter.objects.count() == 1
    assert admin_client.get(f"{LIST}filters/{row.pk}/forget/").status_code == 405
    admin_client.post(f"{LIST}filters/{row.pk}/forget/")
    assert not SavedFilter.objects.exists()


def test_a_filter_of_nothing_is_not_saved(admin_client):
    form = {"name": "All", "query": "p=2"}
    page = admin_client.post(f"{LIST}filters/save/", form, follow=True)
    assert told(page) == ["query: Choose a filter or search first."]
    assert not SavedFilter.objects.exists()


# --- Actions --------------------------------------------------------------------------


def test_an_action_on_all_that_match_leaves_the_others(admin_client, make):
    matching = [make(address="192.0.2.1") for _ in range(60)]
    other = make()
    data = {"action": "cancel_jobs", "confirmed": "yes", "select_across": "1",
            "_selected_action": [matching[0].pk]}  # fmt: skip
    page = admin_client.post(f"{LIST}?q=192.0.2.1", data, follow=True)
    assert told(page) == ["60 jobs cancelled."]
    other.refresh_from_db()
    assert other.status == JobStatus.SUBMITTED


def test_what_is_not_reached_in_time_is_told(make):
    for _ in range(5):
        make()
    done = do_to_each(Job.objects.all(), lambda job: "", seconds=0)
    assert (done.count, done.left) == (0, 5)
    done = do_to_each(Job.objects.all(), lambda job: "no" if job.pinned else "")
    assert (done.count, done.left, dict(done.reasons)) == (5, 0, {})


def test_jobs_run_again_for_their_users_and_others_say_why_not(
    admin_client, rest, published
):
    published("toys.WriteFile", sync=False)
    path = rest.run_job("/Toys/Service/GPServer/WriteFile", Text="a")
    job = Job.objects.get(pk=path.rpartition("/")[2])
    Job.objects.update(status=JobStatus.FAILED)
    page = run(admin_client, "run_jobs_again", job)
    assert told(page) == ["1 job submitted again."]
    again = Job.objects.get(rerun_of=job)
    page = run(admin_client, "run_jobs_again", again)
    assert told(page) == [
        "0 jobs submitted again.", "1 job not submitted again: job has not ended yet.",
    ]  # fmt: skip
    execution.run(again.pk)
    assert found(admin_client, repaired="yes") == {job.pk}
    detail = admin_client.get(f"{LIST}{job.pk}/change/").content.decode()
    assert f"{LIST}{again.pk}/change/" in detail
    assert f"Run again as {again.pk}." in detail


def test_a_job_moved_to_the_front_starts_before_all_others(admin_client, make):
    make(priority=10)
    last = make(priority=-10)
    assert told(run(admin_client, "move_to_front", last)) == [
        "1 job moved to the front.",
    ]  # fmt: skip
    assert take("one", "host").pk == last.pk


def test_failures_are_marked_repaired_and_nothing_else_is(admin_client, make):
    failed, done = make(JobStatus.FAILED), make(JobStatus.SUCCEEDED)
    page = run(admin_client, "mark_repaired", failed, done)
    assert told(page) == ["1 job marked repaired."]
    assert found(admin_client, repaired="yes") == {failed.pk}


def test_jobs_are_exported_as_csv_without_formulas(admin_client, make, owner):
    make(JobStatus.FAILED, error="=1+1", user=owner, title="A, b",
         started_at=NOW - timedelta(seconds=2.5))  # fmt: skip
    answer = run(admin_client, "export_csv", make(), select_across="1")
    text = b"".join(answer.streaming_content).decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert answer["Content-Disposition"] == 'attachment; filename="jobs.csv"'
    (row,) = [one for one in rows if one["user"] == "owner"]
    assert len(rows) == 2
    assert [row[name] for name in ("title", "error", "state", "run_seconds")] == [
        "A, b", "'=1+1", "Failed", "2.5",
    ]  # fmt: skip


def test_who_only_looks_exports_and_does_nothing_else(make):
    job = make(JobStatus.FAILED)
    client = staff("auditor", "view_job")
    for action in ("run_jobs_again", "mark_repaired", "move_to_front"):
        run(client, action, job)
    job.refresh_from_db()
    assert (job.repaired_at, Job.objects.count()) == (None, 1)
    assert run(client, "export_csv", job).streaming


def acts(client, job):
    """Return the actions that the page of a job offers."""
    return {name for name, _ in client.get(f"{LIST}{job.pk}/change/").context["acts"]}


def test_the_page_of_a_job_offers_what_fits_its_state(admin_client, make):
    assert acts(admin_client, make()) == {
        "cancel_jobs", "move_to_front", "set_priority", "pin",
    }  # fmt: skip
    assert acts(admin_client, make(JobStatus.FAILED, pinned=True)) == {
        "run_jobs_again", "mark_repaired", "unpin",
    }  # fmt: skip
    assert acts(admin_client, make(JobStatus.SUCCEEDED, mode="sync")) == {"pin"}
    assert acts(staff("auditor", "view_job"), make()) == set()


POINT = """{"geometryType": "esriGeometryPoint", "spatialReference": {"wkid": 4326}, "fields": [],
    "features": [{"geometry": {"x": 8.5, "y": 47.4}, "attributes": {}}]}"""


def test_features_of_an_input_are_drawn_over_the_land(admin_client, rest, published):
    published("proximity.Buffer", sync=False)
    path = rest.run_job("/Toys/Service/GPServer/Buffer", Input_Features=POINT,
                        Distance='{"distance": 10, "units": "esriMiles"}')  # fmt: skip
    job = path.rpartition("/")[2]
    page = admin_client.get(f"{LIST}{job}/change/").content.decode()
    url = f"{LIST}{job}/inputs/Input_Features.svg"
    assert f'src="{url}"' in page
    answer = admin_client.get(url)
    assert answer["Content-Type"] == "image/svg+xml"
    drawing = ElementTree.fromstring(answer.content)
    paths = [one.get("d") for one in drawing.iter("{http://www.w3.org/2000/svg}path")]
    land, _, _, points = paths
    assert land.startswith("M")
    assert points == "M210 130h0"  # the middle of a picture of 420 by 260
    assert admin_client.get(f"{LIST}{job}/inputs/Distance.svg").status_code == 404
    assert staff("nobody").get(url).status_code in (302, 404)


def test_an_input_that_cannot_be_drawn_says_why(admin_client, rest, published):
    published("proximity.Buffer", sync=False)
    path = rest.run_job("/Toys/Service/GPServer/Buffer", Input_Features=POINT,
                        Distance='{"distance": 10, "units": "esriMiles"}')  # fmt: skip
    job = Job.objects.get(pk=path.rpartition("/")[2])
    Job.objects.filter(pk=job.pk).update(
        inputs=job.inputs | {"Input_Features": '{"features": []}'}
    )
    answer = admin_client.get(f"{LIST}{job.pk}/inputs/Input_Features.svg")
    assert (answer.status_code, b"No map: " in answer.content) == (200, True)


def test_a_service_links_to_its_jobs_that_have_not_ended(admin_client, make):
    waiting = make()
    make(JobStatus.SUCCEEDED)
    page = admin_client.get("/admin/services/service/").content.decode()
    link = re.search(r'href="(/admin/jobs/job/\?[^"]*state=active)"', page)
    listed = admin_client.get(html.unescape(link[1])).context["cl"].result_list
    assert [one.pk for one in listed] == [waiting.pk]
