"""Reports: what covers the land in an area, and the rows of any table."""

from __future__ import annotations

from typing import Annotated, NamedTuple

import shapely

from services.data import landcover
from services.errors import ToolFailed
from services.files import DataFile
from services.geometry.features import FeatureSet, Field, RecordSet
from services.layout.fonts import unknown_characters
from services.report import ReportFormat, write_report
from services.tool import Context, Param, tool
from services.tools._inputs import warn_of_missing
from services.tools._land import Land
from services.tools._landcover import degrees_of
from services.tools._landreport import report_of
from services.tools._tablereport import MOST_COLUMNS, MOST_ROWS, rows_report

#: The delta of the Nile and the land around it.
_DELTA = FeatureSet.of(
    [shapely.Polygon([(29.9, 31.15), (29.75, 30.85), (30.9, 29.85), (31.5, 29.85),
                      (32.3, 31.1), (31.9, 31.55), (31.0, 31.65), (30.3, 31.5)])],
    {"name": ["Nile delta"]},
)  # fmt: skip


class LandUseResult(NamedTuple):
    """A report, and its main table."""

    report: Annotated[DataFile, Param("Report on the area")]
    land_cover: Annotated[
        RecordSet,
        Param(
            "Area of each class of land cover",
            fields=(
                Field("igbp", "esriFieldTypeInteger", "Number of the class"),
                Field("class", "esriFieldTypeString", "Class"),
                Field("area_sqkm", "esriFieldTypeDouble", "Area, km²"),
                Field("percent", "esriFieldTypeDouble", "Share, percent"),
            ),
        ),
    ]


@tool(title="Land Use", name="LandUse", category="Reports")
def land_use(
    context: Context,
    area_of_interest: Annotated[
        FeatureSet,
        Param(
            "Area of interest",
            name="Area_of_Interest",
            description="One or more areas anywhere; what overlaps counts once.",
            geometry_type="esriGeometryPolygon",
        ),
    ] = _DELTA,
    title: Annotated[
        str | None, Param("Title", description="The heading of the report.")
    ] = None,
    format: Annotated[ReportFormat, Param("Format of the report")] = "PDF",
) -> LandUseResult:
    """Report what covers the land in an area.

    A report of a few pages: facts, a map, a chart, and tables of the areas of each
    class of land cover, and of countries and large cities inside. Areas are true on
    the ground.

    The data are NASA's MODIS MCD12C1 of 2019: the majority class, of the 17 of the
    IGBP, in each cell of 0.05 degrees, which is about 5.6 km. They tell what covers
    the land, not how it may be used, and nothing smaller than a cell.
    """
    warn_of_missing(context, Area_of_Interest=area_of_interest)
    context.progress(5, "Measuring")
    polygons = degrees_of(area_of_interest)
    if not len(polygons):
        raise ToolFailed(
            "Area_of_Interest: expected at least one area that is not empty"
        )
    land = Land.of(polygons)
    context.progress(50, "Writing the report")
    report = report_of(land, title or "")
    if lacking := unknown_characters(report.title):
        context.warn(f"The fonts of the PDF lack the characters {lacking[:20]}")
    file = write_report(report, context.scratch, format, "land_use_report")
    order = land.order
    table = {
        "igbp": order,
        "class": [landcover.CLASSES[at].name for at in order],
        "area_sqkm": (land.classes[order] / 1e6).tolist(),
        "percent": (100.0 * land.classes[order] / land.square_metres).tolist(),
    }
    return LandUseResult(file, RecordSet.from_columns(table))


_ROWS = {
    "fields": [
        {"name": "country", "type": "esriFieldTypeString", "alias": "Country"},
        {"name": "population", "type": "esriFieldTypeInteger", "alias": "Population"},
    ],
    "features": [
        {"attributes": {"country": "Austria", "population": 8877067}},
        {"attributes": {"country": "Czechia", "population": 10669709}},
    ],
}


@tool(title="Table Report", name="TableReport", category="Reports")
def table_report(
    context: Context,
    input_table: Annotated[RecordSet, Param("Table or features", example=_ROWS)],
    title: Annotated[str, Param("Title", example="Population")],
    text: Annotated[
        str | None, Param("Introduction", description="A paragraph before the table.")
    ] = None,
    map_features: Annotated[
        FeatureSet | None,
        Param("Features to draw", description="A map of them stands before the table."),
    ] = None,
    format: Annotated[ReportFormat, Param("Format of the report")] = "PDF",
) -> Annotated[DataFile, Param("Report", name="Report")]:
    """Write the rows of a table as a report, with a map of features if they are given.

    The report has the number of rows and columns, the map, and the table: its first
    500 rows and 10 columns, with a warning if there are more. Columns are headed by
    the aliases of the fields. Whole numbers have no decimals, others two, dates are in
    UTC, and a null is a dash. Of features given as the table the attributes are shown.
    The last step of a model often is a report.
    """
    rows, columns = len(input_table), len(input_table.fields)
    if rows > MOST_ROWS or columns > MOST_COLUMNS:
        context.warn(
            f"The report shows {min(rows, MOST_ROWS):,} of {rows:,} rows and"
            f" {min(columns, MOST_COLUMNS)} of {columns} columns"
        )
    report = rows_report(input_table, title, text or "", map_features)
    if lacking := unknown_characters(report.title):
        context.warn(f"The fonts of the PDF lack the characters {lacking[:20]}")
    context.progress(30, "Writing the report")
    return write_report(report, context.scratch, format, "report")
