"""Why a job has ended without a result, and what to do about it, in plain words."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from jobs.models import Job
from jobs.queueing.reasons import OTHER, TIME_LIMIT, reason_kind
from jobs.status import JobStatus
from portal.pages.times import spoken

Words = str | Promise

_LONGEST = 300
#: A file on the server's disk: what an address or a fraction has not.
_PATH = re.compile(r"(?<![\w:/.])/(?:[\w.@~+-]+/)+([\w.@~+-]*)")
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-ZÄÖÜ])")

_ADVICE: Mapping[str, Words] = {
    TIME_LIMIT: _(
        "Use fewer or simpler data, or ask the administrator for a longer limit."
    ),
    "memory_limit": _(
        "Use fewer or simpler data, or ask the administrator for a higher limit."
    ),
    "disk_limit": _(
        "Use fewer or simpler data, or ask the administrator for a higher limit."
    ),
    "disk_full": _("Try again later, or tell the administrator."),
    "crash": _("Try again. If it happens again, tell the administrator."),
    "worker_lost": _("Try again. If it happens again, tell the administrator."),
    "queue_timeout": _("Try again when fewer jobs are waiting."),
    "bug": _("Try other inputs, or send the technical details to the administrator."),
    OTHER: _("Change the inputs and run it again."),
}


def reason(job: Job) -> Words:
    """Return why a job failed or timed out, in one sentence; "" if it did not."""
    if job.status == JobStatus.TIMED_OUT and _kind(job) == TIME_LIMIT:
        seconds = job.snapshot.get("seconds")
        if seconds:
            return _("Stopped after the limit of %(time)s.") % {"time": spoken(seconds)}
    return one_sentence(job.error)


def advice(job: Job) -> Words:
    """Return what its owner can do about a failure; "" for other jobs."""
    return _ADVICE.get(_kind(job), _ADVICE[OTHER]) if job.error else ""


def one_sentence(text: str) -> str:
    """Return the first sentence of an error's text, without folders of the server."""
    line = text.strip().partition("\n")[0]
    first = _SENTENCE.split(_PATH.sub(r"\1", line), maxsplit=1)[0].strip()
    if len(first) > _LONGEST:
        first = f"{first[:_LONGEST].rstrip()}…"
    if first and first[-1] not in ".!?…":
        first += "."
    return first[:1].upper() + first[1:]


def _kind(job: Job) -> str:
    return reason_kind(job.status, job.error)
