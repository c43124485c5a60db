"""The tools this installation has: every ``@tool`` of every module in a package."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from services.errors import NotFound
from services.tool import Tool

TOOL_PACKAGES = ("services.tools",)


def discover(packages: tuple[str, ...] = TOOL_PACKAGES) -> Mapping[str, Tool]:
    """Import all modules of these packages; return tools by id, sorted.

    Raises DeclarationError for a tool that is declared wrongly.
    """
    found: dict[str, Tool] = {}
    for package in packages:
        path = importlib.import_module(package).__path__
        for module in pkgutil.iter_modules(path, f"{package}."):
            members = vars(importlib.import_module(module.name)).values()
            tools = [getattr(member, "tool", None) for member in members]
            found |= {one.id: one for one in tools if isinstance(one, Tool)}
    return MappingProxyType(dict(sorted(found.items())))


@lru_cache(maxsize=1)
def registry() -> Mapping[str, Tool]:
    """Return the installed tools by id."""
    return discover()


def installed(tool_id: str) -> Tool:
    """Return the tool of that id. Raises NotFound."""
    try:
        return registry()[tool_id]
    except KeyError:
        raise NotFound(f"the tool {tool_id} is not installed") from None
