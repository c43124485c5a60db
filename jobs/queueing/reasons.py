"""Why runs fail, in a few kinds: for counting, where texts are too many."""

from __future__ import annotations

import re
from collections.abc import Mapping

from jobs.status import JobStatus

#: What an error's text holds, by kind; the first that fits counts.
_TEXTS: Mapping[str, re.Pattern[str]] = {
    "memory_limit": re.compile(r"needed more memory than its limit"),
    "disk_limit": re.compile(r"^the run needed more than \d+ MB of disk"),
    "disk_full": re.compile(r"^no space "),
    "crash": re.compile(r"^the tool ended unexpectedly|could not start$"),
    "worker_lost": re.compile(r"^the worker was lost"),
    "queue_timeout": re.compile(r"^no worker was free "),
    "bug": re.compile(r"^the tool failed inside"),
}
#: All that the tool itself, or the check of its inputs, has said.
OTHER = "tool"
TIME_LIMIT = "time_limit"
KINDS = (TIME_LIMIT, *_TEXTS, OTHER)


def reason_kind(status: str, error: str) -> str:
    """Return which of ``KINDS`` the end of a run that failed or timed out is."""
    for kind, text in _TEXTS.items():
        if text.search(error):
            return kind
    return TIME_LIMIT if status == JobStatus.TIMED_OUT else OTHER
