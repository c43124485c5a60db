"""What came of a job, for pages: each output with its layer, text and files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.formats import number_format
from django.utils.translation import gettext

from jobs.access import sharing
from jobs.documents import mapped_outputs
from jobs.downloads.views import downloads_document
from jobs.files.passive_types import passive_type
from jobs.models import Job
from jobs.runs.downloads import ROWS, result_rows
from jobs.status import JobStatus
from portal.pages.addresses import job_url, rest_url
from portal.pages.base import Page
from portal.pages.mine import found_job
from services.errors import GPError, InvalidURL
from services.pages import form_text

_FEATURES = "GPFeatureRecordSetLayer"
_PICTURE_SIDE = 2000
#: Features that scripts draw one by one: ``MOST`` of js/results/featureview.js.
_MOST_DRAWN = 2000


@dataclass(frozen=True, slots=True)
class Outcome:
    """An output of a job as pages show it.

    ``kind`` is features, table, raster, file, data (several data sets) or value.
    ``files`` are as the REST resource of its downloads lists them.
    """

    name: str
    label: str
    kind: str
    data_type: str
    url: str
    layer: int | None = None
    count: int | None = None
    text: str = ""
    files: tuple[Mapping[str, Any], ...] = ()
    raster: Mapping[str, Any] = field(default_factory=dict)
    service: str = ""
    picture: str = ""
    link: str = ""

    @property
    def count_text(self) -> str:
        """The count of rows with separators."""
        return number_format(self.count or 0, force_grouping=True)

    @property
    def has_layer(self) -> bool:
        """True if there are rows or pixels to look at."""
        return self.layer is not None and self.kind != "value"

    def shared(self, share: str) -> Outcome:
        """Return the output with addresses that a share link opens."""
        files = tuple({**one, "url": _shared(one["url"], share)} for one in self.files)
        return replace(
            self,
            files=files,
            url=_shared(self.url, share),
            picture=_shared(self.picture, share),
        )

    @property
    def is_empty(self) -> bool:
        """True if the tool has found nothing."""
        is_data = self.kind in ("features", "table")
        return (is_data and not self.count) or (self.kind == "value" and not self.text)

    @property
    def is_large(self) -> bool:
        """True if the map cannot hold all of it at once."""
        return self.kind == "features" and (self.count or 0) > _MOST_DRAWN

    @property
    def is_long(self) -> bool:
        """True if its text needs a block of its own."""
        return len(self.text) > 80 or "\n" in self.text

    @property
    def notes(self) -> list[tuple[str, list[str]]]:
        """What the formats have no place for, by the format's title."""
        return [(one["title"], one["notes"]) for one in self.files if one["notes"]]


class ResultPage(Page):
    """One result of a job: its map and its table share the window."""

    template = "portal/results/page.html"

    def get(self, request: HttpRequest, job: str, result: str) -> HttpResponseBase:
        """Answer the page of a result. Raises InvalidURL."""
        share = request.GET.get(sharing.PARAMETER, "")
        found = readable_job(request, job)
        shown = results_context(found, share)
        chosen = [one for one in shown["outcomes"] if one.name == result]
        if not chosen:
            raise InvalidURL(gettext("This job has no such result."))
        about = {
            "job": found, "chosen": chosen[0], "share": share,
            "back": f"{job_url(found.pk)}",
            "rest_url": rest_url(found.service_path, found.task_name, found.pk),
        }  # fmt: skip
        return self.page(shown | {"outcomes": chosen} | about)


def readable_job(request: HttpRequest, job_id: str) -> Job:
    """Return a job for its owner, or for who has a link to it that works.

    Raises InvalidURL, and TokenRequired for a stranger who could sign in.
    """
    if sharing.live_link(job_id, request.GET.get(sharing.PARAMETER, "")):
        return Job.objects.select_related("service__folder", "user").get(pk=job_id)
    return found_job(request, job_id)


def results_context(job: Job, share: str = "") -> dict[str, Any]:
    """Return what the panel of results shows; ``share`` is the secret of a link."""
    is_there = job.status == JobStatus.SUCCEEDED and job.mode == Job.Mode.ASYNC
    context: dict[str, Any] = {"outcomes": [], "has_results": is_there}
    if not is_there:
        return context
    context["all_url"] = _shared(f"{job_url(job.pk)}download/", share)
    if job.service is not None and job.service.has_result_maps:
        address = f"{_service(job, 'MapServer')}/jobs/{job.pk}"
        context["map_url"] = _shared(address, share)
    try:
        context["outcomes"] = [one.shared(share) for one in outcomes(job)]
    except GPError:
        context["are_gone"] = True
    context["has_files"] = any(one.files for one in context["outcomes"])
    return context


