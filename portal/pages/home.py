"""The home page: three tools to try, and one's own latest jobs."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _

from portal.pages.addresses import tool_url
from portal.pages.base import Page
from portal.pages.mine import my_jobs
from services.catalog import visible_services

#: Service, task, title, text of the samples that anybody can try at once.
_TRIES = (
    ("Samples/Buffer", "Buffer", _("Draw a buffer"),
     _("Grow points, lines or areas by a true distance on the ground.")),
    ("Specialty/ESRI_Currents_World", "MessageInABottle",
     _("Where does the bottle go?"),
     _("Throw a bottle into the sea and follow it through the currents.")),
    ("Elevation/ESRI_Elevation_World", "Viewshed", _("What can I see from here?"),
     _("Find the ground that is visible from a point in the mountains.")),
)  # fmt: skip


class HomePage(Page):
    """The front door."""

    template = "portal/home.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the page."""
        return self.page({"tries": self._tries(), "recent": my_jobs(request)[:5]})

    def _tries(self) -> list[dict[str, Any]]:
        known = {one.path for one in visible_services(self.user)}
        return [
            {"url": tool_url(path, task), "title": title, "text": text}
            for path, task, title, text in _TRIES
            if path in known
        ]
