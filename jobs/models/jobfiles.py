"""JobFiles: jobs as what lies on the disk."""

from __future__ import annotations

from jobs.models.job import Job


class JobFiles(Job):
    """A job whose inputs or results take room; who may see jobs may see these."""

    class Meta:
        proxy = True
        default_permissions = ()
        ordering = ("-size",)
        verbose_name = "files of a job"
        verbose_name_plural = "files of jobs"
