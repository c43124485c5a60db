"""Areas cut along the cells of a grid of degrees, with what each cell has of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyproj
import shapely

from services.geometry.crs import WGS84
from services.geometry.measure import ground_area

_GEOD = pyproj.Geod(ellps="WGS84")
#: A piece that lacks no more than this share of its window fills it.
_FULL = 1e-9


@dataclass(frozen=True, slots=True)
class Windows:
    """Rectangles of cells: from row ``top`` and column ``left`` to before the others.

    Arrays of shape (n,); row 0 begins at 90 degrees north, column 0 at 180 west.
    """

    top: np.ndarray
    left: np.ndarray
    bottom: np.ndarray
    right: np.ndarray

    @property
    def cells(self) -> np.ndarray:
        """How many cells each has."""
        return np.asarray((self.bottom - self.top) * (self.right - self.left))

    def take(self, rows: np.ndarray) -> Windows:
        """Return those of a mask."""
        return Windows(
            self.top[rows], self.left[rows], self.bottom[rows], self.right[rows]
        )

    def halves(self) -> Windows:
        """Return both halves of each, cut across its longer side."""
        tall = self.bottom - self.top >= self.right - self.left
        row, column = (self.top + self.bottom) // 2, (self.left + self.right) // 2
        return Windows(
            np.concatenate([self.top, np.where(tall, row, self.top)]),
            np.concatenate([self.left, np.where(tall, self.left, column)]),
            np.concatenate([np.where(tall, row, self.bottom), self.bottom]),
            np.concatenate([np.where(tall, self.right, column), self.right]),
        )

    def boxes(self, cell: float) -> np.ndarray:
        """Return them as polygons in degrees."""
        west, east = self.left * cell - 180.0, self.right * cell - 180.0
        south, north = 90.0 - self.bottom * cell, 90.0 - self.top * cell
        return np.asarray(shapely.box(west, south, east, north))


def together(pieces: list[Windows]) -> Windows:
    """Return the windows of all pieces."""
    none = np.zeros(0, dtype=np.int64)
    return Windows(
        np.concatenate([none, *(one.top for one in pieces)]),
        np.concatenate([none, *(one.left for one in pieces)]),
        np.concatenate([none, *(one.bottom for one in pieces)]),
        np.concatenate([none, *(one.right for one in pieces)]),
    )


@dataclass(frozen=True, slots=True)
class Cover:
    """What an area covers of a grid: windows of whole cells, and single cells in part.

    ``part_areas`` are the square metres that it has of each of the latter.
    """

    cell: float
    whole: Windows
    parts: Windows
    part_areas: np.ndarray

    def blocks(self, rows: int) -> Iterator[tuple[slice, slice, np.ndarray]]:
        """Yield rows, columns, and the square metres in each cell there.

        A block has that many rows, from a multiple of them on, the last fewer; and all
        columns that the area touches anywhere.
        """
        every = together([self.whole, self.parts])
        if not len(every.top):
            return
        columns = slice(int(every.left.min()), int(every.right.max()))
        first, last = int(every.top.min()) // rows, int(every.bottom.max())
        for start in range(first * rows, last, rows):
            block = slice(start, min(start + rows, round(180.0 / self.cell)))
            yield block, columns, self._areas(block, columns)

    def _areas(self, rows: slice, columns: slice) -> np.ndarray:
        height, width = rows.stop - rows.start, columns.stop - columns.start
        steps = np.zeros((height + 1, width + 1), dtype=np.int32)
        top = np.clip(self.whole.top - rows.start, 0, height)
        bottom = np.clip(self.whole.bottom - rows.start, 0, height)
        left, right = self.whole.left - columns.start, self.whole.right - columns.start
        for row, column, step in (
            (top, left, 1), (top, right, -1), (bottom, left, -1), (bottom, right, 1),
        ):  # fmt: skip
            np.add.at(steps, (row, column), step)
        covered = steps.cumsum(axis=0).cumsum(axis=1)[:height, :width]
        areas = covered * row_areas(self.cell)[rows, None]
        here = (self.parts.top >= rows.start) & (self.parts.top < rows.stop)
        places = (
            self.parts.top[here] - rows.start,
            self.parts.left[here] - columns.start,
        )
        np.add.at(areas, places, self.part_areas[here])
        return np.asarray(areas)


def cover(areas: np.ndarray, cell: float) -> Cover:
    """Return what areas, which must not overlap, cover of the grid of cells.

    ``areas`` are valid polygons in degrees within -180 to 180, drawn with straight
    edges; ``cell`` is the size of a cell in degrees. Windows are halved until they
    are full, empty, or one cell.
    """
    pieces = shapely.get_parts(areas)
    windows = _around(shapely.bounds(pieces), cell)
    whole: list[Windows] = []
    single: list[Windows] = []
    shapes: list[np.ndarray] = []
    while len(pieces):
        size = windows.cells * cell * cell
        full = shapely.area(pieces) >= size * (1.0 - _FULL)
        whole.append(windows.take(full))
        last = ~full & (windows.cells == 1)
        single.append(windows.take(last))
        shapes.append(pieces[last])
        rest = ~full & ~last
        windows = windows.take(rest).halves()
        cut = shapely.intersection(np.tile(pieces[rest], 2), windows.boxes(cell))
        pieces, owners = shapely.get_parts(cut, return_index=True)
        there = shapely.area(pieces) > 0.0  # what only touches leaves lines and points
        windows, pieces = windows.take(owners[there]), pieces[there]
    found = np.concatenate([np.zeros(0, dtype=object), *shapes])
    return Cover(cell, together(whole), together(single), ground_area(found, WGS84))


def _around(bounds: np.ndarray, cell: float) -> Windows:
    """Return the smallest windows around bounds in degrees, shape (n, 4)."""
    slack = 1e-9  # of a cell: what lies on a line between two belongs to one
    west, south, east, north = bounds.T
    return Windows(
        np.maximum(np.floor((90.0 - north) / cell + slack), 0).astype(np.int64),
        np.maximum(np.floor((west + 180.0) / cell + slack), 0).astype(np.int64),
        np.ceil((90.0 - south) / cell - slack).astype(np.int64),
        np.ceil((east + 180.0) / cell - slack).astype(np.int64),
    )


def row_areas(cell: float) -> np.ndarray:
    """Return the square metres of a cell in each row of a grid, north to south.

    Exact on the ellipsoid of WGS 84. Source: Snyder (1987), USGS PP 1395, equation
    3-12: the area between the equator and a parallel.
    """
    edges = np.radians(90.0 - cell * np.arange(round(180.0 / cell) + 1))
    sine, e = np.sin(edges), np.sqrt(_GEOD.es)
    q = sine / (1.0 - _GEOD.es * sine * sine)
    q = q + np.log((1.0 + e * sine) / (1.0 - e * sine)) / (2.0 * e)
    return np.asarray(-np.diff(q) * _GEOD.b**2 / 2.0 * np.radians(cell))
