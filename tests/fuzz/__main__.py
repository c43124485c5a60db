"""Give each target to atheris for some seconds: ``python -m tests.fuzz 120 [target]``."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from importlib import import_module
from pathlib import Path

from tests.fuzz import TARGETS

#: Bytes of an input, and what one may cost: more is a hang, or a bomb.
_BOUNDS = ("-max_len=4096", "-timeout=20", "-rss_limit_mb=3000", "-verbosity=0",
           "-print_final_stats=1")  # fmt: skip


def main(arguments: list[str]) -> int:
    """Run the targets one after the other; return how many have failed."""
    seconds = arguments[0] if arguments else "10"
    failed = 0
    for target in arguments[1:] or TARGETS:
        command = [sys.executable, "-m", "tests.fuzz", "--one", target, seconds]
        print(f"--- {target}: {seconds} s", flush=True)
        failed += subprocess.run(command, check=False).returncode != 0
    print(f"{failed} targets failed" if failed else "no target failed")
    return failed


def fuzz(target: str, seconds: str) -> None:
    """Run one target in this process, which ends with it."""
    import atheris

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    with atheris.instrument_imports(
        include=["services", "jobs.uploads.incoming", "sqlglot"]
    ):
        import django

        django.setup()
        module = import_module(f"tests.fuzz.{target}")
    from django.conf import settings

    Path(settings.UPLOADS_DIR).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for number, seed in enumerate(module.SEEDS):
            (Path(folder) / str(number)).write_bytes(seed)
        crash = f"-artifact_prefix={tempfile.gettempdir()}/cairn-{target}-"
        bounds = [*_BOUNDS, crash, f"-max_total_time={seconds}", folder]
        atheris.Setup([target, *bounds], module.check)
        atheris.Fuzz()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        fuzz(*sys.argv[2:4])
    else:
        sys.exit(main(sys.argv[1:]))
