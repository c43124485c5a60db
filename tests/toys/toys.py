"""Tools that do what tools should not, and a few that are merely small."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

import numpy as np
import shapely

from services.errors import ToolFailed
from services.files import DataFile
from services.geometry.crs import SpatialReference
from services.geometry.extents import Extent
from services.geometry.features import FeatureSet
from services.rasters.grid import Grid
from services.tool import Context, Param, tool

Text = Annotated[str, Param("A text", name="Out_Text")]


@tool()
def segfault() -> Text:
    """Read where nothing is."""
    ctypes.string_at(0)
    return ""


@tool()
def vanish() -> Text:
    """End the process without a word."""
    os._exit(3)


@tool()
def vanish_quietly() -> Text:
    """End the process as if all were well."""
    os._exit(0)


@tool()
def start_another() -> Text:
    """Start another process, and wait for its end, which does not come."""
    subprocess.run(["sleep", "600"], check=True)
    return ""


@tool()
def litter(context: Context) -> Text:
    """Leave a file behind, and vanish."""
    (context.scratch / "litter").write_text("x", "ascii")
    os._exit(3)


@tool()
def leave() -> Text:
    """End as a script does."""
    sys.exit("enough")


@tool()
def raise_error() -> Text:
    """Fail as a tool with a bug does."""
    raise RuntimeError("a secret of the server")


@tool()
def pile(
    files: Annotated[int, Param("How many")],
    where: Annotated[Literal["scratch", "elsewhere"], Param("Where")],
    context: Context,
) -> Text:
    """Write files of a megabyte, and wait until somebody looks."""
    folder = context.scratch if where == "scratch" else Path(tempfile.gettempdir())
    for number in range(files):
        (folder / f"{number}").write_bytes(bytes(2**20))
    time.sleep(0.7)
    return "piled"


@tool()
def abandon() -> Text:
    """Start another process, and leave it alone."""
    subprocess.Popen(["sleep", "613"], start_new_session=False)
    return "left"


@tool()
def fail() -> Text:
    """Fail as a tool should."""
    raise ToolFailed("no feature has an area above 0")


@tool()
def hoard(megabytes: Annotated[int, Param("How much")]) -> Text:
    """Take memory."""
    return str(len(np.ones(megabytes * 2**17)))


@tool()
def grind() -> Text:
    """Stay inside one call of GEOS for minutes, deaf to signals."""
    rng = np.random.default_rng(1)
    line = shapely.linestrings(rng.random((6000, 2)))
    return str(shapely.buffer(line, 0.01).area)


@tool()
def sleep(seconds: Annotated[float, Param("How long")], context: Context) -> Text:
    """Sleep and say so."""
    context.message("going to sleep")
    context.progress(10, "asleep")
    time.sleep(seconds)
    return "slept"


@tool()
def dawdle(
    features: Annotated[FeatureSet, Param("Features")],
    seconds: Annotated[float, Param("How long")],
    context: Context,
) -> Annotated[int, Param("How many", name="Count")]:
    """Count features, slowly."""
    context.message("counting")
    time.sleep(seconds)
    return len(features)


class Two(NamedTuple):
    """Two outputs."""

    first: Annotated[int, Param("One")]
    second: Annotated[FeatureSet, Param("A point")]


@tool()
def two_outputs(context: Context) -> Two:
    """Return two values and three kinds of messages."""
    context.message("fine")
    context.warn("odd")
    return Two(1, FeatureSet.of(shapely.points([[1.0, 2.0]]), {"name": ["x"]}))


@tool()
def write_file(text: Annotated[str, Param("What to write")], context: Context) -> Annotated[
    DataFile, Param("The file", name="Out_File")
]:  # fmt: skip
    """Write a file."""
    path = context.scratch / "written.txt"
    path.write_text(text, "utf-8")
    return DataFile(path)


@tool()
def slope() -> Annotated[Grid, Param("A slope", name="Out_Raster")]:
    """Return a raster of 40 by 50 cells of 100 m with an empty square."""
    values = np.add.outer(10.0 * np.arange(40), np.arange(50)).astype(np.float32)
    values[5:10, 5:10] = -1
    where = Extent(500_000, 5_200_000, 505_000, 5_204_000, SpatialReference(32632))
    return Grid.of(values, where, -1)


@tool()
def double(
    raster: Annotated[Grid, Param("A raster", name="In_Raster")],
) -> Annotated[Grid, Param("Twice its numbers", name="Out_Raster")]:
    """Return twice the numbers of a raster."""
    values = np.where(raster.valid, 2.0 * raster.values, np.nan)
    return Grid(values, raster.extent, float("nan"), raster.bands)
