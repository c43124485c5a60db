"""Limits of zip archives, apart from what reads them: that loads GDAL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

MAX_ENTRIES = 1000
MAX_UNPACKED = 2**30
MAX_RATIO = 100


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """The most entries of an archive, bytes when unpacked, and growth by unpacking."""

    entries: int = MAX_ENTRIES
    unpacked: int = MAX_UNPACKED
    ratio: int = MAX_RATIO


DEFAULT_LIMITS = ArchiveLimits()
_limits: ContextVar[ArchiveLimits] = ContextVar("archives", default=DEFAULT_LIMITS)


@contextmanager
def limited_archives(limits: ArchiveLimits) -> Iterator[None]:
    """Let these limits hold for archives while the block lasts."""
    token = _limits.set(limits)
    try:
        yield
    finally:
        _limits.reset(token)


def archive_limits() -> ArchiveLimits:
    """Return the limits that hold now."""
    return _limits.get()
