"""Centres and spread against optimisers, NumPy and distances by pyproj.Geod."""

from __future__ import annotations

import math

import numpy as np
import pyproj
import pytest
import shapely
from scipy.optimize import minimize

from services.data import cities, countries
from services.errors import ToolFailed
from services.geometry.crs import SpatialReference
from services.geometry.features import FeatureSet
from services.geometry.units import ArealUnit
from services.tools.patterns import (
    average_nearest_neighbor,
    directional_distribution,
    mean_center,
    median_center,
)
from tests.services.tools.recorder import Recorder

GEOD = pyproj.Geod(ellps="WGS84")
UTM = SpatialReference(32633)


@pytest.fixture(scope="module")
def chinese() -> FeatureSet:
    rows = np.array([one == "China" for one in cities().column("country").to_pylist()])
    return cities().take(rows)


def lonlat(features: FeatureSet) -> np.ndarray:
    return shapely.get_coordinates(features.geometries)


def metres_from(centre, features) -> np.ndarray:
    lon, lat = lonlat(features).T
    return GEOD.inv(
        np.full_like(lon, centre[0]), np.full_like(lat, centre[1]), lon, lat
    )[2]


def best(cost, start) -> np.ndarray:
    """The place of least cost by Nelder and Mead, in degrees."""
    options = {"xatol": 1e-10, "fatol": 1e-12, "maxiter": 4000}
    return minimize(cost, start, method="Nelder-Mead", options=options).x


def apart(one, other) -> float:
    return GEOD.inv(*one, *other)[2]


def test_the_mean_center_has_the_smallest_sum_of_squared_distances(chinese):
    weights = chinese.numbers("population")
    made = mean_center(chinese, "population")
    start = np.average(lonlat(chinese), axis=0, weights=weights)
    expected = best(
        lambda at: (weights * metres_from(at, chinese) ** 2).sum() / 1e18, start
    )
    # a squared distance is flat at its minimum: the optimiser is good to metres
    # and a plane's directions off by that of geodesics
    assert apart(lonlat(made)[0], expected) < 20.0


def test_the_median_center_has_the_smallest_sum_of_distances(chinese):
    made = median_center(chinese)
    expected = best(
        lambda at: metres_from(at, chinese).sum() / 1e6, lonlat(chinese).mean(axis=0)
    )
    assert apart(lonlat(made)[0], expected) < 2.0
    total = metres_from(lonlat(made)[0], chinese).sum()
    assert made.numbers("Total_Distance")[0] == pytest.approx(total, rel=1e-9)


def test_in_a_town_the_mean_center_is_the_mean_of_coordinates():
    xy = np.random.default_rng(4).normal([500_000, 5_000_000], 2_000, (200, 2))
    made = mean_center(FeatureSet.of(shapely.points(xy), spatial_reference=UTM))
    assert lonlat(made)[0] == pytest.approx(xy.mean(axis=0), abs=1e-3)


@pytest.mark.parametrize("tool", [mean_center, median_center, directional_distribution])
def test_the_antimeridian_moves_no_center(tool):
    around = np.array([[-2.0, 1.0], [1.0, -1.0], [2.0, 2.0], [0.5, -2.0]])
    home = tool(FeatureSet.of(shapely.points(around)))
    moved = around + np.array([180.0, 0.0])
    moved[:2, 0] -= 360.0 * (moved[:2, 0] > 180.0)
    away = tool(FeatureSet.of(shapely.points(moved)))
    names = [one.name for one in home.fields[:2]]
    turned = (away.numbers(names[0])[0] - 180.0) % 360.0
    assert turned == pytest.approx(home.numbers(names[0])[0] % 360.0, abs=1e-9)
    assert away.numbers(names[1]) == pytest.approx(home.numbers(names[1]), abs=1e-9)


def test_each_group_has_its_center_and_the_weightless_none():
    told = Recorder()
    features = FeatureSet.of(
        shapely.points([[0, 0], [2, 0], [10, 10], [20, 20], [5, 5]] ),
        {"k": ["a", "a", "b", "c", "a"], "w": [1.0, 1.0, 3.0, 0.0, None]},
    )  # fmt: skip
    made = mean_center(features, "w", ["k"], told)
    assert made.column("k").to_pylist() == ["a", "b"]
    assert lonlat(made) == pytest.approx(np.array([[1.0, 0.0], [10.0, 10.0]]), abs=1e-9)
    assert told.warnings == [
        "1 feature was left out: no geometry, or null in a field",
        "1 group has no center: all weights are 0",
    ]


