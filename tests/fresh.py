"""Commands in processes of their own that need not load the libraries again.

One process loads the libraries and our tools, none of which look at the environment or
at Django, and forks for each command. Settings, Django and the catalogue are read in
the fork, from the environment that it is given: as in a process that has just started.
"""

from __future__ import annotations

import atexit
import importlib
import json
import os
import runpy
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
#: What a start of the portal loads of others and pays most for.
_LIBRARIES = (
    "pandas", "pyarrow.compute", "pyarrow.parquet", "pyproj", "shapely", "sqlglot",
    "psycopg", "redis", "requests", "django.core.management", "django.db.models",
)  # fmt: skip


def run(command: list[str], env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run ``["-c", code]`` or ``[script, ...]`` in an environment; return what came."""
    server = _server()
    assert server.stdin
    assert server.stdout
    with tempfile.TemporaryDirectory() as folder:
        paths = [f"{folder}/{name}" for name in ("out", "err")]
        order = {"command": command, "env": env, "paths": paths}
        server.stdin.write(json.dumps(order) + "\n")
        server.stdin.flush()
        code = json.loads(server.stdout.readline())
        out, err = (Path(path).read_text() for path in paths)
    return subprocess.CompletedProcess(command, code, out, err)


@cache
def _server() -> subprocess.Popen[str]:
    started = subprocess.Popen(
        [sys.executable, "-c", "from tests.fresh import serve; serve()"],
        cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        env={name: value for name, value in os.environ.items()
             if not name.startswith(("CAIRN_", "DJANGO_"))},
    )  # fmt: skip
    assert started.stdin
    assert started.stdout
    for last_first in (started.stdout.close, started.wait, started.stdin.close):
        atexit.register(last_first)
    return started


def serve() -> None:
    """Fork for each line of the input; say with which code each fork has ended."""
    import services.reading.ogr  # noqa: F401  (sets GDAL up before any other library does)
    from services.registry import TOOL_PACKAGES, discover

    for name in _LIBRARIES:
        importlib.import_module(name)
    discover(TOOL_PACKAGES)
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _become(**json.loads(line))
            return
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        sys.stdout.write(f"{code}\n")
        sys.stdout.flush()


def _become(command: list[str], env: dict[str, str], paths: list[str]) -> None:
    for descriptor, path in enumerate([os.devnull, *paths]):
        flags = os.O_RDWR | (os.O_CREAT if descriptor else 0)
        os.dup2(os.open(path, flags, 0o600), descriptor)
    os.environ.clear()
    os.environ.update(env)
    if command[0] == "-c":
        exec(command[1], {"__name__": "__main__"})
    else:
        sys.argv = command
        runpy.run_path(command[0], run_name="__main__")
