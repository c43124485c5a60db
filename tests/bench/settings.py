"""The portal's own settings, plus an empty DRF view to measure against."""

from __future__ import annotations

from portal.settings import *  # noqa: F403

ROOT_URLCONF = "tests.bench.urls"
