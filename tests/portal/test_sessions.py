"""Sessions go when they have ended, and no sooner."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.utils import timezone

from jobs.workers.sweeper import sweep


def test_the_sweep_deletes_what_has_ended_alone(db):
    ended, lasting = SessionStore(), SessionStore()
    for one in (ended, lasting):
        one["jobs"] = ["j1"]
        one.create()
    past = timezone.now() - timedelta(seconds=1)
    Session.objects.filter(pk=ended.session_key).update(expire_date=past)
    sweep()
    assert [one.pk for one in Session.objects.all()] == [lasting.session_key]
