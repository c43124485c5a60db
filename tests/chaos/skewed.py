"""Run manage.py with a clock that is as far off as a file says, in seconds.

libfaketime, which would do that to any process, makes the sleeps of Python 3.11 and
later hang. The portal asks the time of Django and of the module ``time``.
"""

from __future__ import annotations

import os
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

from django.core.management import execute_from_command_line
from django.utils import timezone

OFFSET_FILE = "CHAOS_CLOCK"

_true_time, _true_now = time.time, timezone.now


def _offset() -> float:
    return float(Path(os.environ[OFFSET_FILE]).read_text("ascii"))


def _time() -> float:
    return _true_time() + _offset()


def _now() -> datetime:
    return _true_now() + timedelta(seconds=_offset())


if __name__ == "__main__":
    time.time, timezone.now = _time, _now
    execute_from_command_line(["manage.py", *sys.argv[1:]])
