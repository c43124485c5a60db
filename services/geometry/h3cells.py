"""Cells of H3, the hexagons of all the earth; needs the extra h3."""

from __future__ import annotations

from typing import Literal

import h3
import numpy as np
import shapely

from services.geometry.antimeridian import within_globe
from services.geometry.edges import run_on

Containment = Literal["center", "overlap"]
#: Stripes that areas are cut into: an edge of more than half a turn means its other
#: way round to H3.
_STRIPES = shapely.box(
    np.arange(-180.0, 180.0, 90.0), -90.0, np.arange(-90.0, 270.0, 90.0), 90.0
)


def cells_in(areas: np.ndarray, resolution: int, rule: Containment) -> list[str]:
    """Return the ids of the cells that areas contain, sorted, each once.

    ``areas`` are valid polygons in degrees within -180 to 180. With "center" those
    whose centre lies within, with "overlap" those that share any place.
    """
    pieces = shapely.intersection(areas[:, None], _STRIPES[None, :]).ravel()
    found: set[str] = set()
    parts = shapely.get_parts(shapely.get_parts(pieces))
    for part in parts[shapely.area(parts) > 0]:
        found.update(_of_polygon(part, resolution, rule))
    return sorted(found)


def _of_polygon(
    polygon: shapely.Polygon, resolution: int, rule: Containment
) -> list[str]:
    rings = [
        [(lat, lon) for lon, lat in shapely.get_coordinates(ring)[:-1].tolist()]
        for ring in shapely.get_rings(polygon)
    ]
    shape = h3.LatLngPoly(*rings)
    if rule == "center":
        return list(h3.polygon_to_cells(shape, resolution))
    return list(h3.polygon_to_cells_experimental(shape, resolution, contain=rule))


def cell_polygons(cells: list[str]) -> np.ndarray:
    """Return the outlines of cells in degrees of WGS 84; shape (n,).

    Cut at the antimeridian; that over a pole goes up to it.
    """
    outlines = [h3.cell_to_boundary(cell) for cell in cells]
    sizes = [len(one) + 1 for one in outlines]
    lonlat = np.array(
        [(lon, lat) for one in outlines for lat, lon in (*one, one[0])]
    ).reshape(-1, 2)
    offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    running = run_on(lonlat, offsets)
    rings = np.repeat(np.arange(len(cells)), sizes)
    return within_globe(np.asarray(shapely.polygons(
        shapely.linearrings(running, indices=rings)
    )))  # fmt: skip
