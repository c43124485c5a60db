"""The usage: each run counted once, the same as from the jobs, and when they are gone."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.db.models import Count, Q, Sum
from django.utils import timezone

from jobs.models import Job, Usage
from jobs.usage.counting import HOUR_DAYS, count_ended, merge_hours
from jobs.usage.durations import ACCURACY, bucket, quantile
from jobs.usage.periods import custom, usual
from jobs.usage.reading import by_service, by_slice, total
from jobs.workers.sweeper import sweep

SHARES = (0.05, 0.5, 0.9, 0.95, 0.99, 1.0)
FAILURES = {
    "the tool ended unexpectedly": "crash",
    "the run needed more memory than its limit": "memory_limit",
    "Distance: expected a number": "tool",
}


def exactly(seconds, share):
    """The nearest rank, as NumPy has it."""
    return np.percentile(seconds, 100 * share, method="inverted_cdf")


@pytest.mark.parametrize("spread", [0.1, 1.0, 3.0])
def test_quantiles_are_as_near_to_numpy_s_as_they_say(spread):
    seconds = np.random.default_rng(7).lognormal(1.0, spread, 5000).clip(min=0.001)
    counts = Counter(map(bucket, seconds.tolist()))
    for share in SHARES:
        wanted = exactly(seconds, share)
        assert quantile(counts, share) == pytest.approx(wanted, rel=ACCURACY)


def test_there_is_no_quantile_of_nothing():
    assert quantile(Counter(), 0.5) is None


def test_no_duration_is_too_short_or_too_long():
    assert bucket(-1) == bucket(0) == bucket(0.0005) == 0
    year = 366 * 24 * 3600
    assert quantile(Counter({bucket(year): 1}), 0.5) == pytest.approx(
        year, rel=ACCURACY
    )


@pytest.fixture
def runs(published):
    """Store 400 runs of three services, two of them asynchronous, over two days."""
    random = np.random.default_rng(3)
    people = [User.objects.create_user(one) for one in ("maria", "tom")]
    services = [published("toys.Sleep", f"Toys/S{at}", sync=at == 0) for at in range(3)]
    ends = ["esriJobSucceeded"] * 6 + [
        "esriJobFailed", "esriJobTimedOut", "esriJobCancelled"]  # fmt: skip
    jobs, now = [], timezone.now()
    for _ in range(400):
        service = services[random.integers(3)]
        status = ends[random.integers(len(ends))]
        wait, run = (timedelta(seconds=one) for one in random.lognormal(0, 1.5, 2))
        if service.is_synchronous:
            wait = timedelta()
        submitted = now - timedelta(hours=random.uniform(0.1, 47)) - wait - run
        never_ran = status == "esriJobCancelled" and random.random() < 0.5
        is_wrong = status == "esriJobFailed"
        jobs.append(Job(
            service=service, service_path=service.path, task_name="Sleep",
            mode="sync" if service.is_synchronous else "async", status=status,
            user=[None, *people][random.integers(3)], size=int(random.integers(10_000)),
            error=list(FAILURES)[random.integers(3)] if is_wrong else "",
            submitted_at=submitted, started_at=None if never_ran else submitted + wait,
            ended_at=submitted + wait + run,
        ))  # fmt: skip
    Job.objects.bulk_create(jobs)
    return jobs


def two_days():
    return custom((timezone.now() - timedelta(days=3)).date(), timezone.now().date())


def by_sql():
    """Counts of each service, from the jobs by SQL."""
    rows = Job.objects.order_by().values("service_path").annotate(
        succeeded=Count("pk", filter=Q(status="esriJobSucceeded")),
        failed=Count("pk", filter=Q(status="esriJobFailed")),
        timed_out=Count("pk", filter=Q(status="esriJobTimedOut")),
        cancelled=Count("pk", filter=Q(status="esriJobCancelled")),
        sync=Count("pk", filter=Q(mode="sync")), bytes=Sum("size"),
        users=Count("user", distinct=True), strangers=Count("pk", filter=Q(user=None)),
    )  # fmt: skip
    return {row.pop("service_path"): row for row in rows}


def as_sql(tallies):
    return {
        path: {**{name: one.ends[name] for name in
                  ("succeeded", "failed", "timed_out", "cancelled")},
               "sync": one.modes["sync"], "bytes": one.size, "users": len(one.users),
               "strangers": one.strangers}
        for path, one in tallies.items()
    }  # fmt: skip


def test_sums_are_those_of_the_jobs_before_and_after_they_are_counted(runs):
    wanted = by_sql()
    assert as_sql(by_service(two_days())) == wanted
    count_ended()
    assert as_sql(by_service(two_days())) == wanted
    count_ended()  # each one once
    assert as_sql(by_service(two_days())) == wanted


def test_sums_outlive_the_jobs(runs):
    wanted = by_sql()
    count_ended()
    Job.objects.all().delete()
    assert as_sql(by_service(two_days())) == wanted


def test_the_time_of_runs_and_waits_is_numpy_s(runs):
    count_ended()
    waits, times = defaultdict(list), defaultdict(list)
    for job in runs:
        if job.started_at is not None:
            taken = (job.ended_at - job.started_at).total_seconds()
            times[job.service_path].append(taken)
            if job.mode == "async":
                waited = (job.started_at - job.submitted_at).total_seconds()
                waits[job.service_path].append(waited)
    found = by_service(two_days())
    assert set(found) == set(times)
    for path, one in found.items():
        for share in SHARES:
            wanted = exactly(times[path], share)
            assert one.run(share) == pytest.approx(wanted, rel=ACCURACY)
            if path in waits:
                wanted = max(exactly(waits[path], share), 0.001)
                assert one.wait(share) == pytest.approx(wanted, rel=ACCURACY)
    assert found["Toys/S0"].wait(0.5) is None


def test_failures_are_counted_by_their_reason(runs):
    wanted = Counter(FAILURES[job.error] for job in runs if job.error)
    wanted["time_limit"] = sum(job.status == "esriJobTimedOut" for job in runs)
    assert total(by_service(two_days())).failures == wanted


def test_slices_hold_what_ended_in_them(runs):
    count_ended()
    period = usual("day")
    found = by_slice(period)
    assert len(found) == 24
    for start, counts in zip(period.starts(), found, strict=True):
        ended = Job.objects.filter(ended_at__gte=start,
                                   ended_at__lt=start + timedelta(hours=1))  # fmt: skip
        assert sum(counts.values()) == ended.count()


def test_old_hours_become_days_that_say_the_same(runs):
    old = timedelta(days=HOUR_DAYS + 3)
    count_ended()
    for row in Usage.objects.all():
        Usage.objects.filter(pk=row.pk).update(began_at=row.began_at - old)
    today = timezone.now()
    period = custom((today - old - timedelta(days=3)).date(), today.date())
    before, hours = by_service(period), Usage.objects.count()
    merge_hours()
    assert by_service(period) == before
    assert {one.span for one in Usage.objects.all()} == {"day"}
    days = {one.began_at for one in Usage.objects.all()}
    assert Usage.objects.count() <= 3 * len(days) < hours


def test_what_ended_long_ago_is_counted_by_the_day(runs):
    Job.objects.update(ended_at=timezone.now() - timedelta(days=HOUR_DAYS + 2))
    count_ended()
    assert {one.span for one in Usage.objects.all()} == {"day"}


def test_the_sweep_counts_a_job_before_it_deletes_it(published):
    service = published("toys.Sleep", "Toys/Gone", sync=False, keep_jobs_hours=0)
    now = timezone.now() - timedelta(seconds=1)
    Job.objects.create(
        service=service, service_path=service.path, task_name="Sleep", mode="async",
        status="esriJobSucceeded", submitted_at=now, started_at=now, ended_at=now,
    )  # fmt: skip
    sweep()
    assert not Job.objects.exists()
    assert Usage.objects.get().succeeded == 1


def test_a_job_counts_that_is_deleted_before_the_next_sweep(
    rest, published, admin_client
):
    published("toys.Sleep", "Toys/Gone", sync=False)
    job = rest.run_job("/Toys/Gone/GPServer/Sleep", Seconds=0).rpartition("/")[2]
    data = {"action": "delete_selected", "_selected_action": [job], "confirmed": "yes"}
    admin_client.post("/admin/jobs/job/", data)
    assert not Job.objects.exists()
    assert total(by_service(usual("day"))).ends["succeeded"] == 1


def test_jobs_count_that_are_deleted_many_at_a_time(runs):
    wanted = by_sql()
    Job.objects.filter(mode="async").delete()
    count_ended()
    Job.objects.all().delete()
    assert as_sql(by_service(two_days())) == wanted


def test_a_job_that_has_not_ended_does_not_count_when_it_is_deleted(runs):
    Job.objects.update(ended_at=None)
    Job.objects.all().delete()
    assert by_service(two_days()) == {}


def test_synchronous_runs_count_like_jobs(rest, published):
    published("toys.Sleep", "Toys/Sync")
    rest.post("/Toys/Sync/GPServer/Sleep/execute", Seconds=0)
    one = by_service(usual("day"))["Toys/Sync"]
    assert (one.total, one.modes["sync"], one.strangers) == (1, 1, 1)


def test_the_usage_of_a_service_that_is_gone_stays(published):
    service = published("toys.Sleep", "Toys/Gone")
    Usage.objects.create(service=service, service_path=service.path, task_name="Sleep",
                         mode="sync", began_at=usual("day").since, succeeded=4)  # fmt: skip
    service.delete()
    assert by_service(usual("day"))["Toys/Gone"].ends["succeeded"] == 4
