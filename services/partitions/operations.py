"""Operations that can be done in parts, each with the answer of the whole.

Every function takes what its namesake of ``services.geometry`` takes, and the run's
context. A strip holds neighbours of the first side, with the geometries of the second
that may meet them; rows and order are those of the whole, and so is every coordinate
but for buffers, and groups too large for one strip, which agree to rounding.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np
import shapely

from services.geometry import ground, overlay, parts
from services.geometry.crs import SpatialReference
from services.geometry.overlay import Pieces
from services.partitions.executors import least_features, processes, scheduler
from services.partitions.mapping import (
    NONE,
    Measure,
    Numbers,
    answers,
    mapped,
    mapped_larger,
)
from services.tool import Context


def is_large(*sides: np.ndarray) -> bool:
    """Tell if work is to be done in parts: that pays, and there is who does it.

    Lines and polygons count. With points it takes longer to carry them between
    processes than to do the work (portal/docs/scaling.md).
    """
    least = least_features()
    if not least or max(map(len, sides)) < least:
        return False
    if max(int((shapely.get_dimensions(one) > 0).sum()) for one in sides) < least:
        return False
    return bool(scheduler()) or processes() > 1


def ground_buffer(
    geometries: np.ndarray,
    reference: SpatialReference,
    metres: np.ndarray | float,
    context: Context | None = None,
) -> np.ndarray:
    """Return buffers, as ``services.geometry.ground`` does.

    How many terms a circle needs is found for all together, and NumPy's last bit
    depends on what stands beside a number: vertices agree to rounding, around lines and
    polygons as far as that lets GEOS.
    """
    if not is_large(geometries):
        return ground.ground_buffer(geometries, reference, metres)
    distances = np.broadcast_to(np.asarray(metres, dtype=float), geometries.shape)
    kernel = partial(_buffer, reference=reference)
    pieces = mapped(kernel, geometries, columns={"metres": distances}, context=context)
    return pieces.geometries


def clip(
    geometries: np.ndarray, clippers: np.ndarray, context: Context | None = None
) -> np.ndarray:
    """Return what lies in any of the clippers, as ``overlay`` does."""
    if not is_large(geometries):
        return overlay.clip(geometries, clippers)
    return mapped(_clip, geometries, clippers, context=context).geometries


def erase(
    geometries: np.ndarray, erasers: np.ndarray, context: Context | None = None
) -> np.ndarray:
    """Return what lies in none of the erasers, as ``overlay`` does."""
    if not is_large(geometries):
        return overlay.erase(geometries, erasers)
    return mapped(_erase, geometries, erasers, context=context).geometries


def intersection(
    first: np.ndarray, second: np.ndarray, context: Context | None = None
) -> Pieces:
    """Return shared pieces, as ``services.geometry.overlay`` does."""
    if not is_large(first, second):
        return overlay.intersection(first, second)
    return mapped_larger(_intersection, first, second, context)


def union(
    first: np.ndarray, second: np.ndarray, context: Context | None = None
) -> Pieces:
    """Return shared pieces and the rest of both sides, as ``overlay`` does."""
    if not is_large(first, second):
        return overlay.union(first, second)
    shared = intersection(first, second, context)
    left = mapped(_remainder, first, second, context=context).geometries
    right = mapped(_remainder, second, first, context=context).geometries
    return overlay.joined(shared, left, right)


def pairs(
    first: np.ndarray,
    second: np.ndarray,
    predicate: str = "intersects",
    context: Context | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Return rows that match, as ``services.geometry.overlay`` does."""
    if not is_large(first, second):
        return overlay.pairs(first, second, predicate)
    kernel = partial(_pairs, predicate=predicate)
    found = mapped_larger(kernel, first, second, context)
    return found.first, found.second


def union_by_group(
    geometries: np.ndarray,
    groups: np.ndarray,
    count: int,
    context: Context | None = None,
) -> np.ndarray:
    """Return the union of each group, as ``services.geometry.parts`` does.

    A group goes whole into a strip, so its union is the same to the last vertex. One
    that is larger than a strip is united in parts, then the parts: the same area, whose
    rings may begin at other vertices.
    """
    if not is_large(geometries):
        return parts.union_by_group(geometries, groups, count)
    pieces = mapped(_unite, geometries, columns={"group": groups}, context=context)
    again = np.bincount(pieces.second, minlength=count) > 1
    result = np.full(count, None, dtype=object)
    alone = ~again[pieces.second]
    result[pieces.second[alone]] = pieces.geometries[alone]
    several = np.flatnonzero(again)
    if len(several):
        renamed = np.cumsum(again) - 1
        chosen = again[pieces.second]
        result[several] = parts.union_by_group(
            pieces.geometries[chosen], renamed[pieces.second[chosen]], len(several)
        )
    return result


def numbers(
    measure: Measure, geometries: np.ndarray, context: Context | None = None
) -> dict[str, np.ndarray]:
    """Return what ``measure`` tells of each geometry, as if it were asked for all.

    It is a function of a module, with ``partial`` for what it needs besides: a raster
    by its path, which all that work on strips can read.
    """
    if not is_large(geometries):
        return measure(geometries)
    kernel = partial(_measure, measure=measure)
    found = list(answers(kernel, geometries, NONE, {}, context))
    rows = np.concatenate([strip.rows for strip, _, _ in found])
    order = np.argsort(rows)
    told = [one for _, _, one in found]
    return {
        name: np.concatenate([one[name] for one in told])[order] for name in told[0]
    }


# --- What is done with a strip: module functions, as only their names travel ----------


def _buffer(
    geometries: np.ndarray,
    _: np.ndarray,
    columns: Mapping[str, np.ndarray],
    reference: SpatialReference,
) -> Pieces:
    return _rows(ground.ground_buffer(geometries, reference, columns["metres"]))


def _clip(geometries: np.ndarray, others: np.ndarray, _: object) -> Pieces:
    return _rows(overlay.clip(geometries, others))


def _erase(geometries: np.ndarray, others: np.ndarray, _: object) -> Pieces:
    return _rows(overlay.erase(geometries, others))


def _remainder(geometries: np.ndarray, others: np.ndarray, _: object) -> Pieces:
    return _rows(overlay.remainder(geometries, others))


def _intersection(first: np.ndarray, second: np.ndarray, _: object) -> Pieces:
    return overlay.intersection(first, second)


def _pairs(first: np.ndarray, second: np.ndarray, _: object, predicate: str) -> Pieces:
    i, j = overlay.pairs(first, second, predicate)
    return Pieces(np.full(len(i), None, dtype=object), i, j)


def _measure(
    geometries: np.ndarray, _: np.ndarray, __: object, measure: Measure
) -> Numbers:
    return measure(geometries)


def _unite(
    geometries: np.ndarray, _: np.ndarray, columns: Mapping[str, np.ndarray]
) -> Pieces:
    names, groups = np.unique(columns["group"], return_inverse=True)
    united = parts.union_by_group(geometries, groups, len(names))
    return Pieces(united, np.zeros(len(names), dtype=np.int64), names)


def _rows(geometries: np.ndarray) -> Pieces:
    """Return pieces of which there is one for each row of a strip, in order."""
    count = len(geometries)
    return Pieces(geometries, np.arange(count), np.full(count, -1))
