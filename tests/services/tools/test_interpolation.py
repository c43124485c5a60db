"""Surfaces through points: GDAL's, MetPy's, NumPy's, and what must hold."""

from __future__ import annotations

import sys

import numpy as np
import pytest
import shapely
from pykrige.ok import OrdinaryKriging

from services.errors import ToolFailed
from services.geometry.crs import WGS84
from services.geometry.extents import Extent
from services.geometry.features import FeatureSet, Field
from services.geometry.units import LinearUnit
from services.interpolation.natural import NaturalNeighbours
from services.tools.interpolation import idw, kriging, natural_neighbor
from tests.services.tools.rasters import LOCAL
from tests.services.tools.recorder import Recorder

Z = Field("z", "esriFieldTypeDouble")
SQUARE = Extent(-10_000, -10_000, 10_000, 10_000, LOCAL)
PICKED = (np.array([0, 3, 10, 15, 19]), np.array([0, 7, 10, 2, 19]))


def measured(xy, z, reference=LOCAL):
    return FeatureSet.of(shapely.points(np.asarray(xy, dtype=float)),
                         {"z": np.asarray(z, dtype=float)}, spatial_reference=reference)  # fmt: skip


def scattered():
    """Sixty points that a formula spreads over 20 km by 20 km."""
    at = np.arange(60)
    x, y = at * 7919 % 20011 - 10_000, at * 104729 % 20021 - 10_000
    return measured(np.column_stack([x, y]), at * 37 % 101)


def test_idw_is_that_of_gdal():
    # gdal_grid -a invdist:power=2:smoothing=0 -txe -10000 10000 -tye 10000 -10000
    #   -outsize 20 20 (GDAL 3.6.2), on the plane in which the points are given
    made = idw(scattered(), Z, 1000.0, neighbours=60, extent=SQUARE).values[0]
    assert made[PICKED] == pytest.approx(
        [70.606407, 57.991673, 62.804459, 47.323147, 59.870121], abs=2e-3
    )
    assert made.mean(dtype=float) == pytest.approx(49.780497, abs=1e-3)


def test_idw_of_the_nearest_within_a_radius_is_that_of_gdal():
    # gdal_grid -a invdistnn:power=3:radius=5000:max_points=5:nodata=-1, else as above
    made = idw(scattered(), Z, 1000.0, 3.0, 5, LinearUnit(5), SQUARE)
    assert not made.valid.any()
    made = idw(scattered(), Z, 1000.0, 3.0, 5, LinearUnit(5, "esriKilometers"), SQUARE)
    assert made.values[0][PICKED] == pytest.approx(
        [75.718435, 63.660703, 83.044625, 52.422446, 63.065659], abs=5e-3
    )


def test_natural_neighbours_are_those_of_metpy():
    # metpy.interpolate.natural_neighbor_to_points(xy, z, places) (MetPy 1.7, which
    # builds each Voronoi cell); 40 places, of which 39 are in the hull: 6e-13 apart
    rng = np.random.default_rng(3)
    xy = rng.random((60, 2)) * 1000
    z = np.sin(xy[:, 0] / 200) * 100 + xy[:, 1] / 10
    places = rng.random((40, 2)) * 800 + 100
    theirs = [-3.656677, 45.05459, -25.681129, 97.03046, 147.866023, 151.420474]
    made = NaturalNeighbours(xy, z).at(places)
    assert made[:6] == pytest.approx(theirs, abs=1e-6)
    assert np.isnan(made).sum() == 1


def test_natural_neighbours_keep_a_plane_and_the_points_also_on_a_lattice():
    y, x = np.mgrid[0:50:10, 0:50:10].reshape(2, -1).astype(float)
    points = np.column_stack([x, y])
    places = np.mgrid[0:40.1:2.5, 0:40.1:2.5].reshape(2, -1).T
    made = NaturalNeighbours(points, points @ [1, 2]).at(places)
    assert made == pytest.approx(places @ [1, 2], abs=1e-4)


def test_a_surface_of_natural_neighbours_ends_at_the_hull_and_stays_in_range():
    made = natural_neighbor(scattered(), Z, 500.0, SQUARE)
    hull = shapely.convex_hull(shapely.multipoints(scattered().geometries))
    assert made.valid.sum() * 500**2 == pytest.approx(hull.area, rel=0.02)
    assert np.nanmin(made.values) >= 0
    assert np.nanmax(made.values) <= 100


def test_kriging_is_the_solution_of_its_system():
    # ordinary kriging after Kitanidis (1997), chapter 3, by NumPy, with the
    # semivariogram that PyKrige fits
    points = scattered()
    xy, z = shapely.get_coordinates(points.geometries), points.numbers("z")
    sill, reach, nugget = OrdinaryKriging(
        *xy.T, z, variogram_model="exponential"
    ).variogram_model_parameters

    def gamma(apart):
        made = sill * (1 - np.exp(-apart / (reach / 3))) + nugget
        return np.where(apart == 0, 0, made)

    made = kriging(points, Z, 4000.0, "EXPONENTIAL", SQUARE).values[0]
    across = np.arange(-8000, 8001, 4000)
    centres = np.stack(np.meshgrid(across, across[::-1]), axis=-1).reshape(-1, 2)
    system = np.ones((61, 61))
    system[60, 60] = 0
    system[:60, :60] = gamma(np.hypot(*(xy[:, None] - xy[None]).T))
    right = np.ones((61, len(centres)))
    right[:60] = gamma(np.hypot(*(xy[:, None] - centres[None]).transpose(2, 0, 1)))
    theirs = np.linalg.solve(system, right)[:60].T @ z
    assert made.ravel() == pytest.approx(theirs, abs=0.05)


