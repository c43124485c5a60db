"""The list of services: what needs somebody first, figures of jobs, few queries."""

from __future__ import annotations

import re
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from django.utils.html import strip_tags

from jobs.models import Job
from services.models import Service
from tests.services.admin_pages import BOX

LIST = f"{BOX}/service/"


@pytest.fixture
def ended():
    """Store a run that ended ``ago`` hours ago and took ``seconds``."""

    def make(service, status="esriJobSucceeded", *, seconds=2.0, ago=1.0, **more):
        at = timezone.now() - timedelta(hours=ago)
        return Job.objects.create(
            **{"service": service, "service_path": service.path, "task_name": "Fail", "mode": "async",
               "status": status, "submitted_at": at, "started_at": at,
               "ended_at": at + timedelta(seconds=seconds)} | more
        )  # fmt: skip

    return make


def names(client, **query):
    page = client.get(LIST, query)
    return [one.path for one in page.context["cl"].result_list]


def cells(client, path, **query):
    """Return the texts of a service's row by the class of the cell."""
    html = client.get(LIST, query).content.decode()
    rows = re.findall(r"<tr>(.*?)</tr>", html, re.DOTALL)
    name = path.rpartition("/")[2]
    row = next(one for one in rows if f">{name}</a>" in one)
    found = re.findall(r'<t[dh] class="field-(\w+)[^>]*>(.*?)</t[dh]>', row, re.DOTALL)
    return {name: " ".join(strip_tags(text).split()) for name, text in found}


def test_stopped_services_come_first_then_failures_then_names(
    admin_client, published, ended
):
    for name in ("B", "A", "Failing", "Worse", "Z"):
        published("toys.Fail", f"Toys/{name}")
    Service.objects.filter(name="Z").update(state="STOPPED")
    for name, count in (("Failing", 1), ("Worse", 2)):
        for _ in range(count):
            ended(Service.objects.get(name=name), "esriJobFailed")
    ended(Service.objects.get(name="B"), "esriJobFailed", ago=25)  # too long ago
    assert names(admin_client) == [
        "Toys/Z", "Toys/Worse", "Toys/Failing", "Toys/A", "Toys/B"]  # fmt: skip


def test_a_row_tells_how_the_service_does(admin_client, published, ended):
    service = published("toys.Fail", "Toys/Busy", sync=False)
    for seconds in (1, 2, 9):  # the median is the one in the middle
        ended(service, seconds=seconds)
    ended(service, "esriJobFailed", seconds=3)
    ended(service, seconds=500, ago=30)  # not of the last day
    for status in ("esriJobSubmitted", "esriJobSubmitted", "esriJobExecuting"):
        ended(service, status, ended_at=None)
    row = cells(admin_client, "Toys/Busy")
    assert row["state_mark"] == "Started"
    assert (row["folder_name"], row["mode_word"], row["task_count"]) == (
        "Toys", "async", "1")  # fmt: skip
    assert row["unfinished_jobs"] == "1 / 2"
    assert row["success"] == "75 % of 4 1 failed"
    assert row["typical_time"] == "2.5 s"  # of 1, 2, 3 and 9
    assert row["last_run"] != "never"


def test_a_service_without_runs_says_so(admin_client, published):
    published("toys.Fail", "Toys/Idle")
    row = cells(admin_client, "Toys/Idle")
    assert (row["success"], row["typical_time"], row["last_run"]) == (
        "no runs", "-", "never")  # fmt: skip


def test_not_all_is_never_rounded_up_to_all(admin_client, published, ended):
    service = published("toys.Fail", "Toys/Nearly")
    ended(service, "esriJobFailed")
    for _ in range(299):
        ended(service)
    assert cells(admin_client, "Toys/Nearly")["success"].startswith("99 %")


