"""Fill, directions, accumulation and watersheds: SAGA, GRASS, NetworkX."""

from __future__ import annotations

import networkx
import numpy as np
import pytest
import shapely

from services.data import elevation
from services.errors import ToolFailed
from services.geometry.features import FeatureSet
from services.geometry.units import LinearUnit
from services.tools.hydrology import (
    fill,
    flow_accumulation,
    flow_direction,
    watershed,
)
from tests.services.tools.rasters import LOCAL, grid, hills
from tests.services.tools.recorder import Recorder

NAN = np.nan
STEPS = {1: (0, 1), 2: (1, 1), 4: (1, 0), 8: (1, -1), 16: (0, -1), 32: (-1, -1),
         64: (-1, 0), 128: (-1, 1)}  # fmt: skip


def dome():
    """A dome with spurs and without sinks, so that all water runs to the edge."""
    r, c = np.mgrid[:100, :120].astype(float)
    bend = np.sin(c / 7 + r / 23) * 6 + np.sin(r / 5 - c / 11) * 3
    return 2000 - 0.05 * (r - 49.3) ** 2 - 0.04 * (c - 60.7) ** 2 + bend


def points(*xy):
    return FeatureSet.of([shapely.Point(one) for one in xy], spatial_reference=LOCAL)


def graph_of(codes):
    """The directions as a graph of NetworkX, an edge from each cell to the next."""
    made = networkx.DiGraph()
    made.add_nodes_from(np.ndindex(codes.shape))
    for (row, column), code in np.ndenumerate(codes):
        south, east = STEPS.get(int(code), (0, 0))
        there = row + south, column + east
        if code and there in made:
            made.add_edge((row, column), there)
    return made


def test_sinks_are_filled_as_by_saga():
    # saga_cmd ta_preprocessor 4 -ELEV dem.sgrd -FILLED out.sgrd -MINSLOPE 0 (SAGA 8.5,
    # Wang and Liu 2006): 6373 cells rise, by 34124 m together, by 32 m at most; the
    # largest difference of all cells from ours is 0
    said = Recorder()
    made = fill(hills(), context=said).values[0].astype(float)
    rise = made - elevation().values
    assert (rise > 0).sum() == 6373
    assert rise.sum() == 34124
    assert (rise.min(), rise.max()) == (0, 32)
    assert said.messages == ["6,373 of 138,632 cells were filled"]


def test_a_sink_fills_to_its_lowest_pass_and_water_leaves_at_empty_cells():
    values = np.full((5, 5), 9.0)
    values[2, 2], values[2, 3], values[2, 4] = 1, 6, 5
    assert fill(grid(values)).values[0, 2].tolist() == [9, 9, 6, 6, 5]
    assert fill(grid(values), 4.0).values[0, 2, 2] == 1
    values[1, 2] = NAN
    assert fill(grid(values)).values[0, 2, 2] == 1
    assert not fill(grid(np.full((2, 2), NAN))).valid.any()


def test_filling_twice_changes_nothing():
    once = fill(hills())
    assert np.array_equal(fill(once).values, once.values)
    assert not (flow_direction(once).values == 0).any()


def test_water_falls_where_it_is_steepest_on_the_ground():
    values = np.array([[9.0, 9, 9], [9, 5, 4], [9, 9, 3.5]])
    # 1 m in 1 m to the east against 1.5 m in 1.41 m to the south-east
    assert flow_direction(grid(values)).values[0, 1, 1] == 2
    tall = grid(np.kron(values, np.ones((1, 1))), cell=1.0)
    wide = type(tall)(tall.values, type(tall.extent)(0, -3, 6, 0, LOCAL), NAN)
    # cells twice as wide as high: 1 in 2 against 1.5 in 2.24
    assert flow_direction(wide).values[0, 1, 1] == 2
    wider = type(tall)(tall.values, type(tall.extent)(0, -9, 3, 0, LOCAL), NAN)
    # three times as high as wide: 1 in 1 against 1.5 in 3.16
    assert flow_direction(wider).values[0, 1, 1] == 1


def test_level_ground_drains_to_its_outlet_and_sinks_are_told():
    values = np.full((5, 5), 9.0)
    values[2, 1:4], values[2, 4] = 5, 1
    codes = flow_direction(grid(values)).values[0]
    assert codes[2].tolist()[1:] == [1, 1, 1, 1]
    said = Recorder()
    values[2] = [9, 5, 5, 5, 9]
    sunk = flow_direction(grid(values), said)
    assert (sunk.values == 0).sum() == 3
    assert "3 cells are sinks" in said.warnings[0]
    values[0, 0] = NAN
    assert not flow_direction(grid(values)).valid[0, 0, 0]


