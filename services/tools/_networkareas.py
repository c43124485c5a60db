"""Breaks of service areas, and the lines within the last of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from services.errors import ToolFailed
from services.geometry.features import FeatureSet
from services.geometry.units import LinearUnit
from services.tools._network import ids_of

if TYPE_CHECKING:
    from services.network.located import Graph, Located
    from services.network.reach import Drawing

MAX_AREAS = 10_000


def breaks_of(
    values: Sequence[float], facilities: int, buffer: LinearUnit
) -> list[float]:
    """Return the breaks in rising order, each once; refuse what cannot be drawn."""
    breaks = sorted(set(values))
    if not breaks or breaks[0] <= 0 or not math.isfinite(breaks[-1]):
        raise ToolFailed("Break_Values needs numbers above 0")
    if facilities * len(breaks) > MAX_AREAS:
        raise ToolFailed(
            f"Break_Values: {facilities} facilities with {len(breaks)} breaks make"
            f" {facilities * len(breaks)} areas; at most {MAX_AREAS} are made"
        )
    if not 1 <= buffer.metres <= 100_000:
        raise ToolFailed("Buffer_Distance must be between 1 m and 100 km")
    return breaks


def areas_around(
    graph: Graph,
    places: Located,
    facilities: FeatureSet,
    drawing: Drawing,
    told: Callable[[float], None],
) -> FeatureSet:
    """Return the areas of the facilities that have a place on the network."""
    from services.network.reach import areas

    rows, streets = np.flatnonzero(places.found), graph.streets
    at = streets.measured.at(places.edge[rows], places.share[rows])
    made = areas(graph, streets.nodes + rows, at, drawing, told)
    columns = {
        "FacilityID": ids_of(facilities)[rows][made.facility],
        "FromBreak": made.from_break,
        "ToBreak": made.to_break,
    }
    return FeatureSet.of(
        made.polygons,
        columns,
        spatial_reference=streets.reference,
        geometry_type="esriGeometryPolygon",
    )


def lines_within(
    graph: Graph,
    rows: np.ndarray,
    facilities: FeatureSet,
    drawing: Drawing,
    lines: FeatureSet,
    told: Callable[[float], None],
) -> FeatureSet:
    """Return the parts of lines within the last break of the facilities of rows."""
    from services.network.reach import costs_from, reached

    limit, towards = drawing.breaks[-1], drawing.towards
    found = []
    for number, node in enumerate(graph.streets.nodes + rows):
        told(number / len(rows))
        costs = costs_from(graph, int(node), limit, towards=towards)
        found.append(reached(graph, costs, limit, towards=towards))
    owner = np.repeat(ids_of(facilities)[rows], [len(one.edge) for one in found])
    edge = np.concatenate([one.edge for one in found])
    return FeatureSet.of(
        np.concatenate([one.lines(graph) for one in found]),
        {"FacilityID": owner, "LineID": ids_of(lines)[graph.streets.owner[edge]]},
        spatial_reference=graph.streets.reference,
        geometry_type="esriGeometryPolyline",
    )
