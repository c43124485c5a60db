"""All results of a job in one zip, sent while it is written."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header
from django.utils.translation import gettext

from jobs.access import sharing
from jobs.documents import job_document, result_file
from jobs.files.served import tell_end
from jobs.models import Job
from jobs.provenance import provenance_document
from jobs.runs.downloads import ROWS, result_rows
from jobs.status import JobStatus
from portal.pages.base import Page
from portal.pages.results import readable_job
from services.errors import InvalidURL, LimitExceeded
from services.formats import FILES, Format

#: Bytes of all files in a zip; who needs more takes the files one by one.
MAX_BYTES = 4 * 2**30
_PIECE = 1 << 16


@dataclass(frozen=True, slots=True)
class Part:
    """A file of a zip: its name there, what it holds, and what it left out."""

    name: str
    path: Path
    about: str
    notes: tuple[str, ...] = ()


class JobZip(Page):
    """A job's results as a zip, for its owner or who has a link."""

    http_method_names = ("get", "head")

    def get(self, request: HttpRequest, job: str) -> HttpResponseBase:
        """Answer the zip. Raises InvalidURL, LimitExceeded and NotFound before it."""
        found = readable_job(request, job)
        if found.status != JobStatus.SUCCEEDED or found.mode != Job.Mode.ASYNC:
            raise InvalidURL(gettext("This job has no results to download."))
        parts = parts_of(found)
        size = sum(one.path.stat().st_size for one in parts)
        if size > MAX_BYTES:
            raise LimitExceeded(
                gettext(
                    "All results together are larger than 4 GB:"
                    " download them one by one."
                )
            )
        is_by_link = bool(request.GET.get(sharing.PARAMETER))
        texts = texts_of(found, parts, with_inputs=not is_by_link)
        pieces = zipped(texts, parts)
        response = StreamingHttpResponse(pieces, content_type="application/zip")
        name = content_disposition_header(True, f"{found.task_name}-{found.pk[:9]}.zip")
        response.headers["Content-Disposition"] = name or "attachment"
        response.headers["Cache-Control"] = "private, no-cache"
        tell_end(response, found.expires_at)
        return response


def parts_of(job: Job) -> list[Part]:
    """Return the files of all results: features as GeoPackage, tables as CSV.

    Files that are not there yet are made. Raises NotFound if results are gone.
    """
    parts: list[Part] = []
    for entry in job.outputs:
        for one in _parts(job, entry):
            taken = {part.name for part in parts}
            name = one.name if one.name not in taken else f"{len(parts)}_{one.name}"
            parts.append(Part(name, one.path, one.about, one.notes))
    return parts


def _parts(job: Job, entry: dict[str, Any]) -> Iterable[Part]:
    if entry["kind"] in ROWS:
        rows = result_rows(job, entry)
        target = _format(rows.about().geometry_type)
        kept = rows.file(target)
        noun = "features" if target.name == "gpkg" else "rows"
        about = f"{entry['name']}: {entry['count']} {noun}, {target.title}"
        return [Part(kept.path.name, kept.path, about, kept.notes)]
    names = [entry["file"]] if "file" in entry else entry.get("files", [])
    return [Part(one, result_file(job, one), entry["name"]) for one in names]


def _format(geometry_type: str) -> Format:
    return FILES["gpkg" if geometry_type else "csv"]


def texts_of(
    job: Job, parts: Iterable[Part], *, with_inputs: bool = True
) -> dict[str, bytes]:
    """Return the texts beside the results: what they are, and what made them.

    What made them holds the inputs, which a share link does not open.
    """
    values = {one["name"]: one["value"] for one in job.outputs
              if one["kind"] == "value" and not one.get("secret")}  # fmt: skip
    messages = job_document(job)["messages"]
    pretty = orjson.OPT_INDENT_2
    texts = {
        "values.json": orjson.dumps(values, option=pretty),
        "messages.txt": "\n".join(one["description"] for one in messages).encode(),
    }
    if with_inputs:
        provenance = provenance_document(job)
        texts["provenance.json"] = orjson.dumps(provenance, option=pretty)
    return {"README.txt": _readme(job, parts, texts).encode(), **texts}


_TEXTS = {
    "values.json": "results that are single values",
    "messages.txt": "what the tool has said",
    "provenance.json": "parameters, versions and SHA-256 of inputs and results",
}


def _readme(job: Job, parts: Iterable[Part], texts: Iterable[str]) -> str:
    lines = [
        f"Results of {job.task_name} of {job.service_path}, job {job.pk}",
        f"Submitted {job.submitted_at:%Y-%m-%d %H:%M:%S} UTC",
        "", "Files:",
    ]  # fmt: skip
    for one in parts:
        lines.append(f"  {one.name}  {one.about}")
        lines += [f"    - {note}" for note in one.notes]
    return "\n".join([
        *lines,
        *(f"  {name}  {_TEXTS[name]}" for name in texts),
        "",
    ])  # fmt: skip


class _Outlet:
    """What a zip is written to: bytes that wait to be sent."""

    def __init__(self) -> None:
        self._waiting: list[bytes] = []

    def write(self, data: bytes) -> int:
        """Keep bytes until they are taken."""
        self._waiting.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Do nothing: who sends takes what is there."""

    def close(self) -> None:
        """Do nothing: there is no file."""

    def take(self) -> bytes:
        """Return what was written since the last time."""
        data, self._waiting = b"".join(self._waiting), []
        return data


def zipped(texts: dict[str, bytes], parts: Iterable[Part]) -> Iterator[bytes]:
    """Yield a zip of texts and files piece by piece; no file is held in memory."""
    outlet = _Outlet()
    stream: Any = outlet  # all that a zip writes to
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as kit:
        for name, data in texts.items():
            kit.writestr(name, data)
        yield outlet.take()
        for one in parts:
            info = zipfile.ZipInfo.from_file(one.path, one.name)
            info.compress_type = zipfile.ZIP_DEFLATED
            with one.path.open("rb") as source, kit.open(info, "w") as target:
                while piece := source.read(_PIECE):
                    target.write(piece)
                    yield outlet.take()
    yield outlet.take()
