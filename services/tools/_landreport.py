"""The report on land use: measures of an area to texts, a map, a chart and tables."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
import shapely
from PIL import Image

from services.data import cities, countries, landcover
from services.drawing.frame import Frame
from services.drawing.renderers import parse_drawing_info
from services.drawing.scene import Layer, draw
from services.geometry.crs import WGS84
from services.geometry.features import FeatureSet
from services.geometry.measure import ground_area, ground_length
from services.geometry.planes import geod_of
from services.layout.legend import plain_entry
from services.report import (
    Bar,
    BarChart,
    Column,
    Facts,
    Heading,
    MapFigure,
    MapLayer,
    Paragraph,
    Report,
    Section,
    Table,
)
from services.tools._land import STEP, Land, map_extent
from services.tools._landcover import picture_of

_SQUARE_MILE = 1609.344**2
_MOST_CITIES = 10
_MOST_COUNTRIES = 20
_LEAST_SHARE = 0.0005  # of the area: smaller classes are in the table, not the chart
_CREDIT = "MODIS MCD12C1 2019 (NASA); cities © GeoNames, CC BY 4.0"
_COUNTRY_CREDIT = "Countries: Natural Earth, outlines at 1:110 million, public domain."

_OUTLINE = {
    "renderer": {
        "type": "simple",
        "symbol": {
            "type": "esriSFS", "style": "esriSFSNull", "color": None,
            "outline": {"type": "esriSLS", "style": "esriSLSSolid",
                        "color": [20, 20, 20, 255], "width": 1.6},
        },
    }
}  # fmt: skip
_SOLID = {"renderer": {"type": "simple", "symbol": {
    "type": "esriSFS", "style": "esriSFSSolid", "color": [0, 0, 0, 255]}}}  # fmt: skip
_DOTS = {
    "renderer": {
        "type": "simple",
        "symbol": {
            "type": "esriSMS", "style": "esriSMSCircle", "size": 5,
            "color": [255, 255, 255, 255],
            "outline": {"type": "esriSLS", "style": "esriSLSSolid",
                        "color": [20, 20, 20, 255], "width": 1},
        },
    }
}  # fmt: skip


def report_of(land: Land, title: str) -> Report:
    """Return the report on an area."""
    now = datetime.now(UTC)
    where = _place(*land.centre)
    return Report(
        title or "Land use report",
        tuple(_sections(land)),
        subtitle=f"Area of {land.square_metres / 1e6:,.2f} km² around {where}",
        author="Land cover of 2019, MODIS MCD12C1",
        date=f"made on {now:%d %B %Y}",
    )


def _sections(land: Land) -> list[Section]:
    largest = landcover.CLASSES[land.order[0]].name
    share = land.classes[land.order[0]] / land.square_metres
    sections: list[Section] = [
        Paragraph(
            f"The largest class is {largest.lower()}, which covers {share:.1%} of the"
            f" area. Of the 17 classes of the IGBP, {len(land.order)} are found here."
        ),
        Facts(_facts(land)),
        _map(land),
        Heading("Shares of the classes"),
        _chart(land),
        _class_table(land),
    ]
    inside = [table for table in (_country_table(land), _city_table(land)) if table]
    if inside:
        sections += [Heading("Countries and cities"), *inside]
    return [*sections, Heading("Data and method"), *_method(land)]


def _facts(land: Land) -> tuple[tuple[str, str], ...]:
    metres = land.square_metres
    perimeter = float(
        ground_length(shapely.segmentize(land.polygons, 0.1), WGS84).sum()
    )
    west, south, east, north = shapely.total_bounds(land.polygons).tolist()
    return (
        ("Area", f"{metres / 1e6:,.2f} km²  ·  {metres / 1e4:,.0f} ha  ·"
                 f"  {metres / _SQUARE_MILE:,.2f} sq mi"),
        ("Perimeter", f"{perimeter / 1000.0:,.1f} km"),
        ("Middle", _place(*land.centre)),
        ("Extent", f"{_place(west, south)}  to  {_place(east, north)}"),
    )  # fmt: skip


def _place(longitude: float, latitude: float) -> str:
    south, west = "S" if latitude < 0 else "N", "W" if longitude < 0 else "E"
    return f"{abs(latitude):.3f}° {south}, {abs(longitude):.3f}° {west}"


def _chart(land: Land) -> BarChart:
    shares = land.classes / land.square_metres
    shown = [at for at in land.order if shares[at] >= _LEAST_SHARE]
    bars = tuple(
        Bar(landcover.CLASSES[at].name, 100.0 * float(shares[at]),
            landcover.CLASSES[at].color)
        for at in shown
    )  # fmt: skip
    caption = "Share of the area in percent."
    if len(shown) < len(land.order):
        caption += " Classes below 0.05 percent are in the table only."
    return BarChart(caption, bars, " %")


def _class_table(land: Land) -> Table:
    total = land.square_metres
    rows = [
        (landcover.CLASSES[at].name, at, float(land.classes[at]) / 1e6,
         float(land.classes[at]) / 1e4, 100.0 * float(land.classes[at]) / total)
        for at in land.order
    ]  # fmt: skip
    columns = (
        Column("Class", share=3.2), Column("IGBP", 0, 0.8), Column("km²", 2, 1.5),
        Column("ha", 0, 1.5), Column("%", 2),
    )  # fmt: skip
    return Table(
        "Areas on the ground by class of land cover.",
        columns,
        (*rows, ("Total", None, total / 1e6, total / 1e4, 100.0)),
        tuple(landcover.CLASSES[at].color for at in land.order),
        has_total=True,
    )


def _country_table(land: Land) -> Table | None:
    known = countries()
    whole = shapely.union_all(land.polygons)
    near = np.flatnonzero(shapely.intersects(known.geometries, whole))
    pieces = shapely.intersection(known.geometries[near], whole)
    metres = ground_area(shapely.segmentize(pieces, STEP), WGS84)
    names = known.column("name").to_pylist()
    order = [at for at in np.argsort(-metres, kind="stable").tolist() if metres[at] > 0]
    rows = tuple(
        (
            names[near[at]],
            float(metres[at]) / 1e6,
            100 * float(metres[at]) / land.square_metres,
        )
        for at in order[:_MOST_COUNTRIES]
    )
    columns = Column("Country", share=3.0), Column("km²", 2), Column("% of the area", 2)
    which = (
        f" the {len(rows)} largest of {len(order)}" if len(order) > len(rows) else ""
    )
    caption = f"Land of countries inside the area,{which}. {_COUNTRY_CREDIT}"
    caption = caption.replace(",.", ".")
    return Table(caption, columns, rows) if rows else None


def _inside(land: Land) -> FeatureSet:
    return cities().take(
        shapely.intersects(cities().geometries, shapely.union_all(land.polygons))
    )


def _city_table(land: Land) -> Table | None:
    found = _inside(land)
    if not len(found):
        return None
    names, of, people = (found.column(name).to_pylist()
                         for name in ("name", "country", "population"))  # fmt: skip
    rows = tuple(zip(names, of, people, strict=True))[:_MOST_CITIES]
    columns = (
        Column("City", share=2.0),
        Column("Country", share=2.0),
        Column("Inhabitants", 0),
    )
    caption = (
        f"The largest {len(rows)} of {len(found)} cities of more than 1,500,000"
        " inhabitants inside the area. © GeoNames, CC BY 4.0."
        if len(found) > len(rows)
        else "Cities of more than 1,500,000 inhabitants inside the area."
        " © GeoNames, CC BY 4.0."
    )
    return Table(caption, columns, rows)


def _map(land: Land) -> MapFigure:
    area = FeatureSet.of(shapely.segmentize(land.polygons, STEP))
    extent = map_extent(land, area)

    def backdrop(frame: Frame) -> Image.Image:
        solid = Layer(area, parse_drawing_info(_SOLID))
        alpha = np.asarray(draw([solid], frame, transparent=True))[..., 3]
        return picture_of(frame, alpha > 127)

    return MapFigure(
        "Land cover in and around the area, whose outline is black; around it, pale.",
        (MapLayer(cities(), _DOTS), MapLayer(area, _OUTLINE)),
        extent,
        backdrop,
        tuple(
            plain_entry(landcover.CLASSES[at].name, landcover.CLASSES[at].color)
            for at in land.order
        ),
        _CREDIT,
    )


def _method(land: Land) -> Sequence[Section]:
    cell = _cell_kilometres(land)
    few = land.square_metres < 25 * cell[0] * cell[1] * 1e6
    caution = (
        " The area is small beside a cell: take the numbers as a first impression."
        if few
        else ""
    )
    return (
        Paragraph(
            "The data are the majority class of land cover in each cell of 0.05 degrees"
            f" (here about {cell[0]:.1f} by {cell[1]:.1f} km), from satellite images of"
            " 2019: MODIS Land Cover Type MCD12C1, collection 6. They tell what covers"
            " the land, not how it may be used, and nothing smaller than a cell."
            f"{caution}"
        ),
        Paragraph(
            "Each cell counts with the part of it that lies inside the area, in square"
            " metres on the ellipsoid of WGS 84; areas that overlap count once. The sum"
            " over all classes is the whole area."
        ),
        Paragraph(
            "Sources: Friedl, M., Sulla-Menashe, D. (2015), MCD12C1 MODIS/Terra+Aqua"
            " Land Cover Type Yearly L3 Global 0.05Deg CMG V006, NASA LP DAAC,"
            " doi:10.5067/MODIS/MCD12C1.006. " + _COUNTRY_CREDIT + " Cities: GeoNames,"
            " https://www.geonames.org, CC BY 4.0, changed.",
            is_small=True,
        ),
    )


def _cell_kilometres(land: Land) -> tuple[float, float]:
    longitude, latitude = land.centre
    half = landcover.CELL / 2
    geod = geod_of(WGS84)
    across = geod.inv(longitude - half, latitude, longitude + half, latitude)[2]
    down = geod.inv(longitude, latitude - half, longitude, latitude + half)[2]
    return across / 1000.0, down / 1000.0
