"""Land cover of the world on a grid of degrees; LICENSES.md says where it is from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from services.geometry.cells import cover

_FILE = Path(__file__).parent / "landcover.npz"
_BAND = 200  # rows that are stored, and read, together

#: Cells of the whole grid, north to south and west to east.
ROWS, COLUMNS = 3600, 7200
#: Width and height of a cell in degrees; the grid begins at 180 west, 90 north.
CELL = 0.05


@dataclass(frozen=True, slots=True)
class CoverClass:
    """A class of land cover: what the cells hold, its name, its colour on maps."""

    value: int
    name: str
    color: tuple[int, int, int]


#: The classes of the International Geosphere-Biosphere Programme, water first.
CLASSES = (
    CoverClass(0, "Water", (158, 202, 225)),
    CoverClass(1, "Evergreen needleleaf forest", (11, 83, 39)),
    CoverClass(2, "Evergreen broadleaf forest", (22, 120, 45)),
    CoverClass(3, "Deciduous needleleaf forest", (98, 155, 57)),
    CoverClass(4, "Deciduous broadleaf forest", (126, 184, 74)),
    CoverClass(5, "Mixed forest", (62, 138, 77)),
    CoverClass(6, "Closed shrubland", (179, 130, 84)),
    CoverClass(7, "Open shrubland", (214, 184, 140)),
    CoverClass(8, "Woody savanna", (163, 165, 62)),
    CoverClass(9, "Savanna", (202, 198, 96)),
    CoverClass(10, "Grassland", (178, 217, 117)),
    CoverClass(11, "Permanent wetland", (61, 158, 158)),
    CoverClass(12, "Cropland", (247, 200, 92)),
    CoverClass(13, "Urban and built-up", (205, 51, 51)),
    CoverClass(14, "Cropland with natural vegetation", (219, 173, 52)),
    CoverClass(15, "Snow and ice", (226, 236, 247)),
    CoverClass(16, "Barren", (200, 193, 181)),
)


def classes_in(rows: slice, columns: slice) -> np.ndarray:
    """Return the classes of a window of cells, uint8; row 0 is north, column 0 west."""
    first, last = rows.start // _BAND, -(-rows.stop // _BAND)
    bands = [_band(at) for at in range(first, last)]
    start = rows.start - first * _BAND
    stop = start + rows.stop - rows.start
    return np.concatenate(bands)[start:stop, columns]


def classes_at(lonlat: np.ndarray) -> np.ndarray:
    """Return the class at each place, degrees of shape (n, 2); uint8 of shape (n,)."""
    lon = (lonlat[:, 0] + 180.0) % 360.0
    columns = np.clip((lon / CELL).astype(int), 0, COLUMNS - 1)
    rows = np.clip(((90.0 - lonlat[:, 1]) / CELL).astype(int), 0, ROWS - 1)
    found = np.empty(len(lonlat), dtype=np.uint8)
    bands = rows // _BAND
    for at in np.unique(bands).tolist():
        here = bands == at
        found[here] = _band(at)[rows[here] - at * _BAND, columns[here]]
    return found


def areas_by_class(polygons: np.ndarray) -> np.ndarray:
    """Return the square metres of each class inside polygons; shape (17,).

    They are in degrees, valid, within -180 to 180, and do not overlap.
    """
    sums = np.zeros(len(CLASSES))
    for rows, columns, metres in cover(polygons, CELL).blocks(_BAND):
        found = classes_in(rows, columns)
        sums += np.bincount(found.ravel(), metres.ravel(), len(sums))
    return sums


@lru_cache(maxsize=ROWS // _BAND)
def _band(at: int) -> np.ndarray:
    with np.load(_FILE) as grid:
        rows: np.ndarray = grid[f"rows{at * _BAND:04d}"]
    rows.flags.writeable = False
    return rows
