"""Doing something to many jobs: in batches, for so long as one request may take."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest

from jobs.models import Job
from services.admin.actions import counted
from services.errors import GPError

_BATCH = 200
#: Less than a web server or proxy waits for an answer.
SECONDS = 20.0
_SHOWN_REASONS = 5


class Page(Protocol):
    """What of a page of the admin tells the user."""

    def message_user(self, request: HttpRequest, message: str, level: int) -> None:
        """Show a message on the next page."""


#: Does it to a job; returns "" or why it was left as it is.
Act = Callable[[Job], str]


@dataclass(slots=True)
class Done:
    """How many jobs it was done to, why not to others, and how many are left."""

    count: int = 0
    left: int = 0
    reasons: Counter[str] = field(default_factory=Counter)


def do_to_each(rows: QuerySet[Job], act: Act, seconds: float = SECONDS) -> Done:
    """Do something to each job that matches now, in the order of the list.

    Stops when time is over; jobs that go meanwhile are passed over.
    """
    done, deadline = Done(), time.monotonic() + seconds
    keys = list(rows.values_list("pk", flat=True))
    for start in range(0, len(keys), _BATCH):
        batch = keys[start : start + _BATCH]
        found = Job.objects.in_bulk(batch)
        for place, key in enumerate(batch, start):
            if time.monotonic() >= deadline:
                done.left = len(keys) - place
                return done
            if key in found:
                _do(found[key], act, done)
    return done


def _do(job: Job, act: Act, done: Done) -> None:
    try:
        reason = act(job)
    except GPError as exc:
        reason = " ".join(str(exc).replace(job.pk, "").split())
    if reason:
        done.reasons[reason] += 1
    else:
        done.count += 1


def report(page: Page, request: HttpRequest, done: Done, what: str) -> None:
    """Tell the user what was done, to how many, and what was not."""
    level = messages.SUCCESS if done.count or not done.reasons else messages.WARNING
    page.message_user(request, f"{counted(done.count, Job)} {what}.", level)
    for reason, count in done.reasons.most_common(_SHOWN_REASONS):
        text = f"{counted(count, Job)} not {what}: {reason}."
        page.message_user(request, text, messages.WARNING)
    if done.left:
        text = f"{counted(done.left, Job)} not reached in {SECONDS:g} s: do it again."
        page.message_user(request, text, messages.WARNING)
