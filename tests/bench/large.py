"""Tools on a million features, against what the libraries need for the same answer.

``python -m tests.bench.large [--count N] [--only buffer,join,...]`` runs each tool as a
plain function in this process: whole, in parts, and the library alone, one after the
other. It prints seconds and ratios to the library, and fails if the answers differ.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import shapely

from services.geometry.crs import WGS84
from services.geometry.features import FeatureSet, Field
from services.geometry.ground import ground_buffer
from services.geometry.units import LinearUnit
from services.tools.dissolve import dissolve
from services.tools.joins import spatial_join
from services.tools.overlay import clip, intersect
from services.tools.proximity import buffer

COUNT = 1_000_000
ZONES = 100  # on a side
GROUPS = 10_000
_METRES = 50.0
_PROCESSES = max(2, min(8, os.cpu_count() or 1))
_NAME = Field("name", "esriFieldTypeString", "Name")
_GROUP = Field("grp", "esriFieldTypeInteger", "Group")

Parts = tuple[Callable[[], Any], Callable[[], Any], Callable[[Any], float]]


def features(shapes: np.ndarray, kind: str, group: np.ndarray) -> FeatureSet:
    """Return features with a text and a number."""
    names = pa.array([f"place {n}" for n in range(len(shapes))])
    table = pa.table({"name": names, "grp": pa.array(group, pa.int32())})
    return FeatureSet((_NAME, _GROUP), table, shapes, kind, WGS84)


def places(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return x and y anywhere in 100 by 50 degrees."""
    rng = np.random.default_rng(20)
    return rng.uniform(0, 100, count), rng.uniform(0, 50, count)


def squares(count: int) -> np.ndarray:
    """Return squares of some kilometres."""
    x, y = places(count)
    size = np.random.default_rng(21).uniform(0.01, 0.05, count)
    return shapely.box(x, y, x + size, y + size)


def zones() -> FeatureSet:
    """Return a mosaic of twelve-cornered cells over all places."""
    x, y = np.meshgrid(np.arange(ZONES), np.arange(ZONES) / 2)
    cells = shapely.box(x.ravel(), y.ravel(), x.ravel() + 1, y.ravel() + 0.5)
    cells = shapely.segmentize(cells, 0.3)
    return features(cells, "esriGeometryPolygon", np.arange(len(cells)))


def _buffer(count: int) -> Parts:
    points = features(
        shapely.points(*places(count)), "esriGeometryPoint", np.arange(count)
    )
    far = LinearUnit(_METRES, "esriMeters")
    return (
        lambda: buffer(points, far),
        lambda: ground_buffer(points.geometries, WGS84, _METRES),
        lambda made: float(shapely.area(_shapes(made)).sum()),
    )


def _intersect(count: int) -> Parts:
    first, second = (
        features(squares(count), "esriGeometryPolygon", np.arange(count)),
        zones(),
    )

    def library() -> np.ndarray:
        i, j = shapely.STRtree(first.geometries).query(second.geometries, "intersects")[
            ::-1
        ]
        return shapely.intersection(first.geometries[i], second.geometries[j])

    return lambda: intersect(first, second), library, _area


def _clip(count: int) -> Parts:
    first, cells = (
        features(squares(count), "esriGeometryPolygon", np.arange(count)),
        zones(),
    )
    kept = cells.take(np.arange(len(cells)) % 3 > 0)

    def library() -> np.ndarray:
        tree = shapely.STRtree(kept.geometries)
        i, j = tree.query(first.geometries, "intersects")
        rows, at = np.unique(i, return_inverse=True)
        masks = np.full(len(rows), None, dtype=object)
        shapely.geometrycollections(kept.geometries[j], indices=at, out=masks)
        return shapely.intersection(
            first.geometries[rows], shapely.union_all(masks[:, None], axis=1)
        )

    return lambda: clip(first, kept), library, _area


def _join(count: int) -> Parts:
    x, y = places(count)
    target, join = (
        features(shapely.points(x, y), "esriGeometryPoint", np.arange(count)),
        zones(),
    )

    def library() -> pa.Table:
        tree = shapely.STRtree(target.geometries)
        j, i = tree.query(join.geometries, "intersects")
        order = np.lexsort((j, i))
        i, j = i[order], j[order]
        first = np.flatnonzero(np.diff(i, prepend=-1))
        left = target.attributes.take(pa.array(i[first]))
        right = join.attributes.take(pa.array(j[first]))
        counts = pa.array(np.bincount(i, minlength=count)[i[first]])
        return pa.table([*left.columns, *right.columns, counts], names=list("abcde"))

    def rows(made: Any) -> float:
        return float(made.num_rows if isinstance(made, pa.Table) else len(made))

    return lambda: spatial_join(target, join), library, rows


def _dissolve(count: int) -> Parts:
    x, y = places(count)
    group = np.floor(x) * 100 + np.floor(y * 2)
    several = features(squares(count), "esriGeometryPolygon", group.astype(np.int32))

    def library() -> np.ndarray:
        names, at = np.unique(several.attributes["grp"].to_numpy(), return_inverse=True)
        order = np.argsort(at, kind="stable")
        members = np.full(len(names), None, dtype=object)
        shapely.geometrycollections(
            several.geometries[order], indices=at[order], out=members
        )
        return shapely.union_all(members[:, None], axis=1)

    return lambda: dissolve(several, ["grp"]), library, _area


def _shapes(made: Any) -> np.ndarray:
    shapes: np.ndarray = made.geometries if isinstance(made, FeatureSet) else made
    return shapes


def _area(made: Any) -> float:
    return float(shapely.area(_shapes(made)).sum())


TOOLS = {"buffer": _buffer, "intersect": _intersect, "clip": _clip, "join": _join,
         "dissolve": _dissolve}  # fmt: skip


def main() -> None:
    """Measure what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--only", default=",".join(TOOLS))
    options = parser.parse_args()
    measure(options.only.split(","), options.count)


def measure(wanted: Sequence[str] = tuple(TOOLS), count: int = COUNT) -> None:
    """Measure and print; end the program if an answer is another one."""
    print(f"{'tool':10}{'features':>10}{'library s':>11}{'whole s':>9}{'ratio':>7}"
          f"{'parts s':>9}{'ratio':>7}", flush=True)  # fmt: skip
    for name in wanted:
        tool, library, sum_of = TOOLS[name](count)
        floor, expected = _timed(library, sum_of)
        whole, found = _timed(tool, sum_of, CAIRN_PARTITION_FEATURES="0")
        parts, again = _timed(
            tool,
            sum_of,
            CAIRN_PARTITION_FEATURES="1",
            CAIRN_PARTITION_PROCESSES=str(_PROCESSES),
        )
        print(f"{name:10}{count:>10}{floor:>11.2f}{whole:>9.2f}{whole / floor:>7.2f}"
              f"{parts:>9.2f}{parts / floor:>7.2f}", flush=True)  # fmt: skip
        for one in (found, again):
            if abs(one - expected) > 1e-9 * expected:
                sys.exit(f"{name}: {one!r}, and {expected!r} of the library")


def _timed(
    call: Callable[[], Any], sum_of: Callable[[Any], float], **variables: str
) -> tuple[float, float]:
    """Return the seconds of a call, and a number that tells its answer."""
    os.environ.update(variables)
    gc.collect()
    gc.disable()
    began = time.perf_counter()
    made = call()
    seconds = time.perf_counter() - began
    gc.enable()
    return seconds, sum_of(made)


if __name__ == "__main__":
    main()
