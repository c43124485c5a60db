"""The catalogue: all tools that a reader may run, searched and filtered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from portal.pages.addresses import service_url, tool_url
from portal.pages.base import Page, found_service
from services.catalog import (
    PublishedService,
    PublishedTask,
    published,
    visible_services,
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A tool of the catalogue."""

    service: PublishedService
    task: PublishedTask

    @property
    def url(self) -> str:
        """Where it is run."""
        return tool_url(self.service.row.path, self.task.name)

    @property
    def service_url(self) -> str:
        """Where its service is described."""
        return service_url(self.service.row.path)

    @property
    def summary(self) -> str:
        """The first line of its description."""
        return self.task.description.strip().partition("\n")[0]

    @property
    def folder(self) -> str:
        """The folder of its service, "" for the root."""
        return self.service.row.path.rpartition("/")[0]

    def matches(self, words: Iterable[str]) -> bool:
        """Tell if all words stand in its texts."""
        text = " ".join((self.task.title, self.task.name, self.task.description,
                         self.task.category, self.service.row.path,
                         self.service.row.description)).lower()  # fmt: skip
        return all(word in text for word in words)


class CataloguePage(Page):
    """The list of tools."""

    template = "portal/catalogue.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the page; ``q`` and ``folder`` narrow the list."""
        asked = request.GET.get("q", "").strip()
        folder = request.GET.get("folder", "")
        services = [published(row) for row in visible_services(self.user)]
        entries = [Entry(one, task) for one in services for task in one.tasks]
        folders = sorted({one.folder for one in entries})
        found = [one for one in entries if one.matches(asked.lower().split())
                 and (not folder or one.folder == folder)]  # fmt: skip
        return self.page({"entries": found, "folders": folders, "folder": folder,
                          "q": asked, "total": len(entries)})  # fmt: skip


class ServicePage(Page):
    """A service and its tools."""

    template = "portal/service.html"

    def get(
        self,
        request: HttpRequest,  # noqa: ARG002  (Django)
        folder: str,
        service: str,
    ) -> HttpResponseBase:
        """Answer the page."""
        found = found_service(self.user, folder, service)
        entries = [Entry(found, task) for task in found.tasks]
        return self.page({"service": found.row, "entries": entries})
