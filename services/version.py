"""Cairn's own version, as pyproject.toml has it."""

from __future__ import annotations

import tomllib
from pathlib import Path

_PROJECT = Path(__file__).resolve().parents[1] / "pyproject.toml"


def _version() -> str:
    text: str = tomllib.loads(_PROJECT.read_text("utf-8"))["project"]["version"]
    return text


#: E.g. ``0.1.0``.
VERSION = _version()
