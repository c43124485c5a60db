"""Lines made of places with heights: profiles, and lines of sight in pieces."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import shapely

from services.geometry.columns import append
from services.geometry.features import FeatureSet, Field, RecordSet, as_column
from services.geometry.parts import is_present
from services.geometry.ragged import build, offsets_of
from services.rasters.grid import Grid
from services.terrain.profiles import Samples, along
from services.terrain.viewshed import Bend

_LENGTH = Field("ProfileLength", "esriFieldTypeDouble", "Length of the profile (m)")


def profile_lines(features: FeatureSet, found: Samples) -> tuple[FeatureSet, RecordSet]:
    """Return features whose lines have heights and distances, and a table of these.

    Places without a height part a line; a single place between two such is in the
    table only.
    """
    known = ~np.isnan(found.heights)
    run = np.cumsum(~known | (np.diff(found.part, prepend=-1) != 0))
    kept = np.flatnonzero(known)
    _, at, sizes = np.unique(run[kept], return_inverse=True, return_counts=True)
    drawn = kept[sizes[at] > 1]
    made = _multilines(
        np.column_stack([found.xy, found.heights, found.metres])[drawn],
        run[drawn],
        found.owner[drawn],
        len(features),
    )
    lengths = np.full(len(features), np.nan)
    np.fmax.at(lengths, found.owner[kept], found.metres[kept])
    table = append(
        features.records.without_columns([_LENGTH.name]),
        [(_LENGTH, as_column(lengths))],
    )
    lines = FeatureSet(
        table.fields, table.attributes, made, "esriGeometryPolyline",
        features.spatial_reference, has_z=True, has_m=True,
    )  # fmt: skip
    return lines, RecordSet.from_columns(
        {
            "LineID": (found.owner[kept] + 1).astype(np.int32),
            "Distance": found.metres[kept],
            "X": found.xy[kept, 0],
            "Y": found.xy[kept, 1],
            "Height": found.heights[kept],
        }
    )


def _multilines(
    xyzm: np.ndarray, run: np.ndarray, owner: np.ndarray, count: int
) -> np.ndarray:
    """Return a multiline of each owner's runs; None for an owner without any."""
    made = np.full(count, None, dtype=object)
    if not len(run):
        return made
    starts = np.flatnonzero(np.diff(run, prepend=-1))
    owners, runs = np.unique(owner[starts], return_counts=True)
    made[owners] = build(
        shapely.GeometryType.MULTILINESTRING, xyzm,
        (np.append(starts, len(run)), offsets_of(runs)), "xyzm",
    )  # fmt: skip
    return made


def sight_lines(
    lines: np.ndarray, grid: Grid, eye: float, target: float, bend: Bend
) -> tuple[np.ndarray, dict[str, Any]]:
    """Return the pieces of straight lines from first to last vertex, seen and hidden.

    Columns: SourceOID (row from 1), VisCode (1 seen, 2 hidden), TarIsVis (1, 0).
    Between two places the ground is as the farther one.
    """
    xy, owner = shapely.get_coordinates(lines, return_index=True)
    here = np.flatnonzero(is_present(lines))
    first, last = (
        np.searchsorted(owner, here),
        np.searchsorted(owner, here, "right") - 1,
    )
    straight = np.asarray(shapely.linestrings(np.stack([xy[first], xy[last]], axis=1)))
    found = along(straight, grid)
    pieces: list[np.ndarray] = []
    rows: list[np.ndarray] = []
    codes: list[np.ndarray] = []
    targets: list[np.ndarray] = []
    bounds = np.searchsorted(found.owner, np.arange(len(here) + 1))
    for at, (start, stop) in enumerate(zip(bounds, bounds[1:], strict=False)):
        heights, metres = found.heights[start:stop], found.metres[start:stop]
        if stop - start < 2 or not metres[-1] or np.isnan(heights[[0, -1]]).any():
            continue
        seen, is_target = _seen(heights, metres, eye, target, bend)
        turns = np.flatnonzero(np.diff(seen[1:])) + 1
        cuts = np.concatenate([[0], turns, [len(seen) - 1]])
        for one, two in zip(cuts, cuts[1:], strict=False):
            pieces.append(found.xy[start + one : start + two + 1])
        codes.append(np.where(seen[cuts[1:]], 1, 2))
        rows.append(np.full(len(cuts) - 1, here[at] + 1))
        targets.append(np.full(len(cuts) - 1, is_target))
    made = np.empty(len(pieces), dtype=object)
    made[:] = [shapely.LineString(one) for one in pieces]
    none = np.zeros(0, dtype=np.int32)
    return made, {
        name: pa.array(np.concatenate([none, *values]).astype(np.int32))
        for name, values in (
            ("SourceOID", rows), ("VisCode", codes), ("TarIsVis", targets),
        )
    }  # fmt: skip


def _seen(
    heights: np.ndarray, metres: np.ndarray, eye: float, target: float, bend: Bend
) -> tuple[np.ndarray, bool]:
    """Tell which places of a line are seen from its start, and if the target is."""
    away = np.maximum(metres, 1e-9)
    level = heights - bend.drop(metres) - heights[0] - eye
    slope = level / away
    slope[0] = -np.inf
    before = np.concatenate([[-np.inf], np.fmax.accumulate(slope)[:-1]])
    seen = slope >= before
    seen[0] = True
    aim = (level[-1] + target) / away[-1]
    return seen, bool(aim >= before[-1])
