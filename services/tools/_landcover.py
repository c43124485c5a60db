"""Areas to look at as polygons in degrees, and the picture of what covers them."""

from __future__ import annotations

import numpy as np
import shapely
from PIL import Image

from services.data import landcover
from services.drawing.frame import Frame
from services.geometry.crs import WGS84, SpatialReference, transformer_of
from services.geometry.features import FeatureSet
from services.tools._inputs import ready

_SEGMENTS = 200  # of the longer side of an area that is drawn in a projection
_PALE = 0.55  # how much white lies over what is outside
_PAPER = (255, 255, 255)

_LOCAL = (
    'PROJCS["Local equal area",GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",'
    'SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],'
    'UNIT["Degree",0.0174532925199433]],PROJECTION["Lambert_Azimuthal_Equal_Area"],'
    'PARAMETER["False_Easting",0.0],PARAMETER["False_Northing",0.0],'
    'PARAMETER["Central_Meridian",{:.6f}],PARAMETER["Latitude_Of_Origin",{:.6f}],'
    'UNIT["Meter",1.0]]'
)


def degrees_of(areas: FeatureSet) -> np.ndarray:
    """Return areas as polygons in degrees that do not overlap, as they are drawn.

    Long edges of a projected reference get vertices between, so that they stay where
    they are on the map.
    """
    shapes = areas.geometries
    if not areas.spatial_reference.is_geographic:
        bounds = shapely.total_bounds(shapes)
        longest = max(bounds[2] - bounds[0], bounds[3] - bounds[1])
        if longest > 0:
            shapes = shapely.segmentize(shapes, longest / _SEGMENTS)
    lonlat = areas.with_geometries(shapes).project(WGS84)
    polygons = shapely.get_parts(ready(lonlat))
    return np.asarray(shapely.get_parts(shapely.union_all(polygons)))


def local_reference(longitude: float, latitude: float) -> SpatialReference:
    """Return an equal-area map around a place, in metres."""
    return SpatialReference(None, _LOCAL.format(longitude, latitude))


def picture_of(frame: Frame, inside: np.ndarray) -> Image.Image:
    """Return the land cover of a frame; what is outside is pale.

    ``inside`` tells for each pixel, shape (height, width), if it is in the area.
    """
    west, south, east, north = frame.bounds
    half = frame.units_per_pixel / 2
    x = np.linspace(west + half, east - half, frame.width)
    y = np.linspace(north - half, south + half, frame.height)
    across, down = np.meshgrid(x, y)
    transformer = transformer_of(frame.reference.crs, WGS84.crs)
    lonlat = np.stack(transformer.transform(across.ravel(), down.ravel()), axis=1)
    there = np.isfinite(lonlat).all(axis=1)
    colors = np.array([one.color for one in landcover.CLASSES], dtype=np.float32)
    pixels = np.full((len(lonlat), 3), _PAPER, dtype=np.float32)
    pixels[there] = colors[landcover.classes_at(lonlat[there])]
    outside = ~inside.ravel()
    pixels[outside] += (255.0 - pixels[outside]) * _PALE
    return Image.fromarray(
        pixels.reshape(frame.height, frame.width, 3).round().astype(np.uint8)
    )
