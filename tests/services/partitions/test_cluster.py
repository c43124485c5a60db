"""A Dask cluster of two processes gives the same answer, and survives a lost worker."""

from __future__ import annotations

import os
import signal
import time

import distributed
import numpy as np
import pytest
import shapely

from services.errors import ToolFailed
from services.geometry import overlay, parts
from services.partitions import operations


class Scratch:
    """A context with a folder that all workers see; calls back when a strip is done."""

    def __init__(self, folder, called=lambda: None) -> None:
        self.scratch = folder
        self.called = called

    def progress(self, percent: float, text: str = "") -> None:
        self.called()


@pytest.fixture
def cluster(monkeypatch):
    """Start clusters of two worker processes: ``cluster(memory_limit)``."""
    started = []

    def start(memory: str):
        made = distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            memory_limit=memory,
            dashboard_address=None,
        )
        started.append(made)
        monkeypatch.setenv("CAIRN_DASK_SCHEDULER", made.scheduler_address)
        return made

    monkeypatch.setenv("CAIRN_PARTITION_FEATURES", "1")
    yield start
    for one in started:
        one.close()


def workers(cluster) -> list[int]:
    return [one.process.pid for one in cluster.workers.values() if one.process]


def squares(count: int, vertices: int = 5):
    rng = np.random.default_rng(11)
    x, y = rng.uniform(0, 100, count), rng.uniform(0, 100, count)
    size = rng.uniform(0.05, 0.2, count)
    boxes = shapely.box(x, y, x + size, y + size)
    return boxes if vertices == 5 else shapely.segmentize(boxes, 4 * size / vertices)


def fields(side: int):
    x, y = np.meshgrid(np.arange(0, 100, side), np.arange(0, 100, side))
    return shapely.box(x.ravel(), y.ravel(), x.ravel() + side, y.ravel() + side)


def same(one, other) -> bool:
    rows = (one.first == other.first).all() and (one.second == other.second).all()
    return rows and bool(
        shapely.equals_exact(one.geometries, other.geometries, 0).all()
    )


def test_a_cluster_gives_the_same_answer_while_a_worker_is_killed(cluster, tmp_path):
    made = cluster("1GB")
    first, second = squares(20_000), fields(5)
    killed = []

    def kill_once() -> None:
        if not killed:
            killed.append(workers(made)[0])
            os.kill(killed[0], signal.SIGKILL)

    found = operations.intersection(first, second, Scratch(tmp_path, kill_once))
    assert same(found, overlay.intersection(first, second))
    assert killed
    groups = np.arange(20_000) % 300
    united = operations.union_by_group(first, groups, 300, Scratch(tmp_path))
    whole = parts.union_by_group(first, groups, 300)
    assert shapely.equals_exact(united, whole, 0).all()
    assert list(tmp_path.iterdir()) == []


def test_a_scheduler_that_is_not_there_is_told(cluster, monkeypatch, tmp_path):
    monkeypatch.setattr("services.partitions.executors._CONNECT_SECONDS", 1)
    monkeypatch.setenv("CAIRN_DASK_SCHEDULER", "tcp://127.0.0.1:9")
    with pytest.raises(ToolFailed, match="the Dask scheduler does not answer"):
        operations.clip(squares(20), fields(5), Scratch(tmp_path))


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_data_larger_than_the_memory_of_a_worker(cluster, tmp_path):
    """A million polygons of 41 vertices are 0.7 GB; a worker has 0.5 GB and ends above."""
    made = cluster("500MB")
    first, second = squares(1_000_000, 40), fields(5)
    assert shapely.get_num_coordinates(first).sum() * 16 > 600e6
    began, killed = time.monotonic(), []

    def kill_once() -> None:
        if not killed and time.monotonic() - began > 3:
            killed.append(workers(made)[0])
            os.kill(killed[0], signal.SIGKILL)

    found = operations.intersection(first, second, Scratch(tmp_path, kill_once))
    assert killed
    assert same(found, overlay.intersection(first, second))
