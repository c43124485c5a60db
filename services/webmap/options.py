"""What a web map says of the map and its sheet, besides the layers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from services.datatypes.reference import GPSpatialReference
from services.drawing.frame import Frame, bounds_in, fit, scale_of_unit
from services.drawing.options import MAX_SIZE, parse_bbox
from services.errors import InvalidValue
from services.geometry.crs import SpatialReference
from services.geometry.extents import Extent
from services.geometry.units import METRES
from services.layout.fonts import plain
from services.wire import encode

_REFERENCE = GPSpatialReference()
_SIZE = (800, 1100)  # of the client's own templates
_DPI = 96.0
_MAX_DPI = 600.0
#: Pixels of a map: more take too much memory.
MAX_PIXELS = 12_000_000


@dataclass(frozen=True, slots=True)
class Wish:
    """What part of the world to print, and how; see the specification of web maps.

    ``scale`` is None for the extent as it is; ``rotation`` in degrees
    counterclockwise; ``legend`` has ids of layers, None for all.
    """

    extent: Extent
    reference: SpatialReference
    scale: float | None
    rotation: float
    size: tuple[int, int]
    dpi: float
    title: str
    author: str
    copyright: str
    custom: dict[str, str]
    units: tuple[tuple[str, str], ...]
    legend: tuple[str, ...] | None
    basemaps: tuple[str, ...]

    def frame(self, size: tuple[int, int], dpi: float) -> Frame:
        """Return the frame of a map of so many pixels."""
        width, height = size
        own = self.extent.spatial_reference or self.reference
        bounds = fit(bounds_in(self.extent, own, self.reference), width, height)
        if self.scale:
            x, y = (bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2
            unit = self.scale / scale_of_unit(self.reference, dpi) / 2
            bounds = (
                x - unit * width,
                y - unit * height,
                x + unit * width,
                y + unit * height,
            )
        return Frame(bounds, self.reference, width, height, dpi)


def wish_of(document: dict[str, Any]) -> Wish:
    """Read everything but the layers of a web map. Raises InvalidValue."""
    options = document["mapOptions"]
    if not isinstance(options.get("extent"), dict):
        raise InvalidValue("mapOptions.extent: expected an envelope")
    extent = _named("mapOptions.extent", parse_bbox, encode(options["extent"]).decode())
    own = extent.spatial_reference
    given = options.get("spatialReference")
    reference = (
        _named("mapOptions.spatialReference", _REFERENCE.parse, given) if given else own
    )
    if reference is None:
        raise InvalidValue("mapOptions.spatialReference: expected a wkid or wkt")
    layout, export = (
        _object(document, key) for key in ("layoutOptions", "exportOptions")
    )
    return Wish(
        extent=extent,
        reference=reference,
        scale=_number(options, "scale", 0.0, 1e12) or None,
        rotation=_number(options, "rotation", -1e6, 1e6) or 0.0,
        size=_size(export),
        dpi=_number(export, "dpi", 1.0, _MAX_DPI) or _DPI,
        title=_text(layout, "titleText"),
        author=_text(layout, "authorText"),
        copyright=_text(layout, "copyrightText"),
        custom=_custom(layout),
        units=_units(layout),
        legend=_legend(layout),
        basemaps=_basemaps(document),
    )


def _named(name: str, read: Any, raw: Any) -> Any:
    try:
        return read(raw)
    except InvalidValue as exc:
        raise InvalidValue(f"{name}: {exc}") from None


def _object(raw: dict[str, Any], key: str) -> dict[str, Any]:
    found = raw.get(key)
    return found if isinstance(found, dict) else {}


def _number(raw: dict[str, Any], key: str, least: float, most: float) -> float | None:
    value = raw.get(key)
    if value is None:
        return None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value) or not least <= value <= most:
        raise InvalidValue(f"{key}: expected a number of {least:g} to {most:g}")
    return float(value)


def _size(export: dict[str, Any]) -> tuple[int, int]:
    given = export.get("outputSize")
    if given is None:
        return _SIZE
    is_pair = isinstance(given, list) and len(given) == 2
    if not is_pair or not all(
        isinstance(one, int | float) and 1 <= one <= MAX_SIZE for one in given
    ):
        raise InvalidValue(
            f"exportOptions.outputSize: expected [width, height] of 1 to {MAX_SIZE}"
            " pixels"
        )
    return int(given[0]), int(given[1])


def _text(raw: dict[str, Any], key: str) -> str:
    value = raw.get(key)
    return plain(str(value)) if isinstance(value, str | int | float) else ""


def _custom(layout: dict[str, Any]) -> dict[str, str]:
    given = layout.get("customTextElements")
    found: dict[str, str] = {}
    for one in given if isinstance(given, list) else ():
        if isinstance(one, dict):
            found |= {str(name): _text(one, name) for name in one}
    return found


def _units(layout: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return the units of scale bars, and their labels."""
    options = _object(layout, "scaleBarOptions")
    pairs = []
    for kind in ("metric", "nonMetric"):
        unit = options.get(f"{kind}Unit")
        if isinstance(unit, str) and unit in METRES:
            pairs.append((unit, _text(options, f"{kind}Label")[:20]))
    return tuple(pairs)


def _legend(layout: dict[str, Any]) -> tuple[str, ...] | None:
    if not isinstance(layout.get("legendOptions"), dict):
        return None
    layers = layout["legendOptions"].get("operationalLayers")
    if not isinstance(layers, list):
        return None
    return tuple(str(one.get("id")) for one in layers if isinstance(one, dict))


def _basemaps(document: dict[str, Any]) -> tuple[str, ...]:
    """Return the names of the layers of a basemap."""
    basemap = document.get("baseMap")
    if not isinstance(basemap, dict):
        return ()
    layers = basemap.get("baseMapLayers")
    named = basemap.get("title")
    count = len(layers) if isinstance(layers, list) else 0
    return (plain(str(named or "of the map"), 100),) if count or named else ()
