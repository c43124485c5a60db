"""Ways along lines against networkx, with lengths by pyproj.Geod."""

from __future__ import annotations

import itertools

import networkx
import numpy as np
import pyproj
import pytest
import shapely

from services.data import cities
from services.errors import ToolFailed
from services.geometry.crs import WEB_MERCATOR
from services.geometry.features import FeatureSet
from services.geometry.units import LinearUnit
from services.registry import installed
from services.tools.network import (
    closest_facility,
    origin_destination_cost_matrix,
    service_area,
    shortest_path,
)
from tests.services.tools.recorder import Recorder

GEOD = pyproj.Geod(ellps="WGS84")


def kilometres(line) -> float:
    """Along a line as drawn in degrees, by Geod."""
    return GEOD.geometry_length(shapely.segmentize(line, 0.05)) / 1000


@pytest.fixture(scope="module")
def roads() -> FeatureSet:
    """Straight roads between the cities of China, some of them one-way."""
    rows = [one == "China" for one in cities().column("country").to_pylist()]
    places = shapely.multipoints(cities().geometries[np.array(rows)])
    net = shapely.delaunay_triangles(places, only_edges=True)
    lines = shapely.get_parts(net)
    rng = np.random.default_rng(7)
    ways = rng.choice(["both", "FT", "TF", "N"], len(lines), p=[0.7, 0.13, 0.13, 0.04])
    speeds = rng.choice([40.0, 80.0, 120.0], len(lines))
    tolls = rng.integers(0, 9, len(lines)).astype(float)
    return FeatureSet.of(lines, {"way": ways.tolist(), "kph": speeds, "toll": tolls})


@pytest.fixture(scope="module")
def graph(roads) -> networkx.DiGraph:
    """The same roads in networkx, nodes at coordinates."""
    made = networkx.DiGraph()
    for line, way, kph, toll in zip(
        roads.geometries, *(roads.column(one).to_pylist() for one in ("way", "kph", "toll")),
        strict=True,
    ):  # fmt: skip
        start, end = line.coords[0], line.coords[-1]
        km = kilometres(line)
        costs = {"km": km, "minutes": km / kph * 60, "toll": toll}
        if way in ("both", "FT"):
            made.add_edge(start, end, **costs)
        if way in ("both", "TF"):
            made.add_edge(end, start, **costs)
    return made


def points(*xy, **columns) -> FeatureSet:
    return FeatureSet.of(shapely.points(np.array(xy, dtype=float)), columns)


def shortest_of(graph, nodes, weight) -> float:
    return sum(
        networkx.dijkstra_path_length(graph, one, other, weight=weight)
        for one, other in itertools.pairwise(nodes)
    )


@pytest.mark.parametrize(
    ("weight", "costs"),
    [("km", {}), ("minutes", {"speed_field": "kph"}), ("toll", {"cost_field": "toll"})],
    ids=["length", "speed", "cost"],
)
def test_routes_cost_what_networkx_finds(roads, graph, weight, costs):
    nodes = sorted(graph.nodes)[::9]
    made = shortest_path(roads, points(*nodes), one_way_field="way", **costs)
    expected = shortest_of(graph, nodes, weight)
    assert made.numbers("Total_Cost")[0] == pytest.approx(expected, rel=1e-6)
    assert made.numbers("StopCount")[0] == len(nodes)
    [line] = made.geometries
    assert made.numbers("Total_Length")[0] == pytest.approx(kilometres(line), rel=1e-5)
    assert line.coords[0] == pytest.approx(nodes[0], abs=1e-9)
    assert line.coords[-1] == pytest.approx(nodes[-1], abs=1e-9)
    steps = [graph.edges[pair] for pair in itertools.pairwise(
        [tuple(np.round(one, 9)) for one in line.coords]
    ) if pair in graph.edges]  # fmt: skip
    assert len(steps) >= len(nodes) - 1


def test_the_matrix_is_that_of_networkx(roads, graph):
    nodes = sorted(graph.nodes)
    starts, ends = nodes[::7], nodes[3::11]
    made = origin_destination_cost_matrix(
        roads, points(*starts), points(*ends), one_way_field="way"
    )
    found = np.full((len(starts), len(ends)), np.inf)
    i, j = (made.numbers(one).astype(int) - 1 for one in ("OriginID", "DestinationID"))
    found[i, j] = made.numbers("Total_Cost")
    lengths = [
        networkx.single_source_dijkstra_path_length(graph, one, weight="km")
        for one in starts
    ]
    expected = [[one.get(end, np.inf) for end in ends] for one in lengths]
    assert found == pytest.approx(np.array(expected), rel=1e-6)
    assert kilometres(made.geometries[0]) <= made.numbers("Total_Cost")[0] * 1.001


