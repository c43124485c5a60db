"""Demo City: an invented town, generated; none of its streets or calls is real.

It lies where nobody could take it for a real one: on the plains of Kansas, around the
geographic centre of the contiguous United States.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pyproj
import shapely

from services.geometry.features import FeatureSet, Field

_SEED = 1998
_CENTRE = (-98.58, 39.83)  # degrees
_BLOCK = 400.0  # metres
_BLOCKS = 60  # in a row
_ARTERIAL = 5  # each such street is a fast one
_SHARE = 0.12  # of small streets that were never built
_CALLS = 6000
_DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
_FIRST, _LAST = np.datetime64("1998-01-01"), np.datetime64("1998-05-31")

_STREET_FIELDS = (
    Field("kph", "esriFieldTypeDouble", "Speed in kilometres per hour"),
    Field("kind", "esriFieldTypeString", "Kind of street"),
)
_CALL_FIELDS = (
    Field("DATE", "esriFieldTypeDate", "Moment of the call"),
    Field("Day", "esriFieldTypeString", "Day of the week"),
)


@lru_cache(maxsize=1)
def streets() -> FeatureSet:
    """Return the streets of Demo City: 24 by 24 km of blocks of about 400 m.

    Lines in EPSG:4326 that meet at their ends, ``kph`` is 90 on the ring, 60 on each
    fifth street and 30 on all others, some of which are missing. Generated from a
    seed, always the same. The array of geometries is shared and read-only.
    """
    rng = np.random.default_rng(_SEED)
    at = _crossings(rng)
    number = np.arange((_BLOCKS + 1) ** 2).reshape(_BLOCKS + 1, -1)
    across = np.stack([number[:, :-1].ravel(), number[:, 1:].ravel()], axis=1)
    along = np.stack([number[:-1].ravel(), number[1:].ravel()], axis=1)
    row, column = np.divmod(np.concatenate([across, along]), _BLOCKS + 1)
    # the line of a street across is its row, of one along its column
    street = np.append(row[: len(across), 0], column[len(across) :, 0])
    kind = np.where(street % _ARTERIAL == 0, "arterial", "street")
    kind[np.isin(street, (0, _BLOCKS))] = "ring"
    built = (kind != "street") | (rng.random(len(kind)) > _SHARE)
    ends = at[np.concatenate([across, along])[built]]
    speeds = {"ring": 90.0, "arterial": 60.0, "street": 30.0}
    kinds = kind[built].tolist()
    return _shared(
        shapely.linestrings(ends),
        {"kph": [speeds[one] for one in kinds], "kind": kinds},
        _STREET_FIELDS,
    )


def streets_bounds() -> tuple[float, float, float, float]:
    """Return west, south, east, north of Demo City in degrees."""
    west, south, east, north = shapely.total_bounds(streets().geometries).tolist()
    return west, south, east, north


@lru_cache(maxsize=1)
def calls() -> FeatureSet:
    """Return 6,000 invented emergency calls in Demo City, January to May of 1998.

    Points in EPSG:4326 at crossings, with DATE, the moment in UTC, and Day, SUN to
    SAT. On working days they gather in the business quarter, at weekends around the
    stadium, always in one district of homes, and they shun the park. Generated from
    a seed, always the same. The array of geometries is shared and read-only.
    """
    rng = np.random.default_rng(_SEED + 1)
    days = int((_LAST - _FIRST).astype(int)) + 1
    day = _FIRST + rng.integers(0, days, _CALLS)
    weekday = (day.astype(int) + 3) % 7  # 1970-01-01 was a Thursday
    seconds = rng.integers(0, 86_400, _CALLS)
    spots = np.where((weekday >= 5)[:, None], [44, 40], [20, 34])
    spots = np.where((rng.random(_CALLS) < 0.3)[:, None], [34, 14], spots)
    spread = rng.normal(0.0, 4.0, (_CALLS, 2))
    anywhere = rng.integers(0, _BLOCKS + 1, (_CALLS, 2))
    cell = np.where((rng.random(_CALLS) < 0.45)[:, None], spots + spread, anywhere)
    cell = np.clip(np.rint(cell), 0, _BLOCKS).astype(int)
    in_park = (np.abs(cell - [12, 12]) <= 5).all(axis=1)
    cell[in_park, 0] += 11
    at = _crossings(np.random.default_rng(_SEED))
    moments = day.astype("datetime64[ms]") + (1000 * seconds).astype("timedelta64[ms]")
    return _shared(
        shapely.points(at[cell[:, 1] * (_BLOCKS + 1) + cell[:, 0]]),
        {"DATE": moments, "Day": [_DAYS[one] for one in weekday]},
        _CALL_FIELDS,
    )


def _crossings(rng: np.random.Generator) -> np.ndarray:
    """Return where streets cross, in degrees, row by row from the south west."""
    marks = (np.arange(_BLOCKS + 1) - _BLOCKS / 2) * _BLOCK
    x, y = np.meshgrid(marks, marks)
    flat = np.stack([x, y], axis=-1) + rng.normal(0.0, _BLOCK / 20, (*x.shape, 2))
    plane = pyproj.CRS(f"+proj=aeqd +lat_0={_CENTRE[1]} +lon_0={_CENTRE[0]}")
    moved = pyproj.Transformer.from_crs(plane, 4326, always_xy=True)
    return np.column_stack(moved.transform(flat[..., 0].ravel(), flat[..., 1].ravel()))


def _shared(
    geometries: np.ndarray, columns: dict[str, object], fields: tuple[Field, ...]
) -> FeatureSet:
    made = FeatureSet.of(geometries, columns, fields=fields)
    # One set serves every caller in the process, so none may change it.
    made.geometries.flags.writeable = False
    return made
