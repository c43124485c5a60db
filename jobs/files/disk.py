"""Room on the disks: a reserve that new jobs and uploads must leave free."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings

from services.errors import DiskFull


def missing_bytes(folder: Path, more: int = 0) -> int:
    """Return how many bytes are lacking for ``more`` besides the reserve; 0 if none."""
    folder.mkdir(parents=True, exist_ok=True)
    found = shutil.disk_usage(folder)
    share = found.total * settings.DISK_RESERVE_PERCENT / 100
    reserve = max(settings.DISK_RESERVE_MB * 2**20, share)
    return max(0, int(reserve + more - found.free))


def require_room(what: str, folders: Iterable[Path], more: int = 0) -> None:
    """Raise DiskFull if one of the folders' disks has no room for something new."""
    if any(missing_bytes(Path(folder), more) for folder in folders):
        raise DiskFull(
            f"the disk of this server is nearly full: it takes no new {what} until"
            " there is room again; try later"
        )


def size_of(folder: Path) -> int:
    """Return the bytes of all files below a folder; 0 if it is not there."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