@pytest.mark.parametrize("direction", ["TO_FACILITY", "FROM_FACILITY"])
def test_the_closest_facilities_are_those_of_networkx(roads, graph, direction):
    nodes = sorted(graph.nodes)
    incidents, facilities = nodes[1::8], nodes[::6]
    made = closest_facility(
        roads, points(*incidents), points(*facilities), 2, direction,
        one_way_field="way", speed=60.0,
    )  # fmt: skip
    side = graph if direction == "TO_FACILITY" else graph.reverse()
    rows = iter(made.attributes.to_pylist())
    for number, incident in enumerate(incidents):
        lengths = networkx.single_source_dijkstra_path_length(
            side, incident, weight="km"
        )
        for rank, cost in enumerate(
            sorted(lengths.get(one, np.inf) for one in facilities)[:2], 1
        ):
            row = next(rows)
            assert (row["IncidentID"], row["FacilityRank"]) == (number + 1, rank)
            assert row["Total_Cost"] == pytest.approx(cost, rel=1e-6)  # 60 km/h
            assert row["Total_Length"] == pytest.approx(cost, rel=1e-6)
            ends = (incident, facilities[row["FacilityID"] - 1])
            first, last = ends if direction == "TO_FACILITY" else ends[::-1]
            line = made.geometries[2 * number + rank - 1]
            if cost:
                assert line.coords[0] == pytest.approx(first, abs=1e-9)
                assert line.coords[-1] == pytest.approx(last, abs=1e-9)


@pytest.mark.parametrize("direction", ["FROM_FACILITY", "TO_FACILITY"])
def test_lines_in_reach_are_as_long_as_networkx_says(roads, graph, direction):
    start, limit = sorted(graph.nodes)[20], 600.0
    made = service_area(
        roads, points(start), [300.0, limit], travel_direction=direction,
        one_way_field="way", buffer_distance=LinearUnit(5, "esriKilometers"),
    )  # fmt: skip
    side = graph if direction == "FROM_FACILITY" else graph.reverse()
    spent = networkx.single_source_dijkstra_path_length(side, start, weight="km")
    left = lambda node: max(limit - spent.get(node, np.inf), 0.0)
    expected = 0.0
    for one, other in {tuple(sorted(edge)) for edge in side.edges}:
        both = [left(a) for a, b in ((one, other), (other, one)) if side.has_edge(a, b)]
        km = (side.get_edge_data(one, other) or side.get_edge_data(other, one))["km"]
        expected += min(km, sum(min(each, km) for each in both))
    found = sum(map(kilometres, made.service_area_lines.geometries))
    # roads of hundreds of km between vertices are cut by share of degrees
    assert found == pytest.approx(expected, rel=5e-4)
    assert made.service_areas.numbers("FromBreak").tolist() == [0.0, 300.0]
    assert made.service_areas.numbers("ToBreak").tolist() == [300.0, 600.0]


def street_grid(blocks=20, step=0.002, lon=24.9, lat=0.0) -> FeatureSet:
    """Streets at the equator, where a degree is nearly as long either way."""
    marks = np.arange(blocks + 1) * step
    x, y = np.meshgrid(lon + marks, lat + marks)
    at = np.stack([x, y], axis=-1)
    across = np.stack([at[:, :-1], at[:, 1:]], axis=2).reshape(-1, 2, 2)
    along = np.stack([at[:-1], at[1:]], axis=1).swapaxes(1, 2).reshape(-1, 2, 2)
    return FeatureSet.of(shapely.linestrings(np.concatenate([across, along])))


@pytest.mark.parametrize("outline", ["CONCAVE_HULL", "BUFFER"])
def test_what_is_reached_in_a_grid_is_a_diamond(outline):
    # by the taxicab: corners a limit away, so an area of twice its square
    made = service_area(
        street_grid(), points((24.92, 0.02)), [1.5], outline=outline,
        buffer_distance=LinearUnit(10 if outline == "CONCAVE_HULL" else 115),
    )  # fmt: skip
    [area] = made.service_areas.geometries
    square = abs(GEOD.geometry_area_perimeter(area)[0]) / 1e6
    low, high = (4.0, 4.7) if outline == "CONCAVE_HULL" else (4.5, 5.5)
    assert low < square < high
    grown = shapely.buffer(area, 1e-6)
    assert shapely.covers(grown, made.service_area_lines.geometries).all()


