"""The tools this installation has: every ``@tool`` of every module in a package."""

from __future__ import annotations

import importlib
import os
import pkgutil
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from services.errors import NotFound
from services.tool import Tool

#: Our own tools; CAIRN_TOOL_PACKAGES names more, separated by commas.
TOOL_PACKAGES = ("services.tools",)


def tool_packages() -> tuple[str, ...]:
    """Return the packages that are searched for tools."""
    more = os.environ.get("CAIRN_TOOL_PACKAGES", "")
    return TOOL_PACKAGES + tuple(filter(None, (one.strip() for one in more.split(","))))


def discover(packages: tuple[str, ...]) -> Mapping[str, Tool]:
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
    return discover(tool_packages())


def installed(tool_id: str) -> Tool:
    """Return the tool of that id. Raises NotFound."""
    try:
        return registry()[tool_id]
    except KeyError:
        raise NotFound(f"the tool {tool_id} is not installed") from None
