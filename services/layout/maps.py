"""Maps as pictures on sheets: layers over a backdrop, turned if they are to be."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

from PIL import Image

from services.drawing.frame import Frame
from services.drawing.scene import Layer, draw

#: Returns what lies below the layers of a frame, a picture of its size.
Backdrop = Callable[[Frame], Image.Image]


def map_image(
    layers: Sequence[Layer],
    frame: Frame,
    backdrop: Backdrop | None = None,
    rotation: float = 0.0,
) -> Image.Image:
    """Return the picture of a frame as RGB, the first layer on top.

    ``rotation`` turns it by so many degrees counterclockwise about its middle. Raises
    InvalidValue as ``draw`` does.
    """
    if rotation % 360.0:
        return _turned(layers, frame, backdrop, rotation)
    image = draw(layers, frame, transparent=backdrop is not None)
    if backdrop is None:
        return image.convert("RGB")
    below = backdrop(frame).convert("RGB")
    below.paste(image, mask=image)
    return below


def _turned(
    layers: Sequence[Layer],
    frame: Frame,
    backdrop: Backdrop | None,
    rotation: float,
) -> Image.Image:
    """Draw the square that holds the frame however it is turned; cut the frame out."""
    side = math.ceil(math.hypot(frame.width, frame.height))
    side += (side - frame.width) % 2  # the middle stays between the same pixels
    west, south, east, north = frame.bounds
    x, y, half = (
        (west + east) / 2,
        (south + north) / 2,
        frame.units_per_pixel * side / 2,
    )
    bounds = (x - half, y - half, x + half, y + half)
    whole = map_image(
        layers, replace(frame, bounds=bounds, width=side, height=side), backdrop
    )
    turned = whole.rotate(rotation, Image.Resampling.BICUBIC)
    left, top = (side - frame.width) // 2, (side - frame.height) // 2
    return turned.crop((left, top, left + frame.width, top + frame.height))
