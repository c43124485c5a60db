"""Files that a tool made, moved to where they are kept; no Django in here."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from services.files import DataFile, Raster


def keep_file(file: DataFile, folder: Path) -> dict[str, Any]:
    """Bring a file into a folder that outlives the run; return its manifest entry.

    What the tool made is moved there, what it was given is copied. A name that is
    taken gets a number.
    """
    if file.path is None:
        raise ValueError("the file has no content")
    folder.mkdir(parents=True, exist_ok=True)
    target = free_name(folder, file.name)
    if file.source is None:
        shutil.move(file.path, target)
    else:
        shutil.copyfile(file.path, target)
    entry = {"kind": "file", "file": target.name, "bytes": target.stat().st_size}
    if isinstance(file, Raster):
        suffix = target.suffix.lstrip(".").lower()
        entry["format"] = file.format or suffix.replace("tiff", "tif")
    return entry


def free_name(folder: Path, name: str) -> Path:
    """Return a path in a folder that nothing has, by a name or one like it."""
    target, number = folder / name, 0
    while target.exists():
        number += 1
        target = folder / f"{Path(name).stem}_{number}{Path(name).suffix}"
    return target
