"""Rendering rules of image services: raster functions, one inside the other.

Source: developers.arcgis.com, "Raster function objects". ``None``, ``Stretch``,
``Colormap``, ``Hillshade``, ``ShadedRelief``, ``Remap`` and ``ExtractBand``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from services.drawing.colorramps import parse_ramp
from services.errors import InvalidValue
from services.imagery.functions import Chain, Function, Ramp, Remap, bands_of
from services.imagery.reading import (
    flag_of,
    number_of,
    parse_statistics,
    parse_stretch_type,
)
from services.imagery.renderers import colormap
from services.imagery.shading import Hillshade, ShadedRelief
from services.imagery.stretch import MIN_MAX, Stretch, require_percents
from services.wire import decode

_MOST_STEPS = 16
_BLACK, _WHITE = [0, 0, 0, 255], [255, 255, 255, 255]
_NAMED = {
    "black to white": (_BLACK, _WHITE),
    "white to black": (_WHITE, _BLACK),
    "yellow to red": ([255, 255, 128, 255], [107, 0, 0, 255]),
    "red to green": ([255, 0, 0, 255], [0, 255, 0, 255]),
}


def parse_rule(text: str) -> Chain:
    """Return the functions of a rendering rule, the innermost first.

    Raises InvalidValue.
    """
    raw = decode(text) if text.startswith("{") else {"rasterFunction": text.strip()}
    steps: list[Function] = []
    while raw is not None:
        if len(steps) >= _MOST_STEPS:
            raise InvalidValue(f"at most {_MOST_STEPS} functions are accepted")
        name, arguments = _named(raw)
        steps.insert(0, _READERS[name](arguments))
        raw = arguments.get("raster")
        raw = raw if isinstance(raw, dict) else None
    return Chain(tuple(steps))


def _named(raw: Any) -> tuple[str, dict[str, Any]]:
    """Return the name of a function and its arguments, both in lower case."""
    if not isinstance(raw, dict) or "rasterFunctionDefinition" in raw:
        raise InvalidValue('expected {"rasterFunction": …}; templates are not known')
    name, given = raw.get("rasterFunction"), raw.get("rasterFunctionArguments", {})
    if not isinstance(name, str) or name.lower() not in _READERS:
        known = ", ".join(FUNCTIONS)
        raise InvalidValue(f"rasterFunction must be one of {known}")
    if not isinstance(given, dict):
        raise InvalidValue("rasterFunctionArguments must be an object")
    return name.lower(), {key.lower(): value for key, value in given.items()}


def _none(raw: dict[str, Any]) -> Function:  # noqa: ARG001  (it takes none)
    return Chain()


def _stretch(raw: dict[str, Any]) -> Function:
    gammas = raw.get("gamma") if flag_of(raw, "usegamma") else None
    gammas = gammas if isinstance(gammas, list) else []
    if not all(type(one) in (int, float) and 0 < one <= 100 for one in gammas):
        raise InvalidValue("Gamma must be numbers above 0, one for each band")
    low, high = number_of(raw, "min", 0.0), number_of(raw, "max", 255.0)
    if not low < high:
        raise InvalidValue("Min must be below Max")
    return Stretch(
        parse_stretch_type(raw.get("stretchtype", 5)),
        parse_statistics(raw.get("statistics") or None),
        flag_of(raw, "dra"),
        number_of(raw, "numberofstandarddeviations", 2.0),
        require_percents(
            number_of(raw, "minpercent", 0.25), number_of(raw, "maxpercent", 0.25)
        ),
        tuple(map(float, gammas)),
        (low, high),
    )


def _colormap(raw: dict[str, Any]) -> Function:
    if raw.get("colormap") is not None:
        return colormap(_entries(raw["colormap"]))
    colors = _ramp(raw)
    inner = raw.get("raster")
    if isinstance(inner, dict):
        return Ramp(colors)
    return Chain((Stretch(MIN_MAX), Ramp(colors)))


def _ramp(raw: dict[str, Any]) -> np.ndarray:
    name = raw.get("colorrampname") or raw.get("colormapname")
    ramp = raw.get("colorramp", name)
    if isinstance(ramp, dict):
        return parse_ramp(ramp)
    if not isinstance(ramp, str) or ramp.lower() not in _NAMED:
        raise InvalidValue(
            "expected Colormap, a list of [value, red, green, blue], or ColorRamp, an"
            f" object or one of {', '.join(_NAMED)}"
        )
    first, last = _NAMED[ramp.lower()]
    return parse_ramp({"type": "algorithmic", "fromColor": first, "toColor": last})


def _entries(raw: Any) -> list[tuple[float, tuple[int, ...]]]:
    refused = InvalidValue("Colormap must be a list of [value, red, green, blue]")
    if not isinstance(raw, list):
        raise refused
    entries = []
    for one in raw:
        if not isinstance(one, list) or len(one) not in (4, 5):
            raise refused
        if not all(type(part) in (int, float) for part in one):
            raise refused
        if not all(0 <= part <= 255 for part in one[1:]):
            raise InvalidValue("the colors of Colormap must be 0 to 255")
        entries.append((float(one[0]), (*map(int, one[1:]), 255)[:4]))
    return entries


def _hillshade(raw: dict[str, Any]) -> Hillshade:
    kind, slope = raw.get("hillshadetype", 0), raw.get("slopetype", 1)
    if kind not in (0, 1):
        raise InvalidValue("HillshadeType must be 0 (traditional) or 1 (several)")
    if slope not in (1, 3):
        raise InvalidValue("SlopeType must be 1 (degrees) or 3 (scaled)")
    return Hillshade(
        number_of(raw, "azimuth", 315.0),
        number_of(raw, "altitude", 45.0),
        number_of(raw, "zfactor", 1.0),
        kind == 1,
        number_of(raw, "pspower", 0.664) if slope == 3 else 0.0,
        number_of(raw, "pszfactor", 0.024) if slope == 3 else 0.0,
    )


def _relief(raw: dict[str, Any]) -> Function:
    if raw.get("colormap") is None:
        return ShadedRelief(_hillshade(raw), _ramp(raw))
    entries = sorted(_entries(raw["colormap"]))
    colors = np.array([color for _, color in entries], dtype=np.float32)
    return ShadedRelief(_hillshade(raw), colors)


def _remap(raw: dict[str, Any]) -> Function:
    ranges = _ranges(raw, "inputranges")
    outputs = raw.get("outputvalues") or []
    if not isinstance(outputs, list) or len(outputs) != len(ranges):
        raise InvalidValue("OutputValues must have a number for each of InputRanges")
    numbers = [number_of({"OutputValues": one}, "OutputValues") for one in outputs]
    keeps = raw.get("allowunmatched", True)
    return Remap(
        ranges, tuple(numbers), _ranges(raw, "nodataranges"), keeps is not False
    )


def _ranges(raw: dict[str, Any], name: str) -> tuple[tuple[float, float], ...]:
    flat = raw.get(name) or []
    is_list = isinstance(flat, list) and len(flat) % 2 == 0
    if not is_list or not all(type(one) in (int, float) for one in flat):
        raise InvalidValue(f"{name} must be low, high, low, high and so on")
    return tuple(zip(map(float, flat[::2]), map(float, flat[1::2]), strict=True))


def _extract(raw: dict[str, Any]) -> Function:
    given = raw.get("bandids")
    return bands_of(given if isinstance(given, list) else [])


#: The names of the functions, as clients are told.
FUNCTIONS = ("None", "Stretch", "Colormap", "Hillshade", "ShadedRelief", "Remap",
             "ExtractBand")  # fmt: skip
_READERS = {
    "none": _none,
    "stretch": _stretch,
    "colormap": _colormap,
    "hillshade": _hillshade,
    "shadedrelief": _relief,
    "remap": _remap,
    "extractband": _extract,
}
