"""The tools this installation has: every ``@tool`` of every module in a package."""

from __future__ import annotations

import importlib
import os
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Toolbox:
    """Tools that are no code: ``find`` raises NotFound, ``every`` lists the newest."""

    find: Callable[[str], Tool]
    every: Callable[[], Iterable[Tool]]


_toolboxes: dict[str, Toolbox] = {}


def provide(name: str, toolbox: Toolbox) -> None:
    """Let the tools whose ids begin with ``<name>.`` come from a toolbox."""
    _toolboxes[name] = toolbox


def installed(tool_id: str) -> Tool:
    """Return the tool of that id. Raises NotFound."""
    found = registry().get(tool_id)
    if found is not None:
        return found
    toolbox = _toolboxes.get(tool_id.partition(".")[0])
    if toolbox is not None:
        return toolbox.find(tool_id)
    raise NotFound(f"the tool {tool_id} is not installed")


def publishable() -> Mapping[str, Tool]:
    """Return all tools by id, those of the toolboxes that are no code last."""
    every = dict(registry())
    for toolbox in _toolboxes.values():
        every |= {one.id: one for one in toolbox.every()}
    return every
