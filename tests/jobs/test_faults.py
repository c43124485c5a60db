"""Jobs while database, broker or workers fail around them."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.utils import timezone

from jobs.child.call import Reply
from jobs.child.context import INFORMATIVE
from jobs.models import Job, JobMessage
from jobs.queueing import queue
from jobs.queueing.moves import insist, say
from jobs.runs import execution
from jobs.runs.ends import put_back, succeed
from jobs.runs.supervision import Supervisor
from jobs.workers import sweeper
from jobs.workers.watchdog import Watchdog
from tests.jobs.claims import claim

SLEEP = "/Toys/Service/GPServer/Sleep"


def submitted(rest, **fields) -> str:
    return rest.post(f"{SLEEP}/submitJob", **{"Seconds": 0, **fields})["jobId"]


def in_threads(*works) -> list[Exception]:
    """Run works at the same time; return what they raised."""
    raised: list[Exception] = []

    def do(work) -> None:
        try:
            work()
        except Exception as exc:  # noqa: BLE001  (the test shows it)
            raised.append(exc)
        finally:
            connection.close()

    threads = [threading.Thread(target=do, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def no_database(execute, sql, params, many, context):
    raise OperationalError("the database went away")


def no_insert(execute, sql, params, many, context):
    if sql.startswith("INSERT"):
        raise OperationalError("the database went away")
    return execute(sql, params, many, context)


def no_broker(job_id: str) -> None:
    raise ConnectionError("the broker went away")


@pytest.mark.django_db(transaction=True)
def test_two_who_speak_at_once_are_both_heard(rest, published):
    published("toys.Sleep", sync=False)
    job_id = submitted(rest)

    def speak() -> None:
        for _ in range(20):
            insist(lambda: say(job_id, (INFORMATIVE, "a word")))

    assert in_threads(speak, speak, speak) == []
    numbers = JobMessage.objects.filter(job_id=job_id).values_list(
        "sequence", flat=True
    )
    assert list(numbers) == list(range(1, 62))


@pytest.mark.django_db(transaction=True)
def test_a_job_is_accepted_while_the_broker_is_away(
    rest, published, monkeypatch, settings
):
    settings.BROKER_URL = "redis://localhost"
    published("toys.Sleep", sync=False)
    monkeypatch.setattr(queue, "push", no_broker)
    job_id = submitted(rest)
    execution.run(job_id)
    assert rest.get(f"{SLEEP}/jobs/{job_id}")["jobStatus"] == "esriJobSucceeded"


def test_a_broker_that_is_away_hinders_no_other_step_of_the_sweep(
    rest, published, monkeypatch
):
    published("toys.Sleep", sync=False, keep_jobs_hours=1)
    rest.run_job(SLEEP, Seconds=0)
    Job.objects.update(ended_at=timezone.now() - timedelta(hours=2))

    def away() -> int:
        raise ConnectionError("the broker went away")

    monkeypatch.setattr(queue, "waiting_rings", away)
    sweeper.sweep()
    assert not Job.objects.exists()


def test_lost_rings_are_rung_again_while_others_wait(rest, published, silent_queue):
    published("toys.Sleep", sync=False)
    oldest, newest = submitted(rest), submitted(rest)
    for job_id, minutes in ((oldest, 2), (newest, 1)):
        Job.objects.filter(pk=job_id).update(
            submitted_at=timezone.now() - timedelta(minutes=minutes)
        )
    silent_queue[:] = [newest]  # the other was lost
    sweeper.ring_again()
    assert silent_queue == [newest, oldest]
    sweeper.ring_again()
    assert silent_queue == [newest, oldest]


def test_a_run_goes_on_while_the_database_is_away(
    rest, published, tmp_path, monkeypatch
):
    published("toys.Sleep", sync=False)
    monkeypatch.setattr(settings, "HEARTBEAT_SECONDS", 0)
    supervisor = Supervisor(claim(submitted(rest), "one", "host"), tmp_path / "log")
    with connection.execute_wrapper(no_database):
        assert not supervisor()
        monkeypatch.setattr(settings, "LEASE_SECONDS", 0)
        assert supervisor()
    assert supervisor.stop == "lost"


def test_a_client_is_told_to_come_back_while_the_database_is_away(rest, published):
    """G7"""
    published("toys.Sleep", sync=False)
    with connection.execute_wrapper(no_database):
        response = rest.raw(f"{SLEEP}/submitJob", Seconds=0)
    assert response.json()["error"]["code"] == 503
    assert "went away" not in response.content.decode()
    assert response["Retry-After"] == "10"


@pytest.mark.django_db(transaction=True)
def test_a_result_is_answered_though_its_record_is_not_stored(rest, published):
    published("toys.TwoOutputs")
    with connection.execute_wrapper(no_insert):
        answer = rest.post("/Toys/Service/GPServer/TwoOutputs/execute")
    assert [one["paramName"] for one in answer["results"]] == ["First", "Second"]


def test_a_worker_that_comes_too_late_deletes_its_own_results_alone(
    rest, published, tmp_path
):
    published("toys.Sleep", sync=False)
    job = claim(submitted(rest), "late", "host")
    put_back(job, "The worker was lost; the job will run again.")
    claim(job.pk, "other", "host")
    job.results_folder.mkdir(parents=True)
    (job.folder / "Seconds.json").write_bytes(b"0")
    succeed(job, Reply(), Supervisor(job, tmp_path / "log"))
    assert [path.name for path in job.folder.iterdir()] == ["Seconds.json"]


def test_a_sweep_with_a_fast_clock_takes_no_job_of_others(rest, published, monkeypatch):
    """G20"""
    published("toys.Sleep", sync=False)
    job_id = submitted(rest)
    claim(job_id, "other", "host")
    soon = timezone.now() + timedelta(hours=1)
    monkeypatch.setattr(timezone, "now", lambda: soon)
    sweeper.take_back_lapsed()
    assert Job.objects.get(pk=job_id).status == "esriJobExecuting"


def test_a_success_that_is_told_twice_keeps_its_results(rest, published, tmp_path):
    published("toys.Sleep", sync=False)
    job = claim(submitted(rest), "one", "host")
    job.results_folder.mkdir(parents=True)
    for _ in range(2):
        succeed(job, Reply(), Supervisor(job, tmp_path / "log"))
    assert job.results_folder.is_dir()


def test_jobs_that_wait_beside_an_idle_worker_raise_the_alarm(rest, published):
    published("toys.Sleep", sync=False)
    submitted(rest)
    watchdog = Watchdog()
    assert [watchdog.is_stuck() for _ in range(4)] == [False] * 4
    Job.objects.update(submitted_at=timezone.now() - timedelta(minutes=1))
    assert [watchdog.is_stuck() for _ in range(3)] == [False, False, True]


def test_jobs_that_wait_for_busy_workers_do_not(rest, published):
    published("toys.Sleep", sync=False)
    long_ago = timezone.now() - timedelta(minutes=1)
    for _ in range(settings.WORKERS):
        claim(submitted(rest), execution.WORKER, "host")
    submitted(rest)
    Job.objects.update(submitted_at=long_ago, started_at=long_ago)
    watchdog = Watchdog()
    assert not any(watchdog.is_stuck() for _ in range(4))
