"""Worker: a row for each worker that lives, so that all hosts see it."""

from __future__ import annotations

from django.db import models


class Worker(models.Model):
    """A running ``manage.py worker``, idle or not; it says so once a sweep.

    Leases tell of busy workers only. ``seen_at`` is by the clock of the database, so
    hosts whose clocks differ agree on who lives.
    """

    id = models.CharField(primary_key=True, max_length=40, editable=False)
    host = models.CharField(max_length=100)
    pid = models.PositiveIntegerField()
    slots = models.PositiveIntegerField(help_text="Jobs that it runs at a time.")
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        ordering = ("host", "started_at")

    def __str__(self) -> str:
        return f"{self.host}, process {self.pid}"
