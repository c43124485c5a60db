"""Files that every host must see: on a shared disk, or in a store that all share.

Without a store (``STORAGES["shared"]``) all hosts have one data folder, and nothing
here does more than the disk. With one, the data folder of a host is a cache: a file
goes into the store before the row that tells of it is committed, and comes from there
when a host has not got it. A file that was told of never changes. The key of a file is
its path below the data folder.
"""

from __future__ import annotations

import logging
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from pathlib import Path

from django.conf import settings
from django.core.files import File
from django.core.files.storage import Storage, storages

from jobs.child.bounds import is_full
from services.errors import Cancelled, NotFound, NotStored

logger = logging.getLogger(__name__)

_ALIAS = "shared"
_PIECE = 2**20
_TICK_SECONDS = 0.25
#: No run is longer than half of this, so what was idle for so long is only a copy.
_KEEP_COPIES_SECONDS = 48 * 3600
_TIDY_SECONDS = 3600

_tidy_lock = threading.Lock()
_tidied = time.monotonic()

Tick = Callable[[], bool]


def _store() -> Storage | None:
    return storages[_ALIAS] if _ALIAS in settings.STORAGES else None


def _key(path: Path) -> str:
    return path.relative_to(settings.DATA_DIR).as_posix()


@contextmanager
def _telling() -> Iterator[None]:
    """Raise NotStored for whatever a store raises.

    A file that is missing, and a disk that is full, stay what they are.
    """
    try:
        yield
    except (FileNotFoundError, Cancelled):
        raise
    except Exception as exc:
        if is_full(exc):
            raise
        logger.warning("the shared store failed: %s", exc)
        raise NotStored("the shared store of files does not work now") from exc


def push(path: Path, tick: Tick | None = None) -> None:
    """Put a file, or all files in a folder, into the store; return when they are there.

    ``tick`` is called about four times a second meanwhile and asks for a cancel by
    returning True: then Cancelled is raised. Raises NotStored.
    """
    store = _store()
    if store is None:
        return
    files = [path] if path.is_file() else sorted(path.rglob("*"))
    files = [one for one in files if one.is_file()]
    if files:
        with _telling():
            _push_all(store, files, tick)
        _tidy()


def _push_all(store: Storage, files: list[Path], tick: Tick | None) -> None:
    """Put files one by one, in a thread, so that this one can tick."""
    stop = threading.Event()

    def put() -> None:
        for path in files:
            if not stop.is_set():
                with path.open("rb") as file:
                    store.save(_key(path), File(file))

    pool = ThreadPoolExecutor(1)
    future = pool.submit(put)
    try:
        while wait([future], timeout=_TICK_SECONDS).not_done:
            if tick is not None and tick():
                raise Cancelled("cancelled")
    finally:
        stop.set()
        pool.shutdown(wait=False)
    future.result()


def here(path: Path) -> Path:
    """Return the path of a file that is on this host's disk now, if it is anywhere.

    Raises FileNotFoundError if the store has not got it either, and NotStored.
    """
    store = _store()
    if store is None:
        path.stat()
        return path
    if not path.exists():
        _fetch(store, path)
        _tidy()
    with suppress(OSError):
        path.parent.touch()  # it was used: a copy to keep
    return path


def fresh(path: Path) -> Path:
    """Return the path of a file as the store has it, for one that may have changed."""
    store = _store()
    if store is not None:
        _fetch(store, path)
    return path


def found(path: Path, what: str) -> Path:
    """Return the path of a file as ``here`` does, for an answer to a client.

    Raises NotFound if it is nowhere: ``what`` is gone, whose time was over in this
    moment.
    """
    try:
        return here(path)
    except FileNotFoundError:
        raise NotFound(f"{what} are gone") from None


def _fetch(store: Storage, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with _telling(), store.open(_key(path)) as source, part.open("wb") as target:
            shutil.copyfileobj(source, target, _PIECE)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def names_in(folder: Path) -> list[str]:
    """Return the names of the files in a folder, wherever they are."""
    store = _store()
    if store is None:
        return [path.name for path in folder.glob("*")]
    with _telling():
        return store.listdir(_key(folder))[1]


def exists(path: Path) -> bool:
    """Tell if a file is anywhere; a copy on this host is enough."""
    store = _store()
    if store is None or path.exists():
        return path.exists()
    with _telling():
        return store.exists(_key(path))


def size_of(path: Path) -> int:
    """Return the size of a file in bytes, 0 if there is none."""
    store = _store()
    with suppress(FileNotFoundError):
        if store is None:
            return path.stat().st_size
        with _telling():
            return store.size(_key(path))
    return 0


def forget(*folders: Path) -> None:
    """Delete folders that may be there, with all files in them, wherever they are.

    A store that does not work is for the log: nothing tells of the files any more.
    """
    store = _store()
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
        if store is not None:
            with suppress(NotStored, FileNotFoundError), _telling():
                _delete_all(store, _key(folder))


def _delete_all(store: Storage, key: str) -> None:
    folders, files = store.listdir(key)
    for name in files:
        store.delete(f"{key}/{name}")
    for name in folders:
        _delete_all(store, f"{key}/{name}")


def try_out() -> bool:
    """Return True after a file went into the store and came back, False without one.

    Raises NotStored, or FileNotFoundError if it did not come back.
    """
    store = _store()
    if store is None:
        return False
    folder = Path(settings.DATA_DIR) / "trials" / secrets.token_hex(8)
    folder.mkdir(parents=True)
    file = folder / "trial"
    try:
        file.write_bytes(b"Cairn")
        push(file)
        fresh(file)
    finally:
        forget(folder)
    return True


def _tidy() -> None:
    """Once an hour, remove the copies that this host has not used for long."""
    global _tidied  # noqa: PLW0603  (one clock for a process)
    with _tidy_lock:
        if time.monotonic() - _tidied < _TIDY_SECONDS:
            return
        _tidied = time.monotonic()
    remove_idle_copies()


def remove_idle_copies() -> None:
    """Remove what this host has of jobs, uploads and hosted layers, if idle for long.

    Only with a store, which has it all.
    """
    before = time.time() - _KEEP_COPIES_SECONDS
    if _store() is None:
        return
    for parent in (settings.JOBS_DIR, settings.UPLOADS_DIR, settings.HOSTED_DIR):
        for path in Path(parent).glob("*"):
            with suppress(OSError):  # another process tidies too
                if path.is_dir() and _last_used(path) < before:
                    shutil.rmtree(path, ignore_errors=True)


def _last_used(folder: Path) -> float:
    return max(path.stat().st_mtime for path in (folder, *folder.iterdir()))
