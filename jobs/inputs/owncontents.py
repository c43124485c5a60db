"""The kinds of content that this server has under a URL, and what is read of each."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from django.utils import timezone

from jobs.access import sharing
from jobs.access.job_resource import finished
from jobs.access.ownership import may_read
from jobs.child.results import files_of
from jobs.documents import mapped_outputs, output_entry
from jobs.featureservices.asking import ask, query_call
from jobs.featureservices.stored import StoredLayer, feature_service
from jobs.files import storage
from jobs.models import Job, Upload
from jobs.uploads.items import committed_file, find_item
from services.access import may_use
from services.catalog import find_service
from services.errors import InvalidParameters, InvalidValue, NotFound
from services.files import Source
from services.keys import Caller
from services.stored import describe

#: What a query URL says of the answer, which is read as Esri JSON whatever it says.
_NOT_ASKED = ("f", "token", "share", "callback", "returngeometry")
_ROWS = ("features", "table")


@dataclass(frozen=True, slots=True)
class Named:
    """What a URL says: the names in its path, its query, and the source it is of."""

    names: Mapping[str, Any]
    query: Mapping[str, str]
    source: Source


class Content(Protocol):
    """Something that can be brought into the folder of a run."""

    def write(self, folder: Path, most: int, slots: int | None) -> Path:
        """Write the content; of a layer at most ``most`` rows. Return the file."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a stored layer that a query selects, as Esri JSON or GeoJSON."""

    layer: StoredLayer
    fields: Mapping[str, str]
    format: str = "json"

    def write(self, folder: Path, most: int, slots: int | None) -> Path:
        target = folder / f"page0.{self.format}"
        try:
            reply = ask(query_call(self.layer, self.fields, self.format, most), slots)
        except InvalidParameters as exc:
            raise InvalidValue(str(exc)) from None
        if reply.path:
            shutil.move(reply.path, target)
        else:
            target.write_bytes(reply.body)
        return target


@dataclass(frozen=True, slots=True)
class Whole:
    """A file as it is; ``item`` is the upload that it belongs to, if it is one.

    The run gets a copy: the file may go while it computes, and is nobody's to change.
    """

    path: Path
    item: str = ""

    def write(self, folder: Path, most: int, slots: int | None) -> Path:  # noqa: ARG002
        target = folder / self.path.name
        try:
            shutil.copyfile(self.path, target)
        except FileNotFoundError:
            raise InvalidValue("names a file that is not here any more") from None
        return target


@dataclass(frozen=True, slots=True)
class Kind:
    """A form of addresses, and what finds their content.

    ``find`` raises NotFound or TokenRequired for what is not there or not for the
    caller, InvalidValue for what cannot be read, with the reason.
    """

    pattern: re.Pattern[str]
    find: Callable[[Named, Caller], Content]


def _hosted_layer(named: Named, caller: Caller) -> Content:
    names = named.names
    found = feature_service(names["folder"], names["name"], caller.reader)
    try:
        layer = found.layer(names["layer"])
    except NotFound as exc:
        raise InvalidValue(str(exc)) from None
    return _rows(layer, named, "*")


def _map_layer(named: Named, caller: Caller) -> Content:
    job = _job(named, caller)
    if job.service is None or not job.service.has_result_maps:
        raise NotFound("no map service")
    entries = mapped_outputs(finished(job))
    number = int(named.names["layer"])
    if number >= len(entries):
        raise InvalidValue(f"layer {number} not found in the map of the job")
    if "raster" in entries[number]:
        return _stored_file(job, entries[number]["file"])
    return _result_rows(job, entries[number], named, "*")


def _image(named: Named, caller: Caller) -> Content:
    job = _job(named, caller)
    entry = output_entry(finished(job), named.names["output"])
    if "raster" not in entry:
        raise NotFound("no image service")
    return _stored_file(job, entry["file"])


def _result(named: Named, caller: Caller) -> Content:
    job = _job(named, caller)
    if job.task_name.lower() != named.names["task"].lower():
        raise NotFound("job not found")
    entry = output_entry(finished(job), named.names["parameter"])
    if "hosted" in entry:
        parts = dict(zip(("folder", "name", "_", "layer"), entry["hosted"].split("/"),
                         strict=True))  # fmt: skip
        return _hosted_layer(Named(parts, named.query, named.source), caller)
    if entry["kind"] == "file" or "raster" in entry:
        return _stored_file(job, entry["file"])
    if entry["kind"] in _ROWS:
        return _result_rows(job, entry, named)
    raise InvalidValue(
        f"names a result of type {entry['dataType']}; expected one that holds features,"
        " rows or a file"
    )


