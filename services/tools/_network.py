"""What the network tools ask alike: lines, what they cost, points on them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from services.errors import ToolFailed
from services.geometry.features import FeatureSet
from services.geometry.units import LinearUnit
from services.tool import Context, Param
from services.tools._patterns import points

if TYPE_CHECKING:
    from services.network.located import Located
    from services.network.streets import Rates, Streets

_ALONG = ("FT", "F", "1", "YES", "Y", "TRUE")
_AGAINST = ("TF", "T", "-1", "REVERSE")
_CLOSED = ("N",)


def _streets() -> dict[str, Any]:
    """Return an example: nine crossings, the streets between, one of them fast."""
    lon, lat = (24.93, 24.94, 24.95), (60.165, 60.170, 60.175)
    across = [((lon[i], y), (lon[i + 1], y)) for y in lat for i in (0, 1)]
    along = [((x, lat[i]), (x, lat[i + 1])) for x in lon for i in (0, 1)]
    return {
        "geometryType": "esriGeometryPolyline",
        "spatialReference": {"wkid": 4326},
        "features": [
            {
                "attributes": {"kph": 50 if one[0][1] == one[1][1] == 60.17 else 30},
                "geometry": {"paths": [[list(one[0]), list(one[1])]]},
            }
            for one in across + along
        ],
    }


STOPS = points((24.931, 60.1652), (24.949, 60.1748), columns={"name": ["A", "B"]})
FACILITIES = points((24.94, 60.17), columns={"name": ["Station"]})

Network = Annotated[
    FeatureSet,
    Param(
        "Lines of the network",
        geometry_type="esriGeometryPolyline",
        example=_streets(),
        description="Lines that meet where they end (or see Connectivity).",
    ),
]
CostField = Annotated[
    str | None,
    Param(
        "Cost field",
        category="Network",
        description="Field of numbers: what a whole line costs, in whatever unit.",
    ),
]
SpeedField = Annotated[
    str | None,
    Param(
        "Speed field",
        category="Network",
        description="Field of kilometres per hour; costs are minutes then.",
    ),
]
Speed = Annotated[
    float | None,
    Param(
        "Speed",
        category="Network",
        minimum=0.1,
        maximum=1000,
        description="Kilometres per hour of all lines, or of those that have null in"
        " the speed field; costs are minutes then.",
    ),
]
OneWay = Annotated[
    str | None,
    Param(
        "One-way field",
        category="Network",
        description="FT, F, 1, yes: only along the line; TF, T, -1, reverse: only"
        " against it; N: closed; anything else: open both ways.",
    ),
]
Connectivity = Annotated[
    Literal["END_POINT", "ANY_VERTEX"],
    Param(
        "Connectivity",
        category="Network",
        description="Whether lines meet at their ends alone, or at all vertices.",
    ),
]
Snap = Annotated[
    LinearUnit,
    Param(
        "Snapping of ends",
        category="Network",
        description="Ends of lines that are this near on the ground are one place.",
    ),
]
Reach = Annotated[
    LinearUnit,
    Param(
        "Search tolerance",
        category="Network",
        description="How far a point may be from the network.",
    ),
]
ONE_METRE = LinearUnit(1, "esriMeters")
FIFTY_METRES = LinearUnit(50, "esriMeters")
FIVE_KILOMETRES = LinearUnit(5, "esriKilometers")


def streets_of(
    lines: FeatureSet,
    cost_field: str | None,
    speed_field: str | None,
    speed: float | None,
    one_way_field: str | None,
    connectivity: str,
    tolerance: LinearUnit,
    context: Context | None,
) -> Streets:
    """Return the network of lines; warn of lines that cannot be used."""
    from services.network.streets import build

    if cost_field and (speed_field or speed):
        raise ToolFailed("Cost_Field and a speed exclude each other; leave one out")
    if tolerance.metres < 0:
        raise ToolFailed("Snap_Tolerance must not be negative")
    rates = _rates(lines, cost_field, speed_field, speed, one_way_field)
    closed = int((~rates.along & ~rates.against).sum())
    if closed and context is not None:
        noun = "line is" if closed == 1 else "lines are"
        context.warn(f"Network: {closed} {noun} closed: by one-way field or no value")
    streets = build(
        lines.geometries, lines.spatial_reference, rates, tolerance.metres,
        every_vertex=connectivity == "ANY_VERTEX",
    )  # fmt: skip
    if not (np.isfinite(streets.forward) | np.isfinite(streets.backward)).any():
        raise ToolFailed("Network has no open line of any length")
    if context is not None:
        context.message(
            f"Network of {len(streets)} edges between {streets.nodes} nodes; costs in"
            f" {_unit(cost_field, speed_field, speed)}"
        )
    return streets


def _rates(
    lines: FeatureSet,
    cost_field: str | None,
    speed_field: str | None,
    speed: float | None,
    one_way_field: str | None,
) -> Rates:
    from services.network.streets import Rates

    count = len(lines)
    per_metre, whole = np.full(count, 1e-3), np.zeros(count)
    known = np.ones(count, dtype=bool)
    if cost_field:
        per_metre, whole = np.full(count, np.nan), lines.numbers(cost_field)
        known = ~np.isnan(whole)
        if (whole < 0).any():
            raise ToolFailed("Cost_Field must hold no negative numbers")
    elif speed_field or speed:
        kph = lines.numbers(speed_field) if speed_field else np.full(count, np.nan)
        kph = np.where(np.isnan(kph), speed or np.nan, kph)
        known = kph > 0
        per_metre = 60.0 / 1000.0 / np.where(known, kph, np.inf)
    way = _one_way(lines, one_way_field)
    against, along = np.isin(way, _AGAINST), np.isin(way, _ALONG)
    closed = np.isin(way, _CLOSED) | ~known
    return Rates(per_metre, whole, ~against & ~closed, ~along & ~closed)


def _one_way(lines: FeatureSet, field: str | None) -> np.ndarray:
    if not field:
        return np.full(len(lines), "")
    column = lines.column(field)
    if pa.types.is_floating(column.type):
        column = pc.round(column).cast(pa.int64(), safe=False)
    texts = pc.utf8_upper(pc.utf8_trim_whitespace(column.cast(pa.string())))
    return np.asarray(texts.fill_null("").to_numpy(), dtype=str)


def _unit(cost_field: str | None, speed_field: str | None, speed: float | None) -> str:
    if cost_field:
        return f"the unit of {cost_field}"
    return "minutes" if speed_field or speed else "kilometres"


def located(
    name: str,
    features: FeatureSet,
    streets: Streets,
    reach: LinearUnit,
    context: Context | None,
) -> Located:
    """Return where points lie on the network; warn of those that do not.

    Raises ToolFailed if none does.
    """
    from services.network.located import locate

    if reach.metres < 0:
        raise ToolFailed("Search_Tolerance must not be negative")
    projected = features.project(streets.reference)
    found = locate(projected.geometries, streets, reach.metres)
    lost = int((~found.found).sum())
    if lost == len(features):
        raise ToolFailed(
            f"{name}: no point is within {reach.metres:g} m of the network"
        )
    if lost and context is not None:
        noun = "point has" if lost == 1 else "points have"
        context.warn(
            f"{name}: {lost} {noun} no place within {reach.metres:g} m on the network"
            " and took no part"
        )
    return found


def both(first: Located, second: Located) -> Located:
    """Return the places of two sets one after the other."""
    from services.network.located import Located

    pairs = ((first.edge, second.edge), (first.share, second.share),
             (first.metres, second.metres))  # fmt: skip
    return Located(*(np.concatenate(one) for one in pairs))


def ids_of(features: FeatureSet) -> np.ndarray:
    """Return the object ids of features, row numbers from 1 where they have none."""
    for field in features.fields:
        if field.type == "esriFieldTypeOID":
            return np.asarray(features.column(field.name).fill_null(-1).to_numpy())
    return np.arange(1, len(features) + 1)


def teller(
    context: Context | None, text: str, start: float = 0.0, end: float = 1.0
) -> Callable[[float], None]:
    """Return what tells a share of 0 to 1 as progress from ``start`` to ``end``."""

    def told(share: float) -> None:
        if context is not None:
            context.progress(100.0 * (start + (end - start) * share), text)

    return told
