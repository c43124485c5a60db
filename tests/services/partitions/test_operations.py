"""Work in parts gives the answer of the whole: rows, order and coordinates."""

from __future__ import annotations

import os
import signal
from functools import partial

import numpy as np
import pytest
import shapely

from services.data import cities, countries
from services.errors import Crashed
from services.geometry import ground, overlay, parts
from services.geometry.crs import WGS84
from services.geometry.features import FeatureSet
from services.partitions import mapping, operations
from services.partitions.strips import read_strip, strips, write_strip
from services.tools.rasterfeatures import zonal_statistics_as_table
from tests.services.tools.recorder import Recorder


@pytest.fixture(autouse=True)
def in_parts(monkeypatch):
    """Cut everything into strips, for two processes."""
    monkeypatch.setenv("CAIRN_PARTITION_FEATURES", "1")
    monkeypatch.setenv("CAIRN_PARTITION_PROCESSES", "2")


@pytest.fixture(scope="module")
def areas():
    """The countries, a missing geometry among them, and 1,500 squares over them."""
    rng = np.random.default_rng(7)
    x, y = rng.uniform(-179, 178, 1500), rng.uniform(-80, 80, 1500)
    size = rng.uniform(0.1, 4, 1500)
    land = np.append(countries().geometries, [None])
    return land, shapely.box(x, y, x + size, y + size)


def same(one, other) -> bool:
    """Tell if two arrays hold the same bytes."""
    return list(shapely.to_wkb(one)) == list(shapely.to_wkb(other))


def same_pieces(one, other) -> bool:
    rows = (one.first == other.first).all() and (one.second == other.second).all()
    return rows and same(one.geometries, other.geometries)


def test_buffers_of_points_start_no_process(monkeypatch):
    monkeypatch.setattr(mapping, "executor", None)
    shapes = np.concatenate([cities().geometries, [None, shapely.Point()]])
    made = operations.ground_buffer(shapes, WGS84, 900.0)
    assert same(made, ground.ground_buffer(shapes, WGS84, 900.0))


def test_buffers_of_areas_agree_to_rounding(areas):
    for shapes, metres, tolerance in (
        (areas[1], 1000.0, 1e-6),
        (areas[0][::9], 9000.0, 1e-4),
    ):
        made = shapely.area(operations.ground_buffer(shapes, WGS84, metres))
        whole = shapely.area(ground.ground_buffer(shapes, WGS84, metres))
        assert made == pytest.approx(whole, rel=tolerance, nan_ok=True)


@pytest.mark.parametrize("name", ["clip", "erase"])
def test_what_is_cut_is_the_same(areas, name):
    land, squares = areas
    for first, second in ((squares, land), (land, squares)):
        made = getattr(operations, name)(first, second)
        assert same(made, getattr(overlay, name)(first, second))


@pytest.mark.parametrize("name", ["intersection", "union"])
def test_pieces_are_the_same_in_the_same_order(areas, name):
    land, squares = areas
    for first, second in ((squares, land), (land, squares)):
        made = getattr(operations, name)(first, second)
        assert same_pieces(made, getattr(overlay, name)(first, second))


@pytest.mark.parametrize("predicate", sorted(overlay.PREDICATES))
def test_pairs_are_the_same(areas, predicate):
    land, squares = areas
    expected = overlay.pairs(squares, land, predicate)
    found = operations.pairs(squares, land, predicate)
    assert all((a == b).all() for a, b in zip(found, expected, strict=True))


def test_groups_are_united_the_same_to_the_last_bit(areas):
    _, squares = areas
    groups = np.random.default_rng(3).permutation(np.arange(1500) % 400)
    made = operations.union_by_group(squares, groups, 401)
    assert same(made, parts.union_by_group(squares, groups, 401))
    assert made[400] is None


def test_a_group_larger_than_a_strip_covers_the_same(areas):
    _, squares = areas
    groups = np.where(np.arange(1500) % 3 == 0, 1, 0)
    made = operations.union_by_group(squares, groups, 2)
    whole = parts.union_by_group(squares, groups, 2)
    assert shapely.equals(shapely.normalize(made), shapely.normalize(whole)).all()
    assert shapely.area(made) == pytest.approx(shapely.area(whole), rel=1e-14)


def _size(shapes, factor):
    return {
        "area": shapely.area(shapes) * factor,
        "points": shapely.get_num_coordinates(shapes),
    }


def test_numbers_of_each_come_in_order(areas):
    _, squares = areas
    found = operations.numbers(partial(_size, factor=2), squares)
    assert (found["area"] == 2 * shapely.area(squares)).all()
    assert (found["points"] == 5).all()


def test_zones_have_the_same_statistics_to_the_last_bit(monkeypatch, tmp_path):
    rng = np.random.default_rng(11)
    x, y = rng.uniform(-84.5, -84.1, 300), rng.uniform(36.1, 36.4, 300)
    size = rng.uniform(0.001, 0.05, 300)
    shapes = [*shapely.box(x, y, x + size, y + size), None]
    zones = FeatureSet.of(shapes, geometry_type="esriGeometryPolygon")
    context = Recorder(tmp_path)
    made = zonal_statistics_as_table(zones, context=context)
    assert context.steps
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setenv("CAIRN_PARTITION_FEATURES", "0")
    assert made == zonal_statistics_as_table(zones)
    assert 0 < (made.numbers("COUNT") == 0).sum() < 100


def test_strips_hold_each_row_once_and_are_about_equally_heavy(areas):
    _, squares = areas
    found = strips(squares, 8)
    assert len(found) == 8
    assert sorted(np.concatenate(found)) == list(range(1500))
    assert {len(rows) for rows in found} == {187, 188}
    assert strips(squares[:0], 8) == []


def test_a_file_of_a_strip_keeps_z_m_and_what_is_missing(tmp_path):
    shapes = np.array(
        [
            shapely.from_wkt("POINT ZM (1 2 3 4)"),
            None,
            shapely.from_wkt("POINT Z EMPTY"),
        ]
    )
    write_strip(tmp_path / "one", shapes, {"row": np.array([3, 1, 2])})
    back, columns = read_strip(tmp_path / "one")
    assert back[1] is None
    assert shapely.to_wkt(back[0]) == "POINT ZM (1 2 3 4)"
    assert shapely.is_empty(back[2])
    assert columns["row"].tolist() == [3, 1, 2]
    assert [one.name for one in tmp_path.iterdir()] == ["one"]


def test_small_work_starts_no_process(areas, monkeypatch):
    monkeypatch.setenv("CAIRN_PARTITION_FEATURES", "100000")
    monkeypatch.setattr(mapping, "executor", None)
    land, squares = areas
    operations.clip(squares, land)


def _die(*_):
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_process_that_is_killed_ends_the_run_with_a_reason(areas, monkeypatch):
    monkeypatch.setattr(overlay, "clip", _die)
    land, squares = areas
    with pytest.raises(Crashed, match="ended unexpectedly"):
        operations.clip(squares, land)


def _use_up(*_):
    return np.ones(2**40)


def test_memory_that_is_not_there_is_told_as_in_a_run_alone(areas, monkeypatch):
    monkeypatch.setattr(overlay, "clip", _use_up)
    land, squares = areas
    with pytest.raises(MemoryError):
        operations.clip(squares, land)
