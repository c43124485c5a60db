"""What of a network lies within a cost of a place, as lines and as areas."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely
from scipy.sparse.csgraph import dijkstra

from services.geometry.antimeridian import from_globe, to_globe
from services.geometry.crs import transform
from services.geometry.planes import Planes, earth_centred, geod_of, geographic_of
from services.network.located import Graph

Outline = Literal["CONCAVE_HULL", "BUFFER"]

#: Length ratio of the hull: 0 follows every bay, 1 is the convex hull.
_RATIO = 0.2
_MOST_VERTICES = 1_000_000


@dataclass(frozen=True, slots=True)
class Drawing:
    """How areas are drawn: costs that rise, and what is made of the lines within.

    BUFFER is what lies within ``metres`` of the lines, CONCAVE_HULL a hull without
    holes around them, grown by ``metres``. With ``rings`` each area lacks the one
    before it. ``towards`` counts the way to the facility.
    """

    breaks: Sequence[float]
    metres: float
    outline: Outline = "CONCAVE_HULL"
    rings: bool = True
    towards: bool = False


@dataclass(frozen=True, slots=True)
class Areas:
    """Areas: their facility's number, costs from and to, and polygons (None: empty).

    For each facility one of each break, from the smallest.
    """

    facility: np.ndarray
    from_break: np.ndarray
    to_break: np.ndarray
    polygons: np.ndarray


@dataclass(frozen=True, slots=True)
class Reached:
    """Parts of edges within a cost, from share ``begin`` to ``end``."""

    edge: np.ndarray
    begin: np.ndarray
    end: np.ndarray

    def lines(self, graph: Graph) -> np.ndarray:
        """Return the parts as lines in the reference of the network."""
        xy, part = graph.streets.measured.parts(self.edge, self.begin, self.end)
        return np.asarray(shapely.linestrings(xy, indices=part))


def costs_from(
    graph: Graph, node: int, limit: float, *, towards: bool = False
) -> np.ndarray:
    """Return the cost from a node to all, or from all to it; infinite above limit."""
    matrix = graph.matrix.T.tocsr() if towards else graph.matrix
    return np.asarray(dijkstra(matrix, indices=node, limit=limit))


def reached(
    graph: Graph, costs: np.ndarray, limit: float, *, towards: bool = False
) -> Reached:
    """Return what lies within ``limit``, cut where exactly that much is spent."""
    pieces = np.flatnonzero((costs[graph.ends] <= limit).any(axis=1))
    shares = [
        _share(costs[graph.ends[pieces, side]], graph.cost(pieces, along=way), limit)
        for side, way in ((0, not towards), (1, towards))
    ]
    whole = shares[0] + shares[1] >= 1.0
    ahead = np.where(whole, 1.0, shares[0])
    back = np.where(whole, 0.0, shares[1])
    begin, end = graph.share[pieces].T
    length = end - begin
    first, second = ahead * length > 0, back * length > 0
    return Reached(
        graph.edge[np.concatenate([pieces[first], pieces[second]])],
        np.concatenate([begin[first], (end - length * back)[second]]),
        np.concatenate([(begin + length * ahead)[first], end[second]]),
    )


def areas(
    graph: Graph,
    nodes: np.ndarray,
    places: np.ndarray,
    drawing: Drawing,
    told: Callable[[float], None] = lambda _: None,
) -> Areas:
    """Return the areas within reach of each node, drawn as told.

    Made of each facility's parts of edges in a plane around it, whose place (k, 2)
    is in the reference of the network.
    """
    reference = graph.streets.reference
    points = transform(shapely.points(places), reference, geographic_of(reference))
    lonlat = shapely.get_coordinates(points)
    planes = Planes(lonlat[:, 0], lonlat[:, 1], geod_of(reference))
    flat: list[shapely.Geometry] = []
    for number, node in enumerate(nodes):
        told(number / len(nodes))
        flat.extend(_flat(graph, int(node), planes.take(np.array([number])), drawing))
    breaks = np.asarray(drawing.breaks, dtype=float)
    before = np.concatenate([[0.0], breaks[:-1]]) * drawing.rings
    facility = np.repeat(np.arange(len(nodes)), len(breaks))
    made = to_globe(np.array(flat, dtype=object), planes.take(facility))
    return Areas(
        facility,
        np.tile(before, len(nodes)),
        np.tile(breaks, len(nodes)),
        from_globe(made, reference),
    )


def _flat(
    graph: Graph, node: int, plane: Planes, drawing: Drawing
) -> list[shapely.Geometry]:
    """Return the areas of one facility in its plane."""
    costs = costs_from(graph, node, drawing.breaks[-1], towards=drawing.towards)
    grown = []
    for limit in drawing.breaks:
        found = reached(graph, costs, limit, towards=drawing.towards)
        lines = _laid(found.lines(graph), graph, plane)
        grown.append(_grown(lines, drawing.metres, drawing.outline))
    if not drawing.rings:
        return grown
    return [*grown[:1], *shapely.difference(grown[1:], grown[:-1])]


def _share(spent: np.ndarray, cost: np.ndarray, limit: float) -> np.ndarray:
    """Return how much of a piece is reached from an end; 0 where it is closed."""
    left = np.where(np.isfinite(spent), limit - spent, -1.0)
    open_ = np.isfinite(cost) & (left >= 0)
    free = cost <= 0
    share = np.zeros(len(cost))
    np.divide(left, cost, out=share, where=open_ & ~free)
    share[open_ & free] = 1.0
    return np.clip(share, 0.0, 1.0)


def _laid(lines: np.ndarray, graph: Graph, plane: Planes) -> np.ndarray:
    """Return lines in metres east and north of the centre of a plane."""
    reference = graph.streets.reference
    lonlat = transform(lines, reference, geographic_of(reference))
    xyz = earth_centred(shapely.get_coordinates(lonlat), plane.geod)
    flat = plane.flatten(xyz, np.zeros(xyz.shape[1], dtype=np.int64))
    return np.asarray(shapely.set_coordinates(np.array(lines), flat))


def _grown(lines: np.ndarray, metres: float, outline: Outline) -> shapely.Geometry:
    """Return the area of lines in a plane, grown by ``metres``."""
    lines = lines[shapely.length(lines) > 0]
    if not len(lines):
        return shapely.Point(0.0, 0.0).buffer(metres)
    if outline == "BUFFER":
        return shapely.union_all(shapely.buffer(lines, metres, quad_segs=8))
    # no place on a line is further than metres from a vertex: the hull holds these
    gap = max(2.0 * metres, float(shapely.length(lines).sum()) / _MOST_VERTICES)
    close = shapely.segmentize(shapely.multilinestrings(lines), gap)
    # GEOS cannot triangulate places that only rounding parts: each once, to the mm
    xy = np.unique(np.round(shapely.get_coordinates(close), 3), axis=0)
    hull = shapely.concave_hull(shapely.multipoints(xy), ratio=_RATIO)
    return hull.buffer(metres, quad_segs=8)
