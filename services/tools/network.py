"""Ways along lines: routes, closest facilities, service areas, cost matrices."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
import shapely

from services.errors import ToolFailed
from services.geometry.features import FeatureSet, Field
from services.geometry.summaries import field_names, group_rows
from services.geometry.units import LinearUnit
from services.tool import Context, Param, tool
from services.tools import _network as net
from services.tools._networkareas import areas_around, breaks_of, lines_within
from services.tools._networkpairs import cheapest_pairs

_DOUBLE, _INTEGER = "esriFieldTypeDouble", "esriFieldTypeInteger"
_COST = Field("Total_Cost", _DOUBLE, "Total cost")
_LENGTH = Field("Total_Length", _DOUBLE, "Total length (km)")
_LINE, _POLYGON = "esriGeometryPolyline", "esriGeometryPolygon"
_POINT = "esriGeometryPoint"

Cutoff = Annotated[
    float | None, Param("Cutoff", minimum=0, description="Costs above it do not count.")
]


@tool(title="Shortest Path", category="Network")
def shortest_path(
    network: net.Network,
    stops: Annotated[
        FeatureSet, Param("Stops, in order", geometry_type=_POINT, example=net.STOPS)
    ],
    route_field: Annotated[
        str | None,
        Param("Route field", description="Stops of equal values make one route."),
    ] = None,
    cost_field: net.CostField = None,
    speed_field: net.SpeedField = None,
    speed: net.Speed = None,
    one_way_field: net.OneWay = None,
    connectivity: net.Connectivity = "END_POINT",
    snap_tolerance: net.Snap = net.ONE_METRE,
    search_tolerance: net.Reach = net.FIVE_KILOMETRES,
    context: Context | None = None,
) -> Annotated[FeatureSet, Param("Routes", name="Output_Routes", geometry_type=_LINE)]:
    """Find the cheapest way along lines from stop to stop, in the order given.

    Dijkstra's algorithm on the network of the lines. What a way costs is its length
    on the ground in kilometres; or minutes, with a speed; or the sum of a cost field
    (of a line that is used in part its share by length). Turns cost nothing. A stop
    joins the network at the nearest place of an open line, wherever along it that
    is; the way from the stop to there counts nothing.

    Each route is a line with the value of the route field, StopCount, Total_Cost and
    Total_Length in kilometres on the ground. Stops too far from the network, routes
    with less than two stops and routes with stops between which no way leads are
    left out, with warnings; if no route is left the tool fails. Multipart lines are
    edges of their own; lines without geometry or length are none.
    Source: Dijkstra (1959), Numerische Mathematik 1, as in SciPy.
    """
    from services.network.located import graph_of
    from services.network.routes import lengths_of, lines_of, ways

    streets = net.streets_of(
        network, cost_field, speed_field, speed, one_way_field, connectivity,
        snap_tolerance, context,
    )  # fmt: skip
    places = net.located("Stops", stops, streets, search_tolerance, context)
    names = field_names(stops, [route_field] if route_field else None)
    groups = group_rows(stops, names, len(stops))
    rows = np.flatnonzero(places.found)
    rows = rows[np.argsort(groups.of_row[rows], kind="stable")]
    route = groups.of_row[rows]
    leg = np.flatnonzero(route[1:] == route[:-1])
    if not len(leg):
        raise ToolFailed("Stops needs at least two points on the network for a route")
    graph = graph_of(streets, places)
    told = net.teller(context, "Finding ways")
    starts, ends = streets.nodes + rows[leg], streets.nodes + rows[leg + 1]
    found = ways(graph, starts, ends, told=told)
    group, count = route[leg], len(groups)
    cost = np.bincount(group, found.cost, count)
    made = (np.bincount(group, minlength=count) > 0) & np.isfinite(cost)
    if not made.any():
        raise ToolFailed("no way leads from stop to stop along open lines")
    left_out = int((~made).sum())
    if left_out and context is not None:
        noun = "route was" if left_out == 1 else "routes were"
        context.warn(f"{left_out} {noun} left out: too few stops, or no way between")
    columns: dict[str, Any] = {
        name: stops.column(name).take(groups.first_row[made]) for name in names
    }
    columns |= {
        "StopCount": np.bincount(route, minlength=count)[made],
        "Total_Cost": cost[made],
        "Total_Length": lengths_of(graph, found, group, count)[made] / 1000.0,
    }
    kept = [stops.field(name) for name in names]
    return FeatureSet.of(
        lines_of(graph, found, group, count)[made],
        columns,
        fields=[*kept, Field("StopCount", _INTEGER, "Stops"), _COST, _LENGTH],
        spatial_reference=streets.reference,
        geometry_type=_LINE,
    )


@tool(title="Closest Facility", category="Network")
def closest_facility(
    network: net.Network,
    incidents: Annotated[
        FeatureSet, Param("Incidents", geometry_type=_POINT, example=net.STOPS)
    ],
    facilities: Annotated[
        FeatureSet, Param("Facilities", geometry_type=_POINT, example=net.FACILITIES)
    ],
    number_of_facilities: Annotated[
        int, Param("Facilities to find for each incident", minimum=1, maximum=1000)
    ] = 1,
    travel_direction: Annotated[
        Literal["TO_FACILITY", "FROM_FACILITY"], Param("Direction of travel")
    ] = "TO_FACILITY",
    cutoff: Cutoff = None,
    cost_field: net.CostField = None,
    speed_field: net.SpeedField = None,
    speed: net.Speed = None,
    one_way_field: net.OneWay = None,
    connectivity: net.Connectivity = "END_POINT",
    snap_tolerance: net.Snap = net.ONE_METRE,
    search_tolerance: net.Reach = net.FIVE_KILOMETRES,
    context: Context | None = None,
) -> Annotated[FeatureSet, Param("Routes", name="Output_Routes", geometry_type=_LINE)]:
    """Find for each incident the facilities that cost least to reach along lines.

    Each route has IncidentID and FacilityID (object ids, or row numbers from 1),
    FacilityRank from 1, Total_Cost and Total_Length in kilometres. It runs in the
    direction of travel, which matters where lines are one-way. Incidents without a
    facility within reach have no route and are counted in a warning. Costs, places
    on the network and lines: see Shortest Path. Of facilities at equal cost the
    first comes first.
    """
    from services.network.routes import lengths_of, lines_of, ways

    streets = net.streets_of(
        network, cost_field, speed_field, speed, one_way_field, connectivity,
        snap_tolerance, context,
    )  # fmt: skip
    backwards = travel_direction == "FROM_FACILITY"
    pairs = cheapest_pairs(
        streets, ("Incidents", incidents), ("Facilities", facilities), search_tolerance,
        number_of_facilities, cutoff, context, backwards=backwards,
    )  # fmt: skip
    starts, ends = pairs.nodes if not backwards else pairs.nodes[::-1]
    most, told = pairs.cost.max(initial=0.0), net.teller(context, "Finding ways")
    found = ways(pairs.graph, starts, ends, most * (1.0 + 1e-9), told)
    each = np.arange(len(starts))
    metres = lengths_of(pairs.graph, found, each, len(each))
    lines = lines_of(pairs.graph, found, each, len(each))
    names = ("IncidentID", "FacilityID", "FacilityRank")
    return pairs.features(lines, names, {"Total_Length": metres / 1000.0})


@tool(title="Origin Destination Cost Matrix", category="Network")
def origin_destination_cost_matrix(
    network: net.Network,
    origins: Annotated[
        FeatureSet, Param("Origins", geometry_type=_POINT, example=net.STOPS)
    ],
    destinations: Annotated[
        FeatureSet, Param("Destinations", geometry_type=_POINT, example=net.FACILITIES)
    ],
    number_of_destinations: Annotated[
        int | None,
        Param("Destinations to find for each origin", minimum=1,
              description="Without it, all."),
    ] = None,
    cutoff: Cutoff = None,
    cost_field: net.CostField = None,
    speed_field: net.SpeedField = None,
    speed: net.Speed = None,
    one_way_field: net.OneWay = None,
    connectivity: net.Connectivity = "END_POINT",
    snap_tolerance: net.Snap = net.ONE_METRE,
    search_tolerance: net.Reach = net.FIVE_KILOMETRES,
    context: Context | None = None,
) -> Annotated[
    FeatureSet, Param("Costs", name="Output_Lines", geometry_type=_LINE)
]:  # fmt: skip
    """Find what it costs to get from each origin to each destination along lines.

    One feature for each pair: OriginID and DestinationID (object ids, or row numbers
    from 1), DestinationRank from 1, Total_Cost, and a straight line between the two
    points that shows the pair, not the way. Pairs between which no way leads, or
    none within the cutoff, are missing; origins without any are counted in a
    warning. At most 10,000,000 pairs are looked at. Costs, places on the network and
    lines: see Shortest Path.
    """
    streets = net.streets_of(
        network, cost_field, speed_field, speed, one_way_field, connectivity,
        snap_tolerance, context,
    )  # fmt: skip
    most = number_of_destinations or len(destinations)
    pairs = cheapest_pairs(
        streets, ("Origins", origins), ("Destinations", destinations),
        search_tolerance, most, cutoff, context,
    )  # fmt: skip
    ends = [
        shapely.get_coordinates(features.project(streets.reference).geometries[chosen])
        for features, chosen in zip((origins, destinations), pairs.rows, strict=True)
    ]
    lines = shapely.linestrings(np.stack(ends, axis=1))
    return pairs.features(lines, ("OriginID", "DestinationID", "DestinationRank"))


class ServiceAreas(NamedTuple):
    """What Service Area finds."""

    service_areas: Annotated[FeatureSet, Param("Service areas", geometry_type=_POLYGON)]
    service_area_lines: Annotated[
        FeatureSet, Param("Lines within reach", geometry_type=_LINE)
    ]


@tool(title="Service Area", category="Network")
def service_area(
    network: net.Network,
    facilities: Annotated[
        FeatureSet, Param("Facilities", geometry_type=_POINT, example=net.FACILITIES)
    ],
    break_values: Annotated[
        list[float],
        Param("Breaks", description="Costs up to which areas reach.",
              example=[0.5, 1.0]),
    ],
    polygon_type: Annotated[
        Literal["RINGS", "DISKS"],
        Param("Rings or disks", description="Each DISK holds the smaller ones."),
    ] = "RINGS",
    outline: Annotated[
        Literal["CONCAVE_HULL", "BUFFER"],
        Param("Outline", description="A hull around the lines within reach, or only"
              " what lies within the buffer distance of them."),
    ] = "CONCAVE_HULL",
    buffer_distance: Annotated[
        LinearUnit, Param("Buffer distance")
    ] = net.FIFTY_METRES,
    travel_direction: Annotated[
        Literal["FROM_FACILITY", "TO_FACILITY"], Param("Direction of travel")
    ] = "FROM_FACILITY",
    cost_field: net.CostField = None,
    speed_field: net.SpeedField = None,
    speed: net.Speed = None,
    one_way_field: net.OneWay = None,
    connectivity: net.Connectivity = "END_POINT",
    snap_tolerance: net.Snap = net.ONE_METRE,
    search_tolerance: net.Reach = net.FIVE_KILOMETRES,
    context: Context | None = None,
) -> ServiceAreas:  # fmt: skip
    """Find what lies within a cost of facilities along lines; isochrones, in minutes.

    Service_Area_Lines are the parts of lines that the largest break reaches, cut
    where that much is spent, with FacilityID and LineID (object ids, or row numbers
    from 1): right to 1 m on streets, to 0.1 % of the way from one vertex to the next
    where that is hundreds of kilometres. Service_Areas are drawn from such parts for
    each break, with FacilityID, FromBreak and ToBreak: a drawing, for between lines
    nothing is known. CONCAVE_HULL is the hull (GEOS, length ratio 0.2, no holes) of
    these lines, grown by the buffer distance; BUFFER all ground within the buffer
    distance of these lines. Both are made in a plane around the facility in which
    distances from it are true.

    With a speed breaks are minutes and the areas isochrones. Areas of several
    facilities may overlap. Costs, places on the network and lines: see Shortest
    Path.
    """
    from services.network.located import graph_of
    from services.network.reach import Drawing

    breaks = breaks_of(break_values, len(facilities), buffer_distance)
    streets = net.streets_of(
        network, cost_field, speed_field, speed, one_way_field, connectivity,
        snap_tolerance, context,
    )  # fmt: skip
    places = net.located("Facilities", facilities, streets, search_tolerance, context)
    drawing = Drawing(
        breaks, buffer_distance.metres, outline, polygon_type == "RINGS",
        travel_direction == "TO_FACILITY",
    )  # fmt: skip
    areas_told = net.teller(context, "Drawing what is in reach", 0.0, 0.8)
    lines_told = net.teller(context, "Finding lines in reach", 0.8, 1.0)
    graph, rows = graph_of(streets, places), np.flatnonzero(places.found)
    return ServiceAreas(
        areas_around(graph, places, facilities, drawing, areas_told),
        lines_within(graph, rows, facilities, drawing, network, lines_told),
    )
