"""Packages of tools beside our own: where they come from, and what became of each.

Each module is imported by itself, and whatever it raises is kept with file and line: a
broken package takes nothing along but its own tools.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import os
import pkgutil
import sys
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, entry_points, version
from pathlib import Path
from types import ModuleType

from services.tool import Tool

#: The entry points by which a Python distribution names its packages of tools.
GROUP = "cairn.tools"
#: The package as which the folder of CAIRN_TOOL_FOLDER is imported.
FOLDER_PACKAGE = "cairn_tool_folder"

_FRAMES = 8  # of a traceback, the innermost


@dataclass(frozen=True, slots=True)
class LoadError:
    """Why a module of a package gives no tools, or a tool is left out.

    ``file`` and ``line`` are of the package's own source, "" and 0 if it was not even
    found; ``trace`` is for the administrator alone.
    """

    module: str
    file: str
    line: int
    message: str
    trace: str = ""

    def __str__(self) -> str:
        place = f"{self.file}, line {self.line}" if self.file else self.module
        return f"{place}: {self.message}"


@dataclass(frozen=True, slots=True)
class ToolPackage:
    """A package as it was found: ``tools`` by id, and what went wrong.

    ``fingerprint`` is a SHA-256 of its Python files as they were when it was imported,
    "" if there are none.
    """

    name: str
    version: str
    origin: str
    tools: Mapping[str, Tool] = field(default_factory=dict)
    errors: tuple[LoadError, ...] = ()
    fingerprint: str = ""

    def breaks(self, tool_id: str) -> bool:
        """Tell if the tool would be in a module that could not be loaded."""
        toolbox = tool_id.partition(".")[0]
        return any(one.module.rpartition(".")[2] == toolbox for one in self.errors)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a package is to be had: the module to import, and who names it."""

    module: str
    origin: str
    name: str
    version: str = ""


def places() -> list[Place]:
    """Return the packages that settings, distributions and the folder name.

    All processes of a host read the same variables and the same installed
    distributions, so all find the same ones.
    """
    named = os.environ.get("CAIRN_TOOL_PACKAGES", "").split(",")
    found = [Place(one, "CAIRN_TOOL_PACKAGES", one)
             for one in map(str.strip, named) if one]  # fmt: skip
    for point in sorted(entry_points(group=GROUP), key=lambda one: one.name):
        dist = point.dist
        name, release = (dist.name, dist.version) if dist else (point.name, "")
        origin = f"distribution {name}"
        found.append(
            Place(point.value.partition(":")[0].strip(), origin, name, release)
        )
    return [*found, *_places_in_folder()]


def _places_in_folder() -> list[Place]:
    folder = os.environ.get("CAIRN_TOOL_FOLDER", "").strip()
    if not folder:
        return []
    _make_importable(folder)
    names = sorted(one.name for one in pkgutil.iter_modules([folder]))
    if not names and not Path(folder).is_dir():
        names = [""]  # the folder itself is what is missing
    return [Place(f"{FOLDER_PACKAGE}.{name}", f"folder {folder}", name or folder)
            for name in names if not name.startswith("_")]  # fmt: skip


def _make_importable(folder: str) -> None:
    """Let modules of the folder be imported below a package of their own.

    So none can take the place of a module of Python or of a library.
    """
    package = sys.modules.get(FOLDER_PACKAGE)
    if package is None:
        spec = importlib.util.spec_from_loader(FOLDER_PACKAGE, None, is_package=True)
        assert spec is not None  # noqa: S101  (without a loader there always is one)
        package = importlib.util.module_from_spec(spec)
        sys.modules[FOLDER_PACKAGE] = package
    package.__path__ = [folder]


def load(place: Place) -> ToolPackage:
    """Import all modules of a package; never raises for what is in them."""
    root = _files_of(place.module)
    fingerprint = _fingerprint(root)
    tools: dict[str, Tool] = {}
    errors: list[LoadError] = []
    top = _imported(place.module, root, errors)
    if top is not None:
        tools |= tools_in(top)
        for name in _modules_in(top):
            module = _imported(name, root, errors)
            tools |= tools_in(module) if module else {}
    return ToolPackage(
        name=place.name,
        version=place.version or _version_of(top, place.module),
        origin=place.origin,
        tools=dict(sorted(tools.items())),
        errors=tuple(errors),
        fingerprint=fingerprint,
    )


def tools_in(module: ModuleType) -> dict[str, Tool]:
    """Return the tools that a module itself declares, by id."""
    members = [getattr(member, "tool", None) for member in vars(module).values()]
    tools = [one for one in members if isinstance(one, Tool)]
    own = module.__name__
    return {one.id: one for one in tools if one.function.__module__ == own}


def clash(tool: Tool, package: str) -> LoadError:
    """Return the error of a tool whose id another package has taken before."""
    code = tool.function.__code__
    return LoadError(
        tool.function.__module__,
        code.co_filename,
        code.co_firstlineno,
        f"the tool {tool.id} is left out: {package} has one of this name; rename the"
        " module or the tool",
    )


def _modules_in(package: ModuleType) -> Iterator[str]:
    path = getattr(package, "__path__", None)
    if path is not None:
        for one in pkgutil.iter_modules(path, f"{package.__name__}."):
            yield one.name


def _imported(
    name: str, root: Path | None, errors: list[LoadError]
) -> ModuleType | None:
    try:
        return importlib.import_module(name)
    except KeyboardInterrupt:
        raise
    except BaseException as exc:  # noqa: BLE001  (code of others: anything, an exit too)
        errors.append(_load_error(name, root, exc))
        return None


def _load_error(name: str, root: Path | None, exc: BaseException) -> LoadError:
    told = traceback.TracebackException.from_exception(exc)
    inside = [frame for frame in told.stack if root and _is_below(frame.filename, root)]
    file, line = (inside[-1].filename, inside[-1].lineno or 0) if inside else ("", 0)
    if isinstance(exc, SyntaxError) and exc.filename:
        file, line = exc.filename, exc.lineno or 0
    kept = told.stack[told.stack.index(inside[0]) :] if inside else []
    told.stack = traceback.StackSummary.from_list(kept[-_FRAMES:])
    told.__context__ = told.__cause__ = None
    trace = "".join(told.format())
    message = f"{type(exc).__name__}: {exc}" if str(exc) else type(exc).__name__
    return LoadError(name, file, line, message.splitlines()[0], trace)


def _is_below(file: str, root: Path) -> bool:
    path = Path(file)
    return path == root or root in path.parents


def _files_of(module: str) -> Path | None:
    """Return the file of a module or the folder of a package, unimported if it can."""
    try:
        spec = importlib.util.find_spec(module)
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001  (imports the packages above it)
        return None  # its own import tells why
    if spec is None:
        return None
    if spec.submodule_search_locations:
        return Path(next(iter(spec.submodule_search_locations)))
    return Path(spec.origin) if spec.has_location and spec.origin else None


def _fingerprint(root: Path | None) -> str:
    if root is None:
        return ""
    digest = hashlib.sha256()
    files = [root] if root.is_file() else sorted(root.rglob("*.py"))
    for path in files:
        name = path.relative_to(root.parent).as_posix()
        digest.update(f"{name}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest() if files else ""


def _version_of(module: ModuleType | None, name: str) -> str:
    """Return what the package says of itself, or its distribution of the same name."""
    said = getattr(module, "__version__", None)
    if isinstance(said, str):
        return said
    top = name.partition(".")[0]
    top_module = sys.modules.get(top)
    said = getattr(top_module, "__version__", None)
    try:
        return said if isinstance(said, str) else version(top)
    except PackageNotFoundError:
        return ""