def test_the_ellipse_has_the_axes_of_numpys_covariance():
    rng = np.random.default_rng(8)
    cloud = rng.normal(0, [3_000, 1_000], (400, 2))
    turn = math.radians(30)  # from east towards north: 60 degrees from north
    xy = cloud @ [[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]]
    features = FeatureSet.of(
        shapely.points(xy + np.array([5e5, 5e6])), spatial_reference=UTM
    )
    made = directional_distribution(features)
    values, vectors = np.linalg.eigh(np.cov(xy.T, bias=True))
    short, long = np.sqrt(2 * values) / 0.9996  # the scale of UTM at its meridian
    assert made.numbers("XStdDist")[0] == pytest.approx(short, rel=1e-5)
    assert made.numbers("YStdDist")[0] == pytest.approx(long, rel=1e-5)
    azimuth = math.degrees(math.atan2(*vectors[:, 1])) % 180
    assert made.numbers("Rotation")[0] == pytest.approx(azimuth, abs=0.01)
    area = shapely.area(made.geometries[0]) / 0.9996**2
    assert area == pytest.approx(math.pi * short * long, rel=1e-3)


@pytest.mark.parametrize("size", [1, 2])
def test_the_ellipse_holds_its_share_of_a_normal_cloud(size):
    # two dimensions, axes times the root of 2: 1 - exp(-k^2)
    cloud = np.random.default_rng(2).normal([10, 50], [0.2, 0.1], (20_000, 2))
    features = FeatureSet.of(shapely.points(cloud))
    name = f"{size}_STANDARD_DEVIATION" + "S" * (size > 1)
    [ellipse] = directional_distribution(features, name).geometries
    share = shapely.contains_xy(ellipse, *cloud.T).mean()
    assert share == pytest.approx(1 - math.exp(-(size**2)), abs=0.006)


def test_features_on_one_line_have_no_ellipse():
    told = Recorder()
    line = FeatureSet.of(shapely.points([[0, 0], [1, 0], [3, 0]]))
    assert len(directional_distribution(line, context=told)) == 0
    assert told.warnings == ["1 group has no ellipse: all features on one line"]


def test_nearest_neighbours_are_those_of_geod(chinese):
    lon, lat = (np.repeat(axis[:, None], len(chinese), 1) for axis in lonlat(chinese).T)
    metres = GEOD.inv(lon, lat, lon.T, lat.T)[2]
    np.fill_diagonal(metres, np.inf)
    made = average_nearest_neighbor(chinese, ArealUnit(9.6e6, "esriSquareKilometers"))
    assert made.nn_observed == pytest.approx(metres.min(axis=1).mean(), rel=3e-6)
    assert made.nn_expected == pytest.approx(0.5 * math.sqrt(9.6e12 / len(chinese)))
    error = 0.26136 / math.sqrt(len(chinese) ** 2 / 9.6e12)
    z = (metres.min(axis=1).mean() - made.nn_expected) / error
    assert made.nn_z_score == pytest.approx(z, rel=1e-4)
    assert made.p_value == pytest.approx(math.erfc(abs(z) / math.sqrt(2)), rel=1e-3)


def test_a_lattice_is_dispersed_as_clark_and_evans_say():
    # a square lattice: each neighbour is one step away, so the ratio is 2
    x, y = np.meshgrid(np.arange(20) * 100.0, np.arange(20) * 100.0)
    xy = np.column_stack([x.ravel() + 5e5, y.ravel() + 5e6])
    lattice = FeatureSet.of(shapely.points(xy), spatial_reference=UTM)
    made = average_nearest_neighbor(
        lattice, ArealUnit(4.0 / 0.9996**2, "esriSquareKilometers")
    )
    assert made.nn_ratio == pytest.approx(2.0, rel=1e-5)
    smaller = average_nearest_neighbor(lattice)  # 19 by 19 steps
    assert smaller.nn_ratio == pytest.approx(2.0 * 20 / 19, rel=1e-4)


def test_what_cannot_be_measured_is_said():
    one = FeatureSet.of(shapely.points([[0, 0]]))
    with pytest.raises(ToolFailed, match="at least 2 features"):
        average_nearest_neighbor(one)
    with pytest.raises(ToolFailed, match="Area is needed"):
        average_nearest_neighbor(cities())
    with pytest.raises(ToolFailed, match="at least 1 feature"):
        mean_center(one.take(np.arange(0)))
    with pytest.raises(ToolFailed, match="Weight_Field must hold no negative"):
        mean_center(FeatureSet.of([shapely.Point(0, 0)], {"w": [-1.0]}), "w")


def test_polygons_count_at_their_center_of_gravity():
    made = mean_center(countries(), case_field=["name"])
    fiji = made.column("name").to_pylist().index("Fiji")
    # Fiji lies on both sides of the antimeridian
    assert abs(lonlat(made)[fiji][0]) > 177.0


@pytest.mark.parametrize("shape", [(0, 1), (0, 0)])
def test_features_on_a_meridian_or_in_one_place_span_no_area(shape):
    steps = np.arange(12)[:, None] * 0.01 * np.array(shape) + (24.9, 60.15)
    line = FeatureSet.of(shapely.points(steps))
    with pytest.raises(ToolFailed, match="Area must be above 0"):
        average_nearest_neighbor(line)
    with pytest.raises(ToolFailed, match="Area must be above 0"):
        average_nearest_neighbor(line, ArealUnit(5e-324))
