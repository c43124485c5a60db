"""Notifications: of ends that somebody wanted to hear of, in the portal or by mail."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.core.mail import send_mail
from django.db.models import QuerySet
from django.utils import timezone

from jobs.models import Batch, Job, Watch

logger = logging.getLogger(__name__)

_MAILS = 50
_KEPT = timedelta(days=60)
NEVER = "never"


def watch(
    user: User,
    target: Job | Batch,
    when: str = Watch.When.ALWAYS,
    *,
    by_mail: bool = False,
) -> None:
    """Let a user hear of the end of a job or batch, unless ``when`` is never."""
    if when != NEVER:
        named = {"job": target} if isinstance(target, Job) else {"batch": target}
        Watch.objects.create(user=user, when=when, by_mail=by_mail, **named)


def notifications(user: User) -> QuerySet[Watch]:
    """Return what a user has been told, the newest first."""
    rows = Watch.objects.filter(user=user).ended()
    return rows.select_related("job", "batch").defer("job__snapshot", "job__inputs")


def unread(user: User) -> QuerySet[Watch]:
    """Return what a user has not read yet."""
    return Watch.objects.filter(user=user, read_at=None).ended()


def seen(user: User | AnonymousUser, target: Job | Batch) -> None:
    """Mark what was told of the end of a job or batch as read: its user looks at it."""
    if isinstance(user, User):
        named = {"job": target} if isinstance(target, Job) else {"batch": target}
        rows = Watch.objects.filter(user=user, read_at=None, **named)
        rows.update(read_at=timezone.now())


def send_mails() -> None:
    """Send a mail for each end of which its user wants one; by whoever is first."""
    if not settings.MAIL_FROM:
        return
    due = Watch.objects.filter(by_mail=True, mailed_at=None).ended()
    for one in due.select_related("user", "job", "batch")[:_MAILS]:
        mine = Watch.objects.filter(pk=one.pk, mailed_at=None)
        if one.user.email and mine.update(mailed_at=timezone.now()):
            _send(one)


def _send(one: Watch) -> None:
    subject, url = _told(one)
    text = (
        f"{subject}\n\n{settings.PUBLIC_URL}{url}\n" if settings.PUBLIC_URL else subject
    )
    try:
        send_mail(subject, text, settings.MAIL_FROM, [one.user.email])
    except OSError as exc:  # the portal has told it; the mail server is away
        logger.warning("a mail to user %s was not sent: %s", one.user_id, exc)


def _told(one: Watch) -> tuple[str, str]:
    if one.batch is not None:
        return f"Batch {one.batch} has ended", f"/batches/{one.batch_id}/"
    job = one.job
    assert job is not None  # noqa: S101  (one of the two, by a constraint)
    state = job.get_status_display().lower()
    return f"{job.title or job.task_name} has {state}", f"/jobs/{job.pk}/"


def forget_old() -> None:
    """Delete what was read long ago, or never wanted to be."""
    Watch.objects.filter(created_at__lt=timezone.now() - _KEPT).delete()
