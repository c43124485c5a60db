"""The application for web servers."""

from __future__ import annotations

import subprocess
import sys

from tests.server import ROOT

#: GDAL is for child processes; whoever starts a web server does not wait for it.
LOADED = (
    "import portal.wsgi, sys;"
    " print('jobs.rest.results' in sys.modules, 'pyogrio' in sys.modules)"
)


def test_everything_is_loaded_before_there_are_threads():
    ended = subprocess.run(
        [sys.executable, "-c", LOADED],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert ended.stdout == "True False\n"