def outcomes(job: Job) -> list[Outcome]:
    """Return the outputs of a job that has succeeded. Raises NotFound if files went."""
    numbers = {one["name"]: at for at, one in enumerate(mapped_outputs(job))}
    return [_outcome(job, one, numbers.get(one["name"])) for one in job.outputs]


def _outcome(job: Job, entry: dict[str, Any], layer: int | None) -> Outcome:
    task = rest_url(job.service_path, job.task_name, job.pk)
    name = entry["name"]
    return Outcome(
        name=name,
        label=entry.get("label") or name.replace("_", " "),
        kind=_kind(entry),
        data_type=entry["dataType"],
        url=f"{task}/results/{quote(name)}",
        layer=layer if "file" in entry else None,
        count=entry.get("count", 0),
        text=_text(entry) if entry["kind"] == "value" else "",
        link=_link(entry),
        files=tuple(_files(job, entry, task)),
        raster=entry.get("raster", {}),
        **_services(job, entry),
    )


def _kind(entry: Mapping[str, Any]) -> str:
    if "raster" in entry:
        return "raster"
    if entry["kind"] == "value" and entry["dataType"] == _FEATURES:
        return "features"  # of an optional output that the tool has not made
    return {"nested": "data"}.get(entry["kind"], str(entry["kind"]))


def _text(entry: Mapping[str, Any]) -> str:
    """Return a value as a person reads it."""
    value = entry["value"]
    if entry.get("secret"):
        return "•••"
    if isinstance(value, dict) and {"distance", "units"} <= set(value):
        return f"{value['distance']:g} {str(value['units']).removeprefix('esri')}"
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    if isinstance(value, int | float) and entry["dataType"] != "GPDate":
        return number_format(value, force_grouping=True)
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return "\n".join(value)
    return form_text(value)


def _link(entry: Mapping[str, Any]) -> str:
    """Return the address that a value is or holds, "" if it is none."""
    value = entry.get("value")
    found = value.get("url") if isinstance(value, dict) else value
    is_address = isinstance(found, str) and found.startswith(("http://", "https://"))
    return str(found) if is_address and not entry.get("secret") else ""


def _files(job: Job, entry: dict[str, Any], task: str) -> Iterable[dict[str, Any]]:
    """Return the files that a result is, or can be written as."""
    if entry["kind"] in ROWS:
        url = f"{task}/results/{quote(entry['name'])}/download"
        files: list[dict[str, Any]] = downloads_document(result_rows(job, entry), url)[
            "files"
        ]
        return files
    if entry["kind"] != "file":
        return []
    name = entry["file"]
    folder = f"/{settings.CONTEXT}/rest/directories/arcgisjobs"
    place = f"{folder}/{quote(job.service_path.lower())}_gpserver/{job.pk}/scratch"
    return [{
        "format": entry.get("format", ""),
        "title": "GeoTIFF" if "raster" in entry else name,
        "fileName": name, "mediaType": passive_type(name),
        "url": f"{place}/{quote(name)}", "size": entry.get("bytes"), "notes": [],
    }]  # fmt: skip


def _services(job: Job, entry: Mapping[str, Any]) -> dict[str, str]:
    """Return the addresses of the services that a result has become."""
    if "hosted" in entry:
        folder = f"/{settings.CONTEXT}/rest/services"
        return {"service": f"{folder}/{quote(entry['hosted'])}"}
    if "raster" not in entry:
        return {}
    service = f"{_service(job, 'ImageServer')}/jobs/{job.pk}/{quote(entry['name'])}"
    size = _picture_size(entry["raster"])
    return {
        "service": service,
        "picture": f"{service}/exportImage?f=image&format=png32&size={size}",
    }


def _picture_size(raster: Mapping[str, Any]) -> str:
    """Return the size of a picture of a whole raster: that of its pixels, or less."""
    columns, rows = int(raster["width"]), int(raster["height"])
    share = min(1.0, _PICTURE_SIDE / max(columns, rows, 1))
    return f"{max(1, round(columns * share))},{max(1, round(rows * share))}"


def _shared(url: str, share: str) -> str:
    """Return an address that carries the secret of a share link, if there is one."""
    if not (url and share):
        return url
    return f"{url}{'&' if '?' in url else '?'}{sharing.PARAMETER}={quote(share)}"


def _service(job: Job, kind: str) -> str:
    return f"/{settings.CONTEXT}/rest/services/{quote(job.service_path)}/{kind}"
