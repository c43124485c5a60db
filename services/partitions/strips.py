"""Geometries cut into strips of neighbours, and their files: GeoParquet, by path."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

#: Vertices of a strip, at most, unless one feature alone has more: some 16 MB.
STRIP_VERTICES = 1_000_000

_GEOMETRY = "geometry"
#: Coordinates stand as they are; whoever sends a strip knows their reference.
_GEO = {
    "version": "1.1.0",
    "primary_column": _GEOMETRY,
    "columns": {_GEOMETRY: {"encoding": "WKB", "geometry_types": [], "crs": None}},
}


def strips(geometries: np.ndarray, least: int) -> list[np.ndarray]:
    """Return rows of about equally heavy strips, each a neighbourhood; sorted inside.

    ``least`` is the number of strips unless there are fewer geometries; there are more
    if one would have above STRIP_VERTICES. Missing and empty geometries come last.
    """
    weights = 1 + shapely.get_num_coordinates(geometries)
    total = int(weights.sum())
    count = min(len(geometries), max(least, -(-total // STRIP_VERTICES)))
    if count == 0:
        return []
    order = _neighbours(geometries, count)
    ends = np.cumsum(weights[order])
    number = np.minimum((ends - 1) * count // total, count - 1)
    cuts = np.flatnonzero(np.diff(number)) + 1
    return [np.sort(rows) for rows in np.split(order, cuts)]


def _neighbours(geometries: np.ndarray, count: int) -> np.ndarray:
    """Return rows in columns from west to east, each from south to north."""
    bounds = shapely.bounds(geometries)
    x, y = bounds[:, 0] + bounds[:, 2], bounds[:, 1] + bounds[:, 3]
    columns = max(1, round(count**0.5))
    rank = np.empty(len(x), dtype=np.int64)
    rank[np.argsort(x, kind="stable")] = np.arange(len(x))
    column = np.where(np.isnan(x), columns, rank * columns // len(x))
    return np.lexsort((y, column))


def by_group(
    geometries: np.ndarray, groups: np.ndarray, least: int
) -> list[np.ndarray]:
    """Return rows of strips that hold whole groups; one that is too large is cut."""
    weights = 1 + shapely.get_num_coordinates(geometries)
    sizes = np.bincount(groups, weights)
    most = max(1.0, weights.sum() / least)
    split = (sizes > most)[groups]
    cut = [np.flatnonzero(split)[rows] for rows in strips(geometries[split], least)] \
        if split.any() else []  # fmt: skip
    whole = np.flatnonzero(~split)
    if len(whole):
        order = whole[np.argsort(groups[whole], kind="stable")]
        ends = np.cumsum(np.where(sizes > most, 0, sizes))
        number = (ends[groups[order]] - 1) // most
        cut += np.split(order, np.flatnonzero(np.diff(number)) + 1)
    return cut


def near(geometries: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return the rows of others whose bounds meet those of all geometries together."""
    west, south, east, north = shapely.total_bounds(geometries)
    bounds = shapely.bounds(others)
    with np.errstate(invalid="ignore"):  # NaN, of what is empty, meets nothing
        meets = (bounds[:, 0] <= east) & (bounds[:, 2] >= west)
        meets &= (bounds[:, 1] <= north) & (bounds[:, 3] >= south)
    return np.flatnonzero(meets)


def write_strip(
    path: Path, geometries: np.ndarray, columns: Mapping[str, np.ndarray] | None = None
) -> None:
    """Write geometries with numbers beside them; the file is whole or not there."""
    wkb = shapely.to_wkb(geometries, output_dimension=4, flavor="iso")
    arrays = {_GEOMETRY: pa.array(wkb, pa.binary())}
    arrays |= {name: pa.array(one) for name, one in (columns or {}).items()}
    table = pa.table(arrays).replace_schema_metadata(
        {b"geo": json.dumps(_GEO).encode()}
    )
    part = path.with_name(f".{path.name}.{np.random.default_rng().integers(2**62):x}")
    pq.write_table(table, part, use_dictionary=False, write_statistics=False,
                   compression="NONE")  # fmt: skip
    part.replace(path)


def read_strip(path: Path) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Return what ``write_strip`` was given."""
    table = pq.read_table(path, use_threads=False)
    wkb = table.column(_GEOMETRY).to_numpy(zero_copy_only=False)
    names = [name for name in table.column_names if name != _GEOMETRY]
    columns = {name: table.column(name).to_numpy() for name in names}
    return np.asarray(shapely.from_wkb(wkb), dtype=object), columns
