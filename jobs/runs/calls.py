"""What children are asked to do: from a request, and from what a job has stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson
from django.contrib.auth.models import AnonymousUser, User

from jobs.child.call import Call, Limits, RawValue
from jobs.child.mask import hide
from jobs.files import storage
from jobs.inputs.own import OwnContent
from jobs.inputs.sources import (
    Gathered,
    ItemPath,
    Place,
    check,
    gather,
    with_naming_texts,
)
from jobs.models import Job
from jobs.processes.runner import Tick
from jobs.runs.sealing import concealed, unseal
from jobs.uploads.items import item_path
from jobs.uploads.uploading import archive_limits_of
from services import environment
from services.archives import ArchiveLimits
from services.catalog import PublishedService, PublishedTask
from services.datatypes.multivalue import GPMultiValue
from services.errors import InvalidValue
from services.form import LARGE, Form, given_twice
from services.keys import Caller, Client
from services.models import Service
from services.param import plain_name
from services.schema import schema_of
from services.wire import encode


@dataclass(frozen=True, slots=True)
class Request:
    """Who asks for which task with which form.

    ``caller`` is in whose name content of this server is read: the user, with a key
    for some services only what is of these; ``client`` is where the request comes from.
    ``submission_key`` is of the form that was sent, of which there is one job, and
    ``rerun_of`` the id of the job whose values the form began with. ``batch`` is that
    of a batch, of which the job is the row of that number.
    """

    service: PublishedService
    task: PublishedTask
    form: Form
    caller: Caller
    client: Client
    file_url: str = ""
    format: str = "json"
    root_url: str = ""
    source: str = Job.Source.REST
    submission_key: str = ""
    rerun_of: str = ""
    batch: str = ""
    batch_row: int | None = None

    @property
    def user(self) -> User | AnonymousUser:
        """Who asks."""
        return self.caller.user

    @property
    def owner(self) -> User | None:
        """The user for the job row; None for a stranger."""
        return self.user if isinstance(self.user, User) else None


def limits_of(service: Service) -> Limits:
    """Return the bounds that a service sets for each run."""
    return Limits(
        seconds=service.max_run_seconds,
        memory_mb=service.max_memory_mb,
        max_features=service.max_features,
        max_vertices=service.max_vertices,
        maximum_records=service.maximum_records,
        max_depth=service.max_depth,
        extent=service.input_extent,
        archives=archive_limits_of(service),
        disk_mb=service.max_disk_mb,
    )


def _fields(request: Request) -> tuple[dict[str, str], dict[str, RawValue]]:
    """Return the small and large raw values that belong to the task.

    Everything else (token, f, unknown names) stays behind.
    """
    known = {plain_name(one.name): one.name for one in request.task.visible}
    known |= {plain_name(name): name for name in environment.NAMES}
    lists = {one.name for one in request.task.visible
             if isinstance(one.data_type, GPMultiValue)}  # fmt: skip
    small = {
        known[plain_name(name)]: value
        for name, value in request.form.small.items()
        if plain_name(name) in known
    }
    for name, values in request.form.repeated.items():
        if known.get(plain_name(name)) in lists:
            small[known[plain_name(name)]] = encode(list(values)).decode()
        elif plain_name(name) in known:
            raise given_twice(known[plain_name(name)])
    large = {
        known[plain_name(name)]: RawValue(data, encoded=name in request.form.encoded)
        for name, data in request.form.large.items()
        if plain_name(name) in known
    }
    return small, large


def request_call(request: Request, kind: Any, folder: Path | None) -> Call:
    """Return the call of a request; sources are not found yet."""
    small, large = _fields(request)
    hidden = concealed(request.task.schema, small, large)
    hide(hidden.secrets)
    return Call(
        kind=kind,
        tool_id=request.task.tool_id,
        schema=request.task.schema_text,
        model=request.task.model,
        small=small,
        large=large,
        secrets=hidden.secrets,
        sealed=tuple(large.keys() & hidden.originals.keys()),
        limits=limits_of(request.service.row),
        message_level=request.service.row.message_level,
        folder=str(folder or ""),
        file_url=request.file_url,
        format=request.format,
    )


def check_call(
    request: Request, folder: Path | None = None
) -> tuple[Call, tuple[str, ...]]:
    """Return the call that checks inputs, and the uploaded items that these name.

    The call keeps large inputs in ``folder``, if any.
    """
    call = request_call(request, "check", folder)
    items = _item_path(request.service.row, request.owner)
    raw = with_naming_texts(request.task.schema, call.small, call.large)
    found = check(request.task.schema, raw, items, own_content(request))
    call = replace(call, refused=found.refused, files=found.files)
    return call, tuple(found.items)


def fetched_of(job: Job) -> Path:
    """Return where the content of sources lies during the current attempt."""
    return job.results_folder.with_suffix(".fetched")


def own_content(request: Request) -> OwnContent:
    """Return the content of this server for whoever sends a request."""
    most = request.service.row.max_features + 1
    return OwnContent(request.root_url, request.caller, most, request.client)


def _content_for(job: Job) -> OwnContent:
    """Return the content of this server for a job in its worker."""
    snapshot = job.snapshot
    root, most = snapshot.get("root_url", ""), snapshot["max_features"] + 1
    return OwnContent(root, _caller_of(job), most, slots=1)


def _caller_of(job: Job) -> Caller:
    """Return who has submitted a job, by a snapshot of an older version too."""
    user = job.user if job.user and job.user.is_active else None
    older = () if job.snapshot.get("reads_as_stranger") else None
    services = job.snapshot.get("reads_services", older)
    kept = None if services is None else frozenset(services)
    return Caller(user or AnonymousUser(), kept)


def gathered(
    job: Job, call: Call, tick: Tick | None = None, own: OwnContent | None = None
) -> Gathered:
    """Fetch what the inputs of a job's current attempt only name."""

    def items(item_id: str) -> Path:  # the service is only read if it is needed
        return _item_path(job.service, job.user)(item_id)

    place = Place(fetched_of(job), items, call.limits)
    schema = schema_of(call.schema)
    raw = with_naming_texts(schema, call.small, call.large)
    return gather(schema, raw, place, own or _content_for(job), tick)


