"""Zipped shapefiles: one layer, its parts unpacked under names of our own."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from services.errors import InvalidValue
from services.geometry.crs import SpatialReference
from services.reading.archive import entries_of, unpack
from services.reading.ogr import Source
from services.reading.references import reference_of_text

_PARTS = ("shp", "shx", "dbf", "prj", "cpg")
_MAX_PRJ = 16_384
_HEADER = 100  # bytes of header of .shp and .shx
_CODE_PAGE = re.compile(r"[A-Za-z0-9 _-]{1,30}")
_ENCODINGS = {"65001": "UTF-8", "1252": "CP1252", "88591": "ISO-8859-1"}


@dataclass(frozen=True, slots=True)
class Shapefile:
    """An unpacked shapefile; no ``reference`` if there is no .prj in the archive."""

    source: Source
    reference: SpatialReference | None


def unpacked(path: Path, layer: str, folder: Path, *, spatial: bool) -> Shapefile:
    """Unpack the one shapefile of an archive into ``folder``.

    A bare .dbf counts unless ``spatial``. Raises InvalidValue for an archive that is
    not accepted, without a shapefile, or with several and no ``layer`` that names one.
    """
    parts = _chosen(_shapefiles(entries_of(path)), layer, spatial=spatial)
    needed = ("shp", "shx", "dbf") if "shp" in parts else ("dbf",)
    missing = [f".{part}" for part in needed if part not in parts]
    if missing:
        raise InvalidValue(f"the shapefile in it lacks its {' and '.join(missing)}")
    for part, entry in parts.items():
        unpack(path, entry, folder / f"data.{part}")
    _check_lengths(folder, "shp" in parts)
    name = "shp" if "shp" in parts else "dbf"
    source = Source(
        folder / f"data.{name}", "ESRI Shapefile", encoding=_encoding(folder)
    )
    return Shapefile(source, _reference(folder))


_Parts = dict[str, zipfile.ZipInfo]


def _shapefiles(entries: list[zipfile.ZipInfo]) -> dict[str, _Parts]:
    """Return the parts of each shapefile by its path without the extension."""
    found: dict[str, _Parts] = {}
    for entry in entries:
        place = PurePosixPath(entry.filename)
        part = place.suffix.lower().removeprefix(".")
        if part in _PARTS and place.parts[0] != "__MACOSX":
            stem = str(place.with_suffix("")).lower()
            found.setdefault(stem, {})[part] = entry
    return found


def _chosen(found: dict[str, _Parts], layer: str, *, spatial: bool) -> _Parts:
    main = {stem: parts for stem, parts in found.items() if "shp" in parts}
    if not spatial:
        main |= {stem: parts for stem, parts in found.items() if "dbf" in parts}
    names = {PurePosixPath(stem).name: stem for stem in main}
    if layer:
        if layer.lower() in names:
            return main[names[layer.lower()]]
        raise InvalidValue(
            f"has no layer '{layer[:64]}'; the layers are {', '.join(names) or 'none'}"
        )
    if len(main) == 1:
        return next(iter(main.values()))
    if main:
        raise InvalidValue(
            f"has {len(main)} layers where one is expected: {', '.join(names)[:500]}"
        )
    raise InvalidValue(
        "expected a shapefile (.shp, .shx, .dbf, .prj) in the zip archive"
    )


def _check_lengths(folder: Path, has_shapes: bool) -> None:
    """Raise InvalidValue if a part is shorter than its header says."""
    for part in ("shp", "shx") if has_shapes else ():
        path = folder / f"data.{part}"
        with path.open("rb") as file:
            header = file.read(_HEADER)
        said = 2 * int.from_bytes(header[24:28], "big")
        if len(header) < _HEADER or header[:4] != b"\0\0\x27\x0a":
            raise InvalidValue(f"the .{part} in it is not that of a shapefile")
        if said > path.stat().st_size:
            raise InvalidValue(f"the .{part} of the shapefile is cut off")
    table = folder / "data.dbf"
    with table.open("rb") as file:
        header = file.read(12)
    rows, start, width = _dbf_sizes(header)
    if len(header) < 12 or start + rows * width > table.stat().st_size + 1:
        raise InvalidValue("the .dbf of the shapefile is cut off")


def _dbf_sizes(header: bytes) -> tuple[int, int, int]:
    """Return rows, bytes of header and bytes of a row of a .dbf."""
    rows, start, width = (
        int.from_bytes(header[a:b], "little") for a, b in ((4, 8), (8, 10), (10, 12))
    )
    return rows, start, width


def _encoding(folder: Path) -> str | None:
    path = folder / "data.cpg"
    if not path.exists():
        return None
    text = path.read_bytes()[:64].decode("ascii", "replace").strip().strip("\0")
    if not _CODE_PAGE.fullmatch(text):
        return None
    return _ENCODINGS.get(text, text)


def _reference(folder: Path) -> SpatialReference | None:
    path = folder / "data.prj"
    if not path.exists():
        return None
    with path.open("rb") as file:
        text = file.read(_MAX_PRJ).decode("utf-8", "replace").lstrip("\ufeff")
    path.unlink()  # GDAL need not read what we have checked ourselves
    return reference_of_text(text)


def require_whole(source: Source, geometries: np.ndarray) -> None:
    """Raise InvalidValue if a shape could not be read: GDAL makes it no geometry."""
    index = np.fromfile(source.path.with_suffix(".shx"), ">i4", offset=_HEADER)
    starts = 2 * index[: len(index) // 2 * 2 : 2].astype(np.int64) + 8
    starts = starts[~_deleted(source.path.with_suffix(".dbf"), len(starts))]
    if len(geometries) != len(starts):
        raise InvalidValue("the parts of the shapefile do not fit each other")
    shapes = np.fromfile(source.path, np.uint8)
    inside = (starts >= _HEADER) & (starts < len(shapes))
    kinds = shapes[np.where(inside, starts, 0)]
    is_none = np.array([one is None for one in geometries], dtype=bool)
    lost = np.flatnonzero(is_none & ~(inside & (kinds == 0)))
    if len(lost):
        raise InvalidValue(
            f"feature {lost[0]}: the shape in the shapefile cannot be read"
        )


def _deleted(path: Path, count: int) -> np.ndarray:
    """Tell which records the table marks as deleted; GDAL passes over them."""
    data = np.fromfile(path, np.uint8)
    rows, start, width = _dbf_sizes(data[:12].tobytes())
    marks = data[start : start + rows * width : width] if width else data[:0]
    result = np.zeros(count, dtype=bool)
    marks = marks[:count]
    result[: len(marks)] = marks == ord("*")
    return result
