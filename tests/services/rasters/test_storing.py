"""Rasters at rest."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import rasterio
from affine import Affine

from services.errors import InvalidValue
from services.geometry.crs import WGS84, SpatialReference
from services.geometry.extents import Extent
from services.rasters.description import RasterDescription
from services.rasters.grid import Grid
from services.rasters.reading import read_grid
from services.rasters.storing import describe_raster, write_copy, write_grid

WHERE = Extent(9.0, 47.0, 9.7, 47.6, WGS84)


def noise(dtype: str = "float32") -> np.ndarray:
    numbers = np.random.default_rng(7).normal(100, 20, (600, 700))
    return numbers.astype(dtype)


def test_a_grid_becomes_a_cloud_optimised_geotiff(tmp_path):
    values = noise()
    values[:50] = -9999
    about = write_grid(Grid.of(values, WHERE, -9999), tmp_path / "a.tif")
    with rasterio.open(tmp_path / "a.tif") as found:
        assert found.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert found.overviews(1) == [2, 4]
        assert (found.read(1) == values).all()
        assert found.nodata == -9999
        assert tuple(found.bounds) == pytest.approx(WHERE.bounds)
        told = found.tags(1)
    known = values[50:].astype(float)
    (band,) = about.statistics
    assert float(told["STATISTICS_MEAN"]) == pytest.approx(known.mean())
    assert (band.minimum, band.maximum) == (known.min(), known.max())
    assert band.mean == pytest.approx(known.mean(), rel=1e-12)
    assert band.deviation == pytest.approx(known.std(), rel=1e-12)
    assert band.count == known.size


@pytest.mark.parametrize(
    "dtype", ["bool", "uint8", "int8", "uint16", "int16", "uint32", "int32", "int64",
              "float16", "float32", "float64"])  # fmt: skip
def test_numbers_of_every_type_come_back(tmp_path, dtype):
    values = noise(dtype)[:20, :30]
    write_grid(Grid.of(values, WHERE), tmp_path / "a.tif")
    found = read_grid(tmp_path / "a.tif")
    assert (found.values[0] == values).all()
    assert found.extent.bounds == pytest.approx(WHERE.bounds)
    assert found.spatial_reference.wkid == 4326


def test_a_copy_is_what_was_copied(tmp_path):
    grid = Grid(np.stack([noise()[:40, :50], noise()[:40, 50:100]]),
                Extent(5e5, 52e5, 505e3, 5204e3, SpatialReference(32632)),
                float("nan"), ("red", "green"))  # fmt: skip
    about = write_grid(grid, tmp_path / "a.tif")
    copied = write_copy(tmp_path / "a.tif", tmp_path / "b.tif")
    assert copied.to_json() == about.to_json()
    assert describe_raster(tmp_path / "b.tif").bands == ("red", "green")
    with rasterio.open(tmp_path / "b.tif") as found:
        assert found.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"


def test_a_description_comes_back_from_json(tmp_path):
    about = write_grid(Grid.of(noise(), WHERE, -1.5), tmp_path / "a.tif")
    assert RasterDescription.from_json(about.to_json()) == about


def test_whole_numbers_of_64_bits_are_kept_exactly_where_they_fit(tmp_path):
    with rasterio.open(tmp_path / "a.tif", "w", driver="GTiff", width=2, height=1,
                       count=1, dtype="int64", crs="EPSG:4326",
                       transform=Affine(1, 0, 0, 0, -1, 1)) as made:  # fmt: skip
        made.write(np.array([[[1, -(2**31)]]]))
    about = write_copy(tmp_path / "a.tif", tmp_path / "b.tif")
    assert about.pixel_type == "S32"
    assert read_grid(tmp_path / "b.tif").values.tolist() == [[[1, -(2**31)]]]


def test_a_band_without_a_number_has_statistics_of_none(tmp_path):
    grid = Grid.of(np.full((3, 3), np.nan), WHERE, float("nan"))
    (band,) = write_grid(grid, tmp_path / "a.tif").statistics
    assert (band.count, band.mean) == (0, 0.0)


@pytest.mark.parametrize(
    ("values", "where", "nodata"),
    [
        (np.zeros((0, 3)), WHERE, None),
        (np.zeros((3, 3)), Extent(1, 2, 3, 4), None),
        (np.zeros((3, 3)), Extent(1, 2, 1, 4, WGS84), None),
        (np.zeros((3, 3), np.uint8), WHERE, -1),
        (np.zeros((3, 3), complex), WHERE, None),
    ],
    ids=["no cell", "nowhere", "no width", "no such value", "complex"],
)
def test_a_grid_is_whole_or_not_at_all(values, where, nodata):
    with pytest.raises(ValueError, match=r"grid|cell|raster"):
        Grid.of(values, where, nodata)


def test_what_is_no_raster_is_not_copied(tmp_path):
    (tmp_path / "a.tif").write_bytes(b"II*\0 not much of a raster")
    with pytest.raises(InvalidValue, match=r"a\.tif: the file is broken"):
        write_copy(tmp_path / "a.tif", tmp_path / "b.tif")


def test_gdal_is_loaded_where_there_is_a_raster_and_nowhere_else():
    text = (
        "import sys, django; django.setup(); import jobs.urls, jobs.child.serving;"
        " from services.registry import registry; registry();"
        " sys.exit('rasterio' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", text], check=True)
