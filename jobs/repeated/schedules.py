"""Schedules: jobs run again when their time has come."""

from __future__ import annotations

import calendar
import logging
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

from django.utils import timezone

from jobs.models import Job, Schedule
from jobs.runs.again import run_again
from services.access import may_use
from services.errors import GPError, InvalidValue, ToolFailed

logger = logging.getLogger(__name__)

#: Schedules of one person at the most.
MAX_OF_USER = 20
_BATCH = 100
_DAYS = {Schedule.Every.DAY: 1, Schedule.Every.WEEK: 7}


def next_time(first: datetime, every: str, zone: str, after: datetime) -> datetime:
    """Return the first time of a schedule after a moment, in UTC.

    Days, weeks and months keep the time of day in ``zone``, also when its clocks
    change; an hour that the clocks leave out moves to the next. A day that a month
    has not is its last one.
    """
    if every == Schedule.Every.HOUR:
        passed = max(0, (after - first) // timedelta(hours=1) + 1)
        return first if first > after else first + timedelta(hours=passed)
    number = 0
    while (found := _nth(first, every, zone, number)) <= after:
        number += max(1, (after - found).days // _longest(every))
    return found


def _longest(every: str) -> int:
    return _DAYS.get(Schedule.Every(every), 31)


def _nth(first: datetime, every: str, zone: str, number: int) -> datetime:
    place = ZoneInfo(zone)
    local = first.astimezone(place).replace(tzinfo=None)
    if every == Schedule.Every.MONTH:
        months = local.year * 12 + local.month - 1 + number
        year, month = months // 12, months % 12 + 1
        day = min(local.day, calendar.monthrange(year, month)[1])
        local = local.replace(year=year, month=month, day=day)
    else:
        local += timedelta(days=_longest(every) * number)
    return local.replace(tzinfo=place).astimezone(UTC)


def checked_zone(name: str) -> str:
    """Return the name of a time zone. Raises InvalidValue."""
    if name not in available_timezones():
        raise InvalidValue(
            f"expected a time zone such as Europe/Helsinki, not {name[:60]}"
        )
    return name


def run_due() -> None:
    """Submit the jobs whose time has come; safe to do on several hosts at once."""
    now = timezone.now()
    due = Schedule.objects.filter(is_on=True, next_at__lte=now)
    for one in due.select_related("template__service", "template__user")[:_BATCH]:
        following = next_time(one.first_at, one.every, one.zone, now)
        mine = Schedule.objects.filter(pk=one.pk, next_at=one.next_at, is_on=True)
        if mine.update(next_at=following):
            _run(one)


def _run(schedule: Schedule) -> None:
    """Run a schedule's job, and keep what became of it."""
    job, reason = None, ""
    try:
        job = _again(schedule)
    except GPError as exc:
        reason = str(exc)
        logger.warning("schedule %s did not run: %s", schedule.pk, reason)
    rows = Schedule.objects.filter(pk=schedule.pk)
    rows.update(last_error=reason, **({"last_job": job} if job else {}))


def _again(schedule: Schedule) -> Job:
    template, user = schedule.template, schedule.user
    service = template.service
    if not user.is_active or service is None or not may_use(user, service):
        raise ToolFailed("the tool may not be used any more")
    if service.state == service.State.STOPPED:
        raise ToolFailed("the tool is switched off by the administrator")
    return run_again(template, Job.Source.SCHEDULE)
