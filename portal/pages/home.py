"""The home page: three tools to try, and what one has done last."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from jobs.status import FINAL
from portal.pages.addresses import rest_url
from portal.pages.base import Page
from portal.pages.lines import with_states
from portal.pages.mine import my_jobs
from portal.pages.tools import Entry, entries_for, recent_entries

_RECENT = 6
_RUNNING = 5
#: A point in the Atlantic, as the REST API takes it.
_SEA = {"features": [{"geometry": {"x": -60, "y": 25}}],
        "spatialReference": {"wkid": 4326}}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Try:
    """A sample that anybody can run at once: its inputs have values already."""

    key: str
    title: str | Promise
    text: str | Promise
    icon: str
    entry: Entry | None = None


_TRIES = (
    Try("Samples/Buffer/Buffer", _("Draw a buffer"),
        _("Grow points, lines or areas by a true distance on the ground."), "buffer"),
    Try("Specialty/ESRI_Currents_World/MessageInABottle",
        _("Where does the bottle go?"),
        _("Throw a bottle into the sea and follow it through the currents."), "drift"),
    Try("Elevation/ESRI_Elevation_World/Viewshed", _("What can I see from here?"),
        _("Find the ground that is visible from a point in the mountains."), "view"),
)  # fmt: skip


class HomePage(Page):
    """The front door."""

    template = "portal/home.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the page."""
        entries = entries_for(self.user)
        jobs = my_jobs(request)
        return self.page(
            {
                "tries": _tries(entries),
                "total": len(entries),
                "recent": recent_entries(request, entries, _RECENT),
                "favourites": [one for one in entries if one.is_favourite][:_RECENT],
                "running": with_states(jobs.exclude(status__in=FINAL)[:_RUNNING]),
                "ended": with_states(jobs.filter(status__in=FINAL)[:_RUNNING]),
                "code": _code(request, entries),
            }
        )


def _tries(entries: Iterable[Entry]) -> list[Try]:
    by_key = {one.key: one for one in entries}
    return [Try(one.key, one.title, one.text, one.icon, by_key[one.key])
            for one in _TRIES if one.key in by_key]  # fmt: skip


def _code(request: HttpRequest, entries: Iterable[Entry]) -> dict[str, Any] | None:
    """Return the lines that run the bottle's tool from a shell, None without it."""
    key = "Specialty/ESRI_Currents_World/MessageInABottle"
    found = next((one for one in entries if one.key == key), None)
    if found is None:
        return None
    address = rest_url(found.service.row.path, found.task.name)
    verb = "execute" if found.is_synchronous else "submitJob"
    url = request.build_absolute_uri(f"{address}/{verb}")
    lines = [f"curl '{url}' \\",
             f"  --data-urlencode 'Input_Point={json.dumps(_SEA)}' \\",
             "  -d Days=50 -d f=json"]  # fmt: skip
    if not found.is_public:
        lines[-1] += ' -d token="$TOKEN"'
    return {"lines": "\n".join(lines), "is_public": found.is_public}
