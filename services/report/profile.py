"""The chart of heights along lines."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from services.drawing.symbols import Color
from services.layout.elements import BLACK, GREY, INCH, Area, Element, Line, Sheet, Text

_DPI = 96.0
_GROUND: Color = (190, 174, 143, 255)
_LINE: Color = (108, 84, 44, 255)
_PALE: Color = (222, 224, 226, 255)
_LEFT, _RIGHT, _TOP, _BOTTOM = 15.0, 5.0, 4.0, 11.0


def profile_chart(
    metres: np.ndarray, heights: np.ndarray, turns: np.ndarray, size: tuple[int, int]
) -> Sheet:
    """Return a chart of ``size`` pixels at 96 dpi; distances rise, heights may be NaN.

    ``turns`` are distances that get a line from top to bottom.
    """
    width, height = (pixels / _DPI * INCH for pixels in size)
    known = np.isfinite(heights)
    if not known.any():
        words = Text(width / 2, height / 2, "No heights along this line", 9,
                     anchor="middle", color=GREY)  # fmt: skip
        return Sheet(width, height, (words,), words.text)
    low, high, step = _axis(float(heights[known].min()), float(heights[known].max()))
    longest = max(float(metres[-1]), 1e-9)

    def x(at: float) -> float:
        return _LEFT + at / longest * (width - _LEFT - _RIGHT)

    def y(at: float) -> float:
        return height - _BOTTOM - (at - low) / (high - low) * (height - _TOP - _BOTTOM)

    elements: list[Element] = []
    for level in np.arange(low, high + step / 2, step).tolist():
        elements += [
            Line(((_LEFT, y(level)), (width - _RIGHT, y(level))), _PALE),
            Text(_LEFT - 1.5, y(level) + 1.0, f"{level:,.0f}", 7, anchor="end"),
        ]
    x_at = [x(far) for far in metres.tolist()]
    y_at = [y(one) if np.isfinite(one) else 0.0 for one in heights.tolist()]
    elements += _ground(list(zip(x_at, y_at, strict=True)), known, height - _BOTTOM)
    for turn in turns.tolist():
        elements.append(
            Line(((x(turn), _TOP), (x(turn), height - _BOTTOM)), GREY, 0.75)
        )
    elements += _below(x, longest, height)
    said = f"Heights from {heights[known].min():.0f} to {heights[known].max():.0f} m"
    return Sheet(width, height, tuple(elements), said)


def _ground(
    places: list[tuple[float, float]], known: np.ndarray, floor: float
) -> list[Element]:
    """Return areas down to the floor under each run of known places, and their tops."""
    made: list[Element] = []
    starts = np.flatnonzero(np.diff(known.astype(int), prepend=0) == 1)
    ends = np.flatnonzero(np.diff(known.astype(int), append=0) == -1)
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        top = places[start : end + 1]
        if len(top) > 1:
            made.append(Area((*top, (top[-1][0], floor), (top[0][0], floor)), _GROUND))
            made.append(Line(tuple(top), _LINE, 1.0))
    return made


def _below(x: Callable[[float], float], longest: float, height: float) -> list[Element]:
    """Return the axis of distances."""
    unit, name = (1000.0, "km") if longest >= 2000 else (1.0, "m")
    _, _, step = _axis(0.0, longest / unit)
    made: list[Element] = [
        Line(((x(0.0), height - _BOTTOM), (x(longest), height - _BOTTOM)), BLACK, 0.75)
    ]
    floor = height - _BOTTOM
    for at in np.arange(0.0, longest / unit + 1e-9, step).tolist():
        here = x(at * unit)
        made += [
            Line(((here, floor), (here, floor + 1.0)), BLACK, 0.75),
            Text(here, floor + 4.0, f"{at:g}", 7, anchor="middle"),
        ]
    middle = (x(0.0) + x(longest)) / 2
    words = f"Distance ({name}), heights in metres"
    return [*made, Text(middle, height - 2.0, words, 7, anchor="middle", color=GREY)]


def _axis(low: float, high: float) -> tuple[float, float, float]:
    """Return round ends and a round step of about five, around two numbers."""
    span = max(high - low, 1e-6 * max(abs(high), 1.0), 1e-3)
    power = 10.0 ** math.floor(math.log10(span / 4))
    step = next(n * power for n in (1, 2, 5, 10) if n * power >= span / 5)
    return (
        math.floor(low / step) * step,
        max(math.ceil(high / step) * step, math.floor(low / step) * step + step),
        step,
    )
