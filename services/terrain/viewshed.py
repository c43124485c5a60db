"""What is seen from a place: a line of sight to the centre of every cell.

Source: Franklin and Ray (1994), Higher isn't necessarily better: visibility algorithms
and experiments (R3); the bend of the earth and of light as in Esri, "How Viewshed
works": heights sink by distance squared, less the refraction, over the diameter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

#: Metres; that of the sphere on which heights sink.
_RADIUS = 6_371_000.0
#: Lines that are followed at once: their arrays stay near the processor.
_BLOCK = 65_536


@dataclass(frozen=True, slots=True)
class Bend:
    """How far the ground sinks below a level line: with the square of the distance.

    ``refraction`` is the share of it that bent light makes up for.
    """

    is_curved: bool = True
    refraction: float = 0.13

    def drop(self, metres: np.ndarray) -> np.ndarray:
        """Return metres of height lost at distances."""
        if not self.is_curved:
            return np.zeros_like(metres)
        return np.asarray(metres**2 * (1.0 - self.refraction) / (2.0 * _RADIUS))


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """Heights around an observer who stands in cell ``row``, ``column``.

    ``heights`` has shape (rows, columns), NaN for none; ``across`` and ``down`` are
    metres of a cell and go with it. ``eye`` is the height that looks.
    """

    heights: np.ndarray
    across: np.ndarray
    down: np.ndarray
    row: int
    column: int
    eye: float

    def metres(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """Return the distances on the ground to the centres of cells."""
        shape = self.heights.shape
        across = np.broadcast_to(self.across, shape)
        down = np.broadcast_to(self.down, shape)
        middle = (rows + self.row) // 2, (columns + self.column) // 2
        x = (columns - self.column) * across[middle]
        return np.asarray(np.hypot(x, (rows - self.row) * down[middle]))


def samples_within(field: Field, metres: float) -> int:
    """Return how many heights the lines to all cells within a distance look at."""
    rows, columns = _window(field, metres)
    down = np.abs(np.arange(rows.start, rows.stop) - field.row)
    right = np.abs(np.arange(columns.start, columns.stop) - field.column)
    return int(np.maximum(down[:, None], right[None, :]).sum())


def visible_cells(
    field: Field,
    metres: float,
    target: float,
    bend: Bend,
    progress: Callable[[float], None],
) -> np.ndarray:
    """Return which cells are seen; shape (rows, columns).

    A cell is seen if the line to ``target`` metres above its centre passes over all
    heights between, each taken where the line crosses a row or a column of centres,
    linear between the two cells there. An empty cell is not seen and hides nothing.
    Only cells within ``metres`` count. The observer's own cell is seen.
    """
    window_rows, window_columns = _window(field, metres)
    rows, columns = np.mgrid[window_rows, window_columns].reshape(2, -1)
    distance = field.metres(rows, columns)
    steps = np.maximum(np.abs(rows - field.row), np.abs(columns - field.column))
    near = np.flatnonzero((distance <= metres) & (steps > 0))
    near = near[np.argsort(-steps[near], kind="stable")]
    seen = np.zeros(field.heights.shape, dtype=bool)
    for start in range(0, len(near), _BLOCK):
        part = near[start : start + _BLOCK]
        clear = _clear(field, (rows[part], columns[part]), steps[part],
                       distance[part], target, bend)  # fmt: skip
        seen[rows[part], columns[part]] = clear
        progress(100 * min(start + _BLOCK, len(near)) / len(near))
    seen[field.row, field.column] = True
    return np.asarray(seen & ~np.isnan(field.heights))


def _clear(
    field: Field,
    cells: tuple[np.ndarray, np.ndarray],
    steps: np.ndarray,
    distance: np.ndarray,
    target: float,
    bend: Bend,
) -> np.ndarray:
    """Tell which lines pass; ``steps`` falls, so those still under way come first."""
    down, right = cells[0] - field.row, cells[1] - field.column
    aim = field.heights[cells] + target - bend.drop(distance) - field.eye
    aim = aim / distance
    highest = np.full(len(steps), -np.inf)
    flat = field.heights.ravel()
    width = field.heights.shape[1]
    for step in range(1, int(steps.max())):
        going = int(np.searchsorted(-steps, -step, side="left"))  # steps > step
        share = step / steps[:going]
        row, column = (
            field.row + down[:going] * share,
            field.column + right[:going] * share,
        )
        low_row, low_column = np.floor(row + 1e-9), np.floor(column + 1e-9)
        part = (row - low_row) + (column - low_column)  # one of them is whole
        part[part < 1e-7] = 0.0
        at = (low_row * width + low_column).astype(np.int64)
        by_row = np.abs(column - np.rint(column)) < 1e-7
        other = at + np.where(part == 0.0, 0, np.where(by_row, width, 1))
        height = flat[at] * (1.0 - part) + flat[other] * part
        away = distance[:going] * share
        slope = (height - bend.drop(away) - field.eye) / away
        np.fmax(highest[:going], slope, out=highest[:going])
    return np.asarray(aim >= highest)


def _window(field: Field, metres: float) -> tuple[slice, slice]:
    """Return the rows and columns that may lie within a distance."""
    rows, columns = field.heights.shape
    down = min(float(rows), metres / float(field.down.min()) + 1)
    right = min(float(columns), metres / float(field.across.min()) + 1)
    return (
        slice(max(0, field.row - int(down)), min(rows, field.row + int(down) + 1)),
        slice(
            max(0, field.column - int(right)),
            min(columns, field.column + int(right) + 1),
        ),
    )
