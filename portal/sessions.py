"""Sessions of browsers: those that have ended are deleted by the sweep.

Strangers who run a tool get one too, which lists their jobs.
"""

from __future__ import annotations

from django.contrib.sessions.models import Session
from django.utils import timezone

_BATCH = 1000


def forget_ended() -> None:
    """Delete sessions that have ended, some of them at a time."""
    ended = Session.objects.filter(expire_date__lt=timezone.now())
    Session.objects.filter(
        pk__in=list(ended.values_list("pk", flat=True)[:_BATCH])
    ).delete()
