"""Moran's I and Gi* against esda, which stands on libpysal."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from scipy.stats import false_discovery_control

from services.data import cities, countries
from services.errors import InvalidValue, ToolFailed
from services.geometry.crs import WEB_MERCATOR
from services.geometry.features import FeatureSet
from services.geometry.units import LinearUnit
from services.tools.autocorrelation import hot_spot_analysis, spatial_autocorrelation
from tests.services.tools.recorder import Recorder

BAND = LinearUnit(300, "esriKilometers")

# esda 2.9.0: Moran(population, w, permutations=0, two_tailed=True), w of geodesic
# distances by pyproj.Geod among the cities of China and India; I, VI_rand, z_rand,
# p_rand. Transformation B (O for inverse distance), else R.
MORAN = [
    ("FIXED_DISTANCE_BAND", False, -0.036521966841955154, 0.0021202746032777417,
     -0.6059377751356106, 0.5445560739389725),
    ("FIXED_DISTANCE_BAND", True, -0.052861373576673004, 0.004520518845760678,
     -0.6580027218465423, 0.5105363821684027),
    ("INVERSE_DISTANCE", False, 0.0279481430734305, 0.004595882087175397,
     0.5394195209967482, 0.5895974143767863),
    ("INVERSE_DISTANCE", True, -0.020114716798377424, 0.005094215718062489,
     -0.16103992240818116, 0.8720619574419614),
    ("K_NEAREST_NEIGHBORS", True, -0.018510707011487892, 0.002088135730743315,
     -0.21643011557518663, 0.8286524936778714),
]  # fmt: skip


@pytest.fixture(scope="module")
def asian() -> FeatureSet:
    names = cities().column("country").to_pylist()
    return cities().take(np.array([one in ("China", "India") for one in names]))


@pytest.mark.parametrize(("relation", "by_row", "index", "variance", "z", "p"), MORAN)
def test_morans_i_is_that_of_esda(asian, relation, by_row, index, variance, z, p):
    made = spatial_autocorrelation(asian, "population", relation, by_row, BAND, 6)
    assert made.morans_i == pytest.approx(index, rel=1e-5)
    assert made.expected == pytest.approx(-1 / 116)
    assert made.variance == pytest.approx(variance, rel=1e-5)
    assert made.z_score == pytest.approx(z, rel=1e-5)
    assert made.p_value == pytest.approx(p, rel=1e-5)


def test_gi_star_is_that_of_esda(asian):
    # esda 2.9.0: G_Local(population, w, transform="B", star=True, permutations=0).Zs
    made = hot_spot_analysis(asian, "population", distance_band=BAND)
    z = made.numbers("GiZScore")
    assert z[:5] == pytest.approx(
        [0.7062054744847978, 1.7940842243789006, 1.2930495664163724,
         1.8440811470570682, 0.7243539293375167], abs=1e-9,
    )  # fmt: skip
    assert [z.sum(), z.min(), z.max()] == pytest.approx(
        [17.841724056670472, -1.5759256221483666, 2.5098866741691515], abs=1e-8
    )
    bins = made.numbers("Gi_Bin")
    p = made.numbers("GiPValue")
    assert (
        bins
        == np.sign(z) * sum((p <= level).astype(int) for level in (0.1, 0.05, 0.01))
    ).all()


def test_fewer_spots_are_left_by_the_rule_of_benjamini_and_hochberg():
    grid = lattice()
    made = hot_spot_analysis(grid, "v", "CONTIGUITY_EDGES_CORNERS", apply_fdr=True)
    corrected = false_discovery_control(made.numbers("GiPValue"))
    expected = sum((corrected <= level).astype(int) for level in (0.1, 0.05, 0.01))
    bins = made.numbers("Gi_Bin")
    assert (np.abs(bins) == expected).all()
    plain = hot_spot_analysis(grid, "v", "CONTIGUITY_EDGES_CORNERS")
    assert 0 < (bins != 0).sum() < (plain.numbers("Gi_Bin") != 0).sum()


def lattice() -> FeatureSet:
    """Squares with chance values, and a high corner."""
    edges = np.arange(16) / 100
    x, y = np.meshgrid(edges[:-1], edges[:-1])
    right, top = np.meshgrid(edges[1:], edges[1:])
    shapes = shapely.box(x, y, right, top).ravel()
    values = np.random.default_rng(5).normal(0, 1, len(shapes))
    values[(x.ravel() < 0.04) & (y.ravel() < 0.04)] += 2.0
    return FeatureSet.of(shapes, {"v": values})


def test_neighbours_share_borders_or_corners():
    grid = lattice()
    edges = hot_spot_analysis(grid, "v", "CONTIGUITY_EDGES_ONLY")
    corners = hot_spot_analysis(grid, "v", "CONTIGUITY_EDGES_CORNERS")
    counts = [np.bincount(one.numbers("NNeighbors").astype(int)).tolist()
              for one in (edges, corners)]  # fmt: skip
    assert counts[0] == [0, 0, 4, 13 * 4, 13 * 13]
    assert counts[1] == [0, 0, 0, 4, 0, 13 * 4, 0, 0, 13 * 13]


def test_a_chessboard_has_the_lowest_index_there_is():
    grid = lattice()
    x, y = shapely.get_coordinates(shapely.centroid(grid.geometries)).T
    board = grid.with_column("v", (np.round(x * 100 + y * 100 - 1) % 2).astype(float))
    made = spatial_autocorrelation(board, "v", "CONTIGUITY_EDGES_ONLY")
    assert made.morans_i == pytest.approx(-1.0, abs=0.01)
    assert made.z_score < -10


def test_the_spatial_reference_changes_nothing(asian):
    moved = asian.project(WEB_MERCATOR)
    one, other = (hot_spot_analysis(each, "population") for each in (asian, moved))
    assert one.numbers("GiZScore") == pytest.approx(other.numbers("GiZScore"))


def test_the_default_band_gives_each_feature_a_neighbour(asian):
    told = Recorder()
    made = hot_spot_analysis(asian, "population", context=told)
    assert made.numbers("NNeighbors").min() == 1
    assert told.messages[0].startswith("Distance band: ")
    assert told.warnings == []


def test_features_without_value_take_no_part(asian):
    values = asian.numbers("population").copy()
    values[3] = np.nan
    told = Recorder()
    made = hot_spot_analysis(
        asian.with_column("population", values), "population", "K_NEAREST_NEIGHBORS",
        context=told,
    )  # fmt: skip
    assert made.column("Gi_Bin").to_pylist()[3] is None
    assert made.column("GiZScore").null_count == 1
    assert told.warnings[0].startswith("1 feature was left out")


def test_countries_of_large_population_are_near_each_other():
    # islands have no neighbour: they count, and are warned of
    told = Recorder()
    made = spatial_autocorrelation(
        countries(), "pop_est", "CONTIGUITY_EDGES_CORNERS", context=told
    )
    assert -1 < made.morans_i < 1
    assert "features have no neighbour" in told.warnings[0]


def test_what_cannot_be_told_is_refused():
    points = FeatureSet.of(
        shapely.points(np.arange(10).reshape(5, 2)),
        {"same": [1] * 5, "v": [1, 2, 3, 4, 6], "t": list("abcde")},
    )
    with pytest.raises(ToolFailed, match="Input_Field must vary"):
        hot_spot_analysis(points, "same")
    with pytest.raises(ToolFailed, match="needs polygons"):
        hot_spot_analysis(points, "v", "CONTIGUITY_EDGES_ONLY")
    with pytest.raises(ToolFailed, match="Number_Of_Neighbors must be less"):
        hot_spot_analysis(points, "v", "K_NEAREST_NEIGHBORS", number_of_neighbors=5)
    with pytest.raises(ToolFailed, match="no feature has a neighbour"):
        spatial_autocorrelation(points, "v", distance_band=LinearUnit(1))
    with pytest.raises(ToolFailed, match="all features are neighbours"):
        spatial_autocorrelation(
            points, "v", "K_NEAREST_NEIGHBORS", number_of_neighbors=4
        )
    with pytest.raises(ToolFailed, match="Distance_Band must be above 0"):
        hot_spot_analysis(points, "v", distance_band=LinearUnit(0))
    with pytest.raises(ToolFailed, match="at least 3 features"):
        hot_spot_analysis(points.take(np.arange(2)), "v")
    with pytest.raises(InvalidValue, match="not numeric"):
        hot_spot_analysis(points, "t")


def test_the_unit_of_the_values_changes_nothing(asian):
    million = asian.numbers("population") / 1e6
    first = spatial_autocorrelation(asian.with_column("v", million), "v")
    for unit in (1e-110, 1e200):
        made = spatial_autocorrelation(asian.with_column("v", million * unit), "v")
        assert made == pytest.approx(first, rel=1e-9)
