"""Measured points laid flat, and the cells of a grid laid beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pyproj

from services.geometry.crs import SpatialReference
from services.geometry.extents import Extent
from services.geometry.planes import earth_centred, geod_of, geographic_of
from services.rasters.grid import Grid
from services.rasters.ground import cell_centres

_BLOCK = 50_000


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """Metres east and north of the middle of measured points, true to the ground there.

    An azimuthal equidistant projection of the ellipsoid: distances from its centre are
    true, others too long by r^2 / 6R^2 at r metres from it (0.1 % at 490 km).
    """

    transformer: pyproj.Transformer

    @classmethod
    def around(cls, xy: np.ndarray, reference: SpatialReference) -> Plane:
        """Return a plane around places (k, 2), k at least 1, in a reference."""
        degrees = geographic_of(reference)
        to_degrees = pyproj.Transformer.from_crs(
            reference.crs, degrees.crs, always_xy=True
        )
        lonlat = np.column_stack(to_degrees.transform(*xy.T))
        geod = geod_of(reference)
        x, y, z = earth_centred(lonlat, geod).mean(axis=1)
        lat = np.degrees(np.arctan2(z, np.hypot(x, y) * (1.0 - geod.es)))
        lon = np.degrees(np.arctan2(y, x))
        flat = pyproj.CRS.from_dict(
            {"proj": "aeqd", "lon_0": lon, "lat_0": lat, "a": geod.a, "b": geod.b}
        )
        return cls(pyproj.Transformer.from_crs(reference.crs, flat, always_xy=True))

    def flatten(self, xy: np.ndarray) -> np.ndarray:
        """Return metres in the plane of places (k, 2) in the reference."""
        return np.column_stack(self.transformer.transform(*xy.T))


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells to fill: their extent, which has a reference, and how many."""

    extent: Extent
    rows: int
    columns: int

    def filled(
        self,
        plane: Plane,
        function: Callable[[np.ndarray], np.ndarray],
        progress: Callable[[float], None],
        block: int = _BLOCK,
    ) -> Grid:
        """Return the grid of what a function gives at centres laid flat, (k, 2).

        A centre without a place on the globe is NaN.
        """
        made = np.full(self.rows * self.columns, np.nan, dtype=np.float32)
        for part, xy in self._blocks(block):
            flat = plane.flatten(xy)
            known = np.isfinite(flat).all(axis=1)
            if known.any():
                made[part][known] = function(flat[known])
            progress(100 * min(part.stop, len(made)) / len(made))
        return Grid.of(made.reshape(self.rows, self.columns), self.extent, float("nan"))

    def _blocks(self, size: int) -> Iterator[tuple[slice, np.ndarray]]:
        x, y = cell_centres(self.extent, self.rows, self.columns)
        for start in range(0, self.rows * self.columns, size):
            part = slice(start, min(start + size, self.rows * self.columns))
            row, column = np.divmod(np.arange(part.start, part.stop), self.columns)
            yield part, np.column_stack([x[column], y[row]])
