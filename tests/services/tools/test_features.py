"""Parts, points, lines and polygons against geopandas, networkx and formulas."""

from __future__ import annotations

import geopandas
import networkx
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod, Transformer

from services.data import cities, countries
from services.geometry.crs import SpatialReference
from services.geometry.features import FeatureSet, Field
from services.tools.features import (
    feature_to_line,
    feature_to_point,
    feature_to_polygon,
    multipart_to_singlepart,
    singlepart_to_multipart,
)
from tests.services.tools.recorder import Recorder

GEOD = Geod(ellps="WGS84")
SQUARES = [shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)]


def europe():
    is_here = np.array(countries().column("continent").to_pylist()) == "Europe"
    return countries().take(is_here)


def test_parts_are_those_of_geopandas_with_their_attributes():
    context = Recorder()
    made = multipart_to_singlepart(countries(), context)
    frame = countries().to_geopandas().explode(index_parts=False)
    assert made.column("ORIG_FID").to_pylist() == frame.index.tolist()
    assert made.column("name").to_pylist() == frame["name"].tolist()
    assert shapely.equals_exact(made.geometries, frame.geometry.to_numpy()).all()
    assert context.messages == [f"{len(frame)} parts of 177 features"]


def test_parts_put_together_again_are_the_features():
    parts = multipart_to_singlepart(countries())
    again = singlepart_to_multipart(parts, ["name"])
    assert shapely.equals_exact(again.geometries, countries().geometries).all()
    assert again.column("name").equals(countries().column("name"))


def test_points_of_a_multipoint_keep_heights_and_measures():
    source = FeatureSet.of(
        [shapely.from_wkt("MULTIPOINT ZM (0 0 1 2, 1 1 3 4)"), None],
        {"OBJECTID": [7, 8]},
        fields=[Field("OBJECTID", "esriFieldTypeOID")],
    )
    context = Recorder()
    made = multipart_to_singlepart(source, context)
    assert made.geometry_type == "esriGeometryPoint"
    assert shapely.to_wkt(made.geometries).tolist() == [
        "POINT ZM (0 0 1 2)", "POINT ZM (1 1 3 4)",
    ]  # fmt: skip
    assert made.fields[0].type == "esriFieldTypeBigInteger"
    assert context.warnings[0].startswith("Input_Features: 1 feature has no geometry")
    back = singlepart_to_multipart(made, ["ORIG_FID"])
    assert back.geometry_type == "esriGeometryMultipoint"
    assert back.geometries[0] == source.geometries[0]


def test_parts_that_overlap_stay_side_by_side():
    made = singlepart_to_multipart(FeatureSet.of([SQUARES[0], SQUARES[0]]))
    assert len(made) == 1
    assert shapely.get_num_geometries(made.geometries[0]) == 2


def test_centres_are_those_of_an_equal_area_projection():
    made = feature_to_point(europe())
    is_small = np.ptp(shapely.bounds(europe().geometries)[:, ::2], axis=1) < 25
    assert is_small.sum() > 35  # without Russia, and France with Guyana
    for row in np.flatnonzero(is_small):
        shape = europe().geometries[row]
        x, y = shape.centroid.coords[0]
        flat = Transformer.from_crs(4326, f"+proj=laea +lat_0={y} +lon_0={x}",
                                    always_xy=True)  # fmt: skip
        dense = shapely.segmentize(shape, 0.1)
        centre = shapely.centroid(
            shapely.transform(dense, flat.transform, interleaved=False)
        )
        expected = flat.transform(centre.x, centre.y, direction="INVERSE")
        found = shapely.get_coordinates(made.geometries[row])[0]
        size = np.sqrt(abs(GEOD.geometry_area_perimeter(shape)[0]))
        assert GEOD.inv(*found, *expected)[2] < 0.01 * size
    assert made.column("ORIG_FID").to_pylist() == list(range(len(europe())))


def test_points_inside_lie_in_their_countries():
    made = feature_to_point(countries(), True)
    assert shapely.contains_properly(countries().geometries, made.geometries).all()
    planar = geopandas.GeoSeries(countries().geometries).representative_point()
    assert shapely.distance(made.geometries, planar.to_numpy()).max() == 0


def test_a_ring_across_the_antimeridian_has_its_centre_in_it():
    pair = FeatureSet.of([shapely.box(178, -1, 184, 1)])
    assert feature_to_point(pair).geometries[0].x == pytest.approx(-179)
    x = feature_to_point(pair, True).geometries[0].x
    assert -180 <= x <= 180
    assert x % 360 == pytest.approx(178, abs=6.01)


def test_points_of_points_are_their_means_and_missing_ones_are_left_out():
    source = FeatureSet.of([shapely.MultiPoint([(0, 0), (2, 0)]), None], {"a": [1, 2]})
    made = feature_to_point(source)
    assert made.geometries[0].x == pytest.approx(1)
    assert made.attributes.to_pylist() == [{"a": 1, "ORIG_FID": 0}]


def test_boundaries_are_those_of_geopandas():
    made = feature_to_line(countries())
    expected = countries().to_geopandas().boundary.to_numpy()
    assert shapely.equals(made.geometries, expected).all()
    assert made.geometry_type == "esriGeometryPolyline"
    assert len(made) == 177


