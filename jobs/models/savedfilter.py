"""SavedFilter: a name for what somebody often looks for in the list of jobs."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class SavedFilter(models.Model):
    """A query string of the job list under a name, for one user."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_job_filters"
    )
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=1000)

    class Meta:
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint("user", "name", name="saved_filter_name_once"),
        )

    def __str__(self) -> str:
        return self.name
