"""The parameters of export, read from a form.

Source: developers.arcgis.com, "Export map" of a map service.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.datatypes.reference import GPSpatialReference
from services.drawing.dynamic import DynamicLayer, parse_dynamic_layers
from services.drawing.files import picture_format
from services.drawing.frame import Frame, bounds_in, fit, scale_of_unit
from services.errors import InvalidParameters, InvalidValue, Problem
from services.geometry.crs import SpatialReference
from services.geometry.extents import Extent
from services.wire import decode

#: The longest side of a picture, in pixels.
MAX_SIZE = 4096
_MAX_DPI = 1200.0
_REFERENCE = GPSpatialReference()
_SIDES = ("xmin", "ymin", "xmax", "ymax")
_VERBS = ("show", "hide", "include", "exclude")
#: Names of the parameters that change a picture.
NAMES = ("bbox", "bboxSR", "imageSR", "size", "dpi", "format", "transparent", "layers",
         "layerDefs", "time", "dynamicLayers", "mapScale", "rotation")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Options:
    """What to draw: which part of the world, which layers, into what file."""

    frame: Frame
    format: str
    transparent: bool
    layers: tuple[int, ...]
    dynamic: tuple[DynamicLayer, ...] | None = None


def parse_options(
    form: Mapping[str, str],
    ids: Sequence[int],
    shown: Sequence[int],
    full: Extent,
    rasters: Collection[int] = (),
) -> Options:
    """Read the parameters of export; ``form`` has them under their names.

    ``ids`` are those of the layers that can be drawn, ``shown`` those that are drawn
    unless told otherwise, ``full`` is the extent without a bbox, ``rasters`` are those
    that hold no features. Raises InvalidParameters with all that is wrong.
    """
    problems: list[Problem] = []

    def read(name: str, parse: Callable[[str], Any], default: Any) -> Any:
        text = (form.get(name) or "").strip()
        try:
            return parse(text) if text else default
        except InvalidValue as exc:
            problems.append(Problem(name, str(exc)))
            return default

    own = full.spatial_reference
    extent = read("bbox", parse_bbox, full)
    given = extent.spatial_reference if form.get("bbox") else None
    source = read("bboxSR", _REFERENCE.parse, given or own)
    target = read("imageSR", _REFERENCE.parse, own)
    size = read("size", parse_size, (400, 400))
    dpi = read("dpi", _dpi, 96.0)
    scale = read("mapScale", _scale, None)
    read("rotation", _rotation, 0.0)
    dynamic = read(
        "dynamicLayers", lambda text: parse_dynamic_layers(text, ids, rasters), None
    )
    if dynamic is not None:  # "layers" then are those of the client
        ids = shown = [one.id for one in dynamic]
    layers = read("layers", lambda text: parse_layers(text, ids, shown), tuple(shown))
    made = {
        "format": read("format", picture_format, "png"),
        "transparent": read("transparent", _flag, False),
        "layers": layers,
        "dynamic": dynamic and tuple(one for one in dynamic if one.id in layers),
    }
    if problems:
        raise InvalidParameters(problems)
    try:
        bounds = bounds_in(extent, source, target)
        width, height = size
        frame = Frame(fit(bounds, width, height), target, width, height, dpi)
    except InvalidValue as exc:
        raise InvalidParameters([Problem("bbox", str(exc))]) from None
    return Options(frame=_at_scale(frame, scale), **made)


def _at_scale(frame: Frame, scale: float | None) -> Frame:
    if scale is None:
        return frame
    per_pixel = scale / scale_of_unit(frame.reference, frame.dpi)
    west, south, east, north = frame.bounds
    x, y = (west + east) / 2, (south + north) / 2
    across, down = per_pixel * frame.width / 2, per_pixel * frame.height / 2
    bounds = (x - across, y - down, x + across, y + down)
    return Frame(bounds, frame.reference, frame.width, frame.height, frame.dpi)


def parse_bbox(text: str) -> Extent:
    """Read ``xmin,ymin,xmax,ymax`` or an envelope object. Raises InvalidValue.

    esri-leaflet has ymin and ymax the other way round: either is taken.
    """
    reference: SpatialReference | None = None
    sides: list[Any] = text.split(",")
    if text.startswith("{"):
        raw = decode(text)
        sides = [raw.get(side) for side in _SIDES]
        if raw.get("spatialReference"):
            reference = _REFERENCE.parse(raw["spatialReference"])
    numbers = [_number(side) for side in sides]
    if len(numbers) != 4 or None in numbers:
        raise InvalidValue(f"expected xmin,ymin,xmax,ymax, not {text[:60]!r}")
    west, south, east, north = numbers
    if west > east:  # type: ignore[operator]
        raise InvalidValue("xmin must not be above xmax")
    low, high = sorted((south, north))  # type: ignore[type-var]
    return Extent(west, low, east, high, reference)  # type: ignore[arg-type]


def parse_size(text: str) -> tuple[int, int]:
    """Read ``width,height`` in pixels. Raises InvalidValue."""
    numbers = [_number(part) for part in text.split(",")]
    if len(numbers) != 2 or None in numbers:
        raise InvalidValue(f"expected width,height in pixels, not {text[:60]!r}")
    if not all(1 <= one <= MAX_SIZE for one in numbers):  # type: ignore[operator]
        raise InvalidValue(f"width and height must lie in 1 to {MAX_SIZE} pixels")
    return int(numbers[0]), int(numbers[1])  # type: ignore[arg-type]


def parse_layers(
    text: str, ids: Sequence[int], shown: Sequence[int]
) -> tuple[int, ...]:
    """Read ``show:0,1`` and its like; return the ids to draw. Raises InvalidValue."""
    verb, colon, rest = text.partition(":")
    verb = verb.strip().lower()
    if not colon or verb not in _VERBS:
        raise InvalidValue(
            f"expected show, hide, include or exclude, and ids, such as show:0,1;"
            f" not {text[:60]!r}"
        )
    chosen = parse_ids(rest, ids)
    if verb == "show":
        return tuple(one for one in ids if one in chosen)
    if verb == "include":
        return tuple(one for one in ids if one in chosen or one in shown)
    return tuple(one for one in shown if one not in chosen)


def parse_ids(text: str, ids: Sequence[int]) -> set[int]:
    """Read numbers of layers with commas between them. Raises InvalidValue."""
    chosen = set()
    for part in filter(None, map(str.strip, text.split(","))):
        number = (
            int(part) if part.isascii() and part.isdigit() and len(part) < 9 else -1
        )
        if number not in ids:
            known = ", ".join(map(str, ids)) or "none"
            raise InvalidValue(
                f"there is no layer {part[:20]!r}; the layers are {known}"
            )
        chosen.add(number)
    return chosen


def _number(raw: Any) -> float | None:
    try:
        number = float(raw)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _dpi(text: str) -> float:
    number = _number(text)
    if number is None or not 1 <= number <= _MAX_DPI:
        raise InvalidValue(f"expected a number of 1 to {_MAX_DPI:g}, not {text[:20]!r}")
    return number


def _scale(text: str) -> float | None:
    number = _number(text)
    if number is None or number < 0:
        raise InvalidValue(f"expected the number below 1, not {text[:20]!r}")
    return number or None


def _rotation(text: str) -> float:
    if _number(text) != 0:
        raise InvalidValue("maps are not rotated here: leave it out, or 0")
    return 0.0


def _flag(text: str) -> bool:
    if text.lower() not in ("true", "false", "1", "0"):
        raise InvalidValue(f"expected true or false, not {text[:20]!r}")
    return text.lower() in ("true", "1")
