"""Grids that tests of raster tools share, and a context that keeps what is said."""

from __future__ import annotations

import numpy as np

from services.data import elevation
from services.geometry.crs import WGS84, SpatialReference
from services.geometry.extents import Extent
from services.rasters.grid import Grid

#: A plane around the sample heights, true to 1e-5.
LOCAL = SpatialReference(
    None,
    'PROJCS["local",GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,'
    '298.257223563]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]],'
    'PROJECTION["Transverse_Mercator"],PARAMETER["latitude_of_origin",36.3],'
    'PARAMETER["central_meridian",-84.24],PARAMETER["scale_factor",1],'
    'PARAMETER["false_easting",0],PARAMETER["false_northing",0],UNIT["metre",1]]',
)


def grid(values, left=0.0, top=0.0, cell=1.0, reference=LOCAL, nodata=float("nan")):
    """A grid of square cells by its upper left corner."""
    values = np.asarray(values)
    rows, columns = values.shape[-2:]
    where = Extent(left, top - rows * cell, left + columns * cell, top, reference)
    return Grid.of(values, where, nodata)


def hills():
    """The sample heights as if their cells were 90 m wide, in LOCAL.

    Written as a GeoTIFF, this is what the commands in the tests were run on.
    """
    return grid(elevation().values.astype(np.float32), -18135, 15480, 90)


def degrees():
    """The sample heights where they are."""
    shipped = elevation()
    where = Extent(shipped.west, shipped.south, shipped.east, shipped.north, WGS84)
    return Grid.of(shipped.values.astype(np.float32), where, float("nan"))