def _item_path(service: Service | None, user: User | None) -> ItemPath:
    """Return what finds the uploaded items of a service that a user may name."""

    def find(item_id: str) -> Path:
        if service is None:
            raise InvalidValue("the service of this upload is gone")
        return item_path(service, user or AnonymousUser(), item_id)

    return find


def unsealed_call(job: Job, call: Call) -> Call:
    """Return a job's call with the inputs that its row holds encrypted.

    Raises SecretsLost.
    """
    texts = unseal(job.sealed)
    if not texts:
        return call
    small = {name: text for name, text in texts.items() if len(text) <= LARGE}
    large = {name: RawValue(text.encode()) for name, text in texts.items()
             if name not in small}  # fmt: skip
    hidden = concealed(schema_of(call.schema), small, large)
    hide(hidden.secrets)
    return replace(
        call,
        small={k: v for k, v in call.small.items() if k not in texts} | small,
        large=call.large | large,
        secrets=hidden.secrets,
    )


def snapshot_of(limits: Limits) -> dict[str, Any]:
    """Return what a job keeps of the limits that held when it was submitted."""
    archives = limits.archives
    return {
        "seconds": limits.seconds,
        "memory_mb": limits.memory_mb,
        "max_features": limits.max_features,
        "max_vertices": limits.max_vertices,
        "max_depth": limits.max_depth,
        "extent": limits.extent,
        "disk_mb": limits.disk_mb,
        "archives": [archives.entries, archives.unpacked, archives.ratio],
    }


def _limits_in(snapshot: Mapping[str, Any]) -> Limits:
    """Return the limits of a snapshot, an older one too."""
    archives = snapshot.get("archives")
    return Limits(
        snapshot["seconds"],
        snapshot["memory_mb"],
        snapshot["max_features"],
        snapshot["max_vertices"],
        max_depth=snapshot.get("max_depth", Limits().max_depth),
        extent=snapshot.get("extent", ""),
        archives=ArchiveLimits(*archives) if archives else ArchiveLimits(),
        disk_mb=snapshot.get("disk_mb", Limits().disk_mb),
    )


def stored_call(job: Job, folder: Path, log: Path) -> Call:
    """Return the call of a job's run, as the service was when it was submitted."""
    snapshot = job.snapshot
    small = {k: v for k, v in job.inputs.items() if isinstance(v, str)}
    large = {k: RawValue(path=str(storage.here(job.folder / v["file"])))
             for k, v in job.inputs.items() if isinstance(v, dict)}  # fmt: skip
    return Call(
        kind="run",
        tool_id=snapshot["tool"],
        schema=orjson.dumps(snapshot["schema"]),
        model=orjson.dumps(snapshot["model"]) if "model" in snapshot else b"",
        small=small,
        large=large,
        limits=_limits_in(snapshot),
        folder=str(folder),
        log=str(log),
    )
