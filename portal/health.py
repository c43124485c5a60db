"""Is the process alive, and is the portal ready? For what restarts and balances."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from jobs.workers.vitals import Vitals, vitals

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at, whether it is well, and a sentence."""

    name: str
    is_well: bool
    text: str


@never_cache
@require_safe
def live(request: HttpRequest) -> JsonResponse:  # noqa: ARG001  (a view)
    """Answer that this web process answers; nothing else is looked at."""
    return JsonResponse({"live": True})


@never_cache
@require_safe
def ready(request: HttpRequest) -> JsonResponse:  # noqa: ARG001  (a view)
    """Answer if jobs can be taken and run; HTTP 503 if not, with what is wrong."""
    checks = readiness()
    is_ready = all(one.is_well for one in checks)
    document = {
        "ready": is_ready,
        "checks": {one.name: {"ok": one.is_well, "text": one.text} for one in checks},
    }
    return JsonResponse(document, status=200 if is_ready else 503)


def readiness() -> list[Check]:
    """Return the checks of database, workers and queue."""
    try:
        found = vitals()
    except DatabaseError:
        logger.exception("the readiness check cannot read the database")
        return [Check("database", False, "The database does not answer.")]
    return [
        Check("database", True, "The database answers."),
        _workers(found),
        _queue(found),
    ]


def _workers(found: Vitals) -> Check:
    count = len(found.workers)
    if not count:
        return Check("workers", False, "No worker lives; jobs wait until one starts.")
    text = f"Living workers: {count}, with room for {found.slots} jobs at a time."
    return Check("workers", True, text)


def _queue(found: Vitals) -> Check:
    text = f"Waiting jobs: {found.waiting}, running: {found.running}."
    if found.waiting:
        text += f" The longest wait is {found.oldest_wait_seconds:.0f} s."
    if found.is_lagging:
        text += " None is taken although a worker has room."
    return Check("queue", not found.is_lagging, text)