@pytest.mark.parametrize("tool", [idw, natural_neighbor, kriging])
def test_in_degrees_the_surface_is_the_same_as_in_metres(tool):
    flat = scattered()
    made = tool(flat, Z, 1000.0, extent=SQUARE)
    degrees = flat.project(WGS84)
    box = shapely.total_bounds(degrees.geometries)
    round_ = tool(degrees, Z, 0.01, extent=Extent(*box.tolist(), WGS84))
    # the same place in both rasters: that in the middle
    x, y = -84.24, 36.3
    row = int((round_.extent.ymax - y) / 0.01)
    column = int((x - round_.extent.xmin) / 0.01)
    assert round_.spatial_reference.wkid == 4326
    assert round_.values[0, row, column] == pytest.approx(
        made.values[0, 9:11, 9:11].mean(), abs=12
    )


def test_a_surface_goes_through_its_points():
    points = measured([(0.5, -0.5), (9.5, -0.5), (0.5, -9.5), (9.5, -9.5), (4.5, -6.5)],
                      [1, 2, 3, 4, 9])  # fmt: skip
    box = Extent(0, -10, 10, 0, LOCAL)
    for tool in (idw, natural_neighbor, kriging):
        made = tool(points, Z, 1.0, extent=box).values[0]
        assert made[[0, 0, 9, 9, 6], [0, 9, 0, 9, 4]] == pytest.approx(
            [1, 2, 3, 4, 9], abs=1e-3
        )


def test_points_on_one_place_count_by_their_mean_and_missing_ones_are_told():
    said = Recorder()
    points = FeatureSet.of(
        [shapely.Point(0, 0), shapely.Point(0, 0), shapely.Point(5, 5), None,
         shapely.Point(9, 9)],
        {"z": [2.0, 4.0, 7.0, 1.0, None]}, spatial_reference=LOCAL,
    )  # fmt: skip
    made = idw(points, Z, 1.0, neighbours=1, extent=Extent(-0.5, -0.5, 0.5, 0.5, LOCAL),
               context=said)  # fmt: skip
    assert made.values.tolist() == [[[3.0]]]
    assert said.warnings[0].startswith("2 points have no geometry or no value")
    assert said.warnings[1].startswith("1 points lie on others")


@pytest.mark.parametrize(
    ("tool", "arguments", "told"),
    [
        (idw, {"cell_size": 0.1}, "Cell_Size: expected at most 4,000,000"),
        (idw, {"search_radius": LinearUnit(-1)}, "Search_Radius"),
        (kriging, {}, "kriging takes 3 to 1,000 points, not 1,001"),
    ],
)
def test_limits_are_told_by_name(tool, arguments, told):
    at = np.arange(1001)
    many = measured(np.column_stack([at * 7919 % 20011, at * 104729 % 20021]), at)
    with pytest.raises(ToolFailed, match=told):
        tool(many, Z, **arguments)


def test_what_spans_no_area_is_told():
    line = measured([(0, 0), (1, 1), (2, 2)], [1, 2, 3])
    box = Extent(0, 0, 2, 2, LOCAL)
    with pytest.raises(ToolFailed, match="not on one line"):
        natural_neighbor(line, Z, 1.0, box)
    with pytest.raises(ToolFailed, match="Output_Extent: the points span no area"):
        idw(measured([(0, 0)], [1]), Z)
    with pytest.raises(ToolFailed, match="Input_Point_Features: expected 1 to"):
        idw(measured(np.zeros((0, 2)), []), Z)
    with pytest.raises(ToolFailed, match="not all equal"):
        kriging(measured([(0, 0), (1, 0), (0, 1)], [5, 5, 5]), Z, 1.0, extent=box)


def test_without_its_extra_kriging_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "services.interpolation.kriging", None)
    with pytest.raises(ToolFailed, match=r"pip install 'cairn\[kriging\]'"):
        kriging(scattered(), Z)


def test_cells_beyond_the_globe_are_empty():
    points = measured([(0, 0), (1, 0), (0, 1)], [1.0, 2.0, 3.0], WGS84)
    made = idw(points, Field("z"), 60.0, extent=Extent(-30, -90, 30, 330, WGS84))
    assert made.values.shape[1:] == (7, 1)
    assert made.valid[0, :, 0].tolist() == [False] * 4 + [True] * 3


def test_what_pykrige_cannot_fit_is_told():
    xy, z = [(0, 0), (500, 0), (0, 500), (500, 500)], [1.0, 2.0, 3.0, 5.0]
    with pytest.raises(ToolFailed, match="Z_Value_Field: no semivariogram"):
        kriging(measured(xy, [one * 1e-200 for one in z]), Field("z"))
