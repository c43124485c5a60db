"""The dashboard: its tiles are counts of lists, and each role sees what it may see."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from jobs.models import Job
from jobs.workers.vitals import beat
from portal.roles import AUDITOR, OPERATOR, PUBLISHER
from services.models import Folder, Service, Task
from tests.portal.people import browser, someone

PAGE, FRAGMENT = "/admin/", "/admin/dashboard/"
_DAY = timedelta(days=1)
#: What a tile counts, as SQL on the table of jobs.
COUNTS = {
    "running": "status IN ('esriJobExecuting', 'esriJobCancelling')",
    "queued": "status = 'esriJobSubmitted'",
    "failed": "status IN ('esriJobFailed', 'esriJobTimedOut')"
    " AND repaired_at IS NULL AND submitted_at >= %s",
}


@pytest.fixture
def jobs(published):
    """Store jobs of two folders in all states, sync and async, old and repaired ones."""
    published("toys.Sleep", "Mine/Sleep", sync=False)
    published("toys.Sleep", "Theirs/Sync")
    now = timezone.now()
    states = ("Submitted", "Executing", "Cancelling", "Succeeded", "Failed", "TimedOut",
              "Cancelled")  # fmt: skip
    for at, service in enumerate(Service.objects.order_by("pk")):
        for number, state in enumerate(states * 3):
            submitted = (
                now - timedelta(hours=1) - (2 * _DAY if number < 7 else 0 * _DAY)
            )
            ended = number % 7 > 2
            Job.objects.create(
                service=service, service_path=service.path, task_name="Sleep",
                mode=("async", "sync")[at], status=f"esriJob{state}",
                submitted_at=submitted, started_at=submitted + timedelta(seconds=2),
                ended_at=submitted + timedelta(seconds=5) if ended else None,
                repaired_at=now if state == "Failed" and number > 13 else None,
            )  # fmt: skip


def tiles(page: str) -> dict[str, str]:
    found = re.findall(r'id="tile-(\w+)".*?tile-value">([^<]*)<', page)
    return dict(found)


def urls(page: str) -> dict[str, str]:
    found = re.findall(r'id="tile-(\w+)" class="[^"]*" href="([^"]*)"', page)
    return {name: unescape(url) for name, url in found}


def counted(name: str, more: str = "") -> int:
    values = [timezone.now() - _DAY] if "%s" in COUNTS[name] else []
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT COUNT(*) FROM jobs_job WHERE {COUNTS[name]}{more}", values
        )
        return cursor.fetchone()[0]


def test_tiles_are_counts_and_link_to_what_they_count(jobs, admin_client):
    page = admin_client.get(PAGE).content.decode()
    found = tiles(page)
    assert {name: found[name] for name in COUNTS} == {
        name: str(counted(name)) for name in COUNTS}  # fmt: skip
    assert found["failed"] == "6"  # of 8 in a day; two are repaired
    queries = {name: parse_qs(urlsplit(url).query) for name, url in urls(page).items()}
    assert queries["running"] == {"state": ["running"]}
    assert queries["queued"] == {"state": ["queued"]}
    assert queries["failed"] == {"repaired": ["no"], "period": ["24h"]}
    assert all(urlsplit(url).path in ("/admin/jobs/job/", "/admin/jobs/worker/")
               for url in urls(page).values())  # fmt: skip


def test_the_wait_is_that_of_jobs_and_runs_of_both_ways_count(jobs, admin_client):
    page = admin_client.get(FRAGMENT).content.decode()
    assert tiles(page)["wait"] == "2.0 s"
    title = re.search(r"<title id=\"runs-title\">(.*?)</title>", page)
    ended = Job.objects.filter(ended_at__gte=timezone.now() - _DAY)
    assert f"{ended.filter(status='esriJobSucceeded').count()} succeeded" in title[1]
    assert {one.mode for one in ended} == {"sync", "async"}


def test_without_a_worker_that_is_what_needs_attention_first(jobs, admin_client):
    page = admin_client.get(FRAGMENT).content.decode()
    assert tiles(page)["workers"] == "0/0"
    concerns = re.findall(r'<li class="(grave)?"><img[^>]*>(.*?)</li>', page, re.DOTALL)
    assert concerns[0][0] == "grave"
    assert "No worker lives" in concerns[0][1]
    beat("one")
    page = admin_client.get(FRAGMENT).content.decode()
    assert tiles(page)["workers"] == "1/1"
    assert "No worker lives" not in page


def test_stopped_services_and_tasks_without_tools_need_attention(jobs, admin_client):
    Service.objects.filter(name="Sync").update(state="STOPPED")
    Task.objects.filter(service__name="Sleep").update(tool_id="gone.Tool")
    page = admin_client.get(FRAGMENT).content.decode()
    assert "1 service is stopped: Theirs/Sync" in page
    assert "1 task has no tool any more: Mine/Sleep/Sleep" in page


def test_a_service_shows_its_last_runs_with_failures_marked(jobs, admin_client):
    page = admin_client.get(FRAGMENT).content.decode()
    strips = re.findall(r'<svg [^>]*aria-label="(The last [^"]*)".*?</svg>', page)
    assert strips[0].startswith("The last 12 runs: 3 succeeded, 3 cancelled,")
    svg = re.search(r'<a class="strip"[^>]*>(<svg.*?</svg>)', page, re.DOTALL)[1]
    drawn = ElementTree.fromstring(svg)
    kinds = [one.get("class") for one in drawn if one.get("class")]
    assert kinds.count("cross") == 6  # failed or timed out
    assert sum(kind.startswith("end-") for kind in kinds) == 12


@pytest.mark.parametrize("query", [
    {}, {"range": "week"}, {"range": "month"},
    {"range": "custom", "first": "2026-01-01", "last": "2026-01-31"},
])  # fmt: skip
def test_the_chart_has_a_table_that_says_the_same(jobs, admin_client, query):
    page = admin_client.get(FRAGMENT, query).content.decode()
    svg = re.search(r"<figure class=\"chart\">\s*(<svg.*?</svg>)", page, re.DOTALL)[1]
    drawn = [one for one in ElementTree.fromstring(svg)
             if one.get("class", "").startswith("end-")]  # fmt: skip
    table = re.search(r'<details id="runs-table">.*?</details>', page, re.DOTALL)[0]
    cells = [int(one) for one in re.findall(r"<td>(\d+)</td>", table)]
    pieces = [one for at, one in enumerate(cells) if at % 5 != 4 and one]
    assert len(drawn) == len(pieces)
    assert bool(drawn) == (query.get("range") != "custom")


def test_a_wrong_period_is_said_and_the_last_day_is_shown(jobs, admin_client):
    page = admin_client.get(PAGE, {"range": "custom", "first": "x", "last": ""})
    assert page.status_code == 200
    assert "Enter a valid date." in page.content.decode()


def test_no_style_and_no_script_stands_in_the_page(jobs, admin_client):
    """The policy of content would refuse both."""
    page = admin_client.get(PAGE).content.decode()
    assert " style=" not in page
    assert "<style" not in page
    scripts = re.findall(r"<script([^>]*)>", page)
    assert scripts
    assert all("src=" in one for one in scripts)


def test_queries_do_not_grow_with_the_jobs(jobs, admin_client):
    admin_client.get(FRAGMENT)
    numbers = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            admin_client.get(FRAGMENT)
        numbers.append(len(queries))
        copies = [Job(service=one.service, service_path=one.service_path, mode=one.mode,
                      task_name="Sleep", status=one.status, submitted_at=one.submitted_at,
                      started_at=one.started_at, ended_at=one.ended_at)
                  for one in Job.objects.all()]  # fmt: skip
        Job.objects.bulk_create(copies)
    assert numbers[0] == numbers[1] <= 30


# --- Roles ----------------------------------------------------------------------------


@pytest.mark.parametrize("role", [OPERATOR, AUDITOR])
def test_operators_and_auditors_see_all(jobs, role):
    client = browser(someone(role))
    page = client.get(PAGE).content.decode()
    assert tiles(page)["running"] == str(counted("running"))
    assert "workers" in tiles(page)
    assert ("Recent actions of all administrators" in page) == (role == AUDITOR)


def test_a_publisher_sees_own_folders_alone(jobs):
    user = someone(PUBLISHER)
    Folder.objects.get(name="Mine").owners.add(user)
    page = browser(user).get(PAGE).content.decode()
    own = Service.objects.get(name="Sleep").pk
    found = tiles(page)
    for name in COUNTS:
        assert found[name] == str(counted(name, f" AND service_id = {own}"))
    assert "workers" not in found
    assert "Theirs/Sync" not in page
    assert str(settings.DATA_DIR) not in page


def test_who_may_see_nothing_sees_a_plain_index(jobs):
    page = browser(someone()).get(PAGE)
    assert page.status_code == 200
    assert tiles(page.content.decode()) == {}
    assert "Theirs" not in page.content.decode()


def test_the_fragment_is_not_kept_by_caches(jobs, admin_client):
    assert "no-store" in admin_client.get(FRAGMENT)["Cache-Control"]


def test_names_of_services_are_text(jobs, admin_client):
    Job.objects.update(error="<script>")
    Folder.objects.filter(name="Mine").update(name="<b>Mine")
    page = admin_client.get(FRAGMENT).content.decode()
    assert "<b>Mine" not in page
    assert "&lt;b&gt;Mine" in page
