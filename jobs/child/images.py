"""Stored rasters as image services answer them; no Django in here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from PIL import Image

from jobs.child.call import Call, Reply
from jobs.child.image_options import JPGPNG, TIFF, ImageOptions, parse_image_options
from jobs.child.imagery import faded, place_in, raster_legend, shown_value
from jobs.child.lookup_forms import Form, parse_flag, parse_place
from jobs.child.writing import bytes_reply, json_reply
from services.drawing.files import encode
from services.errors import InvalidParameters, InvalidValue, Problem
from services.geometry.features import FeatureSet
from services.imagery.block import Block
from services.imagery.functions import Chain, Function
from services.imagery.picture import painted
from services.imagery.renderers import parse_raster_drawing
from services.imagery.rules import parse_rule
from services.imagery.view import View
from services.rasters.description import RasterDescription

#: The parameters of identify and of the statistics of an area.
IDENTIFY = ("geometry", "geometryType", "renderingRule", "returnGeometry")
STATISTICS = ("geometry", "geometryType", "renderingRule")
_MOST_PIXELS = 16_000_000


def image_reply(call: Call) -> Reply:
    """Answer the file that exportImage asks; the raster is the one in ``outputs``."""
    (layer,) = call.outputs
    about = RasterDescription.from_json(layer["raster"])
    options = parse_image_options(call.small, about)
    path = Path(call.folder) / layer["file"]
    try:
        if options.format == TIFF:
            return bytes_reply(_geotiff(path, about, options), call)
        return bytes_reply(_picture(path, about, options, layer), call)
    except InvalidValue as exc:
        name = "bbox" if options.rule is None else "renderingRule"
        raise InvalidParameters([Problem(name, str(exc))]) from None


def _geotiff(path: Path, about: RasterDescription, options: ImageOptions) -> bytes:
    from services.imagery.geotiff import geotiff_of  # GDAL: for rasters only

    rule = options.rule
    block = _computed(path, about, options.view, _steps(options, rule), options.nodata)
    kind = options.pixel_type
    if rule is not None and rule.steps and kind is None and _is_bytes(block):
        kind = np.dtype(np.uint8)
    nodata = about.nodata if options.nodata is None else options.nodata
    return geotiff_of(block, options.view, kind, nodata)


def _is_bytes(block: Block) -> bool:
    """Tell if computed values are those of a picture."""
    values = block.values[block.valid]
    return bool(block.whole is None and not ((values < 0) | (values > 255)).any())


def _picture(
    path: Path,
    about: RasterDescription,
    options: ImageOptions,
    layer: Mapping[str, Any],
) -> bytes:
    drawing = parse_raster_drawing(layer["drawingInfo"])
    is_asked = options.rule is not None
    chosen: Function | None = options.rule
    if options.bands is None and not is_asked:
        chosen = drawing.function
    from services.imagery.window import read_view  # GDAL: for rasters only

    colors = painted(
        options.view,
        lambda part: read_view(path, about, part, nodata=options.nodata),
        _steps(options, chosen),
    )
    if not is_asked:
        colors = faded(colors, drawing.opacity)
    name = options.format
    if name == JPGPNG:
        name = "jpg" if (colors[..., 3] == 255).all() else "png32"
    return encode(Image.fromarray(colors), name)


def _steps(options: ImageOptions, function: Function | None) -> Chain:
    """Return the bands that are asked for, and what is made of them."""
    return Chain(tuple(one for one in (options.bands, function) if one is not None))


def _computed(
    path: Path,
    about: RasterDescription,
    view: View,
    steps: Chain,
    nodata: float | None = None,
) -> Block:
    from services.imagery.window import read_view  # GDAL: for rasters only

    block = read_view(path, about, view.grown(steps.margin), nodata=nodata)
    return steps.apply(block).cut(steps.margin)


def image_identify_reply(call: Call) -> Reply:
    """Answer the value of the pixel at a place."""
    (layer,) = call.outputs
    about = RasterDescription.from_json(layer["raster"])
    form = Form(call.small)
    place, rule = _place(form, about, "esriGeometryPoint"), _rule(form)
    form.read("returnGeometry", parse_flag, False)
    form.check()
    x, y = place_in(place, about)
    values = _values(Path(call.folder) / layer["file"], about, (x, y), rule)
    middle = shapely.centroid(place.geometries[0])
    reference = place.spatial_reference.to_json()
    answer = {
        "objectId": 0,
        "name": "Pixel",
        "value": ", ".join(shown_value(one) for one in values),
        "location": {
            "x": float(shapely.get_x(middle)),
            "y": float(shapely.get_y(middle)),
            "spatialReference": reference,
        },
        "properties": None,
        "catalogItems": None,
        "catalogItemVisibilities": [],
    }
    return json_reply(answer, call)


def _values(
    path: Path, about: RasterDescription, place: tuple[float, float], rule: Chain | None
) -> list[float | None]:
    from services.imagery.window import value_at  # GDAL: for rasters only

    if rule is None or not rule.steps:
        return value_at(path, about, *place)
    (x, y), (across, down) = place, about.cell_size
    bounds = (x - across / 2, y - down / 2, x + across / 2, y + down / 2)
    block = _computed(path, about, View(bounds, about.spatial_reference, 1, 1), rule)
    pairs = zip(block.values[:, 0, 0].tolist(), block.valid[:, 0, 0], strict=True)
    return [value if known else None for value, known in pairs]


def _place(form: Form, about: RasterDescription, default: str) -> FeatureSet:
    kind = form.read("geometryType", str, default)
    own = about.spatial_reference
    found: FeatureSet = form.need("geometry", lambda text: parse_place(text, kind, own))
    return found


def _rule(form: Form) -> Chain | None:
    rule: Chain | None = form.read("renderingRule", parse_rule, None)
    return rule


def image_statistics_reply(call: Call) -> Reply:
    """Answer statistics and histograms of the pixels in an area, or of all."""
    from services.imagery.histograms import statistics_and_histograms, within

    (layer,) = call.outputs
    about = RasterDescription.from_json(layer["raster"])
    form = Form(call.small)
    rule = _rule(form) or Chain()
    area: Any = about.extent.polygon
    if call.small.get("geometry"):
        place = _place(form, about, "esriGeometryPolygon")
        form.check()
        area = place.project(about.spatial_reference).geometries[0]
    form.check()
    view = _view_of(about, area)
    if view is None:
        text = "lies outside of the raster"
        raise InvalidParameters([Problem("geometry", text)])
    block = _computed(Path(call.folder) / layer["file"], about, view, rule)
    return json_reply(statistics_and_histograms(within(block, view, area)), call)


def _view_of(about: RasterDescription, area: Any) -> View | None:
    """Return the pixels of a raster around an area, fewer where these are too many."""
    across, down = about.cell_size
    box = about.extent
    west, south, east, north = shapely.bounds(area).tolist()
    left = max(0, int((west - box.xmin) / across))
    top = max(0, int((box.ymax - north) / down))
    right = min(about.width, int(np.ceil((east - box.xmin) / across - 1e-9)))
    bottom = min(about.height, int(np.ceil((box.ymax - south) / down - 1e-9)))
    if not (left < right and top < bottom):
        return None
    bounds = (box.xmin + left * across, box.ymax - bottom * down,
              box.xmin + right * across, box.ymax - top * down)  # fmt: skip
    width, height = right - left, bottom - top
    shrink = max(1.0, np.sqrt(width * height / _MOST_PIXELS))
    width, height = max(1, int(width / shrink)), max(1, int(height / shrink))
    return View(bounds, about.spatial_reference, width, height)


def image_legend_reply(call: Call) -> Reply:
    """Answer the legend of an image service."""
    (layer,) = call.outputs
    is_stretched = layer["drawingInfo"]["renderer"]["type"] == "rasterStretch"
    kind = "Stretched" if is_stretched else "Unique Values"
    made = {"layerId": 0, "layerName": layer["name"], "layerType": "Raster Layer",
            "minScale": 0, "maxScale": 0, "legendType": kind,
            "legend": raster_legend(layer)}  # fmt: skip
    return json_reply({"layers": [made]}, call)
