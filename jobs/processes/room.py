"""The space on disk that a run takes: looked at from outside while it computes."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from pathlib import Path

from jobs.child.call import Call, Limits
from services.errors import LimitExceeded

#: A look takes at most this share of the time, however many files there are.
_SHARE = 0.05
_PAUSE_SECONDS = 0.25
_BLOCK = 512


class Room:
    """What one run has on disk: all in the folder of its job, and temporary files."""

    def __init__(self, call: Call, temporary: Path) -> None:
        runs = call.kind in ("execute", "run") and bool(call.folder)
        self._limits = call.limits
        self._folders = (Path(call.folder).parent, temporary) if runs else ()
        self._next = time.monotonic() + _PAUSE_SECONDS

    def check(self) -> None:
        """Raise LimitExceeded if the run has more than its service allows."""
        began = time.monotonic()
        require_within(self._folders, self._limits)
        now = time.monotonic()
        self._next = now + max(_PAUSE_SECONDS, (now - began) / _SHARE)

    def check_if_due(self) -> None:
        """Check, but not all the time."""
        if time.monotonic() >= self._next:
            self.check()


def require_within(folders: Iterable[Path], limits: Limits) -> None:
    """Raise LimitExceeded if folders take more of the disk than a run may have."""
    if sum(map(_taken, folders)) > limits.disk_mb * 2**20:
        raise LimitExceeded(f"the run needed more than {limits.disk_mb} MB of disk")


def _taken(folder: str | Path) -> int:
    """Return the bytes on disk of all that is below a folder; what goes is nothing."""
    taken = 0
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    taken += _taken(entry.path)
                else:
                    taken += entry.stat(follow_symlinks=False).st_blocks * _BLOCK
    except (FileNotFoundError, NotADirectoryError):
        pass
    return taken
