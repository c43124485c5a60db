"""How much memory a worker takes, with all processes below it."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from contextlib import suppress
from pathlib import Path

_PROC = Path("/proc")
_PSS = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)


def memory_mb() -> int | None:
    """Return the memory of this process and its descendants; None if unknown.

    Pages that several share count once in all: their proportional set size (Linux).
    """
    kilobytes = 0
    for pid in _family(os.getpid()):
        with suppress(OSError, AttributeError):  # it has ended
            text = (_PROC / str(pid) / "smaps_rollup").read_text()
            kilobytes += int(_PSS.search(text)[1])  # type: ignore[index]
    return kilobytes // 1024 or None


def _family(first: int) -> list[int]:
    """Return a process and all that descend from it."""
    below: dict[int, list[int]] = defaultdict(list)
    for path in _PROC.glob("[0-9]*/stat"):
        with suppress(OSError, ValueError, IndexError):
            # The name, in brackets, may hold anything; the parent is the second after.
            parent = path.read_text().rpartition(")")[2].split()[1]
            below[int(parent)].append(int(path.parent.name))
    family = [first]
    for pid in family:  # grows on the way
        family += below[pid]
    return family
