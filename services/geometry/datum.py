"""Which operation leads from one datum to another, for data in one area.

PROJ knows several for most pairs, good for different areas, and some need grids that
are not installed. One is chosen for a whole set: the best that is available for
where its middle lies, so that neighbours never move by different rules.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
import pyproj
from pyproj.exceptions import ProjError
from pyproj.transformer import AreaOfInterest, Transformer, TransformerGroup

from services.errors import InvalidValue

_WORLD = (-180, -90, 180, 90)
_STEPS = 21  # points on each edge of the bounds of a projected set
_LISTED = 12  # names that an error lists


@dataclass(frozen=True, slots=True)
class Operation:
    """A transformer, x (lon) before y (lat), and what a user should know of it."""

    transformer: Transformer
    note: str = ""

    @property
    def is_vertical_guess(self) -> bool:
        """True if heights only change their unit, for want of a better way."""
        return "ballpark vertical" in self.transformer.description.lower()


@lru_cache(maxsize=256)
def is_same_datum(source: pyproj.CRS, target: pyproj.CRS) -> bool:
    """Tell if both references stand on one datum: then a projection is all."""
    first, second = source.geodetic_crs, target.geodetic_crs
    if first is None or second is None:
        return False
    return bool(first.equals(second, ignore_axis_order=True))


def operation_for(source: pyproj.CRS, target: pyproj.CRS, xy: np.ndarray) -> Operation:
    """Return the best available operation for coordinates (k, 2) of ``source``.

    Raises ProjError if nothing leads there.
    """
    usable = xy[np.isfinite(xy).all(axis=1)]
    area = _area(source, usable)
    several = _candidates(source, target, area)
    if len(usable):
        middle = usable[np.abs(usable - usable.mean(axis=0)).sum(axis=1).argmin()]
        several.transform(middle[0], middle[1], 0.0)
    try:
        chosen = several.get_last_used_operation()
    except ProjError:  # there is only one
        chosen = several
    return Operation(chosen, _note(source, target, area, chosen))


def operation_named(
    source: pyproj.CRS, target: pyproj.CRS, xy: np.ndarray, name: str
) -> Transformer:
    """Return the operation between two geographic references that has this name.

    ``xy`` (k, 2) are coordinates of ``source``; the case of the name does not count.
    Raises InvalidValue that lists the names for where the coordinates lie, or tells
    which grids the operation lacks.
    """
    area = _area(source, xy[np.isfinite(xy).all(axis=1)])
    wanted = name.strip().lower()
    for known in (_known(source, target, area), _known(source, target, _WORLD)):
        for one in known.transformers:
            if operation_name(one).lower() == wanted:
                return one
        for other in known.unavailable_operations:
            if _steps(other.name).lower() == wanted:
                grids = [grid.short_name for grid in other.grids if not grid.available]
                raise InvalidValue(
                    f"'{other.name}' needs {', '.join(grids)}, which is not"
                    " installed here"
                )
    several = _known(source, target, area).transformers
    names = list(dict.fromkeys(operation_name(one) for one in several))
    raise InvalidValue(
        f"there is no transformation '{name[:100]}' from {_datum(source)} to"
        f" {_datum(target)}; where the data lie there are: "
        + "; ".join(names[:_LISTED])
    )


def operation_name(operation: Transformer) -> str:
    """Return what an operation does to the datum, without changes of axes."""
    return _steps(operation.description)


def _area(source: pyproj.CRS, xy: np.ndarray) -> tuple[int, int, int, int]:
    """Return west, south, east, north in whole degrees around the coordinates."""
    if not len(xy):
        return _WORLD
    low, high = xy.min(axis=0).tolist(), xy.max(axis=0).tolist()
    degrees = _to_degrees(source).transform_bounds(
        low[0], low[1], high[0], high[1], densify_pts=_STEPS
    )
    west, south, east, north = degrees
    if not np.isfinite(degrees).all() or west >= 180 or east <= -180 or west > east:
        return _WORLD
    return (
        max(int(np.floor(west)), -180),
        max(int(np.floor(south)), -90),
        min(int(np.floor(east)) + 1, 180),
        min(int(np.floor(north)) + 1, 90),
    )


@lru_cache(maxsize=64)
def _to_degrees(source: pyproj.CRS) -> Transformer:
    base = source.geodetic_crs or source
    return Transformer.from_crs(source.to_2d(), base.to_2d(), always_xy=True)


@lru_cache(maxsize=128)
def _candidates(
    source: pyproj.CRS, target: pyproj.CRS, area: tuple[int, int, int, int]
) -> Transformer:
    """Return a transformer that chooses among the operations for an area.

    Those that only pretend that datums are one are left out if there are others.
    """
    interest = AreaOfInterest(*area)
    make = partial(
        Transformer.from_crs, source, target, True, area_of_interest=interest
    )
    try:
        return make(allow_ballpark=False)
    except ProjError:
        return make()


@lru_cache(maxsize=128)
def _known(
    source: pyproj.CRS, target: pyproj.CRS, area: tuple[int, int, int, int]
) -> TransformerGroup:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        interest = AreaOfInterest(*area)
        return TransformerGroup(
            source, target, always_xy=True, area_of_interest=interest
        )


def _note(
    source: pyproj.CRS,
    target: pyproj.CRS,
    area: tuple[int, int, int, int],
    chosen: Transformer,
) -> str:
    """Return what a user should know: a better way needs a grid, or none is known."""
    known = _known(source, target, area)
    names = f"{_datum(source)} to {_datum(target)}"
    better = "" if known.best_available else _better(known, chosen)
    if "ballpark geographic" in chosen.description.lower():
        return f"{names}: no transformation is known here, datums count as one{better}"
    if not better:
        return ""
    accuracy = f", good to {chosen.accuracy:g} m" if chosen.accuracy >= 0 else ""
    return f"{names} by {_steps(chosen.description)}{accuracy}{better}"


def _datum(crs: pyproj.CRS) -> str:
    base = crs.geodetic_crs
    return str(base.name if base is not None else crs.name)


def _steps(description: str) -> str:
    parts = [part.strip() for part in description.split(" + ")]
    return " + ".join(part for part in parts if not part.startswith("axis order"))


def _better(known: TransformerGroup, chosen: Transformer) -> str:
    """Return what is better and what it needs; "" if nothing is."""
    for operation in known.unavailable_operations:
        grids = [grid.short_name for grid in operation.grids if not grid.available]
        known_worse = 0 <= chosen.accuracy <= operation.accuracy
        if grids and not known_worse:
            return (
                f"; {operation.name} ({operation.accuracy:g} m) is better, but"
                f" {', '.join(grids)} is not installed here"
            )
    return ""
