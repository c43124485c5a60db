"""Pictures on a map: layers that come as an image, and the world below all layers."""

from __future__ import annotations

from typing import Any

from PIL import Image

from services.data import countries
from services.drawing.frame import Frame
from services.drawing.options import parse_bbox
from services.drawing.renderers import parse_drawing_info
from services.drawing.scene import Layer, draw
from services.errors import InvalidValue
from services.geometry.extents import Extent
from services.layout.maps import Backdrop
from services.webmap.nearby import nearby
from services.webmap.stamps import opened_picture
from services.wire import encode

_MAX_IMAGE = 4096 * 4096
_SEA = (211, 226, 236)
_LAND = {"renderer": {"type": "simple", "symbol": {
    "type": "esriSFS", "style": "esriSFSSolid", "color": [246, 244, 238, 255],
    "outline": {"type": "esriSLS", "style": "esriSLSSolid",
                "color": [168, 168, 160, 255], "width": 0.6}}}}  # fmt: skip
WORLD_CREDIT = "Made with Natural Earth"


def overlay_of(raw: dict[str, Any], opacity: float, frame: Frame) -> Backdrop:
    """Return the picture of a layer of the type image. Raises InvalidValue.

    It lies as it is on maps of its own reference, that of ``frame``.
    """
    extent = parse_bbox(encode(raw.get("extent") or {}).decode())
    data = str(raw["imageData"])
    picture = opened_picture(data.rpartition(",")[2], _MAX_IMAGE)
    if opacity < 1.0:
        alpha = picture.getchannel("A").point(lambda one: round(one * opacity))
        picture.putalpha(alpha)
    if extent.xmin >= extent.xmax or extent.ymin >= extent.ymax:
        raise InvalidValue("its extent has no size")
    own = extent.spatial_reference
    if own is not None and not own.same_place(frame.reference):
        raise InvalidValue("a picture can only lie on a map of its own reference")

    def placed(frame: Frame) -> Image.Image:
        return _placed(picture, extent, frame)

    return placed


def _placed(picture: Image.Image, extent: Extent, frame: Frame) -> Image.Image:
    across = (extent.xmax - extent.xmin) / picture.width
    down = (extent.ymax - extent.ymin) / picture.height
    unit = frame.units_per_pixel
    west, _, _, north = frame.bounds
    steps = (unit / across, 0.0, (west - extent.xmin) / across,
             0.0, unit / down, (extent.ymax - north) / down)  # fmt: skip
    size = frame.width, frame.height
    return picture.transform(
        size, Image.Transform.AFFINE, steps, Image.Resampling.BICUBIC
    )


def world(frame: Frame) -> Image.Image:
    """Return the countries of the world in a frame, on the sea."""
    image = Image.new("RGB", (frame.width, frame.height), _SEA)
    try:
        land = Layer(nearby(countries(), frame), parse_drawing_info(_LAND))
        drawn = draw([land], frame, transparent=True)
    except InvalidValue:  # a map of nowhere on the globe
        return Image.new("RGB", image.size, "white")
    image.paste(drawn, mask=drawn)
    return image