def test_accumulation_inside_of_a_dome_is_that_of_saga_and_grass():
    # saga_cmd ta_hydrology 0 -ELEVATION dem.sgrd -METHOD 0 -FLOW_UNIT 0 (SAGA 8.5) and
    # r.watershed -s (GRASS 8.2) on these heights; both count the cell itself, and let
    # edges drain outward, so cells inside are compared
    made = flow_accumulation(flow_direction(grid(dome(), cell=10.0)))
    inner = made.values[0, 1:-1, 1:-1] + 1
    assert inner.max() == 197
    assert inner.sum() == 212189


def test_accumulation_of_the_sample_is_nearly_that_of_grass():
    # r.watershed -s elevation=dem (GRASS 8.2): 43466 cells at most; it takes other ways
    # over level ground and along the edge
    made = flow_accumulation(flow_direction(fill(hills())))
    assert made.values.max() == pytest.approx(43466, rel=0.01)


def test_accumulation_is_the_number_of_ancestors_and_watersheds_hold_them():
    codes = flow_direction(fill(grid(dome()[:30, :40])))
    graph = graph_of(codes.values[0])
    made = flow_accumulation(codes).values[0]
    rng = np.random.default_rng(5)
    for row, column in rng.integers(0, (30, 40), (40, 2)).tolist():
        above = networkx.ancestors(graph, (row, column))
        assert made[row, column] == len(above)
    row, column = np.unravel_index(made.argmax(), made.shape)
    land = watershed(points((column + 0.5, -row - 0.5)), codes)
    above = networkx.ancestors(graph, (int(row), int(column)))
    assert land.column("cells").to_pylist() == [len(above) + 1]
    assert shapely.area(land.geometries)[0] == pytest.approx(len(above) + 1)


def test_weights_are_summed_and_must_lie_on_the_cells():
    codes = grid(np.array([[1, 1, 1]], dtype=np.uint8), nodata=255)
    weights = grid([[2.0, NAN, 9.0]])
    assert flow_accumulation(codes, weights).values[0, 0].tolist() == [0, 2, 2]
    with pytest.raises(ToolFailed, match="Input_Weight_Raster"):
        flow_accumulation(codes, grid([[1.0, 2.0]]))


def test_directions_that_are_none_are_told():
    for codes, told in (
        ([[1, 16]], "run in a circle"),
        ([[3, 1]], "expected the codes"),
    ):
        bad = grid(np.array(codes, dtype=np.uint8), nodata=255)
        with pytest.raises(ToolFailed, match=f"Input_Flow_Direction_Raster: .*{told}"):
            flow_accumulation(bad)


def test_points_snap_to_the_most_water_and_share_the_ground():
    codes = grid(np.array([[1, 1, 1, 1], [64, 64, 64, 64]], dtype=np.uint8), nodata=255)
    said = Recorder()
    upper, lower, away = (1.5, -0.5), (2.5, -1.5), (99, 99)
    made = watershed(points(upper, lower, away), codes, LinearUnit(1.1), said)
    # the first moves to column 2 of the stream, the second up to it: the first has it
    assert made.column("pour_id").to_pylist() == [1]
    assert made.column("cells").to_pylist() == [6]
    assert "2 points have no watershed" in said.warnings[0]
    kept = watershed(points(upper, (3.5, -0.5)), codes)
    assert kept.column("cells").to_pylist() == [4, 4]
    assert shapely.area(shapely.union_all(kept.geometries)) == 8


def test_rasters_that_are_too_large_are_refused_by_name():
    large = grid(np.zeros((1500, 1500), dtype=np.float32))
    with pytest.raises(ToolFailed, match="Input_Raster: expected at most 2,000,000"):
        fill(large)
    with pytest.raises(ToolFailed, match="Snap_Distance"):
        watershed(points((0, 0)), None, LinearUnit(-1))


def test_without_rasters_the_sample_is_taken():
    said = Recorder()
    made = watershed(points((0, 0)), snap_distance=LinearUnit(500), context=said)
    assert len(made) == 1
    assert any("sample heights" in one for one in said.warnings)


def test_water_tells_how_far_it_is():
    said = Recorder()
    codes = flow_direction(grid(dome()), said)
    assert said.steps[-1] >= 50
    for run in (
        lambda heard: flow_accumulation(codes, context=heard),
        lambda heard: watershed(points((5, -5)), codes, context=heard),
    ):
        said = Recorder()
        run(said)
        assert said.steps == sorted(said.steps)
        assert said.steps[-1] > 50


def test_many_points_do_not_all_look_at_the_whole_raster():
    codes = grid(np.ones((300, 400), dtype=np.uint8), nodata=0)
    many = points(*[(200, -150)] * 10_000)
    with pytest.raises(ToolFailed, match="Snap_Distance"):
        watershed(many, codes, LinearUnit(1e300))
    [one] = watershed(points((200, -150)), codes, LinearUnit(1e300)).geometries
    assert one.area == pytest.approx(400)
