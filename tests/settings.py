"""The portal's settings for tests: a folder and a key of their own, quick hashes."""

from __future__ import annotations

import os
import tempfile

os.environ["CAIRN_DATA_DIR"] = tempfile.mkdtemp(prefix="cairn-tests-")
os.environ["CAIRN_SECRET_KEY"] = "for tests only"
os.environ["CAIRN_LOG_EVENTS"] = "OFF"  # tests of them store them themselves
os.environ["CAIRN_TOOL_PACKAGES"] = "tests.toys"

from portal.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ALLOWED_HOSTS = ["*"]
SITE_SECONDS = 0.0  # tests undo what they change, and nobody is told
# Each test client is a server that starts: it looks for a static file when it is asked
# for one, instead of for all first.
WHITENOISE_AUTOREFRESH = True

if DATABASES["default"]["ENGINE"].endswith("sqlite"):  # noqa: F405
    # A file as in production: threads that share a database in memory get "table is
    # locked" at once, whatever the timeout.
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "tests.sqlite3")}  # noqa: F405
