"""Lines cut where they meet, and the areas that lines enclose."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from services.geometry.parts import collect, is_present

#: How far a midpoint may lie beside its line, in parts of the largest coordinate:
#: points where lines cross are rounded.
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Faces:
    """Areas that lines enclose, and the lines that enclose nothing.

    ``dangles`` end in the air, ``cuts`` lie in one area on both sides.
    """

    areas: np.ndarray
    dangles: int
    cuts: int


def boundaries(geometries: np.ndarray) -> np.ndarray:
    """Return the rings of areas as lines; lines stay, None stays. Shape (n,)."""
    result = np.array(geometries, dtype=object)
    rows = np.flatnonzero(is_present(result) & (shapely.get_dimensions(result) == 2))
    parts, owner = shapely.get_parts(result[rows], return_index=True)
    rings, of = shapely.get_rings(parts, return_index=True)
    xyz, ring = shapely.get_coordinates(rings, include_z=True, return_index=True)
    flat = xyz if shapely.has_z(rings).any() else xyz[:, :2]
    lines = shapely.linestrings(flat, indices=ring) if len(rings) else rings
    result[rows] = collect(np.asarray(lines), owner[of], len(rows))
    return result


def noded(lines: np.ndarray) -> np.ndarray:
    """Return the pieces of lines between crossings and ends, each once; shape (k,).

    A vertex that just two ends share is no end of a piece.
    """
    united = shapely.union_all(lines[is_present(lines)])
    return np.asarray(shapely.get_parts(shapely.line_merge(united)))


def first_along(pieces: np.ndarray, lines: np.ndarray) -> np.ndarray:
    """Return the first row of ``lines`` that each piece runs along; shape (k,)."""
    middles = shapely.line_interpolate_point(pieces, 0.5, normalized=True)
    reach = np.abs(shapely.bounds(pieces)).max(initial=1.0) * _ROUNDING
    tree = shapely.STRtree(lines)
    piece, line = tree.query(middles, predicate="dwithin", distance=reach)
    result = np.full(len(pieces), len(lines))
    np.minimum.at(result, piece, line)
    alone = np.flatnonzero(result == len(lines))
    if len(alone):
        which, line = tree.query_nearest(middles[alone], all_matches=False)
        result[alone[which]] = line
    return result


def faces(lines: np.ndarray) -> Faces:
    """Return the areas that lines enclose together, in no particular order.

    An area within another one is a hole of that and an area itself.
    """
    united = shapely.union_all(lines[is_present(lines)])
    areas, cuts, dangles, _ = shapely.polygonize_full(shapely.get_parts(united))
    return Faces(
        np.asarray(shapely.get_parts(areas)),
        len(shapely.get_parts(dangles)),
        len(shapely.get_parts(cuts)),
    )
