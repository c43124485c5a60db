"""How items come: whole, or registered, in parts, and committed."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import F
from django.utils import timezone

from jobs.files import storage
from jobs.models import Upload
from jobs.uploads.incoming import PREFIX, Incoming
from jobs.uploads.items import forget_files
from jobs.uploads.quotas import Uploader, admit, require_space
from services.archives import ArchiveLimits, limited_archives
from services.errors import InvalidValue, LimitExceeded
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
_CHECKSUMS = {32: "md5", 40: "sha1", 64: "sha256"}
_PIECE = 2**20


def register(
    service: Service, uploader: Uploader, name: str, description: str
) -> Upload:
    """Make room for an item that will come in parts. Raises InvalidValue."""
    item = _new_item(service, uploader, name, description)
    admit(item, uploader, 0)
    return item


def upload(
    service: Service, uploader: Uploader, file: Incoming, description: str
) -> Upload:
    """Store a whole file as a committed item. Raises InvalidValue, LimitExceeded."""
    item = _new_item(service, uploader, file.name, description)
    item.committed = True
    _check_content(item, file.path)
    try:
        _take(file.path, item.path)
        storage.push(item.path)
        admit(item, uploader, file.size)
    except BaseException:
        forget_files(item)
        raise
    return item


def _new_item(
    service: Service, uploader: Uploader, name: str, description: str
) -> Upload:
    now = timezone.now()
    return Upload(
        service=service,
        user=uploader.owner,
        address="" if uploader.owner else uploader.address,
        name=_checked_name(service, name),
        description=_checked_description(description),
        created_at=now,
        used_at=now,
    )


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


def archive_limits_of(service: Service) -> ArchiveLimits:
    """Return the limits that a service sets for archives."""
    return ArchiveLimits(
        service.max_zip_entries,
        service.max_unzipped_mb * 2**20,
        service.max_zip_ratio,
    )


def _check_content(item: Upload, path: Path) -> None:
    """Raise InvalidValue if the file is empty or not what its name says."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not head:
        raise InvalidValue(f"{item.name[:100]}: the file is empty")
    try:
        require_content(extension_of(item.name), head)
        if content_of(head) == ZIP:
            with limited_archives(archive_limits_of(item.service)):
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


def part_numbers(item: Upload) -> list[int]:
    """Return the numbers of the parts that have arrived, in order."""
    names = storage.names_in(item.folder / "parts")
    return sorted(int(name) for name in names if name.isdecimal())


def store_part(item: Upload, number: int, file: Incoming) -> None:
    """Store a part; one of the same number is replaced.

    Raises InvalidValue for an item that is committed, LimitExceeded above the size
    that the service or the quota of the owner allows.
    """
    _require_open(item)
    target = item.folder / "parts" / str(number)
    before = storage.size_of(target)
    item.refresh_from_db(fields=["size"])
    most = item.service.max_upload_mb
    if item.size - before + file.size > most * 2**20:
        raise LimitExceeded(
            f"the size of the item would be above {most} MB, the most that this"
            " service accepts"
        )
    admit(item, _uploader_of(item), file.size - before)
    try:
        _take(file.path, target)
        storage.push(target)
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
    require_space(item.size)
    paths = [storage.fresh(item.folder / "parts" / str(one)) for one in chosen]
    with tempfile.NamedTemporaryFile(dir=item.folder, prefix=PREFIX) as whole:
        _join(paths, whole, checksum)
        _check_content(item, Path(whole.name))
        size = whole.tell()
        _take(Path(whole.name), item.path)
    storage.push(item.path)
    rows = Upload.objects.filter(pk=item.pk, committed=False)
    rows.update(committed=True, size=size, used_at=timezone.now())
    storage.forget(item.folder / "parts")
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
