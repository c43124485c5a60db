"""The portal's own settings, plus an empty DRF view to measure against."""

from __future__ import annotations

from portal.settings import *  # noqa: F403

ROOT_URLCONF = "tests.bench.urls"

# One client sends them all.
QUEUED = QUEUED_PER_USER = QUEUED_PER_ADDRESS = 0
RUNNING_PER_USER = RUNNING_PER_ADDRESS = 0
