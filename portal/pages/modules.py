"""Modules that a page's script imports: named beforehand, to be fetched at once."""

from __future__ import annotations

import posixpath
import re
from functools import cache
from pathlib import Path

from django.contrib.staticfiles import finders

_IMPORT = re.compile(
    r"""^(?:import|export)[^;]*?from\s+["'](\.[^"']+)["']""", re.MULTILINE
)


@cache
def modules_of(script: str) -> tuple[str, ...]:
    """Return what a script imports, and what that imports, as paths of static files."""
    found: dict[str, None] = {}
    waiting = [script]
    while waiting:
        one = waiting.pop()
        for name in _imports(one):
            if name not in found:
                found[name] = None
                waiting.append(name)
    return tuple(found)


def _imports(script: str) -> list[str]:
    path = finders.find(script)
    text = Path(path).read_text("utf-8") if isinstance(path, str) else ""
    folder = posixpath.dirname(script)
    return [posixpath.normpath(posixpath.join(folder, name))
            for name in _IMPORT.findall(text)]  # fmt: skip
