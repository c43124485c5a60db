"""True curves: read as lines, given back while nothing has changed them."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from services.errors import InvalidValue
from services.geometry import curves
from services.geometry.crs import WEB_MERCATOR
from services.geometry.curves import TOLERANCE, curves_kept
from services.geometry.esrijson import dump_features, parse_features
from services.geometry.features import FeatureSet
from services.stored import read_features, write_features

pytestmark = pytest.mark.protocol("6.11 curve segments")

HALF = [[1, 0], {"c": [[-1, 0], [0, 1]]}]
CIRCLE = [[5, 3], {"a": [[5, 3], [2, 3], 0, 1]}]
BEZIER = [[0, 0], {"b": [[4, 0], [0, 3], [4, 3]]}]


def parse(*geometries: dict, **members: object) -> FeatureSet:
    features = [{"geometry": one} for one in geometries]
    document = {"spatialReference": {"wkid": 102100}, "features": features} | members
    return parse_features(document, [])


def _xy(made: FeatureSet) -> np.ndarray:
    return shapely.get_coordinates(made.geometries)


def test_an_arc_keeps_to_its_circle():
    made = parse({"curvePaths": [HALF]})
    assert made.geometry_type == "esriGeometryPolyline"
    xy = _xy(made)
    assert np.hypot(*xy.T) == pytest.approx(1)
    assert (xy[:, 1] >= -1e-12).all()  # through the interior point above
    middles = (xy[1:] + xy[:-1]) / 2
    assert (1 - np.hypot(*middles.T)).max() <= TOLERANCE * 1.001
    assert shapely.length(made.geometries)[0] == pytest.approx(np.pi, rel=1e-4)


@pytest.mark.parametrize("clockwise", [0, 1])
def test_an_elliptic_arc_goes_the_way_it_says(clockwise):
    # a quarter of x²/16 + y²/4 = 1 turned by 30 degrees, or the other three quarters
    turn = np.radians(30)
    cos, sin = float(np.cos(turn)), float(np.sin(turn))
    start, end = [4 * cos, 4 * sin], [-2 * sin, 2 * cos]
    arc = {"a": [end, [0, 0], 0, clockwise, float(turn), 4, 0.5]}
    xy = _xy(parse({"curvePaths": [[start, arc]]}))
    back = xy @ np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    assert (back**2 / [16, 4]).sum(axis=1) == pytest.approx(1)
    assert bool((back[:, 1] < -0.1).any()) == bool(clockwise)


@pytest.mark.parametrize(
    "ring",
    [CIRCLE, [[5, 3], {"c": [[5, 3], [-1, 3]]}], [[5, 3], {"c": [[-1, 3], [2, 6]]},
     {"c": [[5, 3], [2, 0]]}]],
    ids=["by its centre", "by the opposite point", "of two halves"],
)  # fmt: skip
def test_a_circle_has_its_area(ring):
    made = parse({"curveRings": [ring]})
    assert made.geometry_type == "esriGeometryPolygon"
    assert shapely.area(made.geometries)[0] == pytest.approx(np.pi * 9, rel=5e-5)
    assert shapely.get_coordinates(shapely.centroid(made.geometries))[
        0
    ] == pytest.approx([2, 3])


def test_a_bezier_curve_runs_through_its_middle():
    xy = _xy(parse({"curvePaths": [BEZIER]}))
    # B(1/2) = (P0 + 3 P1 + 3 P2 + P3) / 8
    assert np.hypot(*(xy - [2, 2.25]).T).min() < 10 * TOLERANCE
    assert xy[0].tolist() == [0, 0]
    assert xy[-1].tolist() == [4, 0]


def test_an_arc_whose_points_lie_in_a_line_is_a_line():
    xy = _xy(parse({"curvePaths": [[[0, 0], {"c": [[2, 2], [1, 1]]}]]}))
    assert xy.tolist() == [[0, 0], [1, 1], [2, 2]]


def test_heights_and_measures_run_evenly_along_an_arc():
    part = [[1, 0, 10, 0], {"c": [[-1, 0, 20, 100], [0, 1]]}]
    made = parse({"curvePaths": [part]}, hasZ=True, hasM=True)
    flat = shapely.get_coordinates(made.geometries, include_z=True, include_m=True)
    assert np.diff(flat[:, 2]) == pytest.approx(10 / (len(flat) - 1))
    assert flat[-1].tolist() == [-1, 0, 20, 100]


@pytest.mark.parametrize(
    "part",
    [None, {}, [{"c": [[1, 1], [0, 1]]}], [[0, 0], {"x": []}], [[0, 0], {"c": [[1, 1]]}],
     [[0, 0], {"c": "x"}], [[0, 0], {"c": [[1], [2, 2]]}], [[0, 0], {"c": [[1, 1], ["a", 2]]}],
     [[0, 0], {"a": [[1, 1], [0, 1], 0]}], [[0, 0], {"a": [[1, 1], [0, 1], 0, 1, 0, -1, 1]}],
     [[0, 0], {"a": [[1, 1], [0, 1], 0, 1, 0, 1, 0]}], [[0, 0], {"b": [[1, 1], [2, 2]]}],
     [[0, 0], {"b": [[1, 1], [2, 2], None]}], [[0, True], {"c": [[1, 1], [0, 1]]}],
     [[0, 0], {"b": [[1e308, 1e308], [-1e308, 0], [1e308, 0]]}], [[0, 0], {}], "x",
     [[0, 0], {"c": [[1, 1], [0, 1]], "b": []}]],
    ids=repr,
)  # fmt: skip
def test_what_is_no_curve_is_named_by_its_place(part):
    with pytest.raises(InvalidValue, match="feature 1"):
        parse({"curvePaths": [HALF]}, {"curvePaths": [part]})


def test_curves_without_end_are_refused(monkeypatch):
    monkeypatch.setattr(curves, "MAX_VERTICES", 20_000)
    part = [[0, 0], *[{"a": [[0, 0], [1, 0], 0, 1]}] * 200]
    with pytest.raises(InvalidValue, match="more than 20000 vertices"):
        parse({"curvePaths": [part]})


@pytest.mark.protocol("6.1 returnTrueCurves")
class TestGivingBack:
    """What comes back with returnTrueCurves."""

    def written(self, made: FeatureSet, **options: bool) -> list[dict | None]:
        document = dump_features(made, true_curves=True, **options)
        return [one["geometry"] for one in document["features"]]

    def test_an_unchanged_geometry_is_its_curve(self):
        with curves_kept():
            made = parse(
                {"curveRings": [CIRCLE]}, {"rings": [[[0, 0], [0, 1], [1, 1], [0, 0]]]}
            )
            first, second = self.written(made.take(np.array([1, 0])))
        assert list(first) == ["rings"]
        assert second == {"curveRings": [CIRCLE]}

    def test_nothing_is_given_back_unless_asked_for(self):
        with curves_kept():
            made = parse({"curvePaths": [HALF]})
            (feature,) = dump_features(made)["features"]
        assert list(feature["geometry"]) == ["paths"]

    def test_a_changed_geometry_is_lines(self):
        with curves_kept():
            made = parse({"curvePaths": [HALF]})
            moved = made.project(WEB_MERCATOR)  # the same place: nothing moves
            assert self.written(moved) == [{"curvePaths": [HALF]}]
            longer = made.with_geometries(shapely.buffer(made.geometries, 1))
            assert list(self.written(longer)[0]) == ["rings"]

    def test_another_run_knows_nothing_of_it(self):
        with curves_kept():
            made = parse({"curvePaths": [HALF]})
        with curves_kept():
            assert list(self.written(made)[0]) == ["paths"]

    def test_z_and_m_are_cut_as_asked(self):
        part = [[1, 0, 10, 5], {"c": [[-1, 0, 20, 6], [0, 1]]}, [7, 8, 30, 7]]
        with curves_kept():
            made = parse({"curvePaths": [part]}, hasZ=True, hasM=True)
            flat = self.written(made, with_z=False, with_m=False)
            measured = self.written(made, with_z=False)
        assert flat == [{"curvePaths": [[[1, 0], {"c": [[-1, 0], [0, 1]]}, [7, 8]]]}]
        assert measured == [
            {"hasM": True,
             "curvePaths": [[[1, 0, 5], {"c": [[-1, 0, 6], [0, 1]]}, [7, 8, 7]]]}
        ]  # fmt: skip

    def test_curves_outlive_the_store(self, tmp_path):
        with curves_kept():
            made = parse({"curvePaths": [HALF]}, {"paths": [[[0, 0], [1, 1]]]})
            write_features(made, tmp_path / "x.parquet")
        with curves_kept():
            back = read_features(tmp_path / "x.parquet")
            first, second = self.written(back)
        assert first == {"curvePaths": [HALF]}
        assert list(second) == ["paths"]
        assert back.fields == made.fields
