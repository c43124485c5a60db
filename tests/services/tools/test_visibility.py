"""Viewshed against GRASS, sight lines and profiles against SciPy and pyproj."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from pyproj import Geod
from scipy.ndimage import map_coordinates

from services.errors import ToolFailed
from services.geometry.crs import WGS84
from services.geometry.features import FeatureSet
from services.geometry.units import LinearUnit
from services.tools.visibility import line_of_sight, profile, viewshed
from tests.services.tools.rasters import LOCAL, degrees, grid, hills
from tests.services.tools.recorder import Recorder


def points(*xy, reference=LOCAL):
    return FeatureSet.of([shapely.Point(one) for one in xy],
                         spatial_reference=reference)  # fmt: skip


def lines(*paths, reference=LOCAL):
    return FeatureSet.of([shapely.LineString(one) for one in paths],
                         spatial_reference=reference)  # fmt: skip


@pytest.mark.parametrize(
    ("x", "y", "eye", "reach", "theirs"),
    # r.viewshed -b -c -r input=dem coordinates=x,y observer_elevation=eye
    #   max_distance=reach target_elevation=0 refraction_coeff=0.142857142857
    # (GRASS 8.2, Debian 12), cells of 1 counted. Its sight lines pass over heights
    # that it interpolates otherwise: 6 and 8 of 100 cells differ.
    [(45, 45, 2.0, 15_000.0, 5353), (-5000, 3000, 10.0, 8_000.0, 550)],
)
def test_as_much_is_seen_as_grass_sees(x, y, eye, reach, theirs):
    made = viewshed(
        points((x, y)), hills(), LinearUnit(reach), LinearUnit(eye), refraction=1 / 7
    )
    assert int(made.values.sum()) == pytest.approx(theirs, rel=0.02)


def test_a_wall_hides_what_is_behind_it():
    values = np.zeros((21, 21), dtype=np.float32)
    values[:, 12] = 10
    made = viewshed(points((5.5, -10.5)), grid(values), curved=False).values[0]
    assert made[:, :13].all()
    assert not made[:, 13:].any()
    tall = viewshed(points((5.5, -10.5)), grid(values), curved=False,
                    observer_height=LinearUnit(50)).values[0]  # fmt: skip
    assert tall[10, 14:].any()


def test_over_level_ground_the_horizon_is_where_the_formula_has_it():
    # the dip of the ground: sqrt(2 R h / (1 - k)) with R = 6371 km, h = 2 m, k = 0.13
    horizon = np.sqrt(2 * 6_371_000 * 2 / 0.87)
    values = np.zeros((3, 200), dtype=np.float32)
    made = viewshed(points((50, -150)), grid(values, cell=100)).values[0, 1]
    assert made.sum() * 100 == pytest.approx(horizon, abs=150)
    assert viewshed(points((50, -150)), grid(values, cell=100),
                    curved=False).values[0, 1].all()  # fmt: skip


def test_observers_are_counted_and_the_ones_outside_are_told():
    said = Recorder()
    values = np.zeros((5, 5), dtype=np.float32)
    made = viewshed(
        points((0.5, -0.5), (4.5, -4.5), (99, 99)), grid(values), context=said
    )
    assert (made.values == 2).all()
    assert said.warnings[0].startswith("1 observer was left out, where no heights are")
    none = viewshed(points().take(np.zeros(0, dtype=int)), grid(values))
    assert not none.values.any()


def test_one_sees_another_who_sees_him():
    # with eyes as high as what is to be seen, sight goes both ways
    one, two = (-3000.0, -2000.0), (1000.0, 4500.0)
    high = {"observer_height": LinearUnit(30), "target_height": LinearUnit(30)}
    high["maximum_distance"] = LinearUnit(9000)
    both = []
    for here, there in ((one, two), (two, one)):
        made = viewshed(points(here), hills(), **high).values[0]
        both.append(made[int((15480 - there[1]) // 90), int((there[0] + 18135) // 90)])
    assert both[0] == both[1]


def test_too_many_heights_are_refused_by_name():
    wide = grid(np.zeros((1600, 1600), dtype=np.float32))
    with pytest.raises(ToolFailed, match="Maximum_Distance"):
        viewshed(points((800, -800), (100, -100), (1500, -99)), wide)
    viewshed(points((800, -800), (100, -100), (1500, -99)), wide, LinearUnit(20))


def test_a_sight_line_is_seen_up_to_the_top_of_a_wall():
    values = np.zeros((3, 21), dtype=np.float32)
    values[:, 10] = 5
    made = line_of_sight(lines([(0.5, -1.5), (20.5, -1.5)]), grid(values), curved=False)
    assert made.column("VisCode").to_pylist() == [1, 2]
    assert shapely.get_coordinates(made.geometries[0])[-1, 0] == pytest.approx(10.5)
    assert made.column("TarIsVis").to_pylist() == [0, 0]
    assert shapely.length(made.geometries).sum() == pytest.approx(20)
    seen = line_of_sight(
        lines([(0.5, -1.5), (20.5, -1.5)]), grid(values),
        target_height=LinearUnit(30), curved=False,
    )  # fmt: skip
    assert set(seen.column("TarIsVis").to_pylist()) == {1}


def test_sight_lines_and_the_viewshed_agree_along_a_row():
    made = viewshed(points((-8955, 45)), hills(), LinearUnit(9000)).values[0, 171]
    columns = np.arange(110, 200, 3)
    ends = [((-8955, 45), (-18135 + 90 * (at + 0.5), 45)) for at in columns]
    found = line_of_sight(lines(*ends), hills())
    source = found.column("SourceOID").to_numpy()
    target = found.column("TarIsVis").to_numpy()
    sight = [int(target[source == at + 1][0]) for at in range(len(columns))]
    assert np.mean(np.array(sight) == made[columns]) > 0.95


def test_heights_of_a_profile_are_those_of_scipy_and_distances_geodesic():
    ground = degrees()
    line = [(-84.30, 36.20), (-84.15, 36.40)]
    made = profile(lines(line, reference=ground.spatial_reference), ground)
    xyzm = shapely.get_coordinates(
        made.output_profile.geometries, include_z=True, include_m=True
    )
    cell = ground.cell_size[0]
    row = (ground.extent.ymax - xyzm[:, 1]) / cell - 0.5
    column = (xyzm[:, 0] - ground.extent.xmin) / cell - 0.5
    theirs = map_coordinates(ground.values[0], [row, column], order=1)
    assert xyzm[:, 2] == pytest.approx(theirs, abs=1e-3)
    _, _, metres = Geod(ellps="WGS84").inv(*xyzm[0, :2], *xyzm[-1, :2])
    assert xyzm[-1, 3] == pytest.approx(metres, rel=1e-6)
    assert made.output_profile.numbers("ProfileLength") == pytest.approx(xyzm[-1, 3])
    assert made.output_table.numbers("Height") == pytest.approx(xyzm[:, 2])


def test_a_profile_of_samples_keeps_its_distance_vertices_and_attributes():
    path = lines([(-900, 0), (0, 0), (0, 1000)])
    made = profile(path.with_column("name", ["bend"]), hills(), LinearUnit(250))
    metres = made.output_table.numbers("Distance")
    assert np.diff(metres).max() <= 250.01
    assert metres[-1] == pytest.approx(1900, rel=1e-4)
    assert made.output_profile.column("name").to_pylist() == ["bend"]
    assert 900 in np.round(metres)


def test_places_without_heights_part_a_profile_and_are_counted():
    values = np.ones((3, 9), dtype=np.float32)
    values[:, 4] = np.nan
    said = Recorder()
    path = lines([(-2, -1.5), (8.9, -1.5)], [(50, 50), (60, 50)])
    path = FeatureSet.of([*path.geometries, None], spatial_reference=LOCAL)
    made = profile(path, grid(values), context=said)
    assert shapely.get_num_geometries(made.output_profile.geometries).tolist()[0] == 2
    assert made.output_profile.geometries[1] is None
    assert any(
        "no height" in one and "between x 0 and 9" in one for one in said.warnings
    )
    assert any("1 feature has no geometry" in one for one in said.warnings)


def test_a_profile_has_limits_that_name_the_parameter():
    long = lines([(-18000, 0), (18000, 0)])
    with pytest.raises(ToolFailed, match="Sample_Distance"):
        profile(long, hills(), LinearUnit(0.001))
    with pytest.raises(ToolFailed, match="Sample_Distance"):
        profile(long, hills(), LinearUnit(-1))


def test_a_profile_near_a_pole_is_held_to_its_limit():
    # 300 m on the ground there, but 320 degrees, which a metre of the equator parts
    around = lines(
        [(-160, 89.9995), (160, 89.9995)], [(0, 0), (0.001, 0)], reference=WGS84
    )
    globe = grid(np.ones((18, 36)), -180, 90, 10.0, WGS84)
    with pytest.raises(ToolFailed, match="Sample_Distance"):
        profile(around, globe, LinearUnit(0.1))


def test_lines_of_no_length_are_told():
    said = Recorder()
    paths = lines([(15, -15), (15, -15)], [(15, -15), (45, -15)])
    made = line_of_sight(paths, grid(np.ones((5, 6)), cell=10.0), context=said)
    assert made.column("SourceOID").to_pylist() == [2]
    assert said.warnings[0].startswith("1 line has no length")
    found = profile(paths, grid(np.ones((5, 6)), cell=10.0))
    assert found.output_profile.numbers("ProfileLength").tolist()[0] == 0
