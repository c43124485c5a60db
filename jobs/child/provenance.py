"""What a run was made of: versions of tool and libraries, fingerprints of its data."""

from __future__ import annotations

import hashlib
import platform
import sys
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyproj
import shapely

from jobs.child.call import Call
from services.errors import InvalidValue
from services.files import Source
from services.registry import OWN, installation
from services.schema import Parameter, schema_of
from services.version import VERSION
from services.wire import encode

#: Libraries that compute or read, if this process has loaded them.
_LIBRARIES = (
    "numpy", "shapely", "pyproj", "pyarrow", "pyogrio", "rasterio", "scipy",
    "contourpy", "exactextract", "pandas", "geopandas", "sklearn", "pykrige", "h3",
    "networkx", "distributed",
)  # fmt: skip
_PIECE = 2**20


def versions(tool_id: str) -> dict[str, Any]:
    """Return tool, package, and all that computed, each with its version.

    A library counts if this process has loaded it, also for a run before.
    """
    package = installation().owners.get(tool_id)
    tool = {"id": tool_id, "package": OWN, "version": VERSION}
    if package is not None:
        tool |= {"package": package.name, "version": package.version}
        if package.fingerprint:
            tool["fingerprint"] = package.fingerprint
    modules = {name: sys.modules.get(name) for name in _LIBRARIES}
    libraries = {name: str(getattr(one, "__version__", "")) or "unknown"
                 for name, one in modules.items() if one is not None}  # fmt: skip
    return {
        "tool": tool,
        "software": _base() | {"libraries": _base_libraries() | libraries},
    }


@lru_cache(maxsize=1)
def _base() -> dict[str, str]:
    return {"cairn": VERSION, "python": platform.python_version(),
            "platform": f"{platform.system()} {platform.machine()}"}  # fmt: skip


@lru_cache(maxsize=1)
def _base_libraries() -> dict[str, str]:
    return {"GEOS": shapely.geos_version_string, "PROJ": pyproj.proj_version_str}


def input_fingerprints(call: Call, raw: Mapping[str, Any]) -> dict[str, str]:
    """Return the SHA-256 of the data of each input that holds data, by name.

    Of inline data it is that of the text as it was sent, of a source that of the files
    it gave, in order. Plain values stand in the record of the job as they are.
    """
    found = {}
    for parameter, given in schema_of(call.schema).raw_inputs(raw):
        kind = parameter.data_type
        value = parameter.in_force(given)
        if value is None or not kind.takes_sources or kind.is_secret:
            continue
        files = [] if _is_inline(parameter, call) else _files(parameter, value, call)
        found[parameter.name] = file_digest(files) if files else _digest(value)
    return found


def _is_inline(parameter: Parameter, call: Call) -> bool:
    """Tell if a value is so large that it is data, and names no source."""
    return parameter.name in call.large and not parameter.data_type.is_text


def _files(parameter: Parameter, value: Any, call: Call) -> list[Path]:
    sources: list[Source] = []

    def note(source: Source) -> Source:
        sources.append(source)
        return source

    try:
        parameter.data_type.resolve(value, note)
    except InvalidValue:
        return []  # the run says what is wrong with it
    return [Path(path) for one in sources for path in call.files.get(one.key, ())]


def output_fingerprints(
    manifest: Iterable[Mapping[str, Any]], folder: Path
) -> dict[str, str]:
    """Return the SHA-256 of each stored output by name: of its files, or its value."""
    found = {}
    for entry in manifest:
        if entry.get("secret"):
            continue
        names = [entry["file"]] if "file" in entry else entry.get("files", ())
        paths = [folder / name for name in names]
        if paths:
            found[entry["name"]] = file_digest(paths)
        elif "value" in entry:
            found[entry["name"]] = _digest(entry["value"])
    return found


def file_digest(paths: Iterable[Path]) -> str:
    """Return the SHA-256 of the content of files, one after another, in hexadecimal."""
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                digest.update(piece)
    return digest.hexdigest()


def _digest(value: Any) -> str:
    if isinstance(value, str):
        value = value.encode()
    data = value if isinstance(value, bytes) else encode(value)
    return hashlib.sha256(data).hexdigest()
