"""LogEvent: a record of the log that is worth a look, where administrators find it."""

from __future__ import annotations

import logging

from django.db import models


class LogEvent(models.Model):
    """A warning or worse, without secrets; the oldest ones make room for new ones.

    ``job_id`` and ``request_id`` are names: what they named may be gone.
    """

    class Level(models.IntegerChoices):
        """How grave it is, as Python's logging counts."""

        INFO = logging.INFO, "Information"
        WARNING = logging.WARNING, "Warning"
        ERROR = logging.ERROR, "Error"
        CRITICAL = logging.CRITICAL, "Critical"

    at = models.DateTimeField("time")
    level = models.PositiveSmallIntegerField(choices=Level.choices)
    logger = models.CharField(max_length=100)
    text = models.TextField()
    exception = models.TextField(blank=True)
    service = models.CharField(max_length=210, blank=True)
    job_id = models.CharField("job", max_length=33, blank=True)
    user = models.CharField(max_length=150, blank=True)
    request_id = models.CharField("request id", max_length=64, blank=True)
    process = models.CharField(max_length=110, blank=True)

    class Meta:
        ordering = ("-id",)
        indexes = (models.Index(fields=("at",), name="log_event_at"),)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.get_level_display()}, {self.logger}"
