"""The tools of the catalogue as pages list them: what each takes, and how it is run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest

from portal.models import Favourite
from portal.pages.addresses import service_url, tool_url
from portal.pages.mine import my_jobs
from services.catalog import (
    PublishedService,
    PublishedTask,
    published,
    visible_services,
)
from services.guarded import EVERYONE

#: Words of filters for the geometry types and data types of inputs.
_GEOMETRIES = {
    "esriGeometryPoint": "points",
    "esriGeometryMultipoint": "points",
    "esriGeometryPolyline": "lines",
    "esriGeometryPolygon": "areas",
}
_KINDS = {
    "GPRecordSet": "table",
    "GPRasterDataLayer": "raster",
    "GPRasterData": "raster",
    "GPDataFile": "file",
}
_LATEST_JOBS = 60


@dataclass(frozen=True)
class Entry:
    """A tool of the catalogue; ``is_favourite`` is about its reader."""

    service: PublishedService
    task: PublishedTask
    is_favourite: bool = False

    @property
    def url(self) -> str:
        """Where it is run."""
        return tool_url(self.service.row.path, self.task.name)

    @property
    def service_url(self) -> str:
        """Where its service is described."""
        return service_url(self.service.row.path)

    @property
    def key(self) -> str:
        """What names it in forms: the path of the service and the task."""
        return f"{self.service.row.path}/{self.task.name}"

    @property
    def summary(self) -> str:
        """The first line of its description."""
        return self.task.description.strip().partition("\n")[0]

    @property
    def folder(self) -> str:
        """The folder of its service, "" for the root."""
        return self.service.row.path.rpartition("/")[0]

    @property
    def toolbox(self) -> str:
        """The toolbox that the tool comes from."""
        return self.task.tool_id.partition(".")[0]

    @property
    def is_synchronous(self) -> bool:
        """True if whoever runs it by REST waits for the result."""
        return self.service.row.is_synchronous

    @property
    def is_public(self) -> bool:
        """True if everybody may run it."""
        return self.service.row.level == EVERYONE

    @cached_property
    def takes(self) -> frozenset[str]:
        """What its inputs are: points, lines, areas, table, raster, file."""
        found: set[str] = set()
        for one in self.task.visible:
            name = one.data_type.name.removeprefix("GPMultiValue:")
            if one.is_output:
                continue
            if name == "GPFeatureRecordSetLayer":
                types = one.geometry_types or _GEOMETRIES
                found.update(_GEOMETRIES[kind] for kind in types if kind in _GEOMETRIES)
            elif name in _KINDS:
                found.add(_KINDS[name])
        return frozenset(found)

    def matches(self, words: Iterable[str]) -> bool:
        """Tell if all words, in lower case, stand in its texts."""
        text = " ".join((self.task.title, self.task.name, self.task.description,
                         self.task.category, self.toolbox, self.service.row.path,
                         self.service.row.title,
                         self.service.row.description)).lower()  # fmt: skip
        return all(word in text for word in words)


def entries_for(user: User | AnonymousUser) -> list[Entry]:
    """Return all tools that a user may run, by two queries."""
    starred = favourites_of(user)
    services = [published(row) for row in visible_services(user)]
    return [Entry(one, task, (one.row.pk, task.name) in starred)
            for one in services for task in one.tasks]  # fmt: skip


def favourites_of(user: User | AnonymousUser) -> set[tuple[int, str]]:
    """Return the services and tasks that a user has marked."""
    if not user.is_authenticated:
        return set()
    rows = Favourite.objects.filter(user=user.pk)
    return set(rows.values_list("service_id", "task"))


def recent_entries(
    request: HttpRequest, entries: Iterable[Entry], most: int
) -> list[Entry]:
    """Return the tools that a reader has run last, of those that are still there."""
    by_key = {one.key: one for one in entries}
    jobs = my_jobs(request).values_list("service_path", "task_name")[:_LATEST_JOBS]
    keys = dict.fromkeys(f"{path}/{task}" for path, task in jobs)
    return [by_key[key] for key in keys if key in by_key][:most]
