"""The well-known sample of hot spots among emergency calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

import numpy as np
import shapely

from services.data import democity
from services.errors import InvalidValue, ToolFailed
from services.geometry.extents import Extent
from services.geometry.features import FeatureSet, Field
from services.rasters.grid import Grid
from services.tool import Context, Param, tool

if TYPE_CHECKING:
    from services.patterns.places import Places

_BAND = 1500.0  # metres to a neighbour
_CELL = 0.002  # degrees
_LEAST = 30  # places at which calls were made
_NEAREST = 12
_DOUBLE, _INTEGER = "esriFieldTypeDouble", "esriFieldTypeInteger"
_FIELDS = (
    Field("ICOUNT", _INTEGER, "Calls"),
    Field("GiZScore", _DOUBLE, "z-score of Gi*"),
    Field("GiPValue", _DOUBLE, "p-value of Gi*"),
    Field("Gi_Bin", _INTEGER, "Confidence bin of Gi*"),
)
_QUERY = (
    "\"DATE\" > date '1998-01-01 00:00:00' AND \"DATE\" < date '1998-05-31 00:00:00'"
    " AND (\"Day\" = 'SUN' OR \"Day\" = 'SAT')"
)


class HotSpots(NamedTuple):
    """What 911 Calls Hotspot finds."""

    output_features: Annotated[
        FeatureSet,
        Param("Hot spots", geometry_type="esriGeometryPoint", fields=_FIELDS),
    ]
    hotspot_raster: Annotated[Grid, Param("Hot spot surface")]


@tool(title="911 Calls Hotspot", name="CallsHotspot", category="Well-known samples")
def calls_hotspot(
    query: Annotated[
        str,
        Param(
            "Query",
            description="SQL over DATE (1998-01-01 to 1998-05-31) and Day (SUN, MON,"
            " TUE, WED, THU, FRI, SAT); field names may be in double quotes.",
        ),
    ] = _QUERY,
    context: Context | None = None,
) -> HotSpots:
    """Find hot and cold spots of emergency calls at some time.

    A demonstration: the 6,000 calls are generated, in Demo City, an invented town.
    Those that the query chooses are collected at the places where they were made
    (ICOUNT). Gi* of Getis and Ord with a band of 1,500 m then tells where places of
    many, or of few, calls gather: GiZScore, GiPValue, Gi_Bin as in Hot Spot Analysis.
    Places without any call take no part. Hotspot_Raster holds z-scores in cells of
    0.002 degrees, of the 12 nearest places weighted by the inverse square of their
    distance, within the hull of the places.

    The query is a condition, not run as SQL; one that leaves calls at fewer than 30
    places, or as many at each, is refused.
    Source: Ord and Getis (1995), Geographical Analysis 27(4); Shepard (1968), Proc.
    ACM National Conference.
    """
    from services.patterns import autocorrelation, neighbours
    from services.patterns.places import Places
    from services.query.condition import rows_where

    _told(context, 5, "Selecting calls")
    calls = democity.calls()
    try:
        chosen = rows_where(query, calls.records)
    except InvalidValue as exc:
        raise ToolFailed(f"Query {exc}") from None
    _told(context, 20, "Collecting calls at the places where they were made")
    at, count = np.unique(
        shapely.get_coordinates(calls.geometries[chosen]), axis=0, return_counts=True
    )
    if len(at) < _LEAST or np.ptp(count) == 0:
        raise ToolFailed(
            f"Query chooses {int(chosen.sum())} calls at {len(at)} places; hot spots"
            f" need at least {_LEAST} places that differ"
        )
    if context is not None:
        context.message(
            f"{int(chosen.sum())} of {len(calls)} invented calls, at {len(at)} places"
            " of Demo City"
        )
    _told(context, 40, "Looking for hot spots")
    places = Places.of(FeatureSet.of(shapely.points(at)))
    weights = neighbours.within_band(places, _BAND)
    z = autocorrelation.gi_star(count.astype(float), weights)
    p = autocorrelation.two_sided(z)
    bins = autocorrelation.bins_of(z, p, corrected=False)
    _told(context, 70, "Drawing the surface")
    columns = dict(zip((one.name for one in _FIELDS), (count, z, p, bins), strict=True))
    points = FeatureSet.of(shapely.points(at), columns, fields=_FIELDS)
    surface = _surface(places, at, z)
    _told(context, 95, "Writing results")
    return HotSpots(points, surface)


def _surface(places: Places, at: np.ndarray, z: np.ndarray) -> Grid:
    """Return z-scores between places; cells outside of their hull are empty."""
    from scipy.spatial import cKDTree

    from services.patterns.places import xyz_of

    west, south = np.floor(at.min(axis=0) / _CELL).astype(int).tolist()
    east, north = np.ceil(at.max(axis=0) / _CELL).astype(int).tolist()
    x, y = np.meshgrid(
        (np.arange(west, east) + 0.5) * _CELL,
        (np.arange(north, south, -1) - 0.5) * _CELL,
    )
    cells = np.column_stack([x.ravel(), y.ravel()])
    metres, near = cKDTree(places.xyz).query(
        xyz_of(cells, places.reference), k=_NEAREST
    )
    weight = 1.0 / np.maximum(metres, 1.0) ** 2
    values = (weight * z[near]).sum(axis=1) / weight.sum(axis=1)
    hull = shapely.convex_hull(shapely.multipoints(at))
    values[~shapely.intersects_xy(hull, *cells.T)] = np.nan
    extent = Extent(
        west * _CELL, south * _CELL, east * _CELL, north * _CELL, places.reference
    )
    return Grid.of(values.reshape(x.shape).astype(np.float32), extent)


def _told(context: Context | None, percent: float, text: str) -> None:
    if context is not None:
        context.progress(percent, text)
