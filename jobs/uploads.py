"""Uploaded items: rows and files that come, are found, and go together."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.db.models import Count, F, Q, Sum
from django.utils import timezone

from jobs.incoming import PREFIX, Incoming
from jobs.models import Job, Upload
from jobs.status import FINAL
from services.errors import InvalidValue, LimitExceeded, NotFound
from services.models import Service
from services.reading.archive import entries_of
from services.reading.content import (
    HEAD,
    ZIP,
    content_of,
    extension_of,
    require_content,
)

MAX_PART = 10_000
MAX_NAME = 200
MAX_DESCRIPTION = 4000
_ID = re.compile(r"i[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_CHECKSUMS = {32: "md5", 40: "sha1", 64: "sha256"}
_RESERVE = 2**30  # bytes that uploads leave free on the disk
_BATCH = 200
_PIECE = 2**20


@dataclass(frozen=True, slots=True)
class Uploader:
    """Who uploads: a user, or a stranger at an address."""

    user: User | AnonymousUser
    address: str = ""

    @property
    def owner(self) -> User | None:
        """The user for the row; None for a stranger."""
        return self.user if isinstance(self.user, User) else None

    def items(self) -> Q:
        """Return the condition for what counts against the quota."""
        if self.owner is not None:
            return Q(user=self.owner)
        return Q(user=None, address=self.address)


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
    except NotFound:
        raise unknown from None
    if not item.committed or not item.path.is_file():
        raise InvalidValue("itemID: the uploaded item is not committed yet")
    Upload.objects.filter(pk=item.pk).update(used_at=timezone.now())
    return item.path


def find_item(service: Service, user: User | AnonymousUser, item_id: str) -> Upload:
    """Return an item that a user may see: an own one, or one of a stranger.

    Raises NotFound, the same for unknown and foreign items.
    """
    found = None
    if _ID.fullmatch(item_id.lower()):
        found = Upload.objects.filter(pk=item_id.lower(), service=service).first()
    if found is None or not (
        found.user_id is None or found.user_id == user.pk or user.is_staff
    ):
        raise NotFound("Item not found")
    return found


def register(
    service: Service, uploader: Uploader, name: str, description: str
) -> Upload:
    """Make room for an item that will come in parts. Raises InvalidValue."""
    now = timezone.now()
    item = Upload(
        service=service,
        user=uploader.owner,
        address="" if uploader.owner else uploader.address,
        name=_checked_name(service, name),
        description=_checked_description(description),
        created_at=now,
        used_at=now,
    )
    _admit(item, uploader, 0)
    return item


def upload(
    service: Service, uploader: Uploader, file: Incoming, description: str
) -> Upload:
    """Store a whole file as a committed item. Raises InvalidValue, LimitExceeded."""
    now = timezone.now()
    item = Upload(
        service=service,
        user=uploader.owner,
        address="" if uploader.owner else uploader.address,
        name=_checked_name(service, file.name),
        description=_checked_description(description),
        committed=True,
        created_at=now,
        used_at=now,
    )
    _check_content(item, file.path)
    try:
        _take(file.path, item.path)
        _admit(item, uploader, file.size)
    except BaseException:
        _forget_files(item)
        raise
    return item


def _checked_name(service: Service, name: str) -> str:
    name = name.strip()
    if not name or len(name) > MAX_NAME or not name.isprintable() or "/" in name:
        raise InvalidValue(
            f"the file needs a name of at most {MAX_NAME} printable characters"
        )
    extension = extension_of(name)
    accepted = service.upload_extensions
    if extension not in accepted:
        listed = ", ".join(f".{one}" for one in accepted)
        raise InvalidValue(
            f"{name[:100]}: the type of this file is not accepted here; use {listed}"
        )
    return name


def _checked_description(text: str) -> str:
    if len(text) > MAX_DESCRIPTION or "\0" in text:
        raise InvalidValue(
            f"the description may have at most {MAX_DESCRIPTION} characters"
        )
    return text


def _check_content(item: Upload, path: Path) -> None:
    """Raise InvalidValue if the file is empty or not what its name says."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not head:
        raise InvalidValue(f"{item.name[:100]}: the file is empty")
    try:
        require_content(extension_of(item.name), head)
        if content_of(head) == ZIP:
            entries_of(path)
    except InvalidValue as exc:
        raise InvalidValue(f"{item.name[:100]}: {exc}") from None


