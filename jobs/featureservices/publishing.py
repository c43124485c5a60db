"""Outputs of a job to a hosted feature service: what was asked, files, rows."""

from __future__ import annotations

import os
import re
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.db import DatabaseError, transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.utils import timezone

from jobs.child.results import flush
from jobs.files import storage
from jobs.models import Job
from jobs.models.hosted import (
    NAME,
    NAME_RULE,
    HostedLayer,
    HostedService,
    content_folder,
    new_content_id,
)
from services.errors import InvalidParameters, InvalidValue, Problem, ToolFailed
from services.models import Service
from services.symbology import symbology_of
from services.wire import decode

#: Name of the input that asks for a hosted feature service.
PARAMETER = "esri_out_feature_service_name"
_URL = re.compile(r"/Hosted/(?P<name>[^/]+)/FeatureServer(/\d+)?/?\Z", re.IGNORECASE)
_UNSAFE = re.compile(r"[^A-Za-z0-9_]+")
_MAX_TEXT = 16_384
_ORPHAN_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class Wish:
    """What a client asks for; ``fallback``: another name if it may not overwrite."""

    name: str
    overwrite: bool = False
    fallback: bool = False
    tags: str = ""
    description: str = ""
    snippet: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return what the snapshot of a job keeps."""
        return {name: getattr(self, name) for name in self.__slots__}


def wish_of(
    text: str, service: Service, job: Job, user: User | AnonymousUser
) -> Wish | None:
    """Return what is to become of the outputs of a new job; None: nothing special.

    ``text`` is a name, or an object (gpserver-rest 5.1). Raises InvalidParameters
    for a name that is none or that is taken. A service that hosts no outputs does
    not know the parameter, and so does not look at it.
    """
    if not service.hosts_outputs:
        return None
    text = text.strip()
    try:
        wish = _read(text) if text else Wish("")
        name = wish.name or _own_name(job)
        wish = Wish(**(wish.to_json() | {"name": name}))
        _free_name(wish, user)
    except InvalidValue as exc:
        raise InvalidParameters([Problem(PARAMETER, str(exc))]) from None
    return wish


def _own_name(job: Job) -> str:
    """Return a name for the outputs of a job that nobody else will have."""
    stem = _UNSAFE.sub("_", job.task_name).strip("_")[:60]
    return f"{stem if NAME.match(stem) else 'Result'}_{job.pk[1:13]}"


def _read(text: str) -> Wish:
    if len(text) > _MAX_TEXT:
        raise InvalidValue(f"has {len(text)} characters; expected a name")
    if text[0] not in "{[":
        return Wish(_checked(text))
    raw = decode(text)
    service, item = _object(raw, "serviceProperties"), _object(raw, "itemProperties")
    overwrite = _flag(item, "overwrite")
    name, url = _text(service, "name"), _text(service, "serviceUrl")
    if not name and url:
        match = _URL.search(url)
        if match is None:
            raise InvalidValue("serviceUrl must be that of a hosted feature service")
        name = match["name"]
    if not name and overwrite:
        raise InvalidValue("name the service to overwrite by its name or serviceUrl")
    return Wish(
        _checked(name) if name else "",
        overwrite,
        _flag(item, "newFeatureServiceOnOverwriteFail"),
        _text(item, "tags")[:500],
        _text(item, "description"),
        _text(item, "snippet")[:250],
    )


def _checked(name: str) -> str:
    if not NAME.match(name):
        raise InvalidValue(f"expected a name of {NAME_RULE}, not '{name[:100]}'")
    return name


def _object(raw: Any, key: str) -> dict[str, Any]:
    found = raw.get(key) if isinstance(raw, dict) else raw
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise InvalidValue(
            "expected a name, or an object with serviceProperties and itemProperties"
        )
    return found


def _text(raw: dict[str, Any], key: str) -> str:
    value = raw.get(key)
    if isinstance(value, list):
        value = ",".join(map(str, value))
    if value is not None and (not isinstance(value, str) or "\0" in value):
        raise InvalidValue(f"expected a text for '{key}'")
    return (value or "").strip()


def _flag(raw: dict[str, Any], key: str) -> bool:
    return raw.get(key) is True or str(raw.get(key)).lower() == "true"


def _free_name(
    wish: Wish, user: User | AnonymousUser
) -> tuple[str, HostedService | None]:
    """Return the name to use, and the service that is overwritten, if one is.

    Raises InvalidValue if the name is taken.
    """
    row = HostedService.objects.filter(name__iexact=wish.name).first()
    if row is None:
        return wish.name, None
    is_own = user.is_authenticated and (row.owner_id == user.pk or user.is_superuser)
    if wish.overwrite and is_own:
        return row.name, row
    if wish.overwrite and wish.fallback:
        return _numbered(wish.name), None
    why = (
        "only its owner may overwrite it" if wish.overwrite else "choose another name,"
        ' or ask to overwrite your own with {"itemProperties": {"overwrite": true}}'
    )  # fmt: skip
    raise InvalidValue(f"a feature service '{row.name}' is there already: {why}")


def _numbered(name: str) -> str:
    taken = HostedService.objects.filter(name__istartswith=f"{name}_")
    names = {one.lower() for one in taken.values_list("name", flat=True)}
    number = 1
    while f"{name}_{number}".lower() in names:
        number += 1
    return f"{name}_{number}"


@dataclass(frozen=True, slots=True)
class Publication:
    """The data of a hosted service on disk, of which no row tells yet."""

    content: str
    entries: tuple[dict[str, Any], ...]

    def drop(self) -> None:
        """Delete the data again, unless rows tell of them after all.

        A database that answers too late may have kept them; while it is away the data
        stay, for ``purge_hosted``.
        """
        try:
            is_known = HostedService.objects.filter(content=self.content).exists()
        except DatabaseError:
            return
        if not is_known:
            storage.forget(content_folder(self.content))


def copied(
    job: Job, manifest: tuple[dict[str, Any], ...], tick: storage.Tick
) -> Publication | None:
    """Put the features and tables of a finished run into a folder of their own.

    None if there is nothing to host. Raises NotStored, and Cancelled if ``tick`` asks.
    """
    entries = tuple(one for one in manifest if one["kind"] in ("features", "table"))
    if not job.snapshot.get("hosted") or not entries:
        return None
    made = Publication(new_content_id(), entries)
    folder = content_folder(made.content)
    unfinished = folder.with_suffix(".tmp")
    unfinished.mkdir(parents=True)
    try:
        for entry in entries:
            _link(job.results_folder / entry["file"], unfinished / entry["file"])
        flush(unfinished)
        unfinished.rename(folder)
        flush(folder.parent)
        storage.push(folder, tick)
    except BaseException:
        storage.forget(unfinished, folder)
        raise
    return made


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
        flush(target)


def recorded(
    job: Job, made: Publication, manifest: tuple[dict[str, Any], ...]
) -> list[dict[str, Any]]:
    """Write the rows of a publication; return the manifest that tells where it is.

    To be called in the transaction that ends the job. Raises ToolFailed if the name
    was taken since the job was submitted.
    """
    wish = Wish(**job.snapshot["hosted"])
    try:
        name, row = _free_name(wish, job.user or AnonymousUser())
    except InvalidValue as exc:
        raise ToolFailed(str(exc)) from None
    if row is None:
        row = HostedService(name=name, owner=job.user)
        everyone, owner = HostedService.Access.EVERYONE, HostedService.Access.OWNER
        row.access = owner if job.user else everyone
        if job.service:
            row.page_rows = job.service.max_page_rows
    else:
        old = row.folder
        transaction.on_commit(lambda: storage.forget(old))
        row.layers.all().delete()
    _describe(row, wish, job)
    row.content = made.content
    row.save()
    styles = symbology_of(job.service, job.task_name)
    numbers = {entry["name"]: at for at, entry in enumerate(made.entries)}
    HostedLayer.objects.bulk_create(
        HostedLayer(
            service=row,
            number=numbers[entry["name"]],
            name=entry.get("label") or entry["name"].replace("_", " "),
            file=entry["file"],
            is_table=entry["kind"] == "table",
            count=entry["count"],
            drawing_info=styles.get(entry["name"]),
        )
        for entry in made.entries
    )
    return [
        one | {"hosted": f"{row.path}/FeatureServer/{numbers[one['name']]}"}
        if one["name"] in numbers else one
        for one in manifest
    ]  # fmt: skip


def _describe(row: HostedService, wish: Wish, job: Job) -> None:
    row.job_id = job.pk
    for name in ("tags", "description", "snippet"):
        setattr(row, name, getattr(wish, name) or getattr(row, name))
    if job.user is None:
        hours = job.service.keep_jobs_hours if job.service else 24
        row.expires_at = timezone.now() + timedelta(hours=hours)


def purge_hosted() -> None:
    """Delete hosted services whose time is over, and data of which no row tells."""
    for row in HostedService.objects.filter(expires_at__lt=timezone.now())[:100]:
        row.delete()
    before = time.time() - _ORPHAN_SECONDS
    known = set(HostedService.objects.values_list("content", flat=True))
    for path in Path(settings.HOSTED_DIR).glob("h*"):
        with suppress(OSError):
            if path.name not in known and path.stat().st_mtime < before:
                storage.forget(path)


@receiver(post_delete, sender=HostedService)
def _remove_files(instance: HostedService, **kwargs: Any) -> None:  # noqa: ARG001  (a signal)
    """Let the data go with their row, however it was deleted."""
    folder = instance.folder
    transaction.on_commit(lambda: storage.forget(folder))
