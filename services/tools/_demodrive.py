"""Where a car gets in Demo City, and in a straight line anywhere else."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import shapely

from services.data import democity
from services.errors import ToolFailed
from services.geometry.crs import WGS84
from services.geometry.drawn import drawn_area, drawn_length
from services.geometry.features import FeatureSet, Field
from services.geometry.ground import ground_buffer
from services.geometry.parts import is_present
from services.tool import Context

if TYPE_CHECKING:
    from services.network.reach import Areas, Drawing
    from services.network.streets import Streets

_STRAIGHT = 40.0  # km/h as the crow flies, where no street is known
_REACH = 1000.0  # metres from a place to the streets
_GROWN = 200.0  # metres around streets: half a block
_MOST_PLACES, _MOST_BREAKS, _LONGEST = 100, 10, 600.0

AREA_FIELDS = (
    Field("FID", "esriFieldTypeOID"),
    Field("FacilityID", "esriFieldTypeInteger", "Number of the location"),
    Field("Name", "esriFieldTypeString", "Name", 500),
    Field("FromBreak", "esriFieldTypeDouble", "From"),
    Field("ToBreak", "esriFieldTypeDouble", "To"),
    Field("Shape_Length", "esriFieldTypeDouble", "Length of the border (m)"),
    Field("Shape_Area", "esriFieldTypeDouble", "Area (m2)"),
)


def breaks_in(text: str, name: str, minutes: float = 1.0) -> list[float]:
    """Return the numbers of a text, parted by blanks, in rising order, each once.

    ``minutes`` is the unit; at most ten numbers of up to ten hours.
    """
    words = text.replace(",", " ").split()
    try:
        values = sorted({float(one) for one in words})
    except ValueError:
        values = []
    fits = all(0 < one * minutes <= _LONGEST for one in values)
    if not values or not fits or len(values) > _MOST_BREAKS:
        raise ToolFailed(
            f"{name} must be 1 to {_MOST_BREAKS} numbers above 0 and up to"
            f" {_LONGEST / minutes:g}, parted by blanks, such as 5 10 15; not"
            f" '{text[:60]}'"
        )
    return values


def drive_areas(
    name: str,
    locations: FeatureSet,
    values: Sequence[float],
    minutes: float,
    context: Context | None,
    *,
    rings: bool,
) -> FeatureSet:
    """Return the areas that a car reaches from points, the largest of each first.

    ``name`` is the parameter of the points. ``values`` rise and are counted in units
    of so many ``minutes``; they are named in the results. The areas come in the
    reference of the points.
    """
    from services.network.reach import Drawing

    points = locations.project(WGS84).geometries
    present = np.flatnonzero(is_present(points))
    if not len(present) or len(points) > _MOST_PLACES:
        raise ToolFailed(
            f"{name} must hold 1 to {_MOST_PLACES} points with a geometry, not"
            f" {len(present)} among {len(points)}"
        )
    drawing = Drawing([one * minutes for one in values], _GROWN, rings=rings)
    town = _streets()
    inside = np.zeros(len(points), dtype=bool)
    inside[present] = _is_in_town(points[present])
    made = [
        _by_streets(points, np.flatnonzero(inside), town, drawing, context),
        _straight(points, np.setdiff1d(present, np.flatnonzero(inside)), drawing),
    ]
    _tell(inside[present], context)
    return _as_features(made, values, locations)


@lru_cache(maxsize=1)
def _streets() -> Streets:
    from services.network.streets import Rates, build

    lines = democity.streets()
    open_ = np.ones(len(lines), dtype=bool)
    rates = Rates(0.06 / lines.numbers("kph"), np.zeros(len(lines)), open_, open_)
    return build(lines.geometries, WGS84, rates, 1.0)


def _is_in_town(points: np.ndarray) -> np.ndarray:
    town = shapely.convex_hull(shapely.multilinestrings(democity.streets().geometries))
    return np.asarray(shapely.covers(town, points))


def _by_streets(
    points: np.ndarray,
    rows: np.ndarray,
    town: Streets,
    drawing: Drawing,
    context: Context | None,
) -> Areas:
    from services.network.located import graph_of, locate
    from services.network.reach import Areas, areas

    places = locate(points[rows], town, _REACH)

    def told(share: float) -> None:
        if context is not None:
            context.progress(100.0 * share, "Driving through Demo City")

    at = town.measured.at(places.edge, places.share)
    nodes = town.nodes + np.arange(len(rows))
    found = areas(graph_of(town, places), nodes, at, drawing, told)
    return Areas(rows[found.facility], found.from_break, found.to_break, found.polygons)


def _straight(points: np.ndarray, rows: np.ndarray, drawing: Drawing) -> Areas:
    """Return discs, or rings, of a constant speed in a straight line."""
    from services.network.reach import Areas

    metres = [one / 60.0 * _STRAIGHT * 1000.0 for one in drawing.breaks]
    discs = np.array([ground_buffer(points[rows], WGS84, one) for one in metres])
    if drawing.rings:
        discs[1:] = shapely.difference(discs[1:], discs[:-1])
    count = len(metres)
    before = np.concatenate([[0.0], drawing.breaks[:-1]]) * drawing.rings
    return Areas(
        np.repeat(rows, count),
        np.tile(before, len(rows)),
        np.tile(np.asarray(drawing.breaks), len(rows)),
        discs.T.ravel(),
    )


def _tell(inside: np.ndarray, context: Context | None) -> None:
    if context is None:
        return
    if inside.any():
        context.message(
            "Demo City is invented: its streets and speeds are generated and say"
            " nothing of a real town"
        )
    if not inside.all():
        count = int((~inside).sum())
        noun = "location lies" if count == 1 else "locations lie"
        west, south, east, north = democity.streets_bounds()
        context.warn(
            f"{count} {noun} outside of Demo City ({west:.2f}, {south:.2f} to"
            f" {east:.2f}, {north:.2f}), where no street is known: the areas there are"
            f" discs of a car that drives {_STRAIGHT:g} km/h in a straight line"
        )


def _as_features(
    made: list[Areas], values: Sequence[float], locations: FeatureSet
) -> FeatureSet:
    facility = np.concatenate([one.facility for one in made])
    to = np.concatenate([one.to_break for one in made])
    shapes = np.concatenate([one.polygons for one in made])
    order = np.lexsort((-to, facility))
    rank = np.tile(np.arange(len(values))[::-1], len(order) // len(values))
    ends = np.asarray(values, dtype=float)[rank]
    starts = np.concatenate([one.from_break for one in made])[order] > 0
    begins = np.where(starts, np.append(0.0, values)[rank], 0.0)
    number = facility[order] + 1
    names = [
        f"Location {one} : {first:g} - {last:g}"
        for one, first, last in zip(number, begins, ends, strict=True)
    ]
    shapes = shapes[order]
    columns = {
        "FID": np.arange(1, len(order) + 1), "FacilityID": number, "Name": names,
        "FromBreak": begins, "ToBreak": ends,
        "Shape_Length": drawn_length(shapely.boundary(shapes), WGS84),
        "Shape_Area": drawn_area(shapes, WGS84),
    }  # fmt: skip
    return FeatureSet.of(
        shapes, columns, fields=AREA_FIELDS, geometry_type="esriGeometryPolygon"
    ).project(locations.spatial_reference)