def _take(source: Path, target: Path) -> None:
    """Give a file that has arrived its place: a second name, no copy if possible."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with source.open("rb") as file:
        os.fsync(file.fileno())
    with suppress(FileNotFoundError):
        target.unlink()
    try:
        os.link(source, target)
    except OSError:  # a file system without links
        shutil.copyfile(source, target)


def _admit(item: Upload, uploader: Uploader, more_bytes: int) -> None:
    """Count an item and its bytes; refuse with LimitExceeded what is over the quota."""
    _require_space(more_bytes)
    with transaction.atomic():
        if item._state.adding:
            item.size = more_bytes
            item.save(force_insert=True)
        elif more_bytes:
            Upload.objects.filter(pk=item.pk).update(size=F("size") + more_bytes)
        _require_quota(uploader)


def _require_quota(uploader: Uploader) -> None:
    used = Upload.objects.filter(uploader.items()).aggregate(
        items=Count("pk"), bytes=Sum("size")
    )
    if used["items"] > settings.UPLOADS_PER_USER:
        raise LimitExceeded(
            f"you have {used['items'] - 1} uploaded items; at most"
            f" {settings.UPLOADS_PER_USER} are kept: delete some of them"
        )
    most: int = settings.UPLOAD_MB_PER_USER
    if (used["bytes"] or 0) > most * 2**20:
        raise LimitExceeded(
            f"the size of all your uploaded items would be above {most} MB: delete"
            " some of them"
        )


def _require_space(more_bytes: int) -> None:
    folder = Path(settings.UPLOADS_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(folder).free < more_bytes + _RESERVE:
        raise LimitExceeded("there is no room for uploads now; try again later")


def part_numbers(item: Upload) -> list[int]:
    """Return the numbers of the parts that have arrived, in order."""
    names = [path.name for path in (item.folder / "parts").glob("*")]
    return sorted(int(name) for name in names if name.isdecimal())


def store_part(item: Upload, number: int, file: Incoming) -> None:
    """Store a part; one of the same number is replaced.

    Raises InvalidValue for an item that is committed, LimitExceeded above the size
    that the service or the quota of the owner allows.
    """
    _require_open(item)
    target = item.folder / "parts" / str(number)
    before = target.stat().st_size if target.exists() else 0
    item.refresh_from_db(fields=["size"])
    most = item.service.max_upload_mb
    if item.size - before + file.size > most * 2**20:
        raise LimitExceeded(
            f"the size of the item would be above {most} MB, the most that this"
            " service accepts"
        )
    _admit(item, _uploader_of(item), file.size - before)
    try:
        _take(file.path, target)
    except BaseException:
        Upload.objects.filter(pk=item.pk).update(size=F("size") + before - file.size)
        raise
    Upload.objects.filter(pk=item.pk).update(used_at=timezone.now())


def _require_open(item: Upload) -> None:
    if item.committed:
        raise InvalidValue("the item is committed already; it takes no more parts")


def _uploader_of(item: Upload) -> Uploader:
    return Uploader(item.user or AnonymousUser(), item.address)


def commit(item: Upload, parts: Sequence[int], checksum: str = "") -> Upload:
    """Join parts, in the order given (all by number if none is), to the item's file.

    ``checksum`` is the MD5, SHA-1 or SHA-256 of the whole, in hexadecimal digits. An
    item that is committed stays as it is: clients repeat a request whose answer was
    lost. Raises InvalidValue.
    """
    if item.committed:
        return item
    present = part_numbers(item)
    chosen = list(parts) or present
    missing = sorted(set(chosen) - set(present))
    if missing or not chosen:
        what = f"part {missing[0]} is not there" if missing else "there are no parts"
        raise InvalidValue(f"{what}; send it by uploadPart")
    if len(set(chosen)) < len(chosen):
        raise InvalidValue("each of the parts may be named once")
    _require_space(item.size)
    with tempfile.NamedTemporaryFile(dir=item.folder, prefix=PREFIX) as whole:
        _join([item.folder / "parts" / str(one) for one in chosen], whole, checksum)
        _check_content(item, Path(whole.name))
        size = whole.tell()
        _take(Path(whole.name), item.path)
    rows = Upload.objects.filter(pk=item.pk, committed=False)
    rows.update(committed=True, size=size, used_at=timezone.now())
    shutil.rmtree(item.folder / "parts", ignore_errors=True)
    item.refresh_from_db()
    return item


def _join(parts: Sequence[Path], whole: IO[bytes], checksum: str) -> None:
    digest = _digest(checksum)
    for part in parts:
        with part.open("rb") as file:
            while piece := file.read(_PIECE):
                whole.write(piece)
                if digest is not None:
                    digest.update(piece)
    whole.flush()
    if digest is not None and digest.hexdigest() != checksum.strip().lower():
        raise InvalidValue("the checksum is not that of the parts: send them again")


def _digest(checksum: str) -> Any:
    text = checksum.strip()
    if not text:
        return None
    if len(text) not in _CHECKSUMS or re.search(r"[^0-9a-fA-F]", text):
        raise InvalidValue(
            "checksum must be the MD5, SHA-1 or SHA-256 of the item in hexadecimal"
        )
    return hashlib.new(_CHECKSUMS[len(text)], usedforsecurity=False)


def delete(item: Upload) -> None:
    """Delete an item with its files."""
    Upload.objects.filter(pk=item.pk).delete()
    _forget_files(item)


def _forget_files(item: Upload) -> None:
    shutil.rmtree(item.folder, ignore_errors=True)


def purge_uploads() -> None:
    """Delete the items that nobody has used in time, and files without an item.

    An item that an unfinished job names in its inputs is kept.
    """
    before = timezone.now() - timedelta(hours=settings.KEEP_UPLOADS_HOURS)
    unfinished = Job.objects.exclude(status__in=FINAL)
    for item in Upload.objects.filter(used_at__lt=before)[:_BATCH]:
        if not unfinished.filter(inputs__icontains=item.pk).exists():
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
                shutil.rmtree(path, ignore_errors=True)
