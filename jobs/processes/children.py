"""One warm child process: it answers call after call, may be killed, is replaced.

Ours, after Pebble: that passes each call through two threads of the parent and a lock
of the child, which cost four fifths of the time of a short run, and its kill waits
for the successor. Children come from a fork server: forking a threaded web process is
not safe.
"""

from __future__ import annotations

import logging
import os
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing import forkserver
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import Any

from django.conf import settings

from jobs.child import serving
from jobs.child.call import Call, Reply

logger = logging.getLogger(__name__)

#: Runs after which a child is replaced by a fresh one.
RUNS_A_CHILD = 500
_PRELOADED = ["jobs.child.serving", "services.tools", "services.reading.readers"]
_DEATH_SECONDS = 10
#: How the folders of temporary files are called, before the number of the parent.
_FOLDER = "cairn-run-"
_ABANDONED_SECONDS = 3600
#: Large pages, and kept until the child trims: to get them anew costs more than to
#: fill them. Other C libraries than glibc do not look.
_MALLOC = ":".join((
    "glibc.malloc.hugetlb=1",
    f"glibc.malloc.mmap_threshold={2**30}",
    f"glibc.malloc.trim_threshold={2**40}",
))  # fmt: skip
_SECRET_WORDS = ("SECRET", "PASSWORD", "TOKEN", "DATABASE_URL", "BROKER_URL", "KEY")


class Died(Exception):
    """The child ended before it answered; ``code`` is the process' exit code."""

    def __init__(self, code: int | None) -> None:
        super().__init__(f"exit code {code}")
        self.code = code


class Child:
    """The place of a child process; one thread at a time may use it."""

    def __init__(self) -> None:
        #: True once no process is to be started any more.
        self.is_closed = False
        self._process: Any = None
        self._pipe: Connection
        #: Where the process has its temporary files; one that has none is the first.
        self.folder = Path()
        self._is_ready = self._is_asked = False
        self._runs = 0

    @property
    def pid(self) -> int | None:
        """The process, None while there is none."""
        return self._process.pid if self._process else None

    def warm(self) -> None:
        """Begin to start a process, unless there is a living one, or shall be none."""
        if self._process is not None:
            if not wait([self._process.sentinel], 0):
                return
            logger.warning("a child process died while it was idle; starting another")
            self.stop()
        if not self.is_closed:
            self.folder = Path(tempfile.mkdtemp(prefix=f"{_FOLDER}{os.getpid()}-"))
            self._process, self._pipe = _started(self.folder)
        self._is_ready, self._is_asked, self._runs = False, False, 0

    def is_ready(self, seconds: float) -> bool:
        """Tell if the process can be asked; waits for it. Raises Died."""
        if not self._is_ready and self._received(seconds) is not None:
            self._is_ready = True
        return self._is_ready

    def ask(self, call: Call) -> bool:
        """Send a call; False if the process had died, which then did nothing."""
        self._is_asked = True
        try:
            self._pipe.send(call)
        except OSError:
            self.stop()
            return False
        return True

    def answer(self, seconds: float) -> Reply | None:
        """Return the reply to the call, None if none has come yet. Raises Died."""
        reply: Reply | None = self._received(seconds)
        if reply is not None:
            self._is_asked = False
            self._runs += 1
            if reply.is_last or self._runs >= RUNS_A_CHILD:
                self.stop()
        return reply

    def _received(self, seconds: float) -> Any:
        ready = wait([self._pipe, self._process.sentinel], max(0.0, seconds))
        if not ready:
            return None
        try:  # it may have answered and died since
            if self._pipe.poll():
                return self._pipe.recv()
        except (EOFError, OSError):
            self._process.join(1)
        raise Died(self.stop())

    def close(self) -> None:
        """Kill the process for good, also while another thread waits for its answer."""
        self.is_closed = True
        process = self._process
        if process is not None:
            _kill(process)

    def stop(self) -> int | None:
        """Kill the process and wait for its end; return its exit code."""
        process, self._process = self._process, None
        if process is None:
            return None
        if self._is_asked or process.is_alive():
            _kill(process)
        process.join(_DEATH_SECONDS)
        self._pipe.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        code: int | None = process.exitcode
        return code


def remove_abandoned() -> None:
    """Remove temporary files of parents that were killed an hour ago or earlier."""
    before = time.time() - _ABANDONED_SECONDS
    for path in Path(tempfile.gettempdir()).glob(f"{_FOLDER}*-*"):
        with suppress(OSError, ValueError):
            pid = int(path.name.removeprefix(_FOLDER).partition("-")[0])
            if path.stat().st_mtime < before and not _is_alive(pid):
                shutil.rmtree(path, ignore_errors=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # under another user
    return True


def _kill(process: Any) -> None:
    """Kill a process and all that its tool may have started."""
    with suppress(ProcessLookupError, PermissionError):  # it may not lead a group yet
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()


def _started(folder: Path) -> tuple[Any, Connection]:
    mine, its = _CONTEXT.Pipe()
    process = _CONTEXT.Process(target=serving.serve, args=(its, folder), daemon=True)
    with _starting:  # the environment is that of all threads
        process.start()
    its.close()
    return process, mine


@contextmanager
def _clean_environment() -> Iterator[None]:
    """Start the fork server without secrets, with one thread for each library."""
    kept = dict(os.environ)
    for name in list(os.environ):
        if any(word in name.upper() for word in _SECRET_WORDS):
            del os.environ[name]
    paths = [str(settings.BASE_DIR), os.environ.get("PYTHONPATH", "")]
    os.environ |= {
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "PROJ_NETWORK": "OFF",
        "GLIBC_TUNABLES": _MALLOC,
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
    }
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(kept)


class _CleanProcess(ForkServerProcess):
    """A process of the fork server, which is started anew if it has died."""

    @staticmethod
    def _Popen(process_obj: Any) -> Any:  # noqa: N802  (multiprocessing's name)
        with _clean_environment():
            forkserver.ensure_running()
        return ForkServerProcess._Popen(process_obj)


class _CleanContext(ForkServerContext):
    """Starts children whose fork server never knows a secret, not the second either."""

    Process = _CleanProcess


_starting = threading.Lock()
_CONTEXT = _CleanContext()
_CONTEXT.set_forkserver_preload(_PRELOADED)
