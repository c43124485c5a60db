"""True curves of Esri JSON: read as many short lines, and known while unchanged.

Source: developers.arcgis.com, "Geometry objects", curve objects: a part is a list
of vertices and of segments ``{"c": [end, interior]}`` (circular arc), ``{"a": [end,
centre, minor, clockwise, rotation, semi-major axis, ratio]}`` (elliptic arc; of a
circle with the first four) and ``{"b": [end, control, control]}`` (cubic Bézier),
each from the vertex before it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np
import shapely

from services.errors import InvalidValue

#: Key of the straight parts for each key of curved ones.
CURVES = {"curveRings": "rings", "curvePaths": "paths"}
#: How far the lines may be from an arc, as a share of its (larger) radius; from a
#: Bézier curve, as a share of the length of its control polygon.
TOLERANCE = 1e-5
MAX_VERTICES = 2_000_000
_FARTHEST = 1e12  # no coordinate is larger, and squares of this are exact enough

_STEP = 2 * math.acos(1 - TOLERANCE)  # radians whose chord misses the arc by that

#: Curves by the identity of the geometry that was made of them; None: not kept.
_known: ContextVar[dict[int, tuple[shapely.Geometry, dict[str, Any]]] | None] = (
    ContextVar("known_curves", default=None)
)


@contextmanager
def curves_kept() -> Iterator[None]:
    """Remember inside which geometries came as curves.

    A tool that passes such a geometry through, alone or among others, passes the
    very object; whatever is computed is another object, and has no curves.
    """
    token = _known.set({})
    try:
        yield
    finally:
        _known.reset(token)


def remember(geometries: np.ndarray, curves: list[dict[str, Any] | None]) -> None:
    """Note the curves that geometries (n,) were made of; None for straight ones."""
    known = _known.get()
    if known is not None:
        for geometry, curve in zip(geometries, curves, strict=True):
            if geometry is not None and curve is not None:
                known[id(geometry)] = (geometry, curve)


def curves_of(geometries: np.ndarray) -> list[dict[str, Any] | None]:
    """Return the curves of each geometry that still is as it came, else None."""
    known = _known.get() or {}
    found = (known.get(id(geometry)) for geometry in geometries)
    return [one[1] if one else None for one in found]


def are_in(raw: list[dict[str, Any] | None]) -> bool:
    """Tell if some geometry object has a member for curves."""
    return not CURVES.keys().isdisjoint(set().union(*filter(None, raw)))


def only_curves(geometry: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return the curved parts of a geometry object; None if it has none."""
    for key in CURVES:
        if geometry and geometry.get(key) is not None:
            return {key: geometry[key]}
    return None


def straightened(raw: list[dict[str, Any] | None]) -> list[dict[str, Any] | None]:
    """Return the geometry objects with lines in the place of curves.

    Raises InvalidValue that names the first feature that does not fit.
    """
    made: list[dict[str, Any] | None] = []
    left = MAX_VERTICES
    for row, geometry in enumerate(raw):
        if geometry is None:
            made.append(None)
            continue
        straight = {key: one for key, one in geometry.items() if key not in CURVES}
        made.append(straight)
        curved = only_curves(geometry)
        if curved is None:
            continue
        ((key, parts),) = curved.items()
        try:
            lines = [_line(part, key) for part in _list(parts, f"'{key}'")]
        except InvalidValue as exc:
            raise InvalidValue(f"feature {row}: {exc}") from None
        left -= sum(map(len, lines))
        if left < 0:
            raise InvalidValue(f"the curves have more than {MAX_VERTICES} vertices")
        straight[CURVES[key]] = lines
    return made


def _list(value: Any, what: str) -> list[Any]:
    if not isinstance(value, list):
        raise InvalidValue(f"{what} must be a list")
    return value


def _line(part: Any, key: str) -> list[list[Any]]:
    line: list[list[Any]] = []
    for step in _list(part, f"a part of '{key}'"):
        if not isinstance(step, dict):
            line.append(_vertex(step))
        elif not line:
            raise InvalidValue(f"a part of '{key}' must begin with a vertex")
        else:
            line += _segment(line[-1], step)
    return line


def _vertex(value: Any) -> list[Any]:
    """Return a vertex whose x and y are usable for computing; z and m as they are."""
    usable = isinstance(value, list) and 2 <= len(value) <= 4
    if not usable or not all(map(_is_number, value[:2])):
        raise InvalidValue("a vertex of a curve must be a list of 2 to 4 numbers")
    return list(value)


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and abs(value) <= _FARTHEST


def _segment(start: list[Any], step: dict[str, Any]) -> list[list[Any]]:
    """Return the vertices after ``start`` that stand for one segment."""
    kinds = [kind for kind in _SEGMENTS if kind in step]
    if len(step) != 1 or not kinds:
        raise InvalidValue('a curve must be one of {"c": …}, {"a": …}, {"b": …}')
    size, between = _SEGMENTS[kinds[0]]
    given = step[kinds[0]]
    if not isinstance(given, list) or len(given) not in size:
        raise InvalidValue(f"a curve '{kinds[0]}' has {size[0]} members")
    end = _vertex(given[0])
    xy = between(np.array(start[:2], float), np.array(end[:2], float), given[1:])
    if not np.isfinite(xy).all():
        raise InvalidValue("a curve has no place")
    shares = np.arange(1, len(xy) + 1) / (len(xy) + 1)
    heights = [_between(a, b, shares) for a, b in zip(start[2:], end[2:], strict=False)]
    rows = zip(*xy.T.tolist(), *heights, strict=True)
    return [*map(list, rows), end]


