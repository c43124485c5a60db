"""Worker: a row for each worker that lives, so that all hosts see it."""

from __future__ import annotations

from django.db import models


class Worker(models.Model):
    """A running ``manage.py worker``, idle or not; it says so once a sweep.

    Leases tell of busy workers only. ``seen_at`` is by the clock of the database, so
    hosts whose clocks differ agree on who lives. ``wish`` is what an administrator
    wants of it; it looks before it takes a job (jobs/queueing/policy.py). What a
    version before does not know has a default in the database, or is null.
    """

    class Wish(models.TextChoices):
        """What a worker is to do."""

        RUN = "", "Takes jobs"
        PAUSE = "pause", "Paused"
        DRAIN = "drain", "Draining"

    id = models.CharField(primary_key=True, max_length=40, editable=False)
    host = models.CharField(max_length=100)
    pid = models.PositiveIntegerField()
    slots = models.PositiveIntegerField(help_text="Jobs that it runs at a time.")
    wish = models.CharField(
        "state", max_length=5, choices=Wish.choices, default=Wish.RUN,
        db_default=Wish.RUN, blank=True, editable=False,
    )  # fmt: skip
    memory_mb = models.PositiveIntegerField("memory (MB)", null=True, editable=False)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        ordering = ("host", "started_at")

    def __str__(self) -> str:
        return f"{self.host}, process {self.pid}"
