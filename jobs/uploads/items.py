"""Uploaded items: found by who may see them, deleted and swept with their files."""

from __future__ import annotations

import re
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Q
from django.utils import timezone

from jobs.files import storage
from jobs.models import Job, Upload
from jobs.status import FINAL
from jobs.uploads.incoming import PREFIX
from services.errors import InvalidURL, InvalidValue
from services.models import Service

_ID = re.compile(r"i[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_BATCH = 200


def item_path(service: Service, user: User | AnonymousUser, item_id: object) -> Path:
    """Return the file of an uploaded item, for a run of ``service`` by ``user``.

    Raises InvalidValue with the same words for what is no id, unknown, foreign, or
    of another service; and for an item that is not committed yet.
    """
    unknown = InvalidValue("itemID: this service has no such uploaded item of yours")
    if not isinstance(item_id, str):
        raise unknown
    try:
        item = find_item(service, user, item_id)
    except InvalidURL:
        raise unknown from None
    path = committed_file(item)
    if path is None:
        raise InvalidValue("itemID: the uploaded item is not committed yet")
    Upload.objects.filter(pk=item.pk).update(used_at=timezone.now())
    return path


def committed_file(item: Upload) -> Path | None:
    """Return the file of an item, on this host's disk; None before it is committed."""
    if not item.committed:
        return None
    with suppress(FileNotFoundError):
        path = storage.here(item.path)
        return path if path.is_file() else None
    return None


def find_item(service: Service, user: User | AnonymousUser, item_id: str) -> Upload:
    """Return an item that a user may see: an own one, or one of a stranger.

    Raises InvalidURL, the same for unknown and foreign items.
    """
    found = None
    if _ID.fullmatch(item_id.lower()):
        found = Upload.objects.filter(pk=item_id.lower(), service=service).first()
    if found is None or not (
        found.user_id is None or found.user_id == user.pk or user.is_superuser
    ):
        raise InvalidURL("Item not found")
    return found


def delete(item: Upload) -> None:
    """Delete an item with its files."""
    Upload.objects.filter(pk=item.pk).delete()
    forget_files(item)


def forget_files(item: Upload) -> None:
    """Delete an item's folder with its file and parts."""
    storage.forget(item.folder)


def is_needed(item: Upload) -> bool:
    """Tell if an unfinished job names an item in its inputs, in hidden ones too.

    ``items`` of its snapshot has all of them. Older jobs have their inputs alone.
    """
    named = Q(snapshot__items__icontains=item.pk) | Q(inputs__icontains=item.pk)
    return Job.objects.exclude(status__in=FINAL).filter(named).exists()


def purge_uploads() -> None:
    """Delete the items that nobody has used in time, and files without an item.

    An item that an unfinished job names in its inputs is kept.
    """
    before = timezone.now() - timedelta(hours=settings.KEEP_UPLOADS_HOURS)
    for item in Upload.objects.filter(used_at__lt=before)[:_BATCH]:
        if not is_needed(item):
            delete(item)
    _purge_strays(time.time() - settings.KEEP_UPLOADS_HOURS * 3600)


def _purge_strays(before: float) -> None:
    """Remove old files and folders that no row tells of: their writer was lost."""
    for path in Path(settings.UPLOADS_DIR).glob("*"):
        with suppress(FileNotFoundError):  # another host may sweep as well
            if path.stat().st_mtime >= before:
                continue
            if path.name.startswith(PREFIX):
                path.unlink()
            elif not Upload.objects.filter(pk=path.name).exists():
                storage.forget(path)
