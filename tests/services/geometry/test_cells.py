"""Areas in the cells of a grid: formulas, and shapely with pyproj cell by cell."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
import shapely

from services.geometry.cells import cover, row_areas

GEOD = pyproj.Geod(ellps="WGS84")


def blocks_of(areas, cell, rows=50):
    """Return square metres by (row, column)."""
    found = {}
    for where, columns, metres in cover(np.array(areas), cell).blocks(rows):
        for row, column in zip(*np.nonzero(metres > 1e-3), strict=True):
            place = int(row) + where.start, int(column) + columns.start
            found[place] = metres[row, column]
    return found


def one_by_one(area, cell):
    """The same by a loop over all cells near the area."""
    west, south, east, north = area.bounds
    rows = range(int((90 - north) / cell), int((90 - south) / cell) + 1)
    columns = range(int((west + 180) / cell), int((east + 180) / cell) + 1)
    found = {}
    for row in rows:
        for column in columns:
            left, top = column * cell - 180, 90 - row * cell
            piece = area.intersection(shapely.box(left, top - cell, left + cell, top))
            metres = abs(GEOD.geometry_area_perimeter(piece)[0])
            if metres > 1e-3:
                found[row, column] = metres
    return found


def test_all_cells_are_the_ellipsoid_of_wgs_84():
    # Moritz (2000), Geodetic Reference System 1980: 510 065 621.724 km² for GRS 80
    assert row_areas(0.05).sum() * 7200 / 1e6 == pytest.approx(510_065_621.7, abs=0.1)


def test_an_area_has_in_each_cell_what_shapely_cuts_out():
    ring = [(10.03, 50.01), (10.61, 49.93), (10.47, 50.44), (10.3, 50.2), (10.1, 50.5)]
    hole = [(10.3, 50.05), (10.4, 50.05), (10.4, 50.13), (10.31, 50.12)]
    area = shapely.Polygon(ring, [hole])
    found, expected = blocks_of([area], 0.05, 7), one_by_one(area, 0.05)
    assert set(found) == set(expected)
    for place, metres in expected.items():
        assert found[place] == pytest.approx(metres, rel=2e-6, abs=0.1)


def test_areas_from_side_to_side_of_the_world_and_a_pole_are_whole():
    world = blocks_of([shapely.box(-180, -90, 180, 90)], 10.0)
    assert len(world) == 36 * 18
    cap = blocks_of([shapely.box(-180, 85, 180, 90)], 5.0)
    # a cap from 85 degrees north on the authalic formula of pyproj itself
    circle = [(x, 85.0) for x in np.arange(-180, 180, 0.05)]
    expected = abs(GEOD.polygon_area_perimeter(*zip(*circle, strict=True))[0])
    assert sum(cap.values()) == pytest.approx(expected, rel=1e-6)


def test_an_edge_on_a_line_of_the_grid_touches_one_side_of_it_only():
    found = blocks_of([shapely.box(0.1, 0.1, 0.2, 0.2)], 0.05)
    assert len(found) == 4


def test_nothing_covers_nothing():
    assert not list(cover(np.array([], dtype=object), 0.05).blocks(10))