def test_a_hole_is_a_part_of_the_line_and_heights_stay():
    ring = shapely.from_wkt(
        "POLYGON Z ((0 0 1, 0 9 1, 9 9 1, 9 0 1, 0 0 1), (1 1 2, 2 1 2, 2 2 2, 1 1 2))"
    )
    made = feature_to_line(FeatureSet.of([ring]))
    assert shapely.get_num_geometries(made.geometries[0]) == 2
    assert made.has_z


def test_a_shared_border_comes_once_with_the_attributes_of_the_first():
    made = feature_to_line(FeatureSet.of(SQUARES, {"a": ["x", "y"]}), True)
    assert sorted(made.column("a").to_pylist()) == ["x", "x", "y"]
    assert shapely.length(made.geometries).sum() == pytest.approx(7)
    border = shapely.LineString([(1, 0), (1, 1)])
    assert sum(bool(shapely.equals(one, border)) for one in made.geometries) == 1


def test_cut_borders_of_europe_are_as_long_as_their_union():
    made = feature_to_line(europe(), True)
    united = europe().to_geopandas().boundary.union_all()
    assert shapely.length(made.geometries).sum() == pytest.approx(united.length)
    source = europe().geometries[made.column("ORIG_FID").to_numpy()]
    middles = shapely.line_interpolate_point(made.geometries, 0.5, normalized=True)
    assert shapely.distance(shapely.boundary(source), middles).max() < 1e-9


def test_polygons_of_borders_are_as_many_as_euler_says():
    """Bounded faces of a planar graph: edges - vertices + connected components."""
    lines = feature_to_line(europe(), True)
    made = feature_to_polygon(lines)
    ends = [line.coords[at] for line in lines.geometries for at in (0, -1)]
    graph = networkx.MultiGraph(list(zip(ends[::2], ends[1::2], strict=True)))
    faces = graph.number_of_edges() - graph.number_of_nodes()
    faces += networkx.number_connected_components(graph)
    assert len(made) == faces


def test_countries_to_lines_and_back_are_the_countries():
    made = feature_to_polygon(europe(), feature_to_point(europe(), True))
    named = made.column("name").is_valid().to_numpy()
    parts = {
        name: shapely.get_parts(shape)
        for name, shape in zip(europe().column("name").to_pylist(), europe().geometries,
                               strict=True)
    }  # fmt: skip
    for name, shape in zip(
        made.column("name").to_pylist(), made.geometries, strict=True
    ):
        if name is not None:
            assert shapely.equals(shape, parts[name]).any()
    assert named.sum() == len(europe())


def test_a_ring_within_a_ring_is_a_hole_and_a_polygon():
    rings = [shapely.box(0, 0, 9, 9).exterior, shapely.box(1, 1, 2, 2).exterior]
    lines = [shapely.LineString(ring.coords) for ring in rings]
    made = feature_to_polygon(FeatureSet.of(lines))
    assert sorted(shapely.area(made.geometries).tolist()) == [1.0, 80.0]


def test_lines_that_enclose_nothing_are_counted():
    square = shapely.LineString(SQUARES[0].exterior.coords)
    tail = shapely.LineString([(0.5, 0.5), (0.5, 3)])
    context = Recorder()
    made = feature_to_polygon(FeatureSet.of([square, tail]), context=context)
    assert len(made) == 1
    assert context.messages == ["1 polygons"]
    assert context.warnings[0].startswith("2 lines that end in the air and 0 that")


def test_the_first_label_in_a_polygon_counts():
    labels = FeatureSet.of(shapely.points([[1.5, 0.5], [1.6, 0.5]]), {"a": ["x", "y"]})
    labels = labels.project(SpatialReference(3857))
    context = Recorder()
    made = feature_to_polygon(FeatureSet.of(SQUARES), labels, context)
    assert made.column("a").to_pylist() == [None, "x"]
    assert context.warnings == [
        "1 polygons hold several label points: the first counts"
    ]


@given(st.lists(st.tuples(*[st.integers(0, 9)] * 4).map(
    lambda at: shapely.box(at[0], at[1], at[0] + 1 + at[2], at[1] + 1 + at[3])),
    min_size=1, max_size=6))  # fmt: skip
def test_polygons_of_boxes_fill_what_the_boxes_cover(boxes):
    made = feature_to_polygon(FeatureSet.of(boxes)).geometries
    within = made[shapely.contains(shapely.union_all(boxes), made)]
    assert shapely.area(within).sum() == pytest.approx(shapely.union_all(boxes).area)
    assert shapely.is_valid(made).all()


@pytest.mark.parametrize("kind", ["esriGeometryPolyline", "esriGeometryPolygon"])
def test_nothing_becomes_nothing(kind):
    empty = FeatureSet.of([], {"a": []}, geometry_type=kind)
    for made in (
        multipart_to_singlepart(empty), feature_to_point(empty),
        feature_to_line(empty), feature_to_line(empty, True),
        feature_to_polygon(empty),
    ):  # fmt: skip
        assert len(made) == 0
    assert len(multipart_to_singlepart(cities())) == len(cities())
