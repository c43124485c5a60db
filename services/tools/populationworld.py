"""The population sample service that many clients know, on the shipped countries."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import shapely

from services.data import countries
from services.geometry.crs import WGS84
from services.geometry.features import FeatureSet, Field, RecordSet
from services.geometry.measure import ground_area
from services.geometry.parts import is_present
from services.tool import Context, Param, tool
from services.tools._inputs import ready, squares, warn_of_missing

_FIELDS = tuple(
    Field(name, f"esriFieldType{'Integer' if name == 'COUNT' else 'Double'}", alias)
    for name, alias in (
        ("AREA", "Square metres of land"), ("COUNT", "Countries"),
        ("MIN", "Fewest people of a country"), ("MAX", "Most people of a country"),
        ("RANGE", "Most less fewest"), ("MEAN", "Mean of the countries"),
        ("STD", "Standard deviation of the countries"), ("SUM", "People"),
    )
)  # fmt: skip
#: Degrees between vertices, so that geodesics between them follow what is drawn.
_STEP = 0.1
_METHOD = (
    "People are counted by area: each country's population (Natural Earth, about 2017)"
    " is taken as spread evenly over it; the sum is an estimate that knows no cities."
)


@tool(title="PopulationSummary", name="PopulationSummary", category="Demographics")
def population_summary(
    polygons: Annotated[
        FeatureSet,
        Param(
            "Areas",
            name="inputPoly",
            geometry_type="esriGeometryPolygon",
            example=squares((5.0, 45.0, 10.0), name=["Alps"]),
        ),
    ],
    context: Context | None = None,
) -> Annotated[RecordSet, Param("Statistics", name="StatsSummary", fields=_FIELDS)]:
    """Estimate how many people live in areas.

    A row for each area: SUM is the estimate, each country of Natural Earth (1:110
    million, population of about 2017) sharing its people out evenly over its ground.
    COUNT is how many countries the area has a part of, AREA the square metres of these
    parts; MIN, MAX, RANGE, MEAN and STD are of the people in each of them. An area
    without land has zeros. This is no census: within a country nothing is known of
    where people live, and the outlines are coarse.
    """
    warn_of_missing(context, inputPoly=polygons)
    if context is not None:
        context.message(_METHOD)
    areas = ready(polygons.project(WGS84))
    land = countries()
    tree = shapely.STRtree(land.geometries)
    here = np.flatnonzero(is_present(areas))
    row, country = tree.query(areas[here], predicate="intersects")
    row = here[row]
    shared = _drawn_area(shapely.intersection(areas[row], land.geometries[country]))
    row, country, shared = (one[shared > 0] for one in (row, country, shared))
    touched, at = np.unique(country, return_inverse=True)
    whole = _drawn_area(land.geometries[touched])[at]
    people = land.numbers("pop_est")[country] * np.minimum(shared / whole, 1.0)
    return RecordSet.from_columns(_statistics(row, shared, people, len(areas)), _FIELDS)


def _drawn_area(shapes: np.ndarray) -> np.ndarray:
    """Return square metres of areas whose edges are straight in degrees."""
    return ground_area(shapely.segmentize(shapes, _STEP), WGS84)


def _statistics(
    row: np.ndarray, shared: np.ndarray, people: np.ndarray, count: int
) -> dict[str, np.ndarray]:
    """Return the columns for rows 0 to ``count``, from the parts of countries."""
    parts = np.bincount(row, minlength=count)
    divisor = np.maximum(parts, 1)
    total = np.bincount(row, people, count)
    low, high = np.full(count, np.inf), np.zeros(count)
    np.minimum.at(low, row, people)
    np.maximum.at(high, row, people)
    low[parts == 0] = 0.0
    mean = total / divisor
    apart = np.bincount(row, (people - mean[row]) ** 2, count)
    return {
        "AREA": np.bincount(row, shared, count), "COUNT": parts.astype(np.int32),
        "MIN": low, "MAX": high, "RANGE": high - low, "MEAN": mean,
        "STD": np.sqrt(apart / divisor), "SUM": total,
    }  # fmt: skip
