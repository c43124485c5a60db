"""The sample model: five steps from cities to a report, over real data."""

from __future__ import annotations

from typing import Any

import numpy as np
import orjson
import shapely

from services.data import cities, countries
from services.datatypes import data_type
from services.geometry.features import FeatureSet
from services.modeling.definition import Definition
from services.modeling.fitting import FEATURES
from services.modeling.reading import read_definition
from services.wire import encode

NAME = "CityReach"

#: A part of central Europe, in degrees.
_AREA = shapely.Polygon([(5.5, 47.2), (9.5, 45.2), (17.2, 46.6), (22.8, 49.5),
                         (21.5, 53.8), (13.0, 54.6), (6.3, 53.3)])  # fmt: skip
_DECIMALS = 4
_ABOUT = """\
Report how much of each country lies within reach of its cities.

Grows cities by a distance (Buffer), keeps what lies in an area of interest (Clip), \
cuts that along the borders of countries (Intersect), sums up the cities and their \
inhabitants for each country (Summary Statistics), and writes a report (Table Report).

The cities are those of more than 1,500,000 inhabitants of GeoNames (CC BY 4.0), the \
countries those of Natural Earth at 1:110 million (public domain). A city whose reach \
crosses a border counts on both sides."""


def sample_model() -> Definition:
    """Return the sample model."""
    area = FeatureSet.of([_AREA], {"name": ["Central Europe"]})
    near = shapely.buffer(_AREA, 1.0)
    inputs = [
        {"name": "Cities", "dataType": FEATURES, "label": "Cities",
         "geometryTypes": ["esriGeometryPoint"], "required": False,
         "default": _wire(_within(cities(), near)),
         "description": "Points with a number of inhabitants in the field population."},
        {"name": "Reach", "dataType": "GPLinearUnit", "label": "Reach of a city",
         "required": False, "minimum": 1000, "maximum": 500_000,
         "default": {"distance": 60, "units": "esriKilometers"}},
        {"name": "Area_of_Interest", "dataType": FEATURES, "label": "Area of interest",
         "geometryTypes": ["esriGeometryPolygon"], "required": False,
         "default": _wire(area)},
        {"name": "Format", "dataType": "GPString", "label": "Format of the report",
         "required": False, "choices": ["PDF", "HTML"], "default": "PDF"},
    ]  # fmt: skip
    return read_definition(
        {
            "name": NAME,
            "title": "City Reach",
            "description": _ABOUT,
            "inputs": inputs,
            "steps": _steps(_wire(_within(countries(), near))),
            "outputs": _OUTPUTS,
        }
    )


def _steps(borders: dict[str, Any]) -> list[dict[str, Any]]:
    def made(step: str) -> dict[str, str]:
        return {"step": step, "output": "Output_Features"}

    return [
        {"id": "buffer", "tool": "proximity.Buffer", "title": "Buffer", "inputs": {
            "Input_Features": {"parameter": "Cities"},
            "Distance": {"parameter": "Reach"}}},
        {"id": "clip", "tool": "overlay.Clip", "title": "Clip", "inputs": {
            "Input_Features": made("buffer"),
            "Clip_Features": {"parameter": "Area_of_Interest"}}},
        {"id": "intersect", "tool": "overlay.Intersect", "title": "Intersect",
         "inputs": {
             "Input_Features": made("clip"),
             "Intersect_Features": {"value": borders}}},
        {"id": "summarise", "tool": "statistics.SummaryStatistics",
         "title": "Summarise", "inputs": {
             "Input_Table": made("intersect"),
             "Statistics_Fields": {"value": ["population SUM", "population MAX"]},
             "Case_Field": {"value": ["name_1"]}}},
        {"id": "report", "tool": "reports.TableReport", "title": "Report", "inputs": {
            "Input_Table": {"step": "summarise", "output": "Output_Table"},
            "Title": {"value": "Within reach of cities"},
            "Map_Features": made("intersect"),
            "Format": {"parameter": "Format"}}},
    ]  # fmt: skip


_OUTPUTS = [
    {"name": "Report", "label": "Report",
     "source": {"step": "report", "output": "Report"}},
    {"name": "Summary", "label": "Cities and inhabitants by country",
     "source": {"step": "summarise", "output": "Output_Table"}},
    {"name": "Within_Reach", "label": "What is within reach, by country",
     "source": {"step": "intersect", "output": "Output_Features"}},
]  # fmt: skip


def _within(features: FeatureSet, area: shapely.Polygon) -> FeatureSet:
    """Return the features in an area, of their own fields those that the model uses."""
    found = features.take(shapely.intersects(features.geometries, area))
    return found.without_columns(["iso_a3", "gdp_md_est", "pop_est", "continent"])


def _wire(features: FeatureSet) -> dict[str, Any]:
    """Return features as JSON, their coordinates rounded to some ten metres."""
    rounded = shapely.transform(features.geometries, lambda xy: np.round(xy, _DECIMALS))
    kind = data_type(FEATURES)
    document: dict[str, Any] = orjson.loads(
        encode(kind.dump(features.with_geometries(rounded, features.geometry_type)))
    )
    return document
