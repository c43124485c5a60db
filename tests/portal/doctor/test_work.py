"""What the doctor finds of database, broker, workers, queue, and a run."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from jobs.models import Job, Worker
from jobs.workers.vitals import beat
from portal.doctor import work
from tests.jobs.claims import claim

SLEEP = "/Toys/Service/GPServer/Sleep"


def submitted(rest) -> str:
    return rest.post(f"{SLEEP}/submitJob", Seconds=0)["jobId"]


def told(findings) -> list[str]:
    return [one.state for one in findings]


def test_a_database_that_is_up_to_date_is_well(db):
    goes_on, [found] = work.database()
    assert (goes_on, found.state) == (True, "ok")


def test_a_database_that_does_not_answer_is_told_in_one_line(db):
    def away(*arguments):
        raise OperationalError("connection refused\nmore of that")

    with connection.execute_wrapper(away):
        goes_on, [found] = work.database()
    assert (goes_on, found.state) == (False, "wrong")
    assert found.text == "The database does not answer (connection refused)."
    assert "DATABASE_URL" in found.advice


def test_tables_that_are_behind_are_told(db):
    applied = MigrationRecorder.Migration.objects.filter(app="jobs")
    applied.latest("pk").delete()
    goes_on, [found] = work.database()
    assert (goes_on, found.advice) == (False, "Run: manage.py migrate")


@pytest.mark.parametrize(("apart", "state"), [(0, "ok"), (60, "wrong"), (-60, "wrong")])
def test_a_clock_that_is_wrong_is_told(db, monkeypatch, apart, state):
    moment = timezone.now() + timedelta(seconds=apart)
    monkeypatch.setattr(timezone, "now", lambda: moment)
    expected = [] if connection.vendor == "sqlite" else [state]
    assert told(work.clock()) == expected


def test_a_broker_that_does_not_answer_is_told(settings):
    assert told(work.broker()) == ["ok"]
    settings.BROKER_URL = "redis://127.0.0.1:1/0"
    [found] = work.broker()
    assert found.state == "wrong"
    assert "CAIRN_BROKER_URL" in found.advice


def test_workers_are_told_by_their_hosts(db):
    assert told(work.workers()) == ["wrong"]
    beat("one")
    Worker.objects.update(host="north")
    beat("two")
    Worker.objects.filter(pk="two").update(host="south")
    assert "north, south" in work.workers()[0].text
    Worker.objects.filter(pk="two").update(
        seen_at=timezone.now() - timedelta(minutes=5)
    )
    living, silent = work.workers()
    assert (living.state, silent.state) == ("ok", "warning")
    assert "south" in silent.text


def test_a_queue_that_moves_is_well(rest, published):
    published("toys.Sleep", sync=False)
    submitted(rest)
    [found] = work.queue()
    assert (found.state, found.text) == ("ok", "1 jobs wait and 0 run.")


def test_a_queue_that_does_not_move_is_told(rest, published):
    published("toys.Sleep", sync=False)
    beat("one")
    submitted(rest)
    Job.objects.update(submitted_at=timezone.now() - timedelta(minutes=5))
    [found] = work.queue()
    assert found.state == "wrong"
    assert "although a worker has room" in found.text


def test_jobs_that_nobody_takes_from_a_lost_worker_are_named(rest, published):
    published("toys.Sleep", sync=False)
    job = claim(submitted(rest), "one", "host")
    assert told(work.queue()) == ["ok"]
    late = timedelta(seconds=4 * settings.SWEEP_SECONDS)
    Job.objects.update(lease_until=timezone.now() - late)
    assert told(work.queue()) == ["ok", "wrong"]
    assert job.pk in work.queue()[1].text


def test_a_store_that_does_not_work_is_told(settings):
    assert work.shared_store() == []
    backend = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    settings.STORAGES = settings.STORAGES | {"shared": backend}
    assert told(work.shared_store()) == ["ok"]
    files = "django.core.files.storage.FileSystemStorage"
    closed = {"BACKEND": files, "OPTIONS": {"location": "/dev/null/store"}}
    settings.STORAGES = settings.STORAGES | {"shared": closed}
    [found] = work.shared_store()
    assert (found.state, "CAIRN_S3_BUCKET" in found.advice) == ("wrong", True)


def test_a_tool_runs(db):
    assert told(work.sample_run()) == ["ok"]
