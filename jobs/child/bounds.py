"""Bounds of the process that computes: memory, processor time, space."""

from __future__ import annotations

import errno
import resource
from pathlib import Path

from jobs.child.call import Limits

#: No file of a run is larger, whatever its service allows in all.
MAX_FILE_MB = 2048
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
    """Bound address space above what the idle process has, processor time, files."""
    infinity = resource.RLIM_INFINITY
    ceiling = _address_space() + limits.memory_mb * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (ceiling, infinity))
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime + limits.seconds * 2 + 10)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, infinity))
    _limit_files(largest_file_mb(limits))


def largest_file_mb(limits: Limits) -> int:
    """Return the size that no single file of a run may have."""
    return min(limits.disk_mb, MAX_FILE_MB)


def _limit_files(megabytes: int) -> None:
    most = MAX_FILE_MB * 2**20
    resource.setrlimit(resource.RLIMIT_FSIZE, (megabytes * 2**20, most))


def unlimit() -> None:
    """Lift the bounds of a run, but for the size of its files."""
    _limit_files(MAX_FILE_MB)
    infinity = resource.RLIM_INFINITY
    resource.setrlimit(resource.RLIMIT_AS, (infinity, infinity))
    resource.setrlimit(resource.RLIMIT_CPU, (infinity, infinity))
