"""Usage: what ran in an hour or a day, kept when the jobs themselves are gone."""

from __future__ import annotations

from django.db import models

from jobs.models.job import Job


class Usage(models.Model):
    """The runs of a task in one way that ended within an hour, or a day, of UTC.

    The path tells of a service that is gone. ``failures`` counts kinds of reasons
    (jobs/queueing/reasons.py), ``waits`` and ``runs`` are histograms by bucket
    (jobs/usage/durations.py), ``users`` the numbers of the users, each once;
    ``strangers`` counts runs of nobody. ``size`` is in bytes.
    """

    class Span(models.TextChoices):
        """The time that a row stands for."""

        HOUR = "hour", "Hour"
        DAY = "day", "Day"

    service = models.ForeignKey(
        "services.Service", models.SET_NULL, null=True, related_name="usage"
    )
    service_path = models.CharField("service", max_length=210)
    task_name = models.CharField("task", max_length=100)
    mode = models.CharField(max_length=5, choices=Job.Mode.choices)
    span = models.CharField(max_length=4, choices=Span.choices, default=Span.HOUR)
    began_at = models.DateTimeField()
    succeeded = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    timed_out = models.PositiveIntegerField(default=0)
    cancelled = models.PositiveIntegerField(default=0)
    strangers = models.PositiveIntegerField(default=0)
    size = models.PositiveBigIntegerField(default=0)
    failures = models.JSONField(default=dict)
    waits = models.JSONField(default=dict)
    runs = models.JSONField(default=dict)
    users = models.JSONField(default=list)

    class Meta:
        ordering = ("-began_at", "service_path")
        verbose_name = "usage"
        verbose_name_plural = "usage"
        constraints = (
            models.UniqueConstraint(
                fields=("began_at", "span", "service_path", "task_name", "mode"),
                name="usage_once_in_span",
            ),
        )

    def __str__(self) -> str:
        return f"{self.service_path}/{self.task_name}, {self.began_at:%Y-%m-%d %H:%M}"
