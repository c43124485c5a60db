"""What a run has used of the machine: time of processors, and memory at its peak."""

from __future__ import annotations

import resource
from contextlib import suppress
from pathlib import Path
from typing import Any

_STATUS, _RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")
_PEAK = "VmHWM:"


class Meter:
    """Begins to measure when it is made.

    Processes that the run has started and waited for count. The peak is that of this
    process, in the run alone where the system can forget former ones (Linux), else of
    its whole life.
    """

    def __init__(self) -> None:
        with suppress(OSError):
            _RESET.write_text("5")  # proc(5): resets the peak resident set size
        self._began = _processor_seconds()

    def spent(self) -> dict[str, Any]:
        """Return ``cpuSeconds`` and ``peakMegabytes`` (2**20 bytes) until now."""
        seconds = _processor_seconds() - self._began
        return {"cpuSeconds": round(seconds, 3), "peakMegabytes": _peak_megabytes()}


def _processor_seconds() -> float:
    found = (resource.getrusage(who) for who in (resource.RUSAGE_SELF,
                                                 resource.RUSAGE_CHILDREN))  # fmt: skip
    return sum(one.ru_utime + one.ru_stime for one in found)


def _peak_megabytes() -> int:
    with suppress(OSError):
        for line in _STATUS.read_text().splitlines():
            if line.startswith(_PEAK):
                return round(int(line.split()[1]) / 1024)
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
