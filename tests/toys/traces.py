"""Tools that leave a trace of each of their runs in a file outside of the portal."""

from __future__ import annotations

import hashlib
import os
import time
from typing import Annotated

import numpy as np
import shapely

from services.files import DataFile
from services.geometry.features import FeatureSet
from services.tool import Context, Param, tool

#: The variable that names the file of traces.
TRACES = "CAIRN_TEST_TRACES"
_PIECES = 20

Label = Annotated[str, Param("Name of the run")]
Seconds = Annotated[float, Param("How long")]


def note(what: str, label: str) -> None:
    """Append one line; lines of several processes never mix."""
    line = f"{what} {label} {os.getpid()} {time.monotonic():.3f}\n"
    handle = os.open(os.environ[TRACES], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, line.encode("ascii"))
    finally:
        os.close(handle)


def content(label: str, kilobytes: int) -> bytes:
    """Return bytes that follow from a label."""
    return hashlib.shake_256(label.encode()).digest(kilobytes * 1024)


@tool()
def trace(
    label: Label, context: Context, seconds: Seconds = 0.0
) -> Annotated[str, Param("What was done", name="Out_Text")]:
    """Say that it was here, twice, and take its time between."""
    note("start", label)
    context.message("it was here")
    time.sleep(seconds)
    note("end", label)
    return f"did {label}"


@tool()
def trace_file(
    label: Label,
    context: Context,
    kilobytes: Annotated[int, Param("Size")] = 100,
    seconds: Seconds = 0.0,
) -> Annotated[DataFile, Param("The file", name="Out_File")]:
    """Write a file in pieces, slowly."""
    note("start", label)
    data = content(label, kilobytes)
    size = len(data) // _PIECES + 1
    path = context.scratch / "traced.bin"
    with path.open("wb") as file:
        for begin in range(0, len(data), size):
            file.write(data[begin : begin + size])
            file.flush()
            time.sleep(seconds / _PIECES)
    note("end", label)
    return DataFile(path)


@tool()
def trace_points(
    label: Label, count: Annotated[int, Param("How many")], seconds: Seconds = 0.0
) -> Annotated[FeatureSet, Param("Points", name="Out_Points")]:
    """Return points on a line, numbered."""
    note("start", label)
    time.sleep(seconds)
    numbers = np.arange(count)
    points = shapely.points(numbers / 100, numbers / 100)
    note("end", label)
    return FeatureSet.of(points, {"number": numbers.tolist()})
