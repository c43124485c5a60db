"""Files that are made when somebody asks, and kept: once, however many ask then."""

from __future__ import annotations

import fcntl
import json
import secrets
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from django.conf import settings

from jobs.child.results import flush
from jobs.files import storage
from services.errors import Busy, NotFound

_ABOUT = ".about.json"
_LOOK_SECONDS = 0.05

#: Writes a file to a path; returns notes for whoever reads it.
Make = Callable[[Path], list[str]]


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that was made: where it lies, its bytes, what its reader should know."""

    path: Path
    size: int
    notes: tuple[str, ...] = ()


def kept_files(folder: Path) -> dict[str, Kept]:
    """Return the files that are kept in a folder, by name."""
    found: dict[str, Kept] = {}
    try:
        names = storage.names_in(folder)
    except FileNotFoundError:
        return found
    for name in names:
        if name.endswith(_ABOUT):
            with suppress(FileNotFoundError):  # its time was over in this moment
                kept = _read(folder / name.removesuffix(_ABOUT))
                found[kept.path.name] = kept
    return found


def made_once(path: Path, make: Make, counted: Callable[[int], None]) -> Kept:
    """Return a file, which ``make`` writes unless it is there.

    Who asks while another one makes it waits for that. ``counted`` is told the bytes
    of a new file. Raises what ``make`` raises, and Busy if the other one failed or
    took longer than a request waits for a run.
    """
    with suppress(FileNotFoundError):
        return _ready(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with (path.parent / f".{path.name}.lock").open("ab") as lock:
        has_waited = not _locked_at_once(lock)
        with suppress(FileNotFoundError):
            return _ready(path)
        if has_waited:
            raise Busy("the file could not be made for another request; try again")
        try:
            kept = _made(path, make)
        except FileNotFoundError:
            raise NotFound("the files of this result are gone") from None
    counted(kept.size)
    return kept


def _locked_at_once(lock: IO[bytes]) -> bool:
    """Lock a file until it is closed; tell if nobody else had it. Raises Busy."""
    deadline = time.monotonic() + settings.RUN_WAIT_SECONDS
    is_first = True
    while not _locked(lock):
        if time.monotonic() > deadline:
            raise Busy("the file is being made for another request; try again")
        is_first = False
        time.sleep(_LOOK_SECONDS)
    return is_first


def _locked(lock: IO[bytes]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _ready(path: Path) -> Kept:
    """Return a file that is there, whole. Raises FileNotFoundError."""
    kept = _read(path)
    storage.here(path)
    return kept


def _read(path: Path) -> Kept:
    about = json.loads(storage.here(_about(path)).read_bytes())
    return Kept(path, about["size"], tuple(about["notes"]))


def _about(path: Path) -> Path:
    return path.with_name(f"{path.name}{_ABOUT}")


def _made(path: Path, make: Make) -> Kept:
    """Make a file beside, and move it in; the text about it comes last."""
    for left in path.parent.glob(f".{path.name}.*.tmp"):
        shutil.rmtree(left, ignore_errors=True)  # of a process that was killed
    beside = path.parent / f".{path.name}.{secrets.token_hex(4)}.tmp"
    beside.mkdir()
    try:
        part, about = beside / path.name, beside / "about"
        kept = Kept(path, 0, tuple(make(part)))
        kept = Kept(path, part.stat().st_size, kept.notes)
        about.write_text(json.dumps({"size": kept.size, "notes": kept.notes}))
        flush(part)
        flush(about)
        part.replace(path)
        storage.push(path)
        about.replace(_about(path))
        storage.push(_about(path))
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return kept