def test_points_join_anywhere_along_lines_even_on_the_same_one():
    line = FeatureSet.of([shapely.LineString([(24.0, 60.0), (24.1, 60.0)])])
    made = shortest_path(line, points((24.02, 60.0001), (24.07, 59.9999)))
    expected = GEOD.inv(24.02, 60.0, 24.07, 60.0)[2] / 1000
    assert made.numbers("Total_Cost")[0] == pytest.approx(expected, rel=1e-6)
    assert list(made.geometries[0].coords) == [
        pytest.approx((24.02, 60.0), abs=1e-6), pytest.approx((24.07, 60.0), abs=1e-6),
    ]  # fmt: skip


def test_a_route_cannot_go_against_a_one_way_street():
    line = FeatureSet.of([shapely.LineString([(24.0, 60.0), (24.1, 60.0)])], {"w": [1]})
    stops = points((24.07, 60.0), (24.02, 60.0))
    with pytest.raises(ToolFailed, match="no way leads"):
        shortest_path(line, stops, one_way_field="w")
    assert (
        len(shortest_path(line, stops.take(np.array([1, 0])), one_way_field="w")) == 1
    )


def test_routes_are_told_apart_by_a_field_and_lost_ones_left_out():
    told = Recorder()
    stops = points(
        (24.91, 0.01), (24.92, 0.01), (24.91, 0.02), (24.93, 0.03), (30, 30),
        tour=["a", "b", "a", "b", "c"],
    )  # fmt: skip
    made = shortest_path(street_grid(), stops, "tour", context=told)
    assert made.column("tour").to_pylist() == ["a", "b"]
    whole = [GEOD.inv(24.91, 0.01, 24.91, 0.02)[2], 2 * 1105.7 + 1113.2]
    assert made.numbers("Total_Cost") * 1000 == pytest.approx(whole, rel=1e-3)
    assert told.warnings == [
        "Stops: 1 point has no place within 5000 m on the network and took no part",
        "1 route was left out: too few stops, or no way between",
    ]


def test_the_antimeridian_and_the_spatial_reference_change_no_cost():
    stops = [(24.903, 0.0112), (24.9371, 0.0305)]
    home = shortest_path(street_grid(), points(*stops)).numbers("Total_Cost")[0]
    moved = street_grid(lon=179.98)
    wrapped = moved.with_geometries(
        shapely.transform(
            moved.geometries, lambda xy: np.where(xy > 180.0 + 1e-9, xy - 360.0, xy)
        )
    )
    # no street crosses 180 degrees, but two meet there, written either way
    turned = np.array(stops) + [155.08, 0.0]  # noqa: RUF005
    turned[:, 0] -= 360.0 * (turned[:, 0] > 180.0)
    away = shortest_path(wrapped, points(*turned)).numbers("Total_Cost")[0]
    assert away == pytest.approx(home, rel=1e-9)
    flat = shortest_path(street_grid().project(WEB_MERCATOR), points(*stops))
    assert flat.numbers("Total_Cost")[0] == pytest.approx(home, rel=1e-6)


def test_lines_meet_at_ends_or_at_all_vertices():
    cross = FeatureSet.of(shapely.linestrings(
        [[[0, 0], [0.01, 0], [0.02, 0]], [[0.01, -0.01], [0.01, 0], [0.01, 0.01]]]
    ))  # fmt: skip
    stops = points((0, 0), (0.01, 0.01))
    with pytest.raises(ToolFailed, match="no way leads"):
        shortest_path(cross, stops)
    made = shortest_path(cross, stops, connectivity="ANY_VERTEX")
    assert made.numbers("Total_Cost")[0] == pytest.approx(1.1132 + 1.1057, rel=1e-4)


def test_ends_are_snapped_within_the_tolerance():
    gap = FeatureSet.of(shapely.linestrings(
        [[[0, 0], [0.01, 0]], [[0.01001, 0], [0.02, 0]]]
    ))  # fmt: skip
    stops = points((0, 0), (0.02, 0))
    with pytest.raises(ToolFailed, match="no way leads"):
        shortest_path(gap, stops)  # 1.1 m apart
    assert len(shortest_path(gap, stops, snap_tolerance=LinearUnit(2))) == 1


def test_costs_do_not_depend_on_the_order_of_lines(roads):
    nodes = [tuple(one.coords[0]) for one in roads.geometries[::17]]
    mixed = roads.take(np.random.default_rng(1).permutation(len(roads)))
    one, other = (
        origin_destination_cost_matrix(each, points(*nodes), points(*nodes))
        for each in (roads, mixed)
    )
    assert one.numbers("Total_Cost") == pytest.approx(other.numbers("Total_Cost"))


