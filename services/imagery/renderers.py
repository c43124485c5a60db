"""Renderers of raster layers, read from Esri's drawing information.

``rasterStretch``, ``classBreaks`` and ``uniqueValue`` on the pixels' values,
``rasterColormap`` and ``rasterShadedRelief``. Source: developers.arcgis.com, web map
specification, "Raster renderers".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from services.drawing.colorramps import parse_ramp
from services.drawing.renderers import Rule, parse_drawing_info
from services.drawing.symbols import Fill, parse_color
from services.errors import InvalidValue
from services.imagery.block import Block
from services.imagery.functions import Chain, Colormap, Function, Ramp, colored
from services.imagery.reading import (
    flag_of,
    number_of,
    parse_statistics,
    parse_stretch_type,
)
from services.imagery.shading import Hillshade, ShadedRelief
from services.imagery.stretch import NONE, Stretch, require_percents
from services.rasters.description import RasterDescription

_TYPES = ("rasterStretch", "classBreaks", "uniqueValue", "rasterColormap",
          "rasterShadedRelief")  # fmt: skip
_MOST_COLORS = 65_536
#: Dark blue to yellow; as light rises, so does the number, in print and for the colour
#: blind. Stops of "viridis" by S. van der Walt and N. Smith, CC0.
_STOPS = ((68, 1, 84), (59, 82, 139), (33, 145, 140), (94, 201, 98), (253, 231, 37))
DEFAULT_RAMP: dict[str, Any] = {
    "type": "multipart",
    "colorRamps": [
        {
            "type": "algorithmic",
            "algorithm": "esriCIELabAlgorithm",
            "fromColor": [*low, 255],
            "toColor": [*high, 255],
        }
        for low, high in zip(_STOPS[:-1], _STOPS[1:], strict=True)
    ],
}


@dataclass(frozen=True, slots=True, eq=False)
class RasterDrawing:
    """How a raster layer is drawn; ``opacity`` is 0 to 1.

    ``stretch`` and ``colors`` (of a ramp) or ``rules`` are what a legend shows.
    """

    function: Function
    opacity: float = 1.0
    stretch: Stretch | None = None
    colors: np.ndarray | None = None
    rules: tuple[tuple[str, tuple[int, ...]], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Classify:
    """The colour of the class of each value; ``bounds`` as class breaks have them."""

    bounds: tuple[float, ...]
    colors: np.ndarray
    margin: int = 0

    def apply(self, block: Block) -> Block:
        given = np.nan_to_num(block.values[0].astype(np.float64))
        at = np.searchsorted(self.bounds[1:], given, side="left")
        inside = (given >= self.bounds[0]) & (given <= self.bounds[-1])
        colors = self.colors[np.where(inside, at, len(self.colors) - 1)]
        return colored(block, colors, block.valid[0])


def default_raster_drawing(about: RasterDescription) -> dict[str, Any]:
    """Return the drawing information of a raster that nobody gave one.

    One band gets a ramp from its lowest to its highest number; three are red, green
    and blue.
    """
    is_picture = len(about.bands) >= 3
    kind = "none" if is_picture and about.pixel_type == "U8" else "minMax"
    renderer: dict[str, Any] = {
        "type": "rasterStretch", "stretchType": kind, "dra": False,
        "useGamma": False, "gamma": [1] * min(len(about.bands), 3),
        "computeGamma": False,
        "outputMin": 0, "outputMax": 255,
    }  # fmt: skip
    if not is_picture:
        renderer["colorRamp"] = DEFAULT_RAMP
        if kind == "minMax" and about.statistics:
            first = about.statistics[0]
            renderer["statistics"] = [
                [first.minimum, first.maximum, first.mean, first.deviation]
            ]
    return {"renderer": renderer, "transparency": 0, "labelingInfo": None}


def parse_raster_drawing(raw: Any) -> RasterDrawing:
    """Read ``{"renderer": {...}, "transparency": 0 to 100}``. Raises InvalidValue."""
    renderer = raw.get("renderer") if isinstance(raw, dict) else None
    if not isinstance(renderer, dict) or renderer.get("type") not in _TYPES:
        raise InvalidValue(
            "drawing info of a raster must be an object with a renderer whose type is"
            f" one of {', '.join(_TYPES)}"
        )
    transparency = number_of(raw, "transparency", 0.0)
    if not 0 <= transparency <= 100:
        raise InvalidValue("transparency must be a number of 0 to 100")
    made = _READERS[renderer["type"]](renderer)
    return replace(made, opacity=1 - transparency / 100)


def _stretched(raw: dict[str, Any]) -> RasterDrawing:
    stretch = read_stretch(raw)
    if raw.get("colorRamp") is None:
        return RasterDrawing(stretch, stretch=stretch)
    colors = parse_ramp(raw["colorRamp"])
    return RasterDrawing(Chain((stretch, Ramp(colors))), 1.0, stretch, colors)


def read_stretch(raw: dict[str, Any]) -> Stretch:
    """Return the stretch of a renderer. Raises InvalidValue."""
    gammas = raw.get("gamma") if flag_of(raw, "useGamma") else None
    gammas = gammas if isinstance(gammas, list) else [gammas] if gammas else []
    if not all(isinstance(one, int | float) and 0 < one <= 100 for one in gammas):
        raise InvalidValue("gamma must be numbers above 0, one for each band")
    low = number_of(raw, "outputMin", 0.0)
    high = number_of(raw, "outputMax", 255.0)
    if not 0 <= low < high <= 255:
        raise InvalidValue("outputMin must be below outputMax, both 0 to 255")
    return Stretch(
        parse_stretch_type(raw.get("stretchType", NONE)),
        parse_statistics(raw.get("statistics") or raw.get("customStatistics")),
        flag_of(raw, "dra"),
        number_of(raw, "numberOfStandardDeviations", 2.0),
        require_percents(
            number_of(raw, "minPercent", 0.25), number_of(raw, "maxPercent", 0.25)
        ),
        tuple(map(float, gammas)),
        (low, high),
    )


def _classes(raw: dict[str, Any]) -> RasterDrawing:
    renderer = parse_drawing_info({"renderer": raw | {"field": "Value"}}).renderer
    colors = [_color_of(rule) for rule in renderer.rules]
    table = [*colors] if renderer.has_default else [*colors, (0, 0, 0, 0)]
    function = Classify(renderer.bounds, np.array(table, dtype=np.float32))
    return RasterDrawing(function, rules=_legend(renderer.rules))


def _values(raw: dict[str, Any]) -> RasterDrawing:
    renderer = parse_drawing_info({"renderer": raw | {"field1": "Value"}}).renderer
    entries = []
    for rule in renderer.rules:
        for value in rule.values:
            try:
                entries.append((float(value), _color_of(rule)))
            except ValueError:
                raise InvalidValue(
                    f"the values of a raster are numbers, not {str(value)[:20]!r}"
                ) from None
    return RasterDrawing(colormap(entries), rules=_legend(renderer.rules))


def _color_of(rule: Rule) -> tuple[int, int, int, int]:
    symbol = rule.symbol
    if not isinstance(symbol, Fill):
        raise InvalidValue("the classes of a raster have fill symbols, of type esriSFS")
    return symbol.color or (0, 0, 0, 0)


def _legend(rules: tuple[Rule, ...]) -> tuple[tuple[str, tuple[int, ...]], ...]:
    return tuple((rule.label, _color_of(rule)) for rule in rules)


def colormap(entries: Sequence[tuple[float, tuple[int, ...]]]) -> Colormap:
    """Return the function for values with their colours; of equal ones the first."""
    if not 0 < len(entries) <= _MOST_COLORS:
        raise InvalidValue(f"expected 1 to {_MOST_COLORS} colors")
    values, first = np.unique([value for value, _ in entries], return_index=True)
    colors = np.array([color for _, color in entries], dtype=np.float32)[first]
    return Colormap(values, colors)


def _colormap(raw: dict[str, Any]) -> RasterDrawing:
    infos = raw.get("colormapInfos")
    if not isinstance(infos, list) or not all(isinstance(one, dict) for one in infos):
        raise InvalidValue("colormapInfos must be a list of objects")
    entries, rules = [], []
    for one in infos:
        color = parse_color(one.get("color")) or (0, 0, 0, 0)
        value = number_of(one, "value")
        entries.append((value, color))
        rules.append((str(one.get("label") or f"{value:g}")[:200], color))
    return RasterDrawing(colormap(entries), rules=tuple(rules))


def _shaded(raw: dict[str, Any]) -> RasterDrawing:
    light = read_hillshade(raw, "hillshadeType", "scalingType")
    if raw.get("colorRamp") is None:
        return RasterDrawing(light)
    colors = parse_ramp(raw["colorRamp"])
    return RasterDrawing(ShadedRelief(light, colors), 1.0, Stretch(), colors)


def read_hillshade(raw: dict[str, Any], kind: str, scaling: str) -> Hillshade:
    """Return the light of a renderer; ``kind`` and ``scaling`` name its members."""
    known = {"traditional": False, "multi-directional": True}
    if raw.get(kind, "traditional") not in known:
        raise InvalidValue(f"{kind} must be one of {', '.join(known)}")
    if raw.get(scaling, "none") not in ("none", "adjusted"):
        raise InvalidValue(f"{scaling} must be none or adjusted")
    is_adjusted = raw.get(scaling) == "adjusted"
    return Hillshade(
        number_of(raw, "azimuth", 315.0),
        number_of(raw, "altitude", 45.0),
        number_of(raw, "zFactor", 1.0),
        known[raw.get(kind, "traditional")],
        number_of(raw, "pixelSizePower", 0.664) if is_adjusted else 0.0,
        number_of(raw, "pixelSizeFactor", 0.024) if is_adjusted else 0.0,
    )


_READERS = {
    "rasterStretch": _stretched,
    "classBreaks": _classes,
    "uniqueValue": _values,
    "rasterColormap": _colormap,
    "rasterShadedRelief": _shaded,
}
