"""Batch, Watch, Schedule: many jobs of one form, who hears of ends, and when next."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from jobs.models.job import Job
from jobs.status import FINAL, UNSUCCESSFUL


def new_batch_id() -> str:
    """Return ``b`` and 32 hex digits, not guessable."""
    return "b" + secrets.token_hex(16)


class Batch(models.Model):
    """Jobs of one task whose inputs differ row by row.

    ``Job.batch_row`` numbers the rows from 1; a row that was run again has several
    jobs, of which the newest counts. ``submission_key`` is of the form that was sent.
    """

    id = models.CharField(
        "batch id",
        primary_key=True,
        max_length=33,
        default=new_batch_id,
        editable=False,
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    service = models.ForeignKey("services.Service", models.SET_NULL, null=True)
    service_path = models.CharField("service", max_length=210)
    task_name = models.CharField("task", max_length=100)
    title = models.CharField(max_length=200, blank=True)
    submission_key = models.CharField(  # noqa: DJ001  (not all have one)
        max_length=64, null=True, unique=True, editable=False
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-created_at",)
        verbose_name_plural = "batches"

    def __str__(self) -> str:
        return self.title or self.id


class WatchQuerySet(models.QuerySet["Watch"]):
    """Watches, and which of them have something to tell."""

    def ended(self) -> models.QuerySet[Watch]:
        """Return those whose job or batch has ended as their user wants to hear of."""
        of_batch = Job.objects.filter(batch=OuterRef("batch"))
        failed = Q(job__status__in=UNSUCCESSFUL) | Q(
            Exists(of_batch.filter(status__in=UNSUCCESSFUL, reruns=None))
        )
        over = Q(job__status__in=FINAL) | Q(batch__isnull=False) & ~Q(
            Exists(of_batch.exclude(status__in=FINAL))
        )
        return self.filter(over).filter(Q(when=Watch.When.ALWAYS) | failed)


class Watch(models.Model):
    """Somebody's wish to hear of the end of a job or batch; then it is a notification.

    Nothing is written when a job ends: whether there is something to tell follows from
    the state of the job.
    """

    class When(models.TextChoices):
        """Of which ends."""

        ALWAYS = "always", "Always"
        ON_FAILURE = "on_failure", "On failure"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    job = models.ForeignKey(Job, models.CASCADE, null=True, blank=True)
    batch = models.ForeignKey(Batch, models.CASCADE, null=True, blank=True)
    when = models.CharField(max_length=10, choices=When.choices, default=When.ALWAYS)
    by_mail = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)

    objects = WatchQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at",)
        verbose_name_plural = "watches"
        constraints = (
            models.CheckConstraint(
                condition=Q(job__isnull=False) ^ Q(batch__isnull=False),
                name="watch_of_job_or_batch",
            ),
        )

    def __str__(self) -> str:
        return f"{self.user}: {self.job_id or self.batch_id}"


class Schedule(models.Model):
    """A job that is run again at times of the calendar, for as long as it is wanted.

    ``template`` is the job whose inputs are used; it is pinned, so that they stay.
    Runs follow ``first_at`` at the same time of day in ``zone``; ``next_at`` is the
    next one, which whoever moves it makes.
    """

    class Every(models.TextChoices):
        """How often."""

        HOUR = "hour", "Every hour"
        DAY = "day", "Every day"
        WEEK = "week", "Every week"
        MONTH = "month", "Every month"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    template = models.ForeignKey(Job, models.CASCADE, related_name="schedules")
    every = models.CharField(max_length=5, choices=Every.choices, default=Every.DAY)
    first_at = models.DateTimeField()
    zone = models.CharField(max_length=64, default="UTC")
    next_at = models.DateTimeField(db_index=True)
    last_job = models.ForeignKey(
        Job, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    last_error = models.TextField(blank=True)
    is_on = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("next_at",)

    def __str__(self) -> str:
        return f"{self.template} {self.get_every_display()}"
