"""The image service of a raster result."""

from __future__ import annotations

import io
import json

import numpy as np
import pyproj
import pytest
import rasterio
from PIL import Image

from tests.jobs.maps import body_of, pixels_of

TASK = "/Images/Slope/GPServer/Slope"
BOX = "500000,5200000,505000,5204000"
NATIVE = {"bbox": BOX, "bboxSR": 32632, "imageSR": 32632, "size": "50,40"}
EMPTY = np.zeros((40, 50), dtype=bool)
EMPTY[5:10, 5:10] = True
VALUES = np.add.outer(10.0 * np.arange(40), np.arange(50))


@pytest.fixture
def image(rest, published) -> str:
    """Run a job whose raster is a slope; return the path of its image service."""
    published("toys.Slope", "Images/Slope", sync=False)
    job = rest.run_job(TASK).rpartition("/")[2]
    return f"/Images/Slope/ImageServer/jobs/{job}/Out_Raster"


def opened(response):
    """Return the GeoTIFF of a response."""
    assert response["Content-Type"] == "image/tiff"
    return rasterio.open(io.BytesIO(body_of(response)))


def test_the_document_tells_what_the_raster_is(rest, image):
    found = rest.get(image)
    assert (found["bandCount"], found["pixelType"], found["noDataValue"]) == (
        1,
        "F32",
        -1,
    )
    assert (found["pixelSizeX"], found["pixelSizeY"]) == (100, 100)
    box = [found["extent"][side] for side in ("xmin", "ymin", "xmax", "ymax")]
    assert box == [500_000, 5_200_000, 505_000, 5_204_000]
    assert found["spatialReference"]["wkid"] == 32632
    known = VALUES[~EMPTY]
    assert (found["minValues"], found["maxValues"]) == ([known.min()], [known.max()])
    assert found["meanValues"] == pytest.approx([known.mean()])
    assert found["stdvValues"] == pytest.approx([known.std()])
    assert rest.get(f"{image}/statistics")["statistics"][0]["count"] == known.size


def test_exported_numbers_are_those_of_the_raster(rest, image):
    asked = NATIVE | {"format": "tiff", "f": "image"}
    with opened(rest.raw(f"{image}/exportImage", **asked)) as found:
        values = found.read(1)
        assert (found.nodata, found.crs.to_epsg()) == (-1, 32632)
    assert (values[EMPTY] == -1).all()
    assert (values[~EMPTY] == VALUES[~EMPTY]).all()


def test_reprojected_numbers_are_those_of_the_nearest_pixels(rest, image):
    west, south, east, north, size = 9.0, 46.95, 9.06, 46.99, 300
    asked = {"bbox": f"{west},{south},{east},{north}", "bboxSR": 4326, "imageSR": 4326,
             "size": f"{size},{size}", "adjustAspectRatio": "false",
             "format": "tiff", "f": "image"}  # fmt: skip
    with opened(rest.raw(f"{image}/exportImage", **asked)) as found:
        values = found.read(1)
    at = (np.arange(size) + 0.5) / size
    lon, lat = np.meshgrid(west + (east - west) * at, north - (north - south) * at)
    x, y = pyproj.Transformer.from_crs(4326, 32632, always_xy=True).transform(lon, lat)
    column, row = (x - 500_000) / 100, (5_204_000 - y) / 100
    inside = (column > 0) & (column < 50) & (row > 0) & (row < 40)
    i, j = row[inside].astype(int), column[inside].astype(int)
    expected = np.where(EMPTY[i, j], -1, VALUES[i, j])
    # GDAL's transformer may err by an eighth of a pixel: not told at their edges.
    apart = np.maximum(np.abs(column % 1 - 0.5), np.abs(row % 1 - 0.5))[inside]
    sure = apart < 0.37
    assert sure.sum() > 10_000
    assert (values[inside][sure] == expected[sure]).all()
    assert (values[(column < -0.2) | (column > 50.2)] == -1).all()


def test_a_stretch_makes_grey_of_numbers(rest, image):
    rule = {"rasterFunction": "Stretch", "rasterFunctionArguments": {
        "StretchType": 5, "Statistics": [[100, 300, 200, 50]]}}  # fmt: skip
    asked = NATIVE | {"format": "png", "f": "image", "renderingRule": json.dumps(rule)}
    picture = pixels_of(rest.raw(f"{image}/exportImage", **asked))
    expected = np.rint(255 * np.clip((VALUES - 100) / 200, 0, 1))
    assert (picture[..., 0][~EMPTY] == expected[~EMPTY]).all()
    assert (picture[EMPTY][:, 3] == 0).all()
    assert (picture[~EMPTY][:, 3] == 255).all()


def test_classes_of_a_client_are_remapped_and_coloured(rest, image):
    remap = {"rasterFunction": "Remap", "rasterFunctionArguments": {
        "InputRanges": [0, 200, 200, 1000], "OutputValues": [0, 1]}}  # fmt: skip
    rule = {"rasterFunction": "Colormap", "rasterFunctionArguments": {
        "Colormap": [[0, 0, 0, 255], [1, 255, 0, 0]], "Raster": remap}}  # fmt: skip
    asked = NATIVE | {"format": "png", "f": "image", "renderingRule": json.dumps(rule)}
    picture = pixels_of(rest.raw(f"{image}/exportImage", **asked))
    assert (picture[(VALUES < 200) & ~EMPTY] == [0, 0, 255, 255]).all()
    assert (picture[VALUES >= 200] == [255, 0, 0, 255]).all()


