"""Slope, aspect, hillshade and contours: GDAL's numbers, and planes."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from services.errors import ToolFailed
from services.geometry.crs import WEB_MERCATOR, WGS84
from services.tools.surface import aspect, contour, hillshade, slope
from tests.services.tools.rasters import degrees, grid, hills
from tests.services.tools.recorder import Recorder

CELLS = (np.array([10, 100, 170, 300, 250]), np.array([20, 200, 380, 40, 250]))
INNER = (slice(1, -1), slice(1, -1))


def test_slope_is_that_of_gdal():
    # gdaldem slope dem.tif out.tif (GDAL 3.6.2); gdaldem leaves the edge empty
    made = slope(hills()).values[0]
    assert made[CELLS] == pytest.approx(
        [14.8608, 11.9388, 12.6668, 13.5271, 10.7399], abs=2e-4
    )
    assert made[INNER].mean(dtype=float) == pytest.approx(11.937719, abs=1e-4)


def test_slope_in_percent_is_that_of_gdal():
    # gdaldem slope -p dem.tif out.tif
    made = slope(hills(), "PERCENT_RISE").values[0]
    assert made[CELLS] == pytest.approx(
        [26.5347, 21.144, 22.4751, 24.0579, 18.9674], abs=5e-4
    )
    assert made[INNER].mean(dtype=float) == pytest.approx(21.452471, abs=2e-4)


def test_aspect_is_that_of_gdal():
    # gdaldem aspect dem.tif out.tif, in which 235 cells are empty for being level
    made = aspect(hills()).values[0]
    assert made[CELLS] == pytest.approx(
        [329.1391, 189.8336, 215.9493, 58.6959, 113.7495], abs=1e-3
    )
    inner = made[INNER].astype(float)
    assert (inner == -1).sum() == 235
    assert inner[inner != -1].mean() == pytest.approx(178.454264, abs=1e-3)


def test_hillshade_is_that_of_gdal():
    # gdaldem hillshade -z 2 -az 300 -alt 40 dem.tif out.tif; GDAL draws 1 to 255
    made = hillshade(hills(), 300.0, 40.0, 2.0).values[0].astype(float)
    theirs = np.array([225, 125, 158, 108, 85])
    assert np.abs(1 + made[CELLS] * 254 / 255 - theirs).max() <= 1.0
    assert (1 + made[INNER] * 254 / 255).mean() == pytest.approx(147.50, abs=0.6)


@pytest.mark.parametrize("latitude", [0.0, 45.0, 80.0])
def test_a_plane_that_rises_by_the_metre_is_as_steep_at_any_latitude(latitude):
    # 10 m up for each 100 m to the east, drawn in degrees: 10 percent
    metres = 111_319.49 * np.cos(np.radians(latitude))
    metres /= np.sqrt(1 - 0.00669438 * np.sin(np.radians(latitude)) ** 2)
    plane = np.tile(np.arange(7) * 0.001 * metres * 0.1, (5, 1))
    made = slope(
        grid(plane, 8, latitude + 0.0025, 0.001, reference=WGS84), "PERCENT_RISE"
    )
    assert made.values[0, 2, 1:-1] == pytest.approx(10, rel=1e-4)


def test_mercator_is_measured_on_the_ground():
    # at 60 degrees north a metre of the map is 0.5 m of ground, give or take 0.4 %
    north = 8_399_737.9
    plane = np.tile(np.arange(7) * 10.0, (5, 1))
    made = slope(
        grid(plane, 0, north + 250, 100, reference=WEB_MERCATOR), "PERCENT_RISE"
    )
    assert made.values[0, 2, 3] == pytest.approx(20, rel=5e-3)


def test_aspect_says_where_the_ground_falls():
    rows, columns = np.mgrid[:5, :5].astype(float)
    for plane, degree in ((-columns, 90), (columns, 270), (rows, 0), (-rows, 180)):
        assert aspect(grid(plane)).values[0, 2, 2] == degree


def test_empty_cells_stay_empty_and_neighbours_count_as_level():
    values = np.full((5, 5), 7.0)
    values[2, 2] = np.nan
    made = slope(grid(values)).values[0]
    assert np.isnan(made[2, 2])
    assert np.nansum(made) == 0
    assert not hillshade(grid(values)).valid[0, 2, 2]


def test_without_a_raster_the_sample_is_taken_and_said():
    said = Recorder()
    made = slope(context=said)
    assert made.values.shape == (1, 344, 403)
    assert "sample heights" in said.warnings[0]
    assert said.steps[-1] == 100


def test_contours_are_as_long_as_those_of_gdal():
    # gdal_contour -a h -i 100 -off 0.5 dem.tif out.gpkg, lengths summed by h. GDAL
    # draws half a cell further at the edge, so its lines are a little longer.
    theirs = {
        300.5: 140630.48, 400.5: 470173.40, 500.5: 605651.53, 600.5: 604862.96,
        700.5: 367364.37, 800.5: 216392.42, 900.5: 142242.07, 1000.5: 26760.84,
    }  # fmt: skip
    made = contour(100.0, hills(), 0.5)
    assert made.column("Contour").to_pylist() == list(theirs)
    ours = shapely.length(made.geometries)
    assert ours == pytest.approx(list(theirs.values()), rel=8e-3)


def test_contours_of_a_cone_are_circles():
    y, x = np.mgrid[50:-51:-1, -50:51].astype(float)
    made = contour(10.0, grid(100 - np.hypot(x, y), -50.5, 50.5))
    at = made.column("Contour").to_pylist().index(70.0)
    assert shapely.length(made.geometries[at]) == pytest.approx(60 * np.pi, rel=1e-3)
    assert shapely.is_ring(shapely.get_parts(made.geometries[at])).all()


def test_contours_avoid_empty_cells_and_a_level_raster_has_none():
    said = Recorder()
    assert len(contour(1.0, grid(np.full((4, 4), 0.5)), context=said)) == 0
    assert len(contour(1.0, grid(np.full((4, 4), np.nan)), context=said)) == 0
    assert len(contour(1.0, grid([[0.0, 9.0]]), context=said)) == 0
    assert len(said.warnings) == 3


def test_too_many_contours_are_refused_by_name():
    with pytest.raises(ToolFailed, match="Interval: expected at most 2,000"):
        contour(0.01, degrees())
