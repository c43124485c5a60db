"""A map of the world on paper, by its corners: the sample of the mapping service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import shapely

from services.data import countries
from services.errors import InvalidParameters, InvalidValue, Problem
from services.files import DataFile
from services.geometry.crs import WGS84, SpatialReference, parse_spatial_reference
from services.geometry.extents import Extent
from services.geometry.features import FeatureSet
from services.layout.elements import Sheet
from services.maptext import WebMapText
from services.tool import Context, Param, tool
from services.tools.printing import laid_out

if TYPE_CHECKING:
    from fpdf import FPDF

Layout = Literal[
    "A4 Landscape", "A4 Portrait", "Letter ANSI A Landscape", "Letter ANSI A Portrait"
]
_COLUMNS = ("name", "continent", "pop_est")
_HEADS = ("Country", "Continent", "Population")
_MARGIN, _LINE, _POINTS = 15.0, 5.0, 9.0  # millimetres; size of the letters


@tool(title="Save to PDF", name="SaveToPDF", category="Mapping")
def save_to_pdf(
    context: Context,
    x_min: Annotated[float, Param("Least x", name="xMin")] = -12.0,
    y_min: Annotated[float, Param("Least y", name="yMin")] = 35.0,
    x_max: Annotated[float, Param("Largest x", name="xMax")] = 32.0,
    y_max: Annotated[float, Param("Largest y", name="yMax")] = 62.0,
    map_scale: Annotated[
        float,
        Param(
            "Map scale",
            description="The denominator, as 5000000 for 1 : 5,000,000; 0 shows the"
            " extent as large as the sheet allows.",
            minimum=0.0,
            maximum=1e9,
        ),
    ] = 0.0,
    spatial_reference: Annotated[
        str,
        Param(
            "Spatial reference",
            description="That of the corners and of the map: a code, like 4326.",
        ),
    ] = "4326",
    layout: Annotated[Layout, Param("Layout")] = "A4 Landscape",
    map_title: Annotated[str, Param("Title")] = "Countries",
    include_attributes: Annotated[
        bool,
        Param(
            "Include attributes",
            description="Adds pages that list the countries on the map.",
        ),
    ] = False,
) -> Annotated[DataFile, Param("Map", name="Output")]:
    """Save a map of countries to a PDF.

    The countries are those of Natural Earth at 1 : 110,000,000, shipped with the
    portal; the sheet has a title, a scale bar and a north arrow. With attributes come
    pages that list each country that the extent meets: its name, continent and
    estimated population.
    """
    if not (x_min < x_max and y_min < y_max):
        raise InvalidParameters(
            [Problem("xMax", "expected corners with xMin < xMax and yMin < yMax")]
        )
    from services.layout.pdf import new_document, put

    reference = _reference(spatial_reference)
    extent = Extent(x_min, y_min, x_max, y_max, reference)
    web_map = _web_map(extent, map_scale, map_title)
    try:
        sheet, _, _ = laid_out(web_map, "PDF", layout, context)
    except InvalidValue as exc:
        raise InvalidParameters([Problem("Spatial_Reference", str(exc))]) from None
    document = new_document(map_title)
    document.add_page(format=(sheet.width, sheet.height))
    put(document, sheet, 0.0, 0.0)
    if include_attributes:
        _add_table(document, sheet, _rows(extent))
    target = context.scratch / "map.pdf"
    target.write_bytes(bytes(document.output()))
    return DataFile(target)


def _reference(text: str) -> SpatialReference:
    try:
        return parse_spatial_reference(text.strip(), "Spatial_Reference")
    except InvalidValue as exc:
        raise InvalidParameters([Problem("Spatial_Reference", str(exc))]) from None


def _web_map(extent: Extent, scale: float, title: str) -> WebMapText:
    reference = (extent.spatial_reference or WGS84).to_json()
    names = ("xmin", "ymin", "xmax", "ymax")
    corners = dict(zip(names, extent.bounds, strict=True))
    options: dict[str, Any] = {"extent": corners | {"spatialReference": reference}}
    if scale:
        options["scale"] = scale
    return WebMapText(
        {
            "mapOptions": options,
            "operationalLayers": [],
            "baseMap": {"title": "Countries"},
            "layoutOptions": {"titleText": title},
        }
    )


def _rows(extent: Extent) -> list[tuple[str, ...]]:
    """Return the names and numbers of the countries that an extent meets."""
    land = countries()
    reference = extent.spatial_reference or WGS84
    box = FeatureSet.of([extent.polygon], spatial_reference=reference)
    shape = box.project(WGS84).geometries[0]
    met = land.take(shapely.intersects(land.geometries, shape))
    columns = [met.column(name).to_pylist() for name in _COLUMNS]
    return [
        (name, continent, f"{people:,.0f}")
        for name, continent, people in sorted(zip(*columns, strict=True))
    ]


def _add_table(document: FPDF, sheet: Sheet, rows: list[tuple[str, ...]]) -> None:
    """Add pages with a table, as large as the sheet."""
    from services.layout.pdf import FONT

    document.set_auto_page_break(auto=True, margin=_MARGIN)
    document.set_margins(_MARGIN, _MARGIN)
    document.add_page(format=(sheet.width, sheet.height))
    document.set_font(FONT, size=_POINTS)
    with document.table(
        line_height=_LINE, text_align=("LEFT", "LEFT", "RIGHT"), padding=1.0
    ) as table:
        for cells in (_HEADS, *rows):
            table.row(cells)
