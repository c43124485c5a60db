"""What a form offers beside its fields: earlier uploads, rasters of earlier jobs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import orjson
from django.contrib.auth.models import User
from django.http import HttpRequest

from jobs.models import Upload
from jobs.status import JobStatus
from portal.pages.addresses import rest_url
from portal.pages.form import shown
from portal.pages.mine import my_jobs
from services.models import Service
from services.pages import Option

_MOST = 30


@dataclass(frozen=True, slots=True)
class Offered:
    """Files that an input can be given, and what may be sent.

    ``uploads`` is the REST address that takes files, "" if there is none; values of
    ``items`` and ``rasters`` are texts that the API takes. ``typed`` is what stands
    in the field for an address.
    """

    uploads: str = ""
    extensions: tuple[str, ...] = ()
    max_mb: int = 0
    max_features: int = 0
    items: tuple[Option, ...] = ()
    rasters: tuple[Option, ...] = ()
    typed: str = ""

    def accepted(self, admitted: Iterable[str] = ()) -> tuple[str, ...]:
        """Return the extensions that an input and its service both take."""
        wanted = {one.lower() for one in admitted}
        return tuple(one for one in self.extensions if not wanted or one in wanted)

    @property
    def accept(self) -> str:
        """The extensions as an input for files names them."""
        return ",".join(f".{one}" for one in self.extensions)

    @property
    def listed(self) -> str:
        """The extensions as a sentence names them."""
        return ", ".join(f".{one}" for one in self.extensions)

    def filled(self, value: str, kind: str) -> Offered:
        """Return what is offered with ``value`` chosen among it, or typed."""
        given = shown.decoded(value) if value.lstrip().startswith("{") else None
        if not isinstance(given, dict) or kind == "features":
            return replace(self, typed=value)
        if set(given) == {"itemID"} and self.uploads:
            return self._with_item(str(given["itemID"]))
        found = [one for one in self.rasters if one.value == dumped(given)]
        if found:
            return replace(self, rasters=_chosen(self.rasters, found[0].value))
        is_plain = set(given) == {"url"} and str(given["url"]).startswith("http")
        return replace(self, typed=str(given["url"]) if is_plain else value)

    def _with_item(self, item: str) -> Offered:
        value = dumped({"itemID": item})
        known = {one.value for one in self.items}
        more = () if value in known else (Option(value, item),)
        return replace(self, items=_chosen((*self.items, *more), value))


def dumped(value: dict[str, str]) -> str:
    """Return the text of a choice."""
    return orjson.dumps(value).decode()


def _chosen(options: Iterable[Option], value: str) -> tuple[Option, ...]:
    return tuple(replace(one, is_chosen=one.value == value) for one in options)


#: For a form that stands by itself.
NOTHING = Offered()


def offered_to(request: HttpRequest, service: Service) -> Offered:
    """Return what whoever reads a form of a service is offered."""
    uploads = f"{rest_url(service.path)}/uploads/upload" if service.uploads else ""
    return Offered(
        uploads=uploads,
        extensions=service.upload_extensions if service.uploads else (),
        max_mb=service.max_upload_mb,
        max_features=service.max_features,
        items=tuple(_items(request, service)) if service.uploads else (),
        rasters=tuple(_rasters(request)),
    )


def _items(request: HttpRequest, service: Service) -> Iterable[Option]:
    if not isinstance(request.user, User):
        return
    rows = Upload.objects.filter(service=service, user=request.user, committed=True)
    for one in rows[:_MOST]:
        yield Option(
            dumped({"itemID": one.pk}), f"{one.name}, {one.created_at:%Y-%m-%d %H:%M}"
        )


def _rasters(request: HttpRequest) -> Iterable[Option]:
    """Yield the rasters of one's latest jobs, as addresses of this server."""
    root = request.build_absolute_uri("/").rstrip("/")
    jobs = my_jobs(request).filter(status=JobStatus.SUCCEEDED)[:_MOST]
    for job in jobs:
        for output in job.outputs:
            if "raster" in output:
                base = rest_url(job.service_path, job.task_name, job.pk)
                url = f"{root}{base}/results/{output['name']}"
                name = job.title or job.task_name
                text = f"{output['name']}, {name}, {job.submitted_at:%Y-%m-%d %H:%M}"
                yield Option(dumped({"url": url}), text)
