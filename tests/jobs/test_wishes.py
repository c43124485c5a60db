"""Workers that administrators pause, resume and drain: by a row that they look at."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from jobs.models import Job, Worker
from jobs.queueing import queue
from jobs.runs import execution
from jobs.runs.execution import WORKER
from jobs.status import JobStatus
from jobs.workers.vitals import beat, vitals
from jobs.workers.watchdog import Watchdog
from portal.doctor import State
from portal.doctor.work import workers
from portal.roles import AUDITOR, OPERATOR, PUBLISHER
from tests import fresh
from tests.jobs.test_cluster import SETUP
from tests.jobs.test_worker import Site
from tests.portal.people import browser, someone
from tests.portal.processes import wait_for
from tests.server import environment, web

LIST = "/admin/jobs/worker/"
SLEEP = "/Toys/Service/GPServer/Sleep"


@pytest.fixture
def worker(db):
    """The worker of this process, in the roster."""
    beat(WORKER)
    return Worker.objects.get()


def act(client: Client, action: str, *rows: Worker, **more: str):
    data = {"action": action, "_selected_action": [one.pk for one in rows]} | more
    return client.post(LIST, data, follow=True)


def submitted(rest, number=1) -> list[str]:
    return [rest.post(f"{SLEEP}/submitJob", Seconds=0)["jobId"] for _ in range(number)]


def statuses() -> list[str]:
    return sorted(Job.objects.values_list("status", flat=True))


def test_a_paused_worker_takes_no_job_until_it_is_resumed(
    rest, published, worker, admin_client
):
    published("toys.Sleep", sync=False)
    [job] = submitted(rest)
    page = act(admin_client, "pause", worker).content.decode()
    assert "They take no more jobs until they are resumed." in page
    execution.run(job)  # it was only asked for
    assert statuses() == [JobStatus.SUCCEEDED]

    act(admin_client, "pause", worker, confirmed="yes")
    [job] = submitted(rest)
    execution.run(job)
    assert JobStatus.SUBMITTED in statuses()
    act(admin_client, "resume", worker)
    execution.run(job)
    assert statuses() == [JobStatus.SUCCEEDED] * 2


def test_a_pause_counts_from_the_next_job_on(rest, published, worker, monkeypatch):
    """What it has begun it ends; that end takes no other one along."""
    published("toys.Sleep", sync=False)
    first, _ = submitted(rest, 2)
    succeed = execution.succeed

    def paused_meanwhile(*args):
        Worker.objects.update(wish=Worker.Wish.PAUSE)
        return succeed(*args)

    monkeypatch.setattr(execution, "succeed", paused_meanwhile)
    execution.run(first)
    assert statuses() == [JobStatus.SUBMITTED, JobStatus.SUCCEEDED]


def test_another_worker_takes_what_a_paused_one_leaves(rest, published, worker):
    published("toys.Sleep", sync=False)
    [job] = submitted(rest)
    Worker.objects.create(pk="another", host="b", pid=1, slots=1, wish="pause",
                          started_at=timezone.now(), seen_at=timezone.now())  # fmt: skip
    execution.run(job)
    assert statuses() == [JobStatus.SUCCEEDED]


def test_a_paused_worker_is_not_taken_for_stuck_and_offers_no_room(
    rest, published, worker, settings
):
    published("toys.Sleep", sync=False)
    submitted(rest)
    Job.objects.update(submitted_at=timezone.now() - timedelta(hours=1))
    watchdog = Watchdog()
    assert [watchdog.is_stuck() for _ in range(3)] == [False, False, True]
    Worker.objects.update(wish=Worker.Wish.PAUSE)
    assert [watchdog.is_stuck() for _ in range(3)] == [False] * 3
    found = vitals()
    assert (found.slots, found.is_lagging) == (0, False)
    told = [one.text for one in workers() if one.state == State.WARNING]
    assert told == [f"The one on {worker} takes no jobs: paused."]


def test_the_list_tells_who_lives_what_runs_and_memory(rest, published, worker):
    published("toys.Sleep", sync=False)
    [job] = submitted(rest)
    Job.objects.update(status=JobStatus.EXECUTING, worker=worker.pk)
    long_ago = timezone.now() - timedelta(hours=2)
    Worker.objects.create(pk="silent", host="b", pid=1, slots=1,
                          started_at=long_ago, seen_at=long_ago)  # fmt: skip
    client = browser(someone(AUDITOR))
    page = client.get(LIST).content.decode()
    assert "Alive" in page
    assert "Silent" in page
    assert "2h 0min ago" in page
    assert f"?worker={worker.pk}" in page
    assert f"{worker.memory_mb:,} MB" in page
    jobs = client.get("/admin/jobs/job/", {
        "worker": worker.pk, "status__in": "esriJobExecuting,esriJobCancelling",
    })  # fmt: skip
    assert [one.pk for one in jobs.context["cl"].result_list] == [job]
    assert client.get(f"{LIST}{worker.pk}/change/").status_code == 200


@pytest.mark.parametrize(("role", "status", "wish"), [
    (OPERATOR, 200, "pause"), (AUDITOR, 200, ""), (PUBLISHER, 403, ""),
])  # fmt: skip
def test_operators_may_pause_and_auditors_look(worker, role, status, wish):
    client = browser(someone(role))
    assert client.get(LIST).status_code == status
    act(client, "pause", worker, confirmed="yes")
    worker.refresh_from_db()
    assert worker.wish == wish


@pytest.fixture(scope="module")
def site(tmp_path_factory, django_db_setup):
    """A portal on SQLite whose workers sweep twice a second."""
    folder = tmp_path_factory.mktemp("wishes")
    variables = {"CAIRN_TOOL_PACKAGES": "tests.toys", "CAIRN_WEB_WORKERS": "1",
                 "CAIRN_SWEEP_SECONDS": "0.5"}  # fmt: skip
    with web(folder, SETUP, **variables) as (address, _):
        yield Site(address, folder, **variables)


def wish(site: Site, value: str) -> None:
    code = f"""
import django; django.setup()
from jobs.models import Worker
assert Worker.objects.update(wish={value!r})
"""
    fresh.run(
        ["-c", code], environment(site.folder, **site.variables)
    ).check_returncode()


def test_a_real_worker_pauses_resumes_and_drains(site):
    with site.worker(drain=0) as process:
        first = site.submit(0)
        wait_for(lambda: site.status(first) == "esriJobSucceeded", limit=60)
        wish(site, "pause")
        held = site.submit(0)
        with pytest.raises(AssertionError, match="too long"):
            wait_for(lambda: site.status(held) != "esriJobSubmitted", limit=2)
        wish(site, "")
        wait_for(lambda: site.status(held) == "esriJobSucceeded", limit=30)
        # Although it may not drain at all by itself, it ends what it has begun.
        last = site.running(3)
        wish(site, "drain")
        later = site.submit(0)
        assert process.wait(30) == 0
    assert site.status(last) == "esriJobSucceeded"
    assert site.status(later) == "esriJobSubmitted"


def test_a_worker_that_is_paused_leaves_the_rings_to_others(db, worker):
    from jobs.management.commands import worker as command

    Worker.objects.update(wish=Worker.Wish.PAUSE)
    assert command.beat() == "pause"
    assert queue.paused.is_set()
    Worker.objects.update(wish=Worker.Wish.RUN)
    command.beat()
    assert not queue.paused.is_set()
