"""Tools that show what the portal does: sleep, fail, echo, reverse a file."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Annotated, Literal, NamedTuple

import numpy as np

from services.errors import ToolFailed
from services.files import DataFile, Raster, RasterData
from services.geometry.crs import WGS84, SpatialReference
from services.geometry.extents import Envelope, Extent
from services.geometry.features import FeatureSet, Field, RecordSet
from services.geometry.references import CoordinateSystem
from services.geometry.units import ArealUnit, LinearUnit, TimeUnit
from services.rasters.grid import Grid
from services.texts import HiddenText, SQLExpression
from services.tool import Context, Param, tool
from services.tools import proximity
from services.tools._near import WELLS


@tool(title="Buffer", category="Samples")
def buffer(
    features: Annotated[
        FeatureSet, Param("Features", name="Input_Features", example=WELLS)
    ],
    distance: Annotated[
        LinearUnit,
        Param(
            "Distance on the ground",
            name="Distance",
            example=LinearUnit(1, "esriKilometers"),
        ),
    ],
    context: Context,
) -> Annotated[
    FeatureSet,
    Param("Buffers", name="Output_Layer", geometry_type="esriGeometryPolygon"),
]:
    """Make buffers that are published as a layer.

    Shows how results become a feature service; the work is that of
    ``proximity.Buffer``.
    """
    return proximity.buffer(features, distance, context=context)


@tool(title="Paint", category="Samples")
def paint(
    value: Annotated[int, Param("The number in every cell", example=5)],
) -> Annotated[Grid, Param("The painted raster", name="Out_Raster")]:
    """Paint a raster with one number.

    It covers longitude 9.9 to 10.1 and latitude 19.9 to 20.1 in 200 by 200 cells.
    """
    where = Extent(9.9, 19.9, 10.1, 20.1, WGS84)
    return Grid.of(np.full((200, 200), value), where)


@tool(title="Sleep", category="Samples")
def sleep(
    seconds: Annotated[
        float, Param("Seconds to sleep", minimum=0, maximum=3600, example=2.0)
    ],
    context: Context,
) -> Annotated[str, Param("What was done", name="Report")]:
    """Sleep for a number of seconds, with progress.

    Shows how a long job looks from outside: status, progress, messages, cancel.
    """
    began = time.monotonic()
    context.message(f"Sleeping for {seconds:g} seconds.")
    while (elapsed := time.monotonic() - began) < seconds:
        context.progress(100 * elapsed / seconds, f"Slept {elapsed:.1f} s")
        time.sleep(min(0.25, seconds - elapsed))
    return f"Slept {seconds:g} seconds."


@tool(title="Fail", category="Samples")
def fail(
    message: Annotated[str, Param("What to fail with", example="on purpose")],
) -> Annotated[str, Param("Never produced", name="Report")]:
    """Fail with a message of your choice.

    Shows how the reason of a failure reaches the user.
    """
    raise ToolFailed(message)


class Weight(NamedTuple):
    """A row of the value table."""

    name: Annotated[str, Param("Name")]
    weight: Annotated[float | None, Param("Weight", minimum=0)] = None
    reach: Annotated[LinearUnit | None, Param("Reach")] = None


class Echoed(NamedTuple):
    """The outputs of Echo: each input that was given, unchanged."""

    out_string: Annotated[str | None, Param("The text")]
    out_long: Annotated[int | None, Param("The whole number")]
    out_double: Annotated[float | None, Param("The number")]
    out_boolean: Annotated[bool | None, Param("The flag")]
    out_date: Annotated[datetime | None, Param("The moment")]
    out_unit: Annotated[LinearUnit | None, Param("The distance")]
    out_area: Annotated[ArealUnit | None, Param("The area")]
    out_time: Annotated[TimeUnit | None, Param("The length of time")]
    out_multi: Annotated[list[str] | None, Param("The texts")]
    out_choice: Annotated[str | None, Param("The choice")]
    out_features: Annotated[FeatureSet | None, Param("The features")]
    out_table: Annotated[RecordSet | None, Param("The table")]
    out_file: Annotated[DataFile | None, Param("The file")]
    out_longs: Annotated[list[int] | None, Param("The whole numbers")]
    out_raster: Annotated[Raster | None, Param("The raster")]
    out_raster_data: Annotated[RasterData | None, Param("The raster, older type")]
    out_field: Annotated[Field | None, Param("The field")]
    out_sql: Annotated[SQLExpression | None, Param("The SQL expression")]
    out_hidden: Annotated[HiddenText | None, Param("The hidden text")]
    out_reference: Annotated[
        SpatialReference | None,
        Param("The spatial reference", name="Out_SpatialReference"),
    ]
    out_system: Annotated[
        CoordinateSystem | None,
        Param("The coordinate system", name="Out_CoordinateSystem"),
    ]
    out_extent: Annotated[Extent | None, Param("The extent")]
    out_envelope: Annotated[Envelope | None, Param("The envelope")]
    out_rows: Annotated[
        list[Weight] | None, Param("The value table", name="Out_ValueTable")
    ]
    out_composite: Annotated[
        LinearUnit | float | str | None, Param("The value of one of three types")
    ]
    out_composites: Annotated[
        list[LinearUnit | float | str] | None, Param("The values of three types")
    ]


@tool(title="Echo", category="Samples")
def echo(
    in_string: Annotated[str | None, Param("A text")] = None,
    in_long: Annotated[
        int | None, Param("A whole number", minimum=-(2**31), maximum=2**31 - 1)
    ] = None,
    in_double: Annotated[float | None, Param("A number")] = None,
    in_boolean: Annotated[bool | None, Param("A flag")] = None,
    in_date: Annotated[datetime | None, Param("A moment")] = None,
    in_unit: Annotated[LinearUnit | None, Param("A distance")] = None,
    in_area: Annotated[ArealUnit | None, Param("An area")] = None,
    in_time: Annotated[TimeUnit | None, Param("A length of time")] = None,
    in_multi: Annotated[list[str] | None, Param("Several texts")] = None,
    in_choice: Annotated[
        Literal["Red", "Green", "Blue"] | None, Param("One of three")
    ] = None,
    in_features: Annotated[FeatureSet | None, Param("Features")] = None,
    in_table: Annotated[RecordSet | None, Param("A table")] = None,
    in_file: Annotated[DataFile | None, Param("A file")] = None,
    in_longs: Annotated[list[int] | None, Param("Several whole numbers")] = None,
    in_raster: Annotated[Raster | None, Param("A raster")] = None,
    in_raster_data: Annotated[
        RasterData | None, Param("A raster, by the older type")
    ] = None,
    in_field: Annotated[
        Field | None, Param("A field", depends_on="in_features")
    ] = None,
    in_sql: Annotated[
        SQLExpression | None, Param("An SQL expression", depends_on="in_features")
    ] = None,
    in_hidden: Annotated[HiddenText | None, Param("A hidden text")] = None,
    in_reference: Annotated[
        SpatialReference | None,
        Param("A spatial reference", name="In_SpatialReference"),
    ] = None,
    in_system: Annotated[
        CoordinateSystem | None,
        Param("A coordinate system", name="In_CoordinateSystem"),
    ] = None,
    in_extent: Annotated[Extent | None, Param("An extent")] = None,
    in_envelope: Annotated[Envelope | None, Param("An envelope")] = None,
    in_rows: Annotated[
        list[Weight] | None, Param("A value table", name="In_ValueTable")
    ] = None,
    in_composite: Annotated[
        LinearUnit | float | str | None, Param("A distance, a number or a text")
    ] = None,
    in_composites: Annotated[
        list[LinearUnit | float | str] | None,
        Param("Several distances, numbers or texts"),
    ] = None,
) -> Echoed:
    """Return every value as it came.

    One parameter of each data type, all optional: a test bench for clients.
    """
    return Echoed(
        in_string, in_long, in_double, in_boolean, in_date, in_unit, in_area,
        in_time, in_multi, in_choice, in_features, in_table, in_file, in_longs,
        in_raster, in_raster_data,
        in_field, in_sql, in_hidden, in_reference, in_system, in_extent, in_envelope,
        in_rows, in_composite, in_composites,
    )  # fmt: skip


@tool(title="Reverse Lines", category="Samples")
def reverse_lines(
    in_file: Annotated[DataFile, Param("A text file in UTF-8", name="In_File")],
    context: Context,
) -> Annotated[DataFile, Param("The same file, each line reversed", name="Out_File")]:
    """Reverse each line of a text file.

    The order of the lines and their endings stay as they are.
    """
    if in_file.path is None:
        raise ToolFailed("the file has no content to read")
    target = context.scratch / f"reversed_{in_file.name or 'lines.txt'}"
    try:
        text = in_file.path.read_text("utf-8")
    except UnicodeDecodeError:
        raise ToolFailed("the file is not text in UTF-8") from None
    lines = [line.rstrip("\r\n") for line in text.splitlines(keepends=True)]
    endings = [line[len(line.rstrip("\r\n")) :] for line in text.splitlines(True)]
    reversed_lines = [
        line[::-1] + end for line, end in zip(lines, endings, strict=True)
    ]
    target.write_text("".join(reversed_lines), "utf-8", newline="")
    return DataFile(target)
