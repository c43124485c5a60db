"""Pairs of places on a network and what it costs from one to the other."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from services.errors import ToolFailed
from services.geometry.features import FeatureSet, Field
from services.geometry.units import LinearUnit
from services.tool import Context
from services.tools import _network as net

if TYPE_CHECKING:
    from services.network.located import Graph
    from services.network.streets import Streets

MAX_PAIRS = 10_000_000


class Pairs(NamedTuple):
    """Pairs (k,) by rising cost of each first: rows, ids, nodes, rank, cost."""

    graph: Graph
    rows: tuple[np.ndarray, np.ndarray]
    ids: tuple[np.ndarray, np.ndarray]
    nodes: tuple[np.ndarray, np.ndarray]
    rank: np.ndarray
    cost: np.ndarray

    def features(
        self,
        lines: np.ndarray,
        names: tuple[str, str, str],
        more: Mapping[str, np.ndarray] = MappingProxyType({}),
    ) -> FeatureSet:
        """Return a feature for each pair; ``names`` are those of ids and rank."""
        columns = {
            **dict(zip(names, (*self.ids, self.rank), strict=True)),
            "Total_Cost": self.cost,
            **more,
        }
        big, whole = "esriFieldTypeBigInteger", "esriFieldTypeInteger"
        fields = [Field(names[0], big), Field(names[1], big), Field(names[2], whole)]
        return FeatureSet.of(
            lines,
            columns,
            fields=fields,
            spatial_reference=self.graph.streets.reference,
            geometry_type="esriGeometryPolyline",
        )


def cheapest_pairs(
    streets: Streets,
    first: tuple[str, FeatureSet],
    second: tuple[str, FeatureSet],
    reach: LinearUnit,
    most: int,
    cutoff: float | None,
    context: Context | None,
    *,
    backwards: bool = False,
) -> Pairs:
    """Return for each of the first set the ``most`` of the second of least cost.

    Each set comes with its parameter's name. ``backwards`` counts the way from the
    second to the first. Warns of those that have no way.
    """
    from services.network.located import graph_of
    from services.network.routes import cost_matrix

    count = len(first[1])
    if count * len(second[1]) > MAX_PAIRS:
        raise ToolFailed(
            f"{first[0]} and {second[0]} make {count * len(second[1])} pairs; at most"
            f" {MAX_PAIRS} are looked at"
        )
    places = [net.located(*one, streets, reach, context) for one in (first, second)]
    graph = graph_of(streets, net.both(*places))
    i, j = (np.flatnonzero(one.found) for one in places)
    costs = cost_matrix(
        graph, streets.nodes + i, streets.nodes + count + j,
        np.inf if cutoff is None else cutoff, backwards=backwards,
        told=net.teller(context, "Measuring ways"),
    )  # fmt: skip
    order = np.argsort(costs, axis=1, kind="stable")[:, :most]
    ranked = np.take_along_axis(costs, order, axis=1)
    row, rank = np.nonzero(np.isfinite(ranked))
    alone = len(i) - len(np.unique(row))
    if alone and context is not None:
        noun = "point has" if alone == 1 else "points have"
        context.warn(f"{first[0]}: {alone} {noun} no way to any of {second[0]}")
    chosen = (i[row], j[order[row, rank]])
    return Pairs(
        graph,
        chosen,
        (net.ids_of(first[1])[chosen[0]], net.ids_of(second[1])[chosen[1]]),
        (streets.nodes + chosen[0], streets.nodes + count + chosen[1]),
        rank + 1,
        ranked[row, rank],
    )
