"""The child process: it answers call after call, whatever becomes of each.

Nothing in here knows Django, the database, or a secret. The process may be killed
at any point; whatever it writes counts only once its parent says so.
"""

from __future__ import annotations

import ctypes
import errno
import gc
import os
import resource
import shutil
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from jobs.child.bounds import is_full, largest_file_mb, limit, unlimit
from jobs.child.call import Call, Reply
from jobs.child.contents import contents_reply
from jobs.child.filing import file_reply
from jobs.child.images import (
    image_identify_reply,
    image_legend_reply,
    image_reply,
    image_statistics_reply,
)
from jobs.child.lookups import find_reply, identify_reply
from jobs.child.mask import forget, masked, remember_texts
from jobs.child.pictures import export_reply, legend_reply
from jobs.child.querying import layers_reply, query_reply, renderer_reply
from jobs.child.running import check_reply, execute_reply, input_reply, run_reply
from jobs.child.writing import result_reply
from services.archives import limited_archives
from services.errors import (
    GPError,
    InvalidParameters,
)
from services.geometry.curves import curves_kept
from services.registry import registry
from services.wire import collector_paused, limited_depth

_IDLE_SECONDS = 10
_PR_SET_PDEATHSIG = 1


def start(folder: Path) -> None:
    """Prepare a fresh child: die with the parent, tools imported.

    It leads a group of processes, in which all are that a tool starts. Temporary files
    go into ``folder``, where the parent counts and removes them.
    """
    os.setpgid(0, 0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGALRM, _tidy)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    unlimit()
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
    registry()
    gc.collect()
    gc.freeze()


def serve(pipe: Connection, folder: Path) -> None:
    """Answer the calls of the parent, one after another, until it is gone.

    The first message says that the process is ready.
    """
    start(folder)
    pipe.send(True)
    with suppress(EOFError, ConnectionError):
        while True:
            reply = perform(pipe.recv())
            pipe.send(replace(reply, is_last=True) if _has_children() else reply)
            _empty(folder)


def _empty(folder: Path) -> None:
    """Remove what a run has left among the temporary files."""
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _has_children() -> bool:
    """Tell if there are processes that a tool has started, living or not."""
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def perform(call: Call) -> Reply:
    """Do one call and describe every outcome in the reply; never raises."""
    signal.alarm(0)
    remember_texts(call.secrets)
    try:
        limit(call.limits)
        with (
            collector_paused(), curves_kept(),
            limited_depth(call.limits.max_depth),
            limited_archives(call.limits.archives),
        ):  # fmt: skip
            reply = _KINDS[call.kind](call)
    except InvalidParameters as exc:
        problems = [[one.parameter, masked(one.message)] for one in exc.problems]
        reply = Reply(error=("InvalidParameters", problems))
    except GPError as exc:
        reply = Reply(error=(type(exc).__name__, masked(str(exc))))
    except MemoryError:
        reply = _memory_reply(call)
    except OSError as exc:
        reply = _os_error_reply(exc, call)
    except BaseException as exc:  # noqa: BLE001  (a tool may raise anything, or exit)
        is_memory = "bad_alloc" in str(exc)
        text = masked(traceback.format_exc())
        reply = _memory_reply(call) if is_memory else Reply(error=("Internal", text))
    unlimit()
    forget()
    signal.alarm(_IDLE_SECONDS)
    return reply


def _tidy(number: int, frame: Any) -> None:  # noqa: ARG001  (a signal handler's)
    """Give memory back to the system: the next call does not come soon.

    Pages that a busy child keeps need not be had, and cleared, again: that took up
    to a third of the time of large runs.
    """
    gc.collect()
    with suppress(AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def _memory_reply(call: Call) -> Reply:
    text = f"the run needed more memory than its limit of {call.limits.memory_mb} MB"
    return Reply(error=("LimitExceeded", text))


def _os_error_reply(exc: OSError, call: Call) -> Reply:
    if exc.errno == errno.EFBIG:
        most = largest_file_mb(call.limits)
        text = f"the run needed more than {most} MB of disk for a single file"
        return Reply(error=("LimitExceeded", text))
    if is_full(exc):
        text = "no space is left for the files of this run"
        return Reply(error=("LimitExceeded", text))
    if call.kind in ("result", "file") and isinstance(exc, FileNotFoundError):
        # its job's time was over in the moment between
        return Reply(error=("NotFound", "the files of this result are gone"))
    return Reply(error=("Internal", masked(traceback.format_exc())))


_KINDS: dict[str, Callable[[Call], Reply]] = {
    "check": check_reply,
    "input": input_reply,
    "execute": execute_reply,
    "run": run_reply,
    "result": result_reply,
    "query": query_reply,
    "layers": layers_reply,
    "export": export_reply,
    "legend": legend_reply,
    "identify": identify_reply,
    "find": find_reply,
    "generateRenderer": renderer_reply,
    "image": image_reply,
    "image identify": image_identify_reply,
    "image statistics": image_statistics_reply,
    "image legend": image_legend_reply,
    "file": file_reply,
    "contents": contents_reply,
}
