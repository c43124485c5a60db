"""Look all pinned packages up among known vulnerabilities: ``make audit``."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

LOCKS = ("requirements.txt", "requirements-dev.txt")
UNREACHED = (
    "The database of advisories could not be asked, so NOTHING WAS CHECKED. Run this"
    " where https://pypi.org can be reached. The tool said:"
)
_TOOL = Path(".tools/bin/pip-audit")


def verdict(lock: str, written: str, said: str) -> tuple[int, str]:
    """Return the exit code and what to tell, of what pip-audit has written and said.

    0: every package was looked up, and none is known to be vulnerable. 1: some are.
    2: they were not all looked up, which is no success.
    """
    try:
        packages: list[dict[str, Any]] = json.loads(written)["dependencies"]
    except (ValueError, KeyError, TypeError):
        last = said.strip().splitlines()[-1:] or ["nothing"]
        return 2, f"{lock}: {UNREACHED} {last[0]}"
    left_out = [one["name"] for one in packages if "skip_reason" in one]
    if left_out or not packages:
        return 2, f"{lock}: {UNREACHED} {', '.join(left_out) or 'no packages'}"
    found = [
        f"  {one['name']} {one['version']}: {flaw['id']}, mended in"
        f" {', '.join(flaw['fix_versions']) or 'no version'}"
        for one in packages
        for flaw in one["vulns"]
    ]
    if found:
        return 1, "\n".join([f"{lock}: known vulnerabilities", *found])
    return 0, f"{lock}: {len(packages)} packages, none known to be vulnerable"


def main() -> int:
    """Audit each lock; return the worst exit code."""
    worst = 0
    for lock in LOCKS:
        command = [str(_TOOL), "--strict", "--require-hashes", "--disable-pip",
                   "--progress-spinner=off", "-f", "json", "-r", lock]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        code, told = verdict(lock, done.stdout, done.stderr)
        print(told)
        worst = max(worst, code)
    return worst


if __name__ == "__main__":
    sys.exit(main())
