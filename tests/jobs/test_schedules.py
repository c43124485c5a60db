"""Schedules: when the next time is, and what happens then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import DAILY, HOURLY, MONTHLY, WEEKLY, rrule
from django.test import Client
from django.utils import timezone

from jobs.models import Job, Schedule
from jobs.queueing import queue
from jobs.repeated.schedules import next_time, run_due
from jobs.runs import execution
from jobs.status import JobStatus

HELSINKI = ZoneInfo("Europe/Helsinki")
_FREQUENCY = {"hour": HOURLY, "day": DAILY, "week": WEEKLY, "month": MONTHLY}


def at(*numbers: int) -> datetime:
    return datetime(*numbers, tzinfo=UTC)


@pytest.mark.parametrize("every", list(_FREQUENCY))
@pytest.mark.parametrize("days", [0.01, 1, 6.5, 45, 400])
def test_the_next_time_is_that_of_the_rule_of_icalendar(every, days):
    first = at(2026, 1, 15, 9, 30)
    after = first + timedelta(days=days)
    rule = rrule(_FREQUENCY[every], dtstart=first)
    assert next_time(first, every, "UTC", after) == rule.after(after)


def test_the_time_of_day_stays_when_the_clocks_change():
    first = datetime(2026, 3, 27, 8, 0, tzinfo=HELSINKI)  # two days before
    found = next_time(first, "day", "Europe/Helsinki", at(2026, 3, 30, 0, 0))
    assert found == at(2026, 3, 30, 5, 0)
    assert found.astimezone(HELSINKI).hour == 8


def test_a_month_without_the_day_has_its_last_one():
    first = at(2026, 1, 31, 12, 0)
    assert next_time(first, "month", "UTC", at(2026, 2, 1)) == at(2026, 2, 28, 12, 0)
    assert next_time(first, "month", "UTC", at(2026, 3, 1)) == at(2026, 3, 31, 12, 0)


def test_a_first_time_that_lies_ahead_is_the_next_one():
    first = at(2027, 1, 1)
    for every in _FREQUENCY:
        assert next_time(first, every, "UTC", at(2026, 6, 1)) == first


@pytest.fixture
def person(owner):
    client = Client()
    client.force_login(owner)
    return client


@pytest.fixture
def job(published, person, monkeypatch):
    """A job of the owner that has succeeded."""
    monkeypatch.setattr(queue, "push", execution.run)
    published("samples.Sleep", "Toys/Sleep", sync=False)
    person.post("/tools/Toys/Sleep/Sleep/", {"Seconds": "0"})
    return Job.objects.get()


def scheduled(person, job, **fields):
    form = {"every": "day", "first": "2026-01-01T06:00", "zone": "Europe/Helsinki"}
    return person.post(f"/jobs/{job.pk}/schedule/", form | fields)


def test_a_schedule_runs_the_job_again_once_when_its_time_has_come(person, job):
    scheduled(person, job)
    row = Schedule.objects.get()
    assert row.next_at > timezone.now()
    Schedule.objects.update(next_at=timezone.now() - timedelta(minutes=1))
    run_due()
    run_due()
    again = Job.objects.get(rerun_of=job)
    assert again.status == JobStatus.SUCCEEDED
    assert again.source == Job.Source.SCHEDULE
    row.refresh_from_db()
    assert row.last_job == again
    assert row.next_at.astimezone(HELSINKI).hour == 6
    job.refresh_from_db()
    assert job.pinned  # its inputs have to stay


def test_what_may_not_be_used_any_more_does_not_run_and_says_why(person, job):
    scheduled(person, job)
    Schedule.objects.update(next_at=timezone.now())
    job.service.state = job.service.State.STOPPED
    job.service.save()
    run_due()
    assert Job.objects.count() == 1
    assert "switched off" in Schedule.objects.get().last_error


def test_a_schedule_can_be_switched_off_and_deleted_by_its_owner_alone(
    person, job, stranger
):
    scheduled(person, job)
    row, other = Schedule.objects.get(), Client()
    other.force_login(stranger)
    assert other.post(f"/schedules/{row.pk}/", {"delete": ""}).status_code == 404
    assert other.get(f"/jobs/{job.pk}/schedule/").status_code == 404
    person.post(f"/schedules/{row.pk}/", {"switch": ""})
    Schedule.objects.update(next_at=timezone.now())
    run_due()
    assert Job.objects.count() == 1
    person.post(f"/schedules/{row.pk}/", {"delete": ""})
    assert not Schedule.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"), [("zone", "Moon/Base"), ("first", "soon"), ("every", "year")]
)
def test_a_wrong_field_is_refused_at_the_field(person, job, field, value):
    answer = scheduled(person, job, **{field: value})
    assert answer.status_code == 422
    assert "problem" in answer.text
    assert not Schedule.objects.exists()
