"""Job, JobMessage: the truth about every run, and what it has said."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import models

from jobs.status import FINAL, JobStatus
from services.models import Service


def new_job_id() -> str:
    """Return ``j`` and 32 hex digits, not guessable (128 random bits)."""
    return "j" + secrets.token_hex(16)


def kept_for(hours: int) -> timedelta:
    """Return how long the finished jobs of a service stay that keeps them so long."""
    most: int = settings.KEEP_JOBS_HOURS
    return timedelta(hours=min(hours, most) if most else hours)


class Job(models.Model):
    """One run of a task, synchronous or not.

    ``snapshot`` is all a worker needs (tool, schema, limits, environment fields),
    so edits of the service do not touch a job that was accepted before. ``inputs``
    maps parameter names to raw text; a large one is ``{"file": name}`` in the
    job's folder, and one with a secret is without it: ``sealed`` has that, encrypted,
    until the job ends. ``outputs`` is the manifest of the stored results, ``steps`` are
    those of a model and what became of them, ``provenance`` tells what made them
    (jobs/child/provenance.py). ``attempt`` and ``started_at`` are the fence: only the
    worker of that claim may end the job.
    ``priority`` and ``turn`` give its place in the queue (jobs/queueing/policy.py).
    ``address`` is that of a stranger, for whom there is no ``user``; ``owner_gone``
    says that there was one. ``size`` counts the bytes of its files. The sweep leaves a
    pinned job. ``title`` and ``note`` are its owner's. ``rerun_of`` is the job that
    this one repeats; a failure is ``repaired_at`` once such a job has succeeded, or
    somebody has said so.
    ``submission_key`` is of the form that was sent: sent twice, it is one job.
    ``counted_at`` says when its end went into the usage.
    """

    class Mode(models.TextChoices):
        """Whether the client waited."""

        SYNC = "sync", "Synchronous"
        ASYNC = "async", "Asynchronous"

    class Source(models.TextChoices):
        """Through which door it came."""

        REST = "rest", "REST"
        PORTAL = "portal", "Portal"
        BATCH = "batch", "Batch"
        SCHEDULE = "schedule", "Schedule"
        ADMIN = "admin", "Administration"

    id = models.CharField(
        "job id", primary_key=True, max_length=33, default=new_job_id, editable=False
    )
    service = models.ForeignKey(
        "services.Service", models.SET_NULL, null=True, related_name="jobs"
    )
    service_path = models.CharField("service", max_length=210)
    task_name = models.CharField("task", max_length=100)
    mode = models.CharField(max_length=5, choices=Mode.choices)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True,
        db_index=False,  # the one with the time does
    )  # fmt: skip
    owner_gone = models.BooleanField(default=False, editable=False)
    address = models.CharField(max_length=45, blank=True)
    # The database has these defaults too: for workers of a former version.
    source = models.CharField(
        max_length=10, choices=Source.choices, default=Source.REST, db_default="rest",
        editable=False,
    )  # fmt: skip
    title = models.CharField(max_length=200, blank=True, default="", db_default="")
    note = models.TextField(blank=True, default="", db_default="")
    rerun_of = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, editable=False,
        related_name="reruns",
    )  # fmt: skip
    repaired_at = models.DateTimeField(null=True, editable=False)
    batch = models.ForeignKey(
        "jobs.Batch", models.SET_NULL, null=True, editable=False, related_name="jobs"
    )
    batch_row = models.PositiveIntegerField(null=True, editable=False)
    status = models.CharField(
        max_length=20, choices=JobStatus.choices, default=JobStatus.SUBMITTED
    )
    snapshot = models.JSONField(default=dict)
    inputs = models.JSONField(default=dict)
    outputs = models.JSONField(default=list)
    provenance = models.JSONField(null=True, editable=False)
    steps = models.JSONField(default=list, null=True)  # null: by a former version
    error = models.TextField(blank=True, help_text="Why the job failed.")
    progress_percent = models.FloatField(null=True)
    progress_text = models.CharField(max_length=200, blank=True)
    sealed = models.TextField(blank=True, default="", editable=False)
    priority = models.SmallIntegerField(
        choices=Service.Priority.choices, default=Service.Priority.NORMAL
    )
    turn = models.PositiveIntegerField(default=0)
    wait_until = models.DateTimeField(null=True)
    pinned = models.BooleanField(default=False)
    submission_key = models.CharField(  # noqa: DJ001  (many jobs came without one)
        max_length=64, null=True, unique=True, editable=False
    )
    size = models.PositiveBigIntegerField(default=0, help_text="In bytes.")
    attempt = models.PositiveIntegerField(default=0)
    worker = models.CharField(max_length=40, blank=True)
    host = models.CharField(max_length=100, blank=True)
    lease_until = models.DateTimeField(null=True)
    submitted_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    counted_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ("-submitted_at",)
        indexes = (
            models.Index(fields=("status", "-priority", "turn", "submitted_at")),
            models.Index(fields=("ended_at",)),
            models.Index(fields=("service", "-submitted_at")),
            models.Index(fields=("user", "-submitted_at"), name="job_of_user"),
            models.Index(fields=("status", "-submitted_at"), name="job_in_state"),
            models.Index(fields=("-submitted_at",), name="job_newest"),
            models.Index(
                fields=("ended_at",),
                condition=models.Q(counted_at=None, ended_at__isnull=False),
                name="job_not_counted",
            ),
        )

    def __str__(self) -> str:
        return self.id

    @property
    def is_final(self) -> bool:
        """True if the status will not change any more."""
        return self.status in FINAL

    @property
    def folder(self) -> Path:
        """Where the job's large inputs and its results lie."""
        return Path(settings.JOBS_DIR) / self.id

    @property
    def results_folder(self) -> Path:
        """Where the results of the current attempt lie once it has succeeded."""
        return self.folder / f"a{self.attempt}"

    @property
    def expires_at(self) -> datetime | None:
        """When a finished job goes at the latest; None while it runs or is pinned.

        A limit of size may let it go before.
        """
        if self.ended_at is None or self.pinned:
            return None
        return self.ended_at + kept_for((self.service or Service()).keep_jobs_hours)


class JobMessage(models.Model):
    """A line that a job tells its user; append-only, in order of ``sequence``."""

    class Type(models.TextChoices):
        """How grave a message is, as GPServer names it."""

        INFORMATIVE = "esriJobMessageTypeInformative", "Information"
        WARNING = "esriJobMessageTypeWarning", "Warning"
        ERROR = "esriJobMessageTypeError", "Error"

    job = models.ForeignKey(Job, models.CASCADE, related_name="messages")
    sequence = models.PositiveIntegerField()
    type = models.CharField(max_length=40, choices=Type.choices)
    text = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("sequence",)
        constraints = (
            models.UniqueConstraint("job", "sequence", name="message_once_in_job"),
        )
        indexes = (
            models.Index(
                fields=("job",), name="job_with_warning",
                condition=models.Q(type="esriJobMessageTypeWarning"),
            ),
        )  # fmt: skip

    def __str__(self) -> str:
        return self.text