@pytest.mark.parametrize(
    ("query", "left"),
    [
        ({"state__exact": "STOPPED"}, ["Toys/Stopped"]),
        ({"execution_type__exact": "esriExecutionTypeAsynchronous"}, ["Toys/Async"]),
        ({"access__exact": "chosen"}, ["Toys/Chosen"]),
        ({"uploads__exact": "1"}, ["Toys/Uploads"]),
        ({"failures": "yes"}, ["Toys/Failed"]),
        ({"q": "hydrology"}, ["Toys/Tagged"]),
        ({"q": "toys.Sleep"}, ["Other/Slow"]),
    ],
    ids=str,
)
def test_filters_and_search_leave_what_fits(
    admin_client, published, ended, query, left
):
    published("toys.Fail", "Toys/Stopped", state="STOPPED")
    published("toys.Fail", "Toys/Async", sync=False)
    published("toys.Fail", "Toys/Chosen", access="chosen")
    published("toys.Fail", "Toys/Uploads", uploads=True)
    published("toys.Fail", "Toys/Tagged", tags="water, hydrology")
    published("toys.Sleep", "Other/Slow")
    ended(published("toys.Fail", "Toys/Failed"), "esriJobTimedOut")
    assert names(admin_client, **query) == left


def test_filters_count_when_asked(admin_client, published):
    published("toys.Fail", "Toys/Stopped", state="STOPPED")
    html = admin_client.get(LIST, {"_facets": "True"}).content.decode()
    assert "Stopped (1)" in html
    assert "Started (0)" in html


def test_an_empty_list_says_what_to_do(admin_client):
    assert "publish tools</a>" in admin_client.get(LIST).content.decode()
    html = admin_client.get(LIST, {"q": "nothing"}).content.decode()
    assert "clear filters and search" in html


# --- Many -----------------------------------------------------------------------------


def _multiply(times):
    """Store each job again so many times, by the database itself."""
    columns = [one.column for one in Job._meta.concrete_fields]
    listed = ", ".join(columns)
    taken = ", ".join(
        "a.id || 'x' || b.id" if one == "id" else f"a.{one}" for one in columns
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO jobs_job ({listed}) SELECT {taken} FROM jobs_job a"
            f" CROSS JOIN (SELECT id FROM jobs_job ORDER BY id LIMIT {times}) b"
        )


@pytest.fixture
def crowded(published):
    """A hundred services with a thousand jobs each, of the last five days."""
    first = published("toys.Fail", "Many/S000")
    folder = first.folder
    Service.objects.bulk_create(
        Service(folder=folder, name=f"S{number:03}") for number in range(1, 100)
    )
    now = timezone.now()
    jobs = []
    for number, service in enumerate(Service.objects.order_by("name")):
        for hour in range(10):
            at = now - timedelta(hours=12 * hour + 1)
            status = "esriJobFailed" if (number + hour) % 7 == 0 else "esriJobSucceeded"
            jobs.append(Job(
                id=f"{number:03}{hour}", service=service, service_path=service.path, task_name="Fail",
                mode="async", status=status, submitted_at=at, started_at=at,
                ended_at=at + timedelta(seconds=2 + number),
            ))  # fmt: skip
    Job.objects.bulk_create(jobs)
    _multiply(99)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def test_a_hundred_services_of_100_000_jobs_are_listed_by_few_queries(
    admin_client, crowded, django_assert_max_num_queries
):
    assert Job.objects.count() == 100_000
    admin_client.get(f"{BOX}/folder/")  # loads templates
    with django_assert_max_num_queries(15):
        began = time.process_time()  # however busy the machine is
        page = admin_client.get(LIST, {"all": ""})
        spent = time.process_time() - began
    assert len(page.context["cl"].result_list) == 100
    figures = {one.name: one.figures for one in page.context["cl"].result_list}
    # Runs of 1 and 13 hours ago, a hundred each: those of S000 one hour ago failed.
    assert (figures["S000"].failed, figures["S000"].succeeded) == (100, 100)
    assert figures["S031"].median_seconds == pytest.approx(33, abs=1e-3)
    assert spent < 2
