"""World files: the six numbers beside a picture that say where it lies."""

from __future__ import annotations

import math
from pathlib import Path

from affine import Affine

from services.errors import InvalidValue

#: Extensions of world files by those of the pictures beside them.
WORLD_FILES = {
    "png": ("pgw", "pngw", "wld"),
    "jpg": ("jgw", "jpgw", "wld"),
    "jpeg": ("jgw", "jpegw", "wld"),
    "tif": ("tfw", "tifw", "wld"),
    "tiff": ("tfw", "tiffw", "wld"),
}
_MOST_BYTES = 4096


def read_world_file(path: Path) -> Affine:
    """Return what leads from the corners of pixels to places.

    The file has, a line each: width of a pixel, two rotations, height of a pixel
    (negative), x and y of the centre of the upper left pixel. Source: Esri, "World
    files for raster datasets". Raises InvalidValue.
    """
    try:
        lines = path.read_bytes()[:_MOST_BYTES].decode("ascii").split()
        across, turn_y, turn_x, down, x, y = map(float, lines)
    except (UnicodeDecodeError, ValueError):
        raise InvalidValue("expected six numbers in its world file") from None
    if not all(map(math.isfinite, (across, turn_y, turn_x, down, x, y))):
        raise InvalidValue("expected six finite numbers in its world file")
    left, top = x - (across + turn_x) / 2, y - (turn_y + down) / 2
    return Affine(across, turn_x, left, turn_y, down, top)