def test_what_cannot_be_routed_is_said(roads):
    stops = points((116.4, 39.9), (121.5, 31.2))
    with pytest.raises(ToolFailed, match="exclude each other"):
        shortest_path(roads, stops, cost_field="toll", speed=50)
    with pytest.raises(ToolFailed, match="Network has no open line"):
        shortest_path(roads.take(np.arange(0)), stops)
    with pytest.raises(ToolFailed, match="at least two points"):
        shortest_path(roads, stops.take(np.arange(1)))
    with pytest.raises(ToolFailed, match="Facilities: no point is within"):
        service_area(roads, points((0, 0)), [1])
    for breaks in ([], [0.0], [-1.0, 5.0]):
        with pytest.raises(ToolFailed, match="Break_Values"):
            service_area(roads, stops, breaks)
    with pytest.raises(ToolFailed, match="Buffer_Distance"):
        service_area(roads, stops, [1], buffer_distance=LinearUnit(0))


def test_lines_without_geometry_or_cost_are_no_part_of_the_network():
    told = Recorder()
    lines = FeatureSet.of(
        [None, shapely.LineString([(0, 0), (0.01, 0)]), shapely.LineString([(0, 0), (0, 0)]),
         shapely.LineString([(0.01, 0), (0.02, 0)])],
        {"kph": [50.0, 60.0, 60.0, None]},
    )  # fmt: skip
    stops = points((0, 0), (0.009, 0), (0.019, 0))
    made = shortest_path(lines, stops, speed_field="kph", context=told)
    # the last stop is nearest to the end of the open line
    assert made.numbers("Total_Cost")[0] == pytest.approx(1.1132, rel=1e-4)
    assert told.warnings == ["Network: 1 line is closed: by one-way field or no value"]


def test_beyond_the_cutoff_there_is_no_way_and_it_is_said():
    told = Recorder()
    near = points((24.9, 0.0), (24.94, 0.04))
    far = points((24.9005, 0.0))
    for tool in (closest_facility, origin_destination_cost_matrix):
        assert len(tool(street_grid(), near, far, cutoff=0.1)) == 1
        assert len(tool(street_grid(), near, far, cutoff=0.01, context=told)) == 0
    assert told.warnings[0] == "Incidents: 2 points have no way to any of Facilities"
    assert told.warnings[1] == "Origins: 2 points have no way to any of Destinations"


def costs_by(made: FeatureSet, *names: str) -> dict[tuple[float, ...], float]:
    keys = np.column_stack([made.numbers(name) for name in names]).tolist()
    return dict(zip(map(tuple, keys), made.numbers("Total_Cost"), strict=True))


def test_more_origins_than_destinations_cost_the_same(roads):
    # the search then starts from the other side
    nodes = sorted(tuple(one.coords[0]) for one in roads.geometries)
    many, few = points(*nodes[::5]), points(*nodes[2::60])
    one = origin_destination_cost_matrix(roads, many, few, one_way_field="way")
    backwards = closest_facility(
        roads, few, many, len(many), "FROM_FACILITY", one_way_field="way"
    )
    there = costs_by(one, "OriginID", "DestinationID")
    back = costs_by(backwards, "FacilityID", "IncidentID")
    assert there == pytest.approx(back)
    lengths = [
        kilometres(line) if line.length else 0.0 for line in backwards.geometries
    ]
    assert lengths == pytest.approx(backwards.numbers("Total_Length"), rel=1e-5)


@pytest.mark.parametrize("metres", [1, 5])
def test_a_hull_of_close_vertices_is_drawn(metres):
    tool = installed("network.ServiceArea")  # its form as it stands, but for one
    values = {one.name: one.parse(one.example)
              for one in tool.schema.inputs if one.required}  # fmt: skip
    values["Buffer_Distance"] = LinearUnit(metres)
    areas = tool.run(values, Recorder())["Service_Areas"]
    assert shapely.is_valid(areas.geometries).all()
    assert len(areas) == 2


def test_a_tolerance_that_joins_all_ends_is_refused():
    lines = shapely.linestrings(np.random.default_rng(5).random((3000, 2, 2)))
    with pytest.raises(ToolFailed, match="Snap_Tolerance"):
        shortest_path(FeatureSet.of(lines), points((0.1, 0.1), (0.9, 0.9)),
                      snap_tolerance=LinearUnit(1e7))  # fmt: skip
