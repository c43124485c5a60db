"""The jobs app: running tools."""

from __future__ import annotations

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Jobs, the child processes they run in, and their results."""

    name = "jobs"
    verbose_name = "Jobs"

    def ready(self) -> None:
        import jobs.access.ownership
        import jobs.usage.deletion  # noqa: F401  (counts jobs before they go)
        from jobs.featureservices.stored import listed
        from services.listing import register

        register(listed)
