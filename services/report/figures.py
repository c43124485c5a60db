"""Charts and maps of reports as sheets, which HTML and PDF both show."""

from __future__ import annotations

import numpy as np
import shapely

from services.drawing.frame import Frame, bounds_in, fit
from services.drawing.renderers import Drawing, default_drawing_info, parse_drawing_info
from services.drawing.scene import Layer
from services.drawing.symbols import Color
from services.geometry.crs import SpatialReference
from services.geometry.extents import WORLD, Extent
from services.layout.elements import GREY, INCH, Element, Picture, Sheet, Text, box
from services.layout.fonts import fitted, width_of
from services.layout.legend import ROW, Entry, legend
from services.layout.maps import map_image
from services.layout.scalebar import ground_at_centre, north_arrow, scale_bar
from services.report.contents import BarChart, MapFigure, MapLayer

#: Width of all figures, in millimetres: that of the text of an A4 page.
WIDTH = 174.0
_DPI = 200.0
_MARGIN = 1.12  # of the extent of what is shown
_BAR_ROW, _BAR = 6.0, 4.2
_PALE: Color = (236, 238, 240, 255)


def chart(figure: BarChart) -> Sheet:
    """Return the sheet of a bar chart."""
    numbers = [f"{one.value:,.{figure.decimals}f}{figure.unit}" for one in figure.bars]
    most = max((one.value for one in figure.bars), default=0.0) or 1.0
    labels = min(
        60.0, max((width_of(one.label, 8) for one in figure.bars), default=0) + 3
    )
    room = WIDTH - labels - max(map(_number_width, numbers), default=0.0) - 3.0
    elements: list[Element] = []
    for at, (one, number) in enumerate(zip(figure.bars, numbers, strict=True)):
        top = at * _BAR_ROW + (_BAR_ROW - _BAR) / 2
        length = max(room * one.value / most, 0.3)
        baseline = top + _BAR / 2 + 1.0
        elements += [
            Text(
                labels - 2.0,
                baseline,
                fitted(one.label, 8, labels - 2.0),
                8,
                anchor="end",
            ),
            box((labels, top), (room, _BAR), _PALE),
            box((labels, top), (length, _BAR), (*one.color, 255)),
            Text(labels + length + 1.5, baseline, number, 8),
        ]
    return Sheet(
        WIDTH, max(len(figure.bars), 1) * _BAR_ROW, tuple(elements), figure.caption
    )


def _number_width(text: str) -> float:
    return width_of(text, 8)


def map_sheet(figure: MapFigure) -> Sheet:
    """Return the sheet of a map: picture, scale bar, arrow, legend, credit."""
    height = WIDTH / figure.aspect
    frame = _frame(figure, height)
    layers = [Layer(one.features, _drawing(one)) for one in figure.layers]
    backdrops = [figure.backdrop] if figure.backdrop else []
    image = map_image([*layers, *backdrops], frame)
    elements: list[Element] = [
        Picture(0, 0, WIDTH, height, image, figure.caption),
        box((0, 0), (WIDTH, height), None, GREY, 0.5),
    ]
    below = height + 2.0
    ground = ground_at_centre(frame)
    if ground is not None:
        per_mm = ground.metres_per_pixel * frame.width / WIDTH
        unit = "esriKilometers" if per_mm * 40.0 >= 1000.0 else "esriMeters"
        elements += scale_bar(0.5, below, per_mm, 50.0, unit)
        elements += [
            box((WIDTH - 11.0, 2.0), (9.0, 12.5), (255, 255, 255, 210)),
            *north_arrow(WIDTH - 6.5, 10.0, 7.0, ground.north),
        ]
    credit = fitted(figure.credit, 6.5, WIDTH - 75.0)
    elements.append(Text(WIDTH, below + 4.2, credit, 6.5, anchor="end", color=GREY))
    entries = figure.legend or _entries(figure.layers)
    columns = 3
    rows = -(-len(entries) // columns)
    elements += legend(0.0, below + 7.0, WIDTH, entries, rows, columns)
    return Sheet(WIDTH, below + 7.0 + rows * ROW + 0.5, tuple(elements), figure.caption)


def _drawing(layer: MapLayer) -> Drawing:
    info = layer.drawing_info or default_drawing_info(layer.features.geometry_type)
    return parse_drawing_info(info)


def _entries(layers: tuple[MapLayer, ...]) -> tuple[Entry, ...]:
    return tuple(
        Entry(rule.label or layer.title, rule.symbol)
        for layer in layers
        if layer.title
        for rule in _drawing(layer).renderer.rules
    )


def _frame(figure: MapFigure, height: float) -> Frame:
    pixels = round(WIDTH / INCH * _DPI), round(height / INCH * _DPI)
    reference = _reference(figure)
    extent = figure.extent or _shown(figure.layers)
    bounds = bounds_in(extent, extent.spatial_reference or reference, reference)
    if figure.extent is None:
        bounds = _grown(bounds)
    return Frame(fit(bounds, *pixels), reference, *pixels, _DPI)


def _reference(figure: MapFigure) -> SpatialReference:
    if figure.extent is not None and figure.extent.spatial_reference is not None:
        return figure.extent.spatial_reference
    return figure.layers[0].features.spatial_reference


def _shown(layers: tuple[MapLayer, ...]) -> Extent:
    first = layers[0].features
    bounds = shapely.total_bounds(first.geometries)
    if not np.isfinite(bounds).all():
        return WORLD
    west, south, east, north = bounds.tolist()
    return Extent(west, south, east, north, first.spatial_reference)


def _grown(
    bounds: tuple[float, float, float, float],
) -> tuple[float, float, float, float]:
    west, south, east, north = bounds
    x, y = (west + east) / 2, (south + north) / 2
    across, down = (east - west) / 2 * _MARGIN, (north - south) / 2 * _MARGIN
    return x - across, y - down, x + across, y + down