def _job_file(named: Named, caller: Caller) -> Content:
    job = _found_job(named, caller)
    name = named.names["file"]
    if name not in files_of(job.outputs):
        raise NotFound("file not found")
    for entry in job.outputs:
        is_data = entry.get("file") == name and entry["kind"] in _ROWS
        if is_data and named.source.wanted in _ROWS:
            return _result_rows(job, entry, named)
    return _stored_file(job, name)


def _item(named: Named, caller: Caller) -> Content:
    row = find_service(named.names["folder"], named.names["name"])
    if not (row.uploads and caller.opens(row.pk) and may_use(caller.user, row)):
        raise NotFound("service not found")
    item = find_item(row, caller.user, named.names["item"])
    path = committed_file(item)
    if path is None:
        raise InvalidValue("names an uploaded item that is not committed yet")
    Upload.objects.filter(pk=item.pk).update(used_at=timezone.now())
    return Whole(path, item.pk)


def _found_job(named: Named, caller: Caller) -> Job:
    """Return the job of a path for who may read it. Raises NotFound."""
    rows = Job.objects.select_related("service__folder")
    job = rows.filter(pk=named.names["job"].lower()).first()
    share = named.query.get(sharing.PARAMETER, "")
    if job is None or not may_read(caller, job, share):
        raise NotFound("job not found")
    return job


def _job(named: Named, caller: Caller) -> Job:
    """Return the job of a path that names its service too. Raises NotFound."""
    job, names = _found_job(named, caller), named.names
    path = "/".join(filter(None, (names["folder"], names["name"])))
    if job.service is None or job.service.path.lower() != path.lower():
        raise NotFound("job not found")
    return job


def _stored_file(job: Job, name: str) -> Whole:
    try:
        return Whole(storage.here(job.results_folder / name))
    except FileNotFoundError:
        raise NotFound("file not found") from None


def _result_rows(
    job: Job, entry: Mapping[str, Any], named: Named, fields: str = ""
) -> Rows:
    """Return the rows of a result; all its own fields, unless others are named."""
    if entry["kind"] not in _ROWS:
        raise InvalidValue(f"the job has made no {entry['name']}")
    path = _stored_file(job, entry["file"]).path
    fields = fields or ",".join(one.name for one in describe(path).fields)
    layer = StoredLayer(0, entry["name"], str(path), entry["kind"] == "table")
    return _rows(layer, named, fields)


def _rows(layer: StoredLayer, named: Named, fields: str) -> Rows:
    source, query = named.source, named.query
    asked = {"outFields": fields, "returnZ": "true", "returnM": "true"}
    if named.names.get("query"):
        asked |= {k: v for k, v in query.items() if k.lower() not in _NOT_ASKED}
    if source.where:
        asked["where"] = source.where
    if source.time:
        asked["time"] = source.time
    wants_geojson = query.get("f", "").lower() == "geojson"
    is_data = source.wanted in _ROWS
    return Rows(layer, asked, "geojson" if wants_geojson and not is_data else "json")


_SERVICE = r"/rest/services/(?:(?P<folder>[^/]+)/)?(?P<name>[^/]+)"
_LAYER = r"/(?P<layer>\d{1,9})(?P<query>/query)?/?"
_FILE = (
    r"/rest/directories/(?:arcgisjobs|arcgisoutput)/(?:[^/]+/)?[^/]+_gpserver"
    r"/(?P<job>j[0-9a-f]+)(?:/scratch)?/(?P<file>[^/]+)/?"
)


def _kind(pattern: str, find: Callable[[Named, Caller], Content]) -> Kind:
    return Kind(re.compile(pattern, re.IGNORECASE), find)


KINDS = (
    _kind(f"{_SERVICE}/FeatureServer{_LAYER}", _hosted_layer),
    _kind(f"{_SERVICE}/MapServer/jobs/(?P<job>[^/]+){_LAYER}", _map_layer),
    _kind(f"{_SERVICE}/ImageServer/jobs/(?P<job>[^/]+)/(?P<output>[^/]+)/?", _image),
    _kind(
        f"{_SERVICE}/GPServer/(?P<task>[^/]+)/jobs/(?P<job>[^/]+)"
        r"/results/(?P<parameter>[^/]+)/?",
        _result,
    ),
    _kind(rf"{_SERVICE}/GPServer/uploads/(?P<item>[^/]+)(?:/download)?/?", _item),
    _kind(_FILE, _job_file),
)
