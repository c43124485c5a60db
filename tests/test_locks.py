"""The lock files pin by hash and name no registry."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CONTRACT = ROOT / "tests" / "contract"


def test_every_package_of_the_javascript_clients_has_a_hash_and_no_address():
    packages = json.loads((CONTRACT / "package-lock.json").read_text("utf-8"))[
        "packages"
    ]
    root = packages.pop("")
    wanted = json.loads((CONTRACT / "package.json").read_text("utf-8"))["dependencies"]
    assert root["dependencies"] == wanted
    assert all(re.fullmatch(r"\d[\w.-]*", version) for version in wanted.values())
    assert all(one["integrity"].startswith("sha512-") for one in packages.values())
    assert not [name for name, one in packages.items() if "resolved" in one]


@pytest.mark.parametrize(
    "path",
    ["requirements.txt", "requirements-dev.txt", "tests/contract/requirements.txt"],
)
def test_every_python_package_is_pinned_with_hashes(path):
    text = (ROOT / path).read_text("utf-8")
    assert "://" not in text
    pinned = re.findall(
        r"^\S+?(?:\[[\w,-]+\])?==\S+.*?(?=^\S|\Z)", text, re.MULTILINE | re.DOTALL
    )
    lines = [line for line in text.splitlines() if re.match(r"[A-Za-z0-9]", line)]
    assert len(pinned) == len(lines) > 20
    assert all("--hash=sha256:" in one for one in pinned)
