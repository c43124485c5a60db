"""The tools this installation has: every ``@tool`` of every module in a package.

Our own package is strict: a tool that is declared wrongly ends the start. Packages of
others (services/toolpackages.py) never do.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType

from services.errors import NotFound
from services.tool import Tool
from services.toolpackages import LoadError, ToolPackage, clash, load, places, tools_in

#: Our own tools.
TOOL_PACKAGES = ("services.tools",)
#: How our own package is called among the others.
OWN = "Cairn"


@dataclass(frozen=True, slots=True)
class Installation:
    """All tools by id, sorted, and the packages of others that were looked for."""

    tools: Mapping[str, Tool]
    packages: tuple[ToolPackage, ...]
    #: The package of each tool that is not our own.
    owners: Mapping[str, ToolPackage]


def discover(packages: tuple[str, ...]) -> Mapping[str, Tool]:
    """Import all modules of these packages; return tools by id, sorted.

    Raises what a module raises, and DeclarationError for a tool that is declared
    wrongly.
    """
    found: dict[str, Tool] = {}
    for package in packages:
        path = importlib.import_module(package).__path__
        for module in pkgutil.iter_modules(path, f"{package}."):
            found |= tools_in(importlib.import_module(module.name))
    return MappingProxyType(dict(sorted(found.items())))


@lru_cache(maxsize=1)
def installation() -> Installation:
    """Return what is installed, as this process has found it when it first asked."""
    tools = dict(discover(TOOL_PACKAGES))
    packages: list[ToolPackage] = []
    owners: dict[str, ToolPackage] = {}
    for found in map(load, places()):
        kept = {key: one for key, one in found.tools.items() if key not in tools}
        clashes = tuple(_clash(one, owners) for key, one in found.tools.items()
                        if key in tools)  # fmt: skip
        package = replace(found, tools=kept, errors=(*found.errors, *clashes))
        packages.append(package)
        tools |= kept
        owners |= dict.fromkeys(kept, package)
    return Installation(
        MappingProxyType(dict(sorted(tools.items()))), tuple(packages), owners
    )


def _clash(tool: Tool, owners: Mapping[str, ToolPackage]) -> LoadError:
    owner = owners.get(tool.id)
    return clash(tool, owner.name if owner else OWN)


def registry() -> Mapping[str, Tool]:
    """Return the installed tools by id."""
    return installation().tools


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
    """Return the tool of that id. Raises NotFound, which tells of a broken package."""
    found = registry().get(tool_id)
    if found is not None:
        return found
    toolbox = _toolboxes.get(tool_id.partition(".")[0])
    if toolbox is not None:
        return toolbox.find(tool_id)
    raise NotFound(_why_gone(tool_id))


def _why_gone(tool_id: str) -> str:
    for package in installation().packages:
        if package.breaks(tool_id):
            reason = f"its package {package.name} is broken"
            return f"the tool {tool_id} cannot be used: {reason}"
    return f"the tool {tool_id} is not installed"


def publishable() -> Mapping[str, Tool]:
    """Return all tools by id, those of the toolboxes that are no code last."""
    every = dict(registry())
    for toolbox in _toolboxes.values():
        every |= {one.id: one for one in toolbox.every()}
    return every
