"""Which workers live, and whether the queue moves."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from jobs.models import Job, Worker
from jobs.workers.vitals import beat, leave, vitals
from tests.jobs.claims import claim

SLEEP = "/Toys/Service/GPServer/Sleep"


def submitted(rest, minutes_ago: float = 0) -> str:
    job_id = rest.post(f"{SLEEP}/submitJob", Seconds=0)["jobId"]
    moment = timezone.now() - timedelta(minutes=minutes_ago)
    Job.objects.filter(pk=job_id).update(submitted_at=moment)
    return job_id


def test_a_worker_lives_from_its_first_word_to_its_last(db, settings):
    assert vitals().workers == ()
    beat("one")
    beat("one")
    beat("two")
    found = vitals()
    assert {one.pk for one in found.workers} == {"one", "two"}
    assert found.slots == 2 * settings.WORKERS
    leave("one")
    assert [one.pk for one in vitals().workers] == ["two"]


def test_a_worker_that_is_silent_for_a_lease_counts_as_dead(db, settings):
    beat("one")
    Worker.objects.update(
        seen_at=timezone.now() - timedelta(seconds=settings.LEASE_SECONDS + 1)
    )
    assert vitals().workers == ()
    beat("one")
    assert len(vitals().workers) == 1


def test_a_worker_that_is_silent_for_a_day_is_forgotten(db):
    beat("one")
    Worker.objects.update(seen_at=timezone.now() - timedelta(hours=25))
    beat("two")
    assert [one.pk for one in Worker.objects.all()] == ["two"]


def test_jobs_are_counted_and_the_oldest_wait_is_told(rest, published):
    published("toys.Sleep", sync=False)
    submitted(rest)
    submitted(rest, minutes_ago=5)
    claim(submitted(rest), "one", "host")
    found = vitals()
    assert (found.waiting, found.running) == (2, 1)
    assert found.oldest_wait_seconds == pytest.approx(300, abs=30)


@pytest.mark.parametrize(
    ("minutes_ago", "busy", "started_minutes_ago", "lags"),
    [
        (2, 0, 2, True),  # a free worker, and nothing has started for two minutes
        (0.5, 0, 2, False),  # it has not waited for long
        (2, 2, 2, False),  # all slots are taken: that is a queue
        (2, 1, 0.5, False),  # another job was taken meanwhile
        (2, 1, 2, True),
    ],
)
def test_a_queue_lags_if_a_job_waits_beside_a_free_worker(
    rest, published, minutes_ago, busy, started_minutes_ago, lags
):
    published("toys.Sleep", sync=False)
    beat("one")  # it has two slots
    for _ in range(busy):
        claim(submitted(rest), "one", "host")
    moment = timezone.now() - timedelta(minutes=started_minutes_ago)
    Job.objects.update(started_at=moment)
    submitted(rest, minutes_ago)
    assert vitals().is_lagging is lags


def test_no_queue_lags_whose_jobs_a_limit_holds(rest, published):
    published("toys.Sleep", sync=False, max_running=1)
    beat("one")
    claim(submitted(rest), "one", "host")
    Job.objects.update(started_at=timezone.now() - timedelta(minutes=9))
    submitted(rest, minutes_ago=8)
    assert not vitals().is_lagging


def test_no_queue_lags_that_is_empty(db):
    beat("one")
    assert not vitals().is_lagging
    assert vitals().oldest_wait_seconds == 0


def test_it_costs_few_queries(rest, published, django_assert_max_num_queries):
    published("toys.Sleep", sync=False)
    beat("one")
    submitted(rest, minutes_ago=5)
    with django_assert_max_num_queries(5):
        assert vitals().is_lagging
