"""Kernel density against a plain sum over all pairs, and its integral."""

from __future__ import annotations

import math

import numpy as np
import pyproj
import pytest
import shapely

from services.data import cities
from services.errors import ToolFailed
from services.geometry.crs import WEB_MERCATOR, SpatialReference
from services.geometry.features import FeatureSet
from services.geometry.units import LinearUnit
from services.tools.density import kernel_density
from tests.services.tools.recorder import Recorder

GEOD = pyproj.Geod(ellps="WGS84")
KM = "esriKilometers"


def middles(grid) -> tuple[np.ndarray, np.ndarray]:
    _, rows, columns = grid.values.shape
    (wide, high), box = grid.cell_size, grid.extent
    x = box.xmin + (np.arange(columns) + 0.5) * wide
    y = box.ymax - (np.arange(rows) + 0.5) * high
    return np.meshgrid(x, y)


def total(grid) -> float:
    """The sum over cells in degrees, areas of cells by pyproj.Geod."""
    wide, high = grid.cell_size
    _, y = middles(grid)
    areas = [
        abs(GEOD.geometry_area_perimeter(
            shapely.segmentize(shapely.box(0, at - high / 2, wide, at + high / 2), 0.05)
        )[0]) / 1e6
        for at in y[:, 0]
    ]  # fmt: skip
    return float((grid.values[0].sum(axis=1) * areas).sum())


def plain(grid, lon, lat, weights, radius) -> np.ndarray:
    """The formula over all pairs, distances by pyproj.Geod."""
    x, y = middles(grid)
    made = np.zeros(x.shape)
    for a, b, weight in zip(lon, lat, weights, strict=True):
        metres = GEOD.inv(np.full(x.shape, a), np.full(x.shape, b), x, y)[2]
        near = np.maximum(1 - (metres / radius) ** 2, 0) ** 2
        made += weight * 3 / (math.pi * radius**2) * near * 1e6
    return made


@pytest.fixture(scope="module")
def indian() -> FeatureSet:
    rows = np.array([one == "India" for one in cities().column("country").to_pylist()])
    return cities().take(rows)


def test_density_is_that_of_the_formula_over_all_pairs(indian):
    grid = kernel_density(indian, "population", LinearUnit(40, KM), LinearUnit(300, KM))
    lon, lat = shapely.get_coordinates(indian.geometries).T
    expected = plain(grid, lon, lat, indian.numbers("population"), 300_000)
    assert np.abs(grid.values[0] - expected).max() < 3e-6 * expected.max()


def test_the_integral_is_what_the_points_stand_for(indian):
    grid = kernel_density(indian, "population", LinearUnit(10, KM), LinearUnit(300, KM))
    assert total(grid) == pytest.approx(indian.numbers("population").sum(), rel=1e-3)
    assert grid.spatial_reference == indian.spatial_reference


def test_the_radius_is_by_the_rule_of_thumb(indian):
    told = Recorder()
    kernel_density(indian, cell_size=LinearUnit(50, KM), context=told)
    lon, lat = shapely.get_coordinates(indian.geometries).T
    plane = pyproj.Transformer.from_crs(
        4326, f"+proj=laea +lat_0={lat.mean()} +lon_0={lon.mean()}", always_xy=True
    )
    xy = np.column_stack(plane.transform(lon, lat))
    apart = np.hypot(*(xy - xy.mean(axis=0)).T)
    standard, middle = math.sqrt((apart**2).mean()), np.median(apart)
    radius = 0.9 * min(standard, math.sqrt(1 / math.log(2)) * middle)
    radius *= len(indian) ** -0.2
    assert float(told.messages[0].split()[2]) == pytest.approx(radius, rel=0.01)
    assert told.steps[0] == 0.0


def test_one_point_is_a_disc_of_its_radius():
    point = FeatureSet.of(
        [shapely.Point(500_000, 5_000_000)], spatial_reference=SpatialReference(32633)
    )
    grid = kernel_density(point, None, LinearUnit(20), LinearUnit(1000))
    assert grid.values.max() == pytest.approx(3 / math.pi, rel=1e-3)
    area = 20**2 / 0.9996**2 / 1e6
    assert grid.values.sum() * area == pytest.approx(1.0, rel=1e-3)


@pytest.mark.parametrize("reference", [None, WEB_MERCATOR])
def test_the_antimeridian_does_not_tear_the_raster(reference):
    points = FeatureSet.of(shapely.points([[179.9, -17.0], [-179.9, -17.0]]))
    home = FeatureSet.of(shapely.points([[-0.1, -17.0], [0.1, -17.0]]))
    if reference is not None:
        points, home = points.project(reference), home.project(reference)
    away, here = (
        kernel_density(one, None, LinearUnit(2, KM), LinearUnit(50, KM))
        for one in (points, home)
    )
    assert away.values.shape == here.values.shape
    assert away.values == pytest.approx(here.values, abs=1e-6)


def test_round_a_pole_all_longitudes_are_covered():
    pole = FeatureSet.of([shapely.Point(20, 89.9)])
    grid = kernel_density(pole, None, LinearUnit(5, KM), LinearUnit(100, KM))
    assert grid.extent.xmax - grid.extent.xmin == pytest.approx(360, abs=0.2)
    assert grid.extent.ymax == 90.0
    assert total(grid) == pytest.approx(1.0, rel=0.01)


def test_what_cannot_be_mapped_is_said():
    same = FeatureSet.of([shapely.Point(0, 0)] * 2, {"n": [0, 0]})
    with pytest.raises(ToolFailed, match="Search_Radius is needed"):
        kernel_density(same)
    with pytest.raises(ToolFailed, match="Population_Field must be above 0"):
        kernel_density(same, "n")
    with pytest.raises(ToolFailed, match="Cell_Size makes"):
        kernel_density(same, None, LinearUnit(1), LinearUnit(10, KM))
    with pytest.raises(ToolFailed, match="at most 2,000 km"):
        kernel_density(same, search_radius=LinearUnit(3000, KM))
    with pytest.raises(ToolFailed, match="at least 1 feature"):
        kernel_density(same.take(np.arange(0)))


def test_points_in_one_place_need_a_radius():
    for count in (1, 12):
        points = FeatureSet.of(shapely.points(np.full((count, 2), (24.9, 60.15))))
        with pytest.raises(ToolFailed, match="Search_Radius is needed"):
            kernel_density(points)


def test_what_is_below_a_millimetre_is_refused_by_name():
    points = FeatureSet.of(shapely.points([[0.0, 0.0], [1.0, 1.0]]))
    with pytest.raises(ToolFailed, match="Search_Radius must be above 0"):
        kernel_density(points, search_radius=LinearUnit(1e-300))
    with pytest.raises(ToolFailed, match="Cell_Size must be above 0"):
        kernel_density(points, cell_size=LinearUnit(5e-324))
