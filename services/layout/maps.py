"""Maps as pictures: layers and pictures over each other, turned if they are to be."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import groupby

from PIL import Image

from services.drawing.frame import Frame
from services.drawing.scene import Layer, draw

#: Returns a picture for a frame, of its size: what lies below layers, or between.
Backdrop = Callable[[Frame], Image.Image]


def map_image(
    layers: Sequence[Layer | Backdrop], frame: Frame, rotation: float = 0.0
) -> Image.Image:
    """Return the picture of a frame as RGB, the first layer on top, white below all.

    ``rotation`` turns it by so many degrees counterclockwise about its middle. Raises
    InvalidValue as ``draw`` does.
    """
    if rotation % 360.0:
        return _turned(layers, frame, rotation)
    image = Image.new("RGB", (frame.width, frame.height), "white")
    for is_layer, group in groupby(
        reversed(layers), lambda one: isinstance(one, Layer)
    ):
        some = list(group)
        for picture in [_drawn(some, frame)] if is_layer else _pictures(some, frame):
            mask = picture if picture.mode == "RGBA" else None
            image.paste(picture.convert("RGB"), mask=mask)
    return image


def _drawn(rising: Sequence[Layer | Backdrop], frame: Frame) -> Image.Image:
    falling = [one for one in reversed(rising) if isinstance(one, Layer)]
    return draw(falling, frame, transparent=True)


def _pictures(some: Sequence[Layer | Backdrop], frame: Frame) -> list[Image.Image]:
    return [one(frame) for one in some if not isinstance(one, Layer)]


def _turned(
    layers: Sequence[Layer | Backdrop], frame: Frame, rotation: float
) -> Image.Image:
    """Draw the square that holds the frame however it is turned; cut the frame out."""
    reach = math.ceil(math.hypot(frame.width, frame.height) / 2)
    left, top = reach - frame.width // 2, reach - frame.height // 2
    across, down = 2 * left + frame.width, 2 * top + frame.height
    west, south, east, north = frame.bounds
    x, y, unit = (west + east) / 2, (south + north) / 2, frame.units_per_pixel / 2
    bounds = x - unit * across, y - unit * down, x + unit * across, y + unit * down
    whole = replace(frame, bounds=bounds, width=across, height=down)
    turned = map_image(layers, whole).rotate(rotation, Image.Resampling.BICUBIC)
    return turned.crop((left, top, left + frame.width, top + frame.height))
