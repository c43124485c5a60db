"""The page of a service: its tools, its limits, who may run it."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from jobs.models.job import kept_for
from portal.pages.addresses import rest_url
from portal.pages.base import Page, found_service
from portal.pages.entries import Entry, favourites_of
from portal.pages.lines import with_states
from portal.pages.mine import my_jobs
from services.guarded import EVERYONE, SIGNED_IN
from services.models import Service

_WHO: dict[str, str | Promise] = {
    EVERYONE: _("Everyone, without signing in"),
    SIGNED_IN: _("Everyone who has signed in"),
}
_RECENT = 5


@dataclass(frozen=True, slots=True)
class Limits:
    """What a service sets bounds to, in the units that people read."""

    max_records: int
    max_features: int
    run_seconds: int
    request_mb: int
    upload_mb: int
    upload_types: tuple[str, ...]
    keep_hours: float

    @classmethod
    def of(cls, row: Service) -> Limits:
        """Return the limits of a service."""
        return cls(
            row.maximum_records,
            row.max_features,
            row.max_run_seconds,
            row.max_request_mb,
            row.max_upload_mb if row.uploads else 0,
            row.upload_extensions,
            kept_for(row.keep_jobs_hours).total_seconds() / 3600,
        )


class ServicePage(Page):
    """A service and its tools."""

    template = "portal/service.html"

    def get(self, request: HttpRequest, folder: str, service: str) -> HttpResponseBase:
        """Answer the page."""
        found = found_service(self.user, folder, service)
        row, starred = found.row, favourites_of(self.user)
        schema = f"/{settings.CONTEXT}/rest/directories/arcgisoutput/{row.path}"
        return self.page(
            {
                "service": row,
                "entries": [Entry(found, task, (row.pk, task.name) in starred)
                            for task in found.tasks],
                "unusable": found.unusable,
                "is_stopped": row.state == Service.State.STOPPED,
                "limits": Limits.of(row),
                "who": _WHO.get(row.level, _("Chosen groups and people")),
                "rest_url": rest_url(row.path),
                "schema_url": f"{schema}_GPServer/spec/json-schema.json",
                "recent": with_states(my_jobs(request).filter(service=row)[:_RECENT]),
            }
        )  # fmt: skip
