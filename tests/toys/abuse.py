"""Tools for the corpus of bad requests: they keep what they get, or take too much."""

from __future__ import annotations

import ctypes
import os
import time
from typing import Annotated

from services.files import DataFile
from services.geometry.features import FeatureSet
from services.tool import Context, Param, tool

#: What the processes are called that ``fork`` starts.
FORKED = "cairn-forked"
_PR_SET_NAME = 15


@tool()
def keep(
    in_features: Annotated[FeatureSet, Param("Features")],
) -> Annotated[FeatureSet, Param("The features", name="Out_Features")]:
    """Return the features as they came."""
    return in_features


@tool()
def weigh(
    in_file: Annotated[DataFile, Param("A file")],
) -> Annotated[int, Param("Its bytes", name="Bytes")]:
    """Return the size of a file."""
    return in_file.path.stat().st_size if in_file.path else 0


@tool()
def tell(
    in_text: Annotated[str, Param("A text")], context: Context
) -> Annotated[str, Param("The text", name="Out_Text")]:
    """Say a text in each way in which a tool can."""
    context.message(in_text)
    context.warn(in_text)
    context.progress(50, in_text)
    return in_text


@tool()
def shout(context: Context) -> Annotated[str, Param("Nothing", name="Out_Text")]:
    """Say a gigabyte of messages."""
    line = "x" * 100_000
    for _ in range(10_000):
        context.message(line)
    return ""


@tool()
def fill(context: Context) -> Annotated[str, Param("Nothing", name="Out_Text")]:
    """Write a file of ten gigabytes; the disk need not have them."""
    with (context.scratch / "large").open("wb") as file:
        file.seek(10 * 2**30)
        file.write(b"x")
    return ""


@tool()
def fork() -> Annotated[str, Param("Nothing", name="Out_Text")]:
    """Start a thousand processes that sleep, and wait for them."""
    for _ in range(1000):
        if os.fork() == 0:
            ctypes.CDLL(None).prctl(_PR_SET_NAME, FORKED.encode())
            time.sleep(600)
            os._exit(0)
    time.sleep(600)
    return ""
