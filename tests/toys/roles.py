"""A tool that wants one parameter for each role of the corpus of bad requests."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from services.geometry.features import FeatureSet
from services.geometry.units import LinearUnit
from services.tool import Param, tool


@tool()
def ask(
    in_features: Annotated[FeatureSet, Param("Features")],
    in_unit: Annotated[LinearUnit, Param("A distance", minimum=0)],
    in_double: Annotated[float, Param("A number", minimum=-1000, maximum=1000)],
    in_long: Annotated[int, Param("A whole number", maximum=2**31 - 1)],
    in_choice: Annotated[Literal["ALL", "LIST", "NONE"], Param("One of three")],
    in_date: Annotated[datetime, Param("A moment")],
    in_boolean: Annotated[bool, Param("A flag")],
) -> Annotated[FeatureSet, Param("The features", name="Out_Features")]:
    """Return the features as they came; every other value is only asked for."""
    return in_features
