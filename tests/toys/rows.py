"""Tools for rows of the protocol: odd parameters, outputs that are none."""

from __future__ import annotations

from typing import Annotated

from services.tool import Context, Param, tool


@tool()
def publish_layer(
    esri_out_feature_service_name: Annotated[
        str, Param("Output Feature Service Name", name="esri_out_feature_service_name")
    ] = "",
) -> Annotated[str, Param("What was asked for", name="Name")]:
    """Have the input that ArcGIS adds to tasks with hosted outputs."""
    return esri_out_feature_service_name


@tool()
def speak(context: Context) -> None:
    """Say JSON, a number and plain text; return nothing."""
    for text in ('{"messageCode": "AB_1", "cost": 0.5}', "42", "plain"):
        context.message(text)
    context.warn("odd")


@tool()
def count_far(
    number: Annotated[int, Param("A whole number")],
) -> Annotated[int, Param("The same", name="Same")]:
    """Return a whole number as it came."""
    return number


@tool()
def export_map(
    web_map: Annotated[str, Param("Web map as JSON", name="Web_Map_as_JSON")],
    layout: Annotated[str, Param("Layout", name="Layout_Template")] = "MAP_ONLY",
) -> Annotated[str, Param("What came", name="Output")]:
    """Take what a print client sends."""
    return f"{layout} {web_map}"
