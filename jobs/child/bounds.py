"""Bounds of the process that computes: memory, processor time, space."""

from __future__ import annotations

import errno
import resource
from pathlib import Path

from jobs.child.call import Limits

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def is_full(exc: BaseException) -> bool:
    """Tell if a write failed for want of space."""
    return isinstance(exc, OSError) and exc.errno in _FULL


def _address_space() -> int:
    """Return the bytes of address space of this process; 0 where it is unknown."""
    try:
        pages = Path("/proc/self/statm").read_text("ascii").split()[0]
    except OSError:
        return 0
    return int(pages) * resource.getpagesize()


def limit(limits: Limits) -> None:
    """Bound address space above what the idle process has, and processor time."""
    infinity = resource.RLIM_INFINITY
    ceiling = _address_space() + limits.memory_mb * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (ceiling, infinity))
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime + limits.seconds * 2 + 10)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, infinity))


def unlimit() -> None:
    """Lift the bounds of a run."""
    infinity = resource.RLIM_INFINITY
    resource.setrlimit(resource.RLIMIT_AS, (infinity, infinity))
    resource.setrlimit(resource.RLIMIT_CPU, (infinity, infinity))
