"""Where strips are worked on: processes of this run, or workers of a Dask cluster."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import resource
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path

from services.errors import Crashed, ToolFailed

#: Features from which work is cut into strips, unless the setting says otherwise.
FEATURES = 200_000

_MOST_PROCESSES = 8
#: Processors with which the way there and back takes what the second one gains.
_FEW = 2
_CONNECT_SECONDS = 30
_RETRIES = 3
_PR_SET_PDEATHSIG = 1


def least_features() -> int:
    """Return the number of features from which work is done in parts; 0: never."""
    return int(os.environ.get("CAIRN_PARTITION_FEATURES", FEATURES))


def scheduler() -> str:
    """Return the address of the Dask scheduler, "" if there is none."""
    return os.environ.get("CAIRN_DASK_SCHEDULER", "").strip()


def processes() -> int:
    """Return how many processes a run has for its strips, without a cluster.

    With one of them nothing is done in parts.
    """
    given = os.environ.get("CAIRN_PARTITION_PROCESSES", "")
    if given:
        return int(given)
    has_affinity = hasattr(os, "sched_getaffinity")  # not so on macOS
    count = len(os.sched_getaffinity(0)) if has_affinity else os.cpu_count() or 1
    return min(_MOST_PROCESSES, count) if count > _FEW else 1


@contextmanager
def executor() -> Iterator[tuple[Executor, int]]:
    """Open an executor, and say how many strips it can work on at a time.

    Raises ToolFailed if the cluster of the setting cannot be reached, Crashed for a
    process that ended; a cluster gives the strips of a lost worker to others.
    """
    if scheduler():
        with _cluster(scheduler()) as found:
            yield found
        return
    count = processes()
    # A run's process is a daemon, for which multiprocessing allows no children. They
    # lead no group of their own, so they end with the run.
    multiprocessing.current_process()._config["daemon"] = False  # type: ignore[attr-defined]
    share = _share(count)
    context = multiprocessing.get_context("fork")  # tools are imported already
    with ProcessPoolExecutor(count, context, _begin, (os.getpid(), share)) as pool:
        try:
            yield pool, count
        except BrokenProcessPool:
            raise Crashed("a process of this run ended unexpectedly") from None


def _share(count: int) -> int:
    """Return the bytes that each process may add to what the run has now.

    Together they take no more than is left of the run's own bound; 0: without bound.
    """
    bound, _ = resource.getrlimit(resource.RLIMIT_AS)
    if bound == resource.RLIM_INFINITY:
        return 0
    return max(1, (bound - _address_space()) // count)


def _address_space() -> int:
    try:
        pages = Path("/proc/self/statm").read_text("ascii").split()[0]
    except OSError:
        return 0  # unknown here
    return int(pages) * resource.getpagesize()


def _begin(parent: int, share: int) -> None:
    """Prepare a process: it ends with the run, however that ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)  # the run ended in the moment before
    if share:
        _, most = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (_address_space() + share, most))


@contextmanager
def _cluster(address: str) -> Iterator[tuple[Executor, int]]:
    try:
        from distributed import Client
    except ImportError:
        raise ToolFailed(
            "CAIRN_DASK_SCHEDULER needs the extra dask: pip install 'cairn[dask]'"
        ) from None
    try:
        client = Client(address, timeout=_CONNECT_SECONDS, set_as_default=False)
    except (OSError, TimeoutError) as exc:
        raise ToolFailed(f"the Dask scheduler does not answer: {exc}") from None
    with client:
        threads = sum(client.nthreads().values())
        yield client.get_executor(pure=False, retries=_RETRIES), max(1, threads)
