"""Blocks to pictures: grey or red, green and blue, with alpha."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from services.imagery.block import Block
from services.imagery.functions import Chain, ExtractBand, Function
from services.imagery.shading import ShadedRelief
from services.imagery.stretch import Stretch
from services.imagery.view import View

_STRIP_PIXELS = 1_000_000


def picture_of(block: Block) -> np.ndarray:
    """Return the colours of a block, shape (rows, columns, 4), 0 to 1.

    Three bands or more are red, green and blue, fewer are grey. What is not of 0 to
    255 by its type is stretched. Empty pixels are transparent.
    """
    bands = 3 if len(block.values) >= 3 else 1
    seen = replace(block, values=block.values[:bands], valid=block.valid[:bands])
    if block.whole is not None:
        whole = block.whole.of_bands(range(bands))
        seen = replace(seen, whole=whole)
        if block.values.dtype != np.uint8:
            seen = Stretch().apply(seen)
    there = seen.there
    alpha = there if block.alpha is None else there * block.alpha
    values = np.nan_to_num(seen.values.astype(np.float32))
    shares = np.clip(values, 0.0, 255.0) / np.float32(255.0)
    color = np.moveaxis(np.broadcast_to(shares, (3, *there.shape)), 0, 2)
    return np.concatenate([color, alpha[..., np.newaxis].astype(np.float32)], axis=2)


def painted(
    view: View, read: Callable[[View], Block], function: Function
) -> np.ndarray:
    """Return the colours of a view, shape (height, width, 4), 0 to 255.

    ``read`` returns the pixels of a part of it. Large views are made in strips: their
    numbers and shares would take many times as much memory as the picture.
    """
    made = np.empty((view.height, view.width, 4), dtype=np.uint8)
    rows = view.height if _is_local(function) else max(1, _STRIP_PIXELS // view.width)
    margin = function.margin
    for top in range(0, view.height, rows):
        bottom = min(top + rows, view.height)
        block = function.apply(read(view.rows(top, bottom).grown(margin)))
        made[top:bottom] = np.rint(255.0 * picture_of(block.cut(margin)))
    return made


def _is_local(function: Function) -> bool:
    """Tell if what a pixel becomes depends on all that is in sight."""
    is_computed = False  # then the statistics of the raster are those of other numbers
    for step in _steps(function):
        if isinstance(step, Stretch) and step.is_local:
            return True
        if is_computed and isinstance(step, Stretch | ShadedRelief):
            return True
        is_computed |= not isinstance(step, ExtractBand)
    return False


def _steps(function: Function) -> Iterator[Function]:
    if isinstance(function, Chain):
        for one in function.steps:
            yield from _steps(one)
    else:
        yield function
