"""The parameters of exportImage, read from a form; no Django in here.

Source: developers.arcgis.com, "Export image" of an image service.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from jobs.child.lookup_forms import Form, parse_flag
from services.datatypes.reference import GPSpatialReference
from services.drawing.files import FORMATS, picture_format
from services.drawing.frame import bounds_in, fit
from services.drawing.options import parse_bbox, parse_size
from services.errors import InvalidValue
from services.imagery.functions import Chain, ExtractBand, bands_of
from services.imagery.rules import parse_rule
from services.imagery.view import INTERPOLATIONS, NEAREST, View
from services.rasters.description import RasterDescription
from services.rasters.pixeltypes import PIXEL_TYPES, fits, parse_pixel_type
from services.wire import decode

#: A PNG if a pixel is transparent, else a JPEG.
JPGPNG = "jpgpng"
TIFF = "tiff"
IMAGE_FORMATS = (JPGPNG, *(one for one in FORMATS if one not in ("pdf", "svg")), TIFF)
#: Names of the parameters that change an image.
NAMES = ("bbox", "bboxSR", "size", "imageSR", "format", "pixelType", "noData",
         "noDataInterpretation", "interpolation", "bandIds", "renderingRule",
         "adjustAspectRatio", "compressionQuality")  # fmt: skip
_REFERENCE = GPSpatialReference()


@dataclass(frozen=True, slots=True)
class ImageOptions:
    """Which pixels to write, how they are made, and into what file.

    ``rule`` is None if none was asked: pictures are drawn as the administrator wants.
    """

    view: View
    format: str
    bands: ExtractBand | None
    nodata: float | None
    rule: Chain | None
    pixel_type: np.dtype | None


def parse_image_options(
    form: Mapping[str, str], about: RasterDescription
) -> ImageOptions:
    """Read the parameters. Raises InvalidParameters with all problems."""
    given = Form(form)
    own = about.spatial_reference
    extent = given.read("bbox", parse_bbox, about.extent)
    source = given.read("bboxSR", _REFERENCE.parse, extent.spatial_reference or own)
    target = given.read("imageSR", _REFERENCE.parse, source)
    width, height = given.read("size", parse_size, (400, 400))
    is_square = given.read("adjustAspectRatio", parse_flag, True)
    interpolation = given.read("interpolation", _interpolation, NEAREST)
    given.read("compressionQuality", _quality, None)
    given.read("noDataInterpretation", _interpretation, None)
    made: dict[str, Any] = {
        "format": given.read("format", _format, JPGPNG),
        "bands": given.read("bandIds", lambda text: _bands(text, about), None),
        "nodata": given.read("noData", lambda text: _nodata(text, about), None),
        "rule": given.read("renderingRule", parse_rule, None),
        "pixel_type": given.read("pixelType", parse_pixel_type, None),
    }
    bounds = about.extent.bounds
    try:
        bounds = bounds_in(extent, source, target)
        if is_square or not (bounds[0] < bounds[2] and bounds[1] < bounds[3]):
            bounds = fit(bounds, width, height)
    except InvalidValue as exc:
        given.refuse("bbox", str(exc))
    given.check()
    return ImageOptions(View(bounds, target, width, height, interpolation), **made)


def _format(text: str) -> str:
    name = text.lower()
    if name in (JPGPNG, TIFF, "tif"):
        return TIFF if name == "tif" else name
    try:
        found = picture_format(name)
    except InvalidValue:
        found = ""
    if found not in IMAGE_FORMATS:
        raise InvalidValue(
            f"expected one of {', '.join(IMAGE_FORMATS)}, not {text[:20]!r}"
        )
    return found


def _interpolation(text: str) -> str:
    for one in INTERPOLATIONS:
        if text.lower() in (one.lower(), one.removeprefix("RSP_").lower()):
            return one
    raise InvalidValue(f"expected one of {', '.join(INTERPOLATIONS)}")


def _quality(text: str) -> float:
    if not text.isascii() or not text.isdigit() or int(text[:4]) > 100:
        raise InvalidValue("expected a whole number of 0 to 100")
    return float(text)


def _interpretation(text: str) -> str:
    known = ("esriNoDataMatchAny", "esriNoDataMatchAll")
    if text not in known:
        raise InvalidValue(f"expected one of {', '.join(known)}")
    return text


def _bands(text: str, about: RasterDescription) -> ExtractBand:
    raw = decode(text) if text.startswith("[") else text.split(",")
    numbers = [int(one) if str(one).strip().isdecimal() and len(str(one)) < 6 else -1
               for one in raw]  # fmt: skip
    found = bands_of(numbers)
    if max(found.bands) >= len(about.bands):
        raise InvalidValue(
            f"there is no band {max(found.bands)}: the raster has"
            f" {len(about.bands)}, counted from 0"
        )
    return found


def _nodata(text: str, about: RasterDescription) -> float:
    """Read a value; of several, with commas between them, all must be the same."""
    try:
        numbers = {float(part) for part in text.strip("[]").split(",")}
    except ValueError:
        numbers = set()
    if len(numbers) != 1 or not all(map(math.isfinite, numbers)):
        raise InvalidValue(f"expected one number for all bands, not {text[:40]!r}")
    (number,) = numbers
    if not fits(number, PIXEL_TYPES[about.pixel_type]):
        raise InvalidValue(f"no pixel of {about.pixel_type} has the value {number:g}")
    return number