def _between(start: Any, end: Any, shares: np.ndarray) -> list[Any]:
    if type(start) not in (int, float) or type(end) not in (int, float):
        return [None] * len(shares)
    return list((start + (end - start) * shares).tolist())


def _numbers(value: Any, count: int) -> np.ndarray:
    usable = isinstance(value, list) and len(value) >= count
    if not usable or not all(map(_is_number, value[:count])):
        raise InvalidValue("a curve needs numbers")
    return np.array(value[:count], dtype=float)


def _sweep(start: float, end: float, *, clockwise: bool) -> float:
    """Return the signed angle from one to the other; a full turn if they are equal."""
    turn = (end - start) % (2 * math.pi)
    if turn < 1e-12 or 2 * math.pi - turn < 1e-12:
        turn = 2 * math.pi
        return -turn if clockwise else turn
    return turn - 2 * math.pi if clockwise else turn


def _angles(start: float, sweep: float) -> np.ndarray:
    """Return the angles between both ends, close enough for the tolerance."""
    count = max(math.ceil(abs(sweep) / _STEP), 1)
    return start + sweep * np.arange(1, count) / count


def _circular(start: np.ndarray, end: np.ndarray, rest: list[Any]) -> np.ndarray:
    """Return what lies between the ends of an arc through an interior point."""
    inner = _numbers(rest[0], 2)
    if np.array_equal(start, end):  # a circle, the interior point opposite
        centre, side = (start + inner) / 2, 1.0
    else:
        a, b = inner - start, end - start
        side = float(a[0] * b[1] - a[1] * b[0])
        if abs(side) <= 1e-12 * float(np.hypot(*a) * np.hypot(*b)):
            return inner[None, :]
        # circumcentre, relative to the start
        p, q = float(a @ a), float(b @ b)
        centre = start + np.array([b[1] * p - a[1] * q, a[0] * q - b[0] * p]) / (
            2 * side
        )
    first, last = (math.atan2(*(p - centre)[::-1]) for p in (start, end))
    angles = _angles(first, _sweep(first, last, clockwise=side < 0))
    radius = float(np.hypot(*(start - centre)))
    return np.asarray(centre + radius * np.array([np.cos(angles), np.sin(angles)]).T)


def _elliptic(start: np.ndarray, end: np.ndarray, rest: list[Any]) -> np.ndarray:
    """Return what lies between the ends of an arc around a centre."""
    centre = _numbers(rest[0], 2)
    flags = [bool(_numbers([one], 1)[0]) for one in rest[1:3]]
    rotation, axis, ratio = 0.0, float(np.hypot(*(start - centre))), 1.0
    if len(rest) > 3:
        rotation, axis, ratio = _numbers(rest[3:], 3).tolist()
    if axis <= 0 or ratio <= 0:
        raise InvalidValue("an elliptic arc needs an axis and a ratio above 0")
    turn = np.array([[math.cos(rotation), -math.sin(rotation)],
                     [math.sin(rotation), math.cos(rotation)]])  # fmt: skip
    axes = axis * np.array([1.0, ratio])
    first, last = (
        math.atan2(*(((point - centre) @ turn) / axes)[::-1]) for point in (start, end)
    )
    angles = _angles(first, _sweep(first, last, clockwise=flags[1]))
    flat = axes * np.column_stack([np.cos(angles), np.sin(angles)])
    return np.asarray(centre + flat @ turn.T)


def _bezier(start: np.ndarray, end: np.ndarray, rest: list[Any]) -> np.ndarray:
    """Return what lies between the ends of a cubic Bézier curve.

    Steps by Wang (1984): deviation at most 3/4 of the second differences over n².
    """
    points = np.array([start, _numbers(rest[0], 2), _numbers(rest[1], 2), end])
    length = float(np.hypot(*np.diff(points, axis=0).T).sum())
    bend = float(np.hypot(*np.diff(points, n=2, axis=0).T).max())
    if length == 0:
        return np.zeros((0, 2))
    count = max(math.ceil(math.sqrt(0.75 * bend / (TOLERANCE * length))), 1)
    t = (np.arange(1, count) / count)[:, None]
    weights = np.hstack([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3])
    return np.asarray(weights @ points)


_SEGMENTS: dict[str, Any] = {
    "c": ((2,), _circular),
    "a": ((7, 4), _elliptic),
    "b": ((3,), _bezier),
}


def cut_to(curve: dict[str, Any], kept: tuple[int, ...]) -> dict[str, Any]:
    """Return curves whose vertices only have these numbers, such as (0, 1, 3)."""

    def vertex(one: list[Any]) -> list[Any]:
        return [one[at] for at in kept if at < len(one)]

    def step(one: Any) -> Any:
        if isinstance(one, list):
            return vertex(one)
        ((kind, (end, *rest)),) = one.items()
        return {kind: [vertex(end), *rest]}

    return {key: [[step(one) for one in part] for part in parts]
            for key, parts in curve.items()}  # fmt: skip
