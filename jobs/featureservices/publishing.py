"""Outputs of a job to a hosted feature service: files first, then rows."""

from __future__ import annotations

import os
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError, transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.utils import timezone

from jobs.child.results import flush
from jobs.featureservices.wishes import Wish, free_name
from jobs.files import storage
from jobs.models import Job
from jobs.models.hosted import (
    HostedLayer,
    HostedService,
    content_folder,
    new_content_id,
)
from services.errors import InvalidValue, ToolFailed
from services.symbology import symbology_of

_ORPHAN_SECONDS = 24 * 3600


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
        name, row = free_name(wish, job.user or AnonymousUser())
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
