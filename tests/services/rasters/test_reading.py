"""Raster files of other programs."""

from __future__ import annotations

import warnings
import zipfile

import numpy as np
import pytest
import rasterio
from affine import Affine
from PIL import Image

from services.errors import InvalidValue
from services.geometry.crs import SpatialReference
from services.rasters.reading import read_grid

VALUES = np.arange(12, dtype=np.uint8).reshape(3, 4)
#: Pixels of 10 m; the upper left corner is at 500000, 5200030.
WORLD = "10\n0\n0\n-10\n500005\n5200025\n"
UTM = SpatialReference(32632).crs.to_wkt("WKT1_ESRI")


def tiff(path, values=VALUES, transform=None, crs="EPSG:32632", **more):
    transform = transform or Affine(10, 0, 500_000, 0, -10, 5_200_030)
    rows, columns = values.shape
    with (
        warnings.catch_warnings(action="ignore"),
        rasterio.open(path, "w", driver="GTiff", width=columns, height=rows, count=1,
                      dtype=values.dtype, transform=transform, crs=crs, **more) as made,
    ):  # fmt: skip
        made.write(values, 1)
    return path


def zipped(path, **members):
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name.replace("_", "."), data)
    return path


def png(tmp_path, image) -> bytes:
    image.save(tmp_path / "made.png")
    return (tmp_path / "made.png").read_bytes()


def test_a_geotiff_lies_where_it_says(tmp_path):
    found = read_grid(tiff(tmp_path / "a.tif", nodata=3))
    assert (found.values[0] == VALUES).all()
    assert found.extent.bounds == (500_000, 5_200_000, 500_040, 5_200_030)
    assert found.spatial_reference.wkid == 32632
    assert (found.valid[0] == (VALUES != 3)).all()


def test_a_picture_lies_where_its_world_file_says(tmp_path):
    data = png(tmp_path, Image.fromarray(VALUES))
    found = read_grid(zipped(tmp_path / "a.zip", a_png=data, a_pgw=WORLD, a_prj=UTM))
    assert (found.values[0] == VALUES).all()
    assert found.extent.bounds == (500_000, 5_200_000, 500_040, 5_200_030)
    assert found.spatial_reference.wkid == 32632


def test_transparent_pixels_are_empty(tmp_path):
    pixels = np.full((3, 4, 4), 200, dtype=np.uint8)
    pixels[1, 2, 3] = 0
    data = png(tmp_path, Image.fromarray(pixels))
    found = read_grid(zipped(tmp_path / "a.zip", a_png=data, a_pgw=WORLD, a_prj=UTM))
    assert found.values.shape == (3, 3, 4)
    assert np.argwhere(~found.valid[0]).tolist() == [[1, 2]]


def test_a_raster_from_south_to_north_is_turned(tmp_path):
    place = Affine(10, 0, 500_000, 0, 10, 5_200_000)
    found = read_grid(tiff(tmp_path / "a.tif", VALUES[::-1], place))
    assert (found.values[0] == VALUES).all()
    assert found.extent.bounds == (500_000, 5_200_000, 500_040, 5_200_030)


@pytest.mark.parametrize(("make", "told"), [
    (lambda at: tiff(at / "a.tif", crs=None), "spatial reference"),
    (lambda at: tiff(at / "a.tif", transform=Affine.identity()), "position"),
    (lambda at: tiff(at / "a.tif", transform=Affine.rotation(30)), "rotated"),
    (lambda at: tiff(at / "a.tif").rename(at / "a.png"), "the content is a TIFF image"),
    (lambda at: tiff(at / "a.tif").rename(at / "a.img"), r"\.tif, \.tiff, \.png"),
    (lambda at: zipped(at / "a.zip", a_pgw=WORLD), "not 0"),
    (lambda at: zipped(at / "a.zip", a_png=png(at, Image.fromarray(VALUES)),
                       a_pgw="1 2 3", a_prj=UTM), "six numbers"),
    (lambda at: zipped(at / "a.zip", a_png=b"\x89PNG\r\n\x1a\n?", a_pgw=WORLD), "broken"),
], ids=["no reference", "no position", "rotated", "not what it says", "of no type",
        "no picture", "no world file", "broken"])  # fmt: skip
def test_what_cannot_be_read_is_told(tmp_path, make, told):
    path = make(tmp_path)
    with pytest.raises(InvalidValue, match=told) as caught:
        read_grid(path)
    assert path.name in str(caught.value)


def test_a_text_that_names_other_files_is_not_followed(tmp_path):
    other = tiff(tmp_path / "secret.tif")
    text = (f'<VRTDataset rasterXSize="4" rasterYSize="3"><VRTRasterBand dataType="Byte"'
            f' band="1"><SimpleSource><SourceFilename>{other}</SourceFilename>'
            "</SimpleSource></VRTRasterBand></VRTDataset>")  # fmt: skip
    (tmp_path / "a.tif").write_text(text)
    with pytest.raises(InvalidValue, match="expected a TIFF image"):
        read_grid(tmp_path / "a.tif")


def test_a_file_beside_a_raster_is_not_looked_at(tmp_path):
    tiff(tmp_path / "a.tif", crs=None)
    (tmp_path / "a.tif.aux.xml").write_text(
        f"<PAMDataset><SRS>{UTM}</SRS></PAMDataset>"
    )
    with pytest.raises(InvalidValue, match="spatial reference"):
        read_grid(tmp_path / "a.tif")


def test_a_raster_has_at_most_so_many_cells(tmp_path):
    with pytest.raises(InvalidValue, match="12 cells in all; at most 11"):
        read_grid(tiff(tmp_path / "a.tif"), max_cells=11)


def test_a_small_file_that_says_it_is_huge_is_refused_before_it_is_read(tmp_path):
    with rasterio.open(tmp_path / "a.tif", "w", driver="GTiff", width=200_000,
                       height=200_000, count=1, dtype="uint8", sparse_ok=True,
                       crs="EPSG:4326", transform=Affine(1e-4, 0, 0, 0, -1e-4, 20)):  # fmt: skip
        pass
    with pytest.raises(InvalidValue, match="40000000000 cells"):
        read_grid(tmp_path / "a.tif")


@pytest.mark.parametrize("code", [3857, 3395, 2154, 3031, 27700, 2193, 4258, 31370])
def test_a_geotiff_of_a_common_reference_is_known(tmp_path, code):
    # GDAL writes Web Mercator in WKT 1 with an extension of PROJ, which is refused
    found = read_grid(tiff(tmp_path / "a.tif", crs=f"EPSG:{code}"))
    assert found.spatial_reference.latest_wkid == code
