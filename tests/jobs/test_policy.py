"""The queue: who may join it, who is next, who has to wait although workers are idle."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.utils import timezone

from jobs.models import Job
from jobs.queueing.policy import Full, Running, full_of, take
from jobs.runs import execution
from jobs.runs.ends import put_back
from jobs.status import JobStatus
from jobs.workers import sweeper
from jobs.workers.watchdog import Watchdog
from portal.tokens import issue
from services.models import Service
from tests.conftest import ROOT, Rest

SLEEP = "/Toys/Service/GPServer/Sleep"
URL = f"{ROOT}{SLEEP}/submitJob"


@pytest.fixture
def people(db):
    """Return a client of a user by name."""

    def person(name: str) -> Rest:
        user, _ = User.objects.get_or_create(username=name)
        return Rest(issue(user, 5)[0])

    return person


def stranger(address: str) -> Rest:
    rest = Rest()
    rest.client = Client(REMOTE_ADDR=address)
    return rest


def submitted(rest: Rest, task: str = SLEEP, **fields) -> str:
    answer = rest.post(f"{task}/submitJob", **{"Seconds": 0, **fields})
    assert "jobId" in answer, answer
    return answer["jobId"]


def finish(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(
        status=JobStatus.SUCCEEDED, ended_at=timezone.now()
    )


def served(count: int) -> list[str]:
    """Let one worker run so many jobs, one after the other; return their ids."""
    ids = []
    for _ in range(count):
        job = take("one", "host")
        finish(job)
        ids.append(job.pk)
    return ids


def test_limits_count_what_runs(settings):
    settings.RUNNING_PER_USER, settings.RUNNING_PER_ADDRESS = 2, 1
    assert full_of([]) == Full(frozenset(), frozenset(), frozenset())
    full = full_of([
        Running(1, 2, 7, ""), Running(1, 2, 8, ""),  # two of the two of service 1
        Running(2, 0, 7, ""),  # the second of user 7; service 2 has no limit
        Running(3, 9, None, "10.0.0.1"),
        Running(None, None, None, ""),  # who cannot be told apart shares no limit
    ])  # fmt: skip
    assert full == Full(frozenset({1}), frozenset({7}), frozenset({"10.0.0.1"}))


def test_a_limit_of_zero_is_none(settings):
    settings.RUNNING_PER_USER = settings.RUNNING_PER_ADDRESS = 0
    running = [Running(2, 0, 7, ""), Running(2, 0, None, "10.0.0.1")] * 9
    assert full_of(running) == Full(frozenset(), frozenset(), frozenset())


def test_one_job_need_not_wait_for_the_hundred_of_another(published, people, settings):
    """G14"""
    settings.QUEUED_PER_USER = 100
    published("toys.Sleep", sync=False)
    ann = people("ann")
    hundred = [submitted(ann) for _ in range(100)]
    assert served(10) == hundred[:10]
    bens = submitted(people("ben"))
    assert bens in served(2)


def test_people_take_turns_whoever_came_first(published, people):
    published("toys.Sleep", sync=False)
    names = [f"u{number}" for number in range(5)]
    ids = {name: [submitted(people(name)) for _ in range(4)] for name in names}
    order = served(20)
    owner = {job_id: name for name, jobs in ids.items() for job_id in jobs}
    for first in range(0, 20, 5):
        assert {owner[one] for one in order[first : first + 5]} == set(names)
    for jobs in ids.values():
        assert [one for one in order if one in jobs] == jobs


def test_a_late_comer_gets_no_turns_of_the_past(published, people):
    published("toys.Sleep", sync=False)
    ann, ben = people("ann"), people("ben")
    [submitted(ann) for _ in range(20)]
    served(15)
    bens = [submitted(ben) for _ in range(5)]
    # every second turn, not all of those that were Ben's while he was not there
    assert [one in bens for one in served(10)] == [False, True] * 5


def test_strangers_take_turns_by_address(published):
    published("toys.Sleep", sync=False)
    [submitted(stranger("10.0.0.1")) for _ in range(5)]
    other = submitted(stranger("10.0.0.2"))
    assert other in served(2)


def test_a_higher_priority_goes_first(rest, published):
    for name, priority in (("Low", -10), ("Normal", 0), ("High", 10)):
        published("toys.Sleep", f"Toys/{name}", sync=False, priority=priority)
    low, normal, high = (
        submitted(rest, f"/Toys/{name}/GPServer/Sleep")
        for name in ("Low", "Normal", "High")
    )
    assert served(3) == [high, normal, low]


def test_a_ring_for_any_job_runs_the_best_and_those_after_it(rest, published):
    published("toys.Sleep", sync=False)
    first, second = submitted(rest), submitted(rest)
    execution.run(second)
    began = dict(Job.objects.values_list("pk", "started_at"))
    assert began[first] < began[second]
    assert set(Job.objects.values_list("status", flat=True)) == {JobStatus.SUCCEEDED}


def test_a_service_runs_no_more_jobs_than_it_may(rest, published, people):
    published("toys.Sleep", sync=False, max_running=1)
    published("toys.Sleep", "Toys/Other", sync=False)
    first, second = submitted(people("ann")), submitted(people("ben"))
    other = submitted(people("ben"), "/Toys/Other/GPServer/Sleep")
    running = take("one", "host")
    assert (running.pk, take("two", "host").pk) == (first, other)
    assert take("three", "host") is None
    finish(running)
    assert take("three", "host").pk == second


def test_a_user_and_a_stranger_run_no_more_jobs_than_they_may(
    published, people, settings
):
    settings.RUNNING_PER_USER, settings.RUNNING_PER_ADDRESS = 2, 1
    published("toys.Sleep", sync=False)
    anns = [submitted(people("ann")) for _ in range(3)]
    theirs = [submitted(stranger("10.0.0.1")) for _ in range(2)]
    taken = []
    while (job := take("one", "host")) is not None:
        taken.append(job.pk)
    assert sorted(taken) == sorted([*anns[:2], theirs[0]])


@pytest.mark.django_db(transaction=True)
def test_workers_that_race_keep_the_limits(published, people, settings):
    settings.RUNNING_PER_USER = 3
    published("toys.Sleep", sync=False, max_running=4)
    for name in ("ann", "ben"):
        for _ in range(6):
            submitted(people(name))
    taken, raised = [], []

    def work(name: str) -> None:
        try:
            while (job := take(name, "host")) is not None:
                taken.append(job.pk)
        except Exception as exc:  # noqa: BLE001  (the test shows it)
            raised.append(exc)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=[f"w{n}"]) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert raised == []
    assert len(taken) == len(set(taken)) == 4
    owners = Job.objects.filter(pk__in=taken).values_list("user__username", flat=True)
    assert max(list(owners).count(name) for name in ("ann", "ben")) <= 3


@pytest.mark.parametrize(
    ("limit", "code", "told"),
    [
        ("max_queued", 503, "the queue of this service is full: at most 2 jobs"),
        ("QUEUED", 503, "the queue of this server is full: at most 2 jobs"),
        ("QUEUED_PER_USER", 429, "at most 2 of one user"),
        ("QUEUED_PER_ADDRESS", 429, "at most 2 of one address without sign-in"),
    ],
)
def test_a_full_queue_is_an_error_that_names_the_limit(
    published, people, settings, tmp_path, limit, code, told
):
    """G13"""
    settings.JOBS_DIR = tmp_path
    service = published("toys.Sleep", sync=False)
    if limit == "max_queued":
        service.max_queued = 2
        service.save()
    else:
        setattr(settings, limit, 2)
    rest = stranger("10.0.0.1") if limit == "QUEUED_PER_ADDRESS" else people("ann")
    kept = [submitted(rest) for _ in range(2)]
    refused = rest.raw(f"{SLEEP}/submitJob", Seconds=0)
    error = refused.json()["error"]
    assert (refused.status_code, error["code"]) == (200, code)
    assert told in error["message"]
    assert int(refused["Retry-After"]) > 0
    page = rest.raw(f"{SLEEP}/submitJob", Seconds=0, f="html")
    assert (page.status_code, page["Retry-After"]) == (code, refused["Retry-After"])
    assert set(Job.objects.values_list("pk", flat=True)) == set(kept)
    assert not list(tmp_path.iterdir())
    take("one", "host")
    submitted(rest)


def test_the_limit_of_one_is_not_that_of_another(published, people, settings):
    settings.QUEUED_PER_USER = settings.QUEUED_PER_ADDRESS = 1
    published("toys.Sleep", sync=False)
    for rest in (people("ann"), people("ben"), *map(stranger, ("10.0.0.1", "::1"))):
        submitted(rest)


@pytest.mark.django_db(transaction=True)
def test_submits_that_race_keep_the_limit(published, settings):
    settings.QUEUED_PER_ADDRESS = 5
    published("toys.Sleep", sync=False)
    codes: list[int] = []

    def submit() -> None:
        try:
            for _ in range(3):
                answer = Rest().post(f"{SLEEP}/submitJob", Seconds=0)
                codes.append(answer.get("error", {}).get("code", 200))
        finally:
            connection.close()

    threads = [threading.Thread(target=submit) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [200] * 5 + [429] * 7
    assert Job.objects.count() == 5


def test_a_waiting_job_tells_its_place_in_the_queue(published, people):
    published("toys.Sleep", sync=False)
    ann, ben = people("ann"), people("ben")
    anns = [submitted(ann) for _ in range(3)]
    bens = submitted(ben)
    assert [ann.get(f"{SLEEP}/jobs/{one}")["queuePosition"] for one in anns] == [
        1,
        3,
        4,
    ]
    assert ben.get(f"{SLEEP}/jobs/{bens}")["queuePosition"] == 2
    take("one", "host")
    assert ben.get(f"{SLEEP}/jobs/{bens}")["queuePosition"] == 1
    assert "queuePosition" not in ann.get(f"{SLEEP}/jobs/{anns[0]}")
    page = ann.client.get(f"{ROOT}{SLEEP}/jobs/{anns[2]}", {"token": ann.token})
    assert "Position in the Queue:</dt> <dd>3</dd>" in page.content.decode()


def test_a_job_that_waits_longer_than_its_service_lets_it_ends(rest, published):
    service = published("toys.Sleep", sync=False, max_wait_seconds=60)
    job_id = submitted(rest)
    Service.objects.filter(pk=service.pk).update(max_wait_seconds=0)
    sweeper.sweep()
    assert rest.get(f"{SLEEP}/jobs/{job_id}")["jobStatus"] == "esriJobSubmitted"
    Job.objects.update(wait_until=timezone.now() - timedelta(seconds=1))
    sweeper.sweep()
    job = rest.get(f"{SLEEP}/jobs/{job_id}")
    assert job["jobStatus"] == "esriJobTimedOut"
    assert "no worker was free" in job["messages"][-2]["description"]
    assert take("one", "host") is None


def test_a_job_that_has_run_before_waits_on(rest, published):
    published("toys.Sleep", sync=False, max_wait_seconds=60)
    submitted(rest)
    put_back(take("one", "host"), "The worker was lost; the job will run again.")
    Job.objects.filter(wait_until__isnull=False).update(wait_until=timezone.now())
    sweeper.end_waiting()
    assert Job.objects.get().status == JobStatus.SUBMITTED


def test_jobs_that_a_limit_holds_raise_no_alarm_and_no_rings(
    published, people, silent_queue
):
    published("toys.Sleep", sync=False, max_running=1)
    ann = people("ann")
    for _ in range(3):
        submitted(ann)
    running = take("elsewhere", "host")
    silent_queue.clear()
    Job.objects.update(submitted_at=timezone.now() - timedelta(minutes=1))
    sweeper.ring_again()
    assert silent_queue == []
    watchdog = Watchdog()
    assert not any(watchdog.is_stuck() for _ in range(4))
    finish(running)
    sweeper.ring_again()
    assert len(silent_queue) == min(2, settings.WORKERS)