def test_jpgpng_is_a_jpeg_where_nothing_is_transparent(rest, image):
    whole = rest.raw(f"{image}/exportImage", **NATIVE, f="image")
    assert whole["Content-Type"] == "image/png"
    part = NATIVE | {"bbox": "502000,5200000,505000,5202000", "size": "60,40"}
    solid = rest.raw(f"{image}/exportImage", **part, f="image")
    assert solid["Content-Type"] == "image/jpeg"
    assert Image.open(io.BytesIO(body_of(solid))).format == "JPEG"
    named = rest.raw(f"{image}/exportImage", **part, format="JPEG", f="image")
    assert named["Content-Type"] == "image/jpeg"


def test_a_pixel_type_and_a_value_of_empty_pixels_may_be_asked(rest, image):
    asked = NATIVE | {"format": "tiff", "f": "image", "pixelType": "S16", "noData": "0"}
    with opened(rest.raw(f"{image}/exportImage", **asked)) as found:
        assert (found.dtypes[0], found.nodata) == ("int16", 0)
        assert found.read(1)[20, 30] == 230


def test_the_image_s_address_opens_for_everybody(rest, image, client):
    found = rest.get(f"{image}/exportImage", **NATIVE, format="tiff")
    assert (found["width"], found["height"]) == (50, 40)
    assert found["extent"]["spatialReference"]["wkid"] == 32632
    answer = client.get(found["href"].partition("testserver")[2])
    with opened(answer) as picture:
        assert picture.read(1)[20, 30] == 230


def test_the_bbox_takes_the_shape_of_the_image(rest, image):
    found = rest.get(f"{image}/exportImage", **NATIVE | {"size": "100,40"})["extent"]
    assert (found["xmin"], found["xmax"]) == (497_500, 507_500)
    assert (found["ymin"], found["ymax"]) == (5_200_000, 5_204_000)


def test_identify_tells_value_and_place(rest, image):
    place = {"x": 503050, "y": 5201950, "spatialReference": {"wkid": 32632}}
    found = rest.get(f"{image}/identify", geometry=json.dumps(place),
                     geometryType="esriGeometryPoint")  # fmt: skip
    assert (found["value"], found["objectId"], found["name"]) == ("230", 0, "Pixel")
    assert found["location"]["x"] == 503050
    assert rest.get(f"{image}/identify", geometry="500750,5203250")["value"] == "NoData"


def test_the_statistics_of_an_area_are_those_of_its_pixels(rest, image):
    ring = [[500_000, 5_200_000], [500_000, 5_204_000], [504_000, 5_204_000],
            [500_000, 5_200_000]]  # fmt: skip
    area = json.dumps({"rings": [ring], "spatialReference": {"wkid": 32632}})
    found = rest.post(f"{image}/computeStatisticsHistograms", geometry=area,
                      geometryType="esriGeometryPolygon")  # fmt: skip
    x = 500_050 + 100 * np.arange(50)
    y = 5_203_950 - 100 * np.arange(40)
    inside = (y[:, None] - 5_200_000) > (x[None, :] - 500_000)  # above the diagonal
    inside &= ~EMPTY
    numbers = VALUES[inside]
    about = found["statistics"][0]
    assert about["count"] == numbers.size
    assert about["mean"] == pytest.approx(numbers.mean())
    assert about["standardDeviation"] == pytest.approx(numbers.std())
    counts = found["histograms"][0]["counts"]
    expected, _ = np.histogram(numbers, 256)
    assert counts == expected.tolist()


@pytest.mark.parametrize(("operation", "name", "value"), [
    ("exportImage", "bbox", "1,2,3"),
    ("exportImage", "bboxSR", "99999999"),
    ("exportImage", "imageSR", "here"),
    ("exportImage", "size", "100000,100000"),
    ("exportImage", "format", "exe"),
    ("exportImage", "pixelType", "U3"),
    ("exportImage", "noData", "many"),
    ("exportImage", "interpolation", "RSP_Magic"),
    ("exportImage", "bandIds", "7"),
    ("exportImage", "renderingRule", '{"rasterFunction": "Wish"}'),
    ("exportImage", "renderingRule", '{"rasterFunction": "Stretch", "rasterFunctionArguments": {"StretchType": 77}}'),
    ("exportImage", "adjustAspectRatio", "perhaps"),
    ("identify", "geometry", "nowhere"),
    ("computeStatisticsHistograms", "geometry", "1,2,3,4"),
])  # fmt: skip
def test_what_is_wrong_is_told_by_name(rest, image, operation, name, value):
    error = rest.post(f"{image}/{operation}", **{name: value})["error"]
    assert error["code"] == 400
    assert f"'{name}'" in " ".join(error["details"])


def test_only_rasters_have_an_image_service(rest, published, image):
    published("samples.Echo", "Images/Echo", sync=False)
    job = rest.run_job("/Images/Echo/GPServer/Echo", In_Long=5).rpartition("/")[2]
    error = rest.get(f"/Images/Echo/ImageServer/jobs/{job}/Out_Long")["error"]
    assert error["code"] == 404
    assert "is no raster" in error["message"]


def test_an_image_service_has_pages(rest, image):
    page = rest.raw(image, f="html").content.decode()
    assert "(ImageServer)</h1>" in page
    assert "exportImage?f=image" in page
    export = rest.raw(f"{image}/exportImage", f="html").content.decode()
    assert "<h1>Export Image</h1>" in export
    assert 'href=""' not in export
