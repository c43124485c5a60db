"""Parts of lines from one share of their length to another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import shapely

from services.geometry.crs import SpatialReference, transform
from services.geometry.planes import earth_centred, geod_of, geographic_of


@dataclass(frozen=True, slots=True)
class Measured:
    """Single lines whose vertices know their share of the length on the ground.

    ``xy`` (v, 2) are all vertices, line ``i`` has those from ``starts[i]`` to before
    ``starts[i + 1]``; ``share`` (v,) runs from 0 to 1 along each line, ``drawn`` (v,)
    is the length up to there in units of the reference.
    """

    xy: np.ndarray
    starts: np.ndarray
    share: np.ndarray
    drawn: np.ndarray

    @classmethod
    def of(cls, lines: np.ndarray, reference: SpatialReference) -> Self:
        """Measure lines (n,), none None or empty, each of one part."""
        xy, line = shapely.get_coordinates(lines, return_index=True)
        starts = np.searchsorted(line, np.arange(len(lines) + 1))
        lonlat = transform(lines, reference, geographic_of(reference))
        places = earth_centred(shapely.get_coordinates(lonlat), geod_of(reference))
        metres = _running(np.sqrt((np.diff(places, axis=1) ** 2).sum(axis=0)), starts)
        drawn = _running(np.hypot(*np.diff(xy, axis=0).T), starts)
        whole = metres[starts[1:] - 1][line]
        share = np.divide(metres, whole, out=np.zeros(len(xy)), where=whole > 0)
        share[starts[1:] - 1] = 1.0
        return cls(xy, starts, share, drawn)

    def __len__(self) -> int:
        return len(self.starts) - 1

    def share_at(self, line: np.ndarray, drawn: np.ndarray) -> np.ndarray:
        """Return shares of places that lie so far along their lines; shape (k,)."""
        after = self._after(self.drawn, line, drawn)
        low, high = self.drawn[after - 1], self.drawn[after]
        part = np.divide(drawn - low, high - low, out=np.zeros(len(line)),
                         where=high > low)  # fmt: skip
        before = self.share[after - 1]
        share = before + np.clip(part, 0.0, 1.0) * (self.share[after] - before)
        return np.asarray(np.clip(share, 0.0, 1.0))

    def at(self, line: np.ndarray, share: np.ndarray) -> np.ndarray:
        """Return the places (k, 2) at these shares of these lines."""
        after = self._after(self.share, line, share)
        low, high = self.share[after - 1], self.share[after]
        part = np.divide(share - low, high - low, out=np.zeros(len(line)),
                         where=high > low)[:, None]  # fmt: skip
        return np.asarray(self.xy[after - 1] * (1 - part) + self.xy[after] * part)

    def parts(
        self, line: np.ndarray, begin: np.ndarray, end: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return vertices (v, 2) of parts of lines, and the part of each.

        A part runs against its line where ``begin`` is above ``end``.
        """
        low, high = np.minimum(begin, end), np.maximum(begin, end)
        first = self._after(self.share, line, low)
        # vertices strictly between: those at the ends are made anew
        first += self.share[first] <= low
        last = self._after(self.share, line, high) - 1
        inner = np.maximum(last - first + 1, 0)
        part = np.repeat(np.arange(len(line)), inner)
        within = np.arange(len(part)) - np.repeat(np.cumsum(inner) - inner, inner)
        vertex = first[part] + within
        ends = np.arange(len(line))
        xy = np.concatenate([self.at(line, low), self.xy[vertex], self.at(line, high)])
        owner = np.concatenate([ends, part, ends])
        rank = np.concatenate([np.full(len(line), -1), within, inner])
        order = np.lexsort((np.where((begin > end)[owner], -rank, rank), owner))
        return xy[order], owner[order]

    def _after(
        self, values: np.ndarray, line: np.ndarray, wanted: np.ndarray
    ) -> np.ndarray:
        """Return the vertex of each line, not its first, up to which ``wanted`` lies.

        ``values`` rise along each line.
        """
        low, high = self.starts[line] + 1, self.starts[line + 1] - 1
        while (low < high).any():  # a binary search in all lines at once
            middle = (low + high) // 2
            above = values[middle] < wanted
            low = np.where(above & (low < high), middle + 1, low)
            high = np.where(above, high, np.maximum(middle, low))
        return np.asarray(low)


def _running(steps: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Return the sum of steps up to each vertex of its line."""
    steps = np.array(steps)
    steps[starts[1:-1] - 1] = 0.0
    total = np.concatenate([[0.0], np.cumsum(steps)])
    counts = np.diff(starts)
    return np.asarray(total - np.repeat(total[starts[:-1]], counts))
