"""Zones, polygons of cells and cells of polygons, against rasterio and geometry."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from affine import Affine
from rasterio.features import geometry_mask

from services.data import countries
from services.errors import ToolFailed
from services.geometry.features import FeatureSet, Field
from services.geometry.measure import ground_area
from services.rasters.shapes import least_groups
from services.tools.rasterfeatures import (
    polygon_to_raster,
    raster_to_point,
    raster_to_polygon,
    zonal_statistics_as_table,
)
from tests.services.tools.rasters import LOCAL, degrees, grid, hills
from tests.services.tools.recorder import Recorder

NAN = np.nan


def areas(*shapes, reference=LOCAL, **columns):
    return FeatureSet.of(shapes, columns, spatial_reference=reference,
                         geometry_type="esriGeometryPolygon")  # fmt: skip


def test_a_zone_of_whole_cells_has_the_statistics_of_numpy():
    heights = hills()
    part = heights.values[0][100:200, 50:150].astype(float)
    west, north = -18135 + 50 * 90, 15480 - 100 * 90
    zone = areas(shapely.box(west, north - 9000, west + 9000, north), name=["A"])
    made = zonal_statistics_as_table(zone, heights).attributes.to_pylist()[0]
    values, counts = np.unique(part, return_counts=True)
    assert made["name"] == "A"
    assert made["COUNT"] == pytest.approx(10_000)
    assert made["AREA"] == pytest.approx(81e6, rel=1e-5)
    assert made["MEAN"] == pytest.approx(part.mean())
    assert made["STD"] == pytest.approx(part.std())
    assert made["SUM"] == pytest.approx(part.sum())
    assert (made["MIN"], made["MAX"]) == (part.min(), part.max())
    assert made["RANGE"] == np.ptp(part)
    assert made["VARIETY"] == len(values)
    assert counts[values == made["MAJORITY"]] == counts.max()
    assert counts[values == made["MINORITY"]] == counts.min()


def test_a_ragged_zone_is_within_a_percent_of_the_centres_that_rasterio_finds():
    heights = degrees()
    circle = shapely.Point(-84.25, 36.3).buffer(0.08)
    box, cell = heights.extent.bounds, heights.cell_size[0]
    outside = geometry_mask(
        [circle], (344, 403), Affine(cell, 0, box[0], 0, -cell, box[3])
    )
    theirs = heights.values[0][~outside]
    made = zonal_statistics_as_table(
        areas(circle, reference=heights.spatial_reference), heights
    ).attributes.to_pylist()[0]
    assert made["COUNT"] == pytest.approx(theirs.size, rel=1e-3)
    assert made["MEAN"] == pytest.approx(theirs.mean(dtype=float), rel=1e-3)
    # straight edges of the circle against geodesics: both on the ground
    assert made["AREA"] == pytest.approx(
        ground_area(np.array([circle]), heights.spatial_reference)[0], rel=1e-4
    )


def test_parts_of_cells_count_in_part_and_empty_cells_not():
    made = zonal_statistics_as_table(
        areas(shapely.box(0.5, -1, 3, 0)), grid([[1.0, NAN, 4.0]])
    ).attributes.to_pylist()[0]
    assert made["COUNT"] == pytest.approx(1.5)
    assert made["SUM"] == pytest.approx(4.5)
    assert made["MEAN"] == pytest.approx(3.0)


def test_zones_without_cells_are_told_and_have_nulls():
    said = Recorder()
    made = zonal_statistics_as_table(
        areas(shapely.box(50, 50, 60, 60), None, shapely.Polygon()),
        grid([[1.0]]), context=said,
    )  # fmt: skip
    assert made.numbers("COUNT").tolist() == [0, 0, 0]
    assert made.column("MEAN").null_count == 3
    assert "3 polygons have no cell of the raster" in said.warnings
    assert "Input_Zone_Features: 2 features have no geometry" in said.warnings[0]


def test_an_invalid_zone_is_made_valid():
    bow = shapely.Polygon([(0, 0), (2, -2), (2, 0), (0, -2)])
    made = zonal_statistics_as_table(areas(bow), grid(np.ones((2, 2))))
    assert made.numbers("COUNT") == pytest.approx([2.0])


def test_polygons_of_cells_cover_what_has_a_value():
    values = np.array([[1, 1, 2], [1, 2, 2], [0, 0, 1]], dtype=np.int16)
    made = raster_to_polygon(grid(values, nodata=0))
    assert sorted(made.numbers("gridcode")) == [1, 1, 2]
    assert shapely.area(made.geometries).sum() == 7
    assert shapely.is_valid(made.geometries).all()
    meeting = np.array([[1, 0], [0, 1]], dtype=np.int16)
    assert len(raster_to_polygon(grid(meeting, nodata=0))) == 2
    assert len(raster_to_polygon(grid(meeting, nodata=0), "CORNERS")) == 1
    assert len(raster_to_polygon(grid([[NAN]]))) == 0


def test_a_raster_of_many_values_makes_no_polygons():
    noise = np.random.default_rng(1).random((320, 320))
    with pytest.raises(ToolFailed, match="Input_Raster: has more than 100,000"):
        raster_to_polygon(grid(noise))
    with pytest.raises(ToolFailed, match="Input_Raster: expected at most 100,000"):
        raster_to_point(grid(noise))


def test_countries_painted_are_those_whose_outline_holds_the_centre():
    land = countries().with_column("code", np.arange(177.0))
    made = polygon_to_raster(land, Field("code"), 1.0)
    box = made.extent
    rng = np.random.default_rng(7)
    rows, columns = rng.integers(0, made.values.shape[1:], (400, 2)).T
    centres = shapely.points(box.xmin + columns + 0.5, box.ymax - rows - 0.5)
    theirs = np.full(400, NAN)
    point, country = shapely.STRtree(land.geometries).query(centres, "within")
    theirs[point] = country
    ours = made.values[0, rows, columns]
    assert np.mean((ours == theirs) | (np.isnan(ours) & np.isnan(theirs))) > 0.99


def test_painting_and_tracing_give_the_polygon_back():
    square = shapely.box(0, -4, 6, 0)
    made = polygon_to_raster(areas(square, a=[7.5]), Field("a"), 2.0)
    back = raster_to_polygon(made)
    assert back.geometries[0].equals(square)
    assert back.numbers("gridcode").tolist() == [7.5]


def test_polygons_without_a_number_are_left_out_and_all_of_them_is_an_error():
    said = Recorder()
    shapes = areas(shapely.box(0, 0, 1, 1), None, a=[1.0, 2.0], b=[None, None])
    assert polygon_to_raster(shapes, Field("a"), 0.5, said).valid.all()
    assert said.warnings == ["1 polygon has no geometry or no number and were left out"]
    named = areas(shapely.box(0, 0, 1, 1), name=["x"])
    with pytest.raises(ToolFailed, match="Value_Field"):
        polygon_to_raster(named, Field("name"), 0.5)
    with pytest.raises(ToolFailed, match="Cell_Size"):
        polygon_to_raster(shapes, Field("a"), 1e-9)
    with pytest.raises(ToolFailed, match="Input_Features"):
        polygon_to_raster(shapes.take(np.array([1])), Field("a"), 1.0)


def test_points_lie_at_the_centres_of_cells_with_a_value():
    made = raster_to_point(grid([[5.0, NAN], [6.0, 7.0]], cell=10.0))
    assert made.numbers("grid_code").tolist() == [5, 6, 7]
    assert [one.coords[0] for one in made.geometries] == [(5, -5), (5, -15), (15, -15)]


def test_without_a_raster_features_are_made_of_the_sample():
    said = Recorder()
    assert len(raster_to_point(context=said)) == 10_000
    polygons = raster_to_polygon(context=said)
    assert set(polygons.numbers("gridcode")) <= set(range(200, 1100, 100))
    assert len(said.warnings) == 2


@pytest.mark.parametrize("connection", ["EDGES", "CORNERS"])
def test_groups_are_counted_beforehand_never_too_many(connection):
    random = np.random.default_rng(3)
    few = random.integers(0, 3, (40, 50)).astype(np.float32)
    few[random.random(few.shape) < 0.1] = np.nan
    all_else = random.permutation(2000).reshape(40, 50).astype(np.float32)
    blocks = np.kron([[1, 2], [3, 4]], np.ones((5, 6))).astype(np.float32)
    for values, exact in ((few, False), (all_else, True), (blocks, True)):
        made = len(raster_to_polygon(grid(values), connection))
        counted = least_groups(
            values, ~np.isnan(values), corners=connection == "CORNERS"
        )
        assert counted == made if exact else counted <= made


def test_a_raster_of_noise_is_refused_before_its_polygons_are_made(monkeypatch):
    monkeypatch.setattr("rasterio.features.shapes", None)  # would be called
    noise = grid(np.random.default_rng(1).random((400, 500)).astype(np.float32))
    with pytest.raises(ToolFailed, match="Input_Raster: has more than 100,000"):
        raster_to_polygon(noise)


def test_tracing_tells_how_far_it_is():
    said = Recorder()
    raster_to_polygon(grid([[1.0, 2.0]]), context=said)
    assert said.steps
