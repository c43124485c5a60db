"""Rasters as results: the file, and the layer of the result map."""

from __future__ import annotations

import io
import json

import numpy as np
import pyproj
import pytest
import rasterio
import shapely
from django.core.exceptions import ValidationError
from PIL import Image

from services.models import TaskParameter
from tests.jobs.maps import body_of, map_of, paint, pixels_of

PAINT = "/Rasters/Paint/GPServer/Paint"
SLOPE = "/Rasters/Slope/GPServer/Slope"


@pytest.fixture
def painted(rest, published) -> str:
    """Run a job that paints a raster; return its path."""
    published("samples.Paint", "Rasters/Paint", sync=False, result_map_server=True)
    return rest.run_job(PAINT, Value=7)


@pytest.fixture
def sloped(rest, published) -> str:
    """Run a job whose raster is a slope with an empty square; return its path."""
    published("toys.Slope", "Rasters/Slope", sync=False, result_map_server=True)
    return rest.run_job(SLOPE)


def file_of(rest, job) -> bytes:
    """Return the file of the raster of a job."""
    url = rest.get(f"{job}/results/Out_Raster", returnType="data")["value"]["url"]
    return body_of(rest.client.get(url.partition("testserver")[2]))


def test_a_raster_is_data_of_the_format_tif(rest, painted):
    answer = rest.get(f"{painted}/results/Out_Raster", returnType="data")
    assert answer["dataType"] == "GPRasterDataLayer"
    assert answer["value"]["format"] == "tif"
    assert answer["value"]["url"].endswith("/scratch/Out_Raster.tif")
    with rasterio.open(io.BytesIO(file_of(rest, painted))) as found:
        assert found.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert tuple(found.bounds) == pytest.approx((9.9, 19.9, 10.1, 20.1))
        assert found.crs.to_epsg() == 4326
        assert (found.read() == 7).all()


@pytest.mark.protocol("5.5 a raster as a map image")
def test_a_raster_is_a_picture_where_the_service_has_result_maps(rest, painted):
    found = rest.get(f"{painted}/results/Out_Raster")["value"]["mapImage"]
    assert (found["width"], found["height"]) == (400, 400)
    box = [found["extent"][side] for side in ("xmin", "ymin", "xmax", "ymax")]
    assert box == pytest.approx([9.9, 19.9, 10.1, 20.1])
    picture = pixels_of(rest.raw(f"{painted}/results/Out_Raster", f="image"))
    assert len(np.unique(picture.reshape(-1, 4), axis=0)) == 1


@pytest.mark.protocol("9 rasters as layers of a result map")
def test_a_raster_is_a_layer_of_the_map(rest, painted):
    top = rest.get(map_of(painted))["layers"]
    assert [(one["name"], one["type"]) for one in top] == [
        ("The painted raster", "Raster Layer")
    ]
    layer = rest.get(f"{map_of(painted)}/0")
    assert layer["type"] == "Raster Layer"
    assert layer["drawingInfo"]["renderer"]["type"] == "rasterStretch"
    legend = rest.get(f"{map_of(painted)}/legend")["layers"][0]
    assert legend["layerType"] == "Raster Layer"
    assert [one["label"] for one in legend["legend"]] == ["High : 7", "", "Low : 7"]


def test_a_raster_layer_has_no_rows_to_query(rest, painted):
    error = rest.get(f"{map_of(painted)}/0/query", where="1=1")["error"]
    assert error["code"] == 400
    assert "is a raster" in error["details"][0]


def test_identify_tells_the_value_of_the_pixel(rest, sloped):
    asked = {"tolerance": 1, "mapExtent": "8,46,10,48", "imageDisplay": "400,400,96"}
    # The centre of row 20, column 30 is at 503050, 5201950 (EPSG:32632).
    found = rest.get(f"{map_of(sloped)}/identify", geometry="503050,5201950",
                     sr=32632, **asked)["results"]  # fmt: skip
    assert [one["value"] for one in found] == ["230"]
    assert found[0]["attributes"] == {"Pixel Value": "230"}
    empty = rest.get(f"{map_of(sloped)}/identify", geometry="500750,5203250",
                     sr=32632, **asked)["results"]  # fmt: skip
    assert [one["value"] for one in empty] == ["NoData"]
    outside = rest.get(f"{map_of(sloped)}/identify", geometry="0,0", sr=4326, **asked)
    assert outside["results"] == []


CLASSES = {
    "renderer": {
        "type": "classBreaks",
        "field": "Value",
        "minValue": 0,
        "classBreakInfos": [
            {"classMaxValue": 199, "label": "low",
             "symbol": {"type": "esriSFS", "style": "esriSFSSolid", "color": [0, 0, 255, 255]}},
            {"classMaxValue": 1000, "label": "high",
             "symbol": {"type": "esriSFS", "style": "esriSFSSolid", "color": [255, 0, 0, 255]}},
        ],
    }
}  # fmt: skip


def test_the_administrator_s_classes_are_drawn(rest, sloped):
    paint(CLASSES, "Out_Raster")
    picture = pixels_of(rest.raw(
        f"{map_of(sloped)}/export", f="image", bbox="500000,5200000,505000,5204000",
        bboxSR=32632, imageSR=32632, size="50,40", transparent="true"))  # fmt: skip
    values = np.add.outer(10.0 * np.arange(40), np.arange(50))
    empty = np.zeros((40, 50), dtype=bool)
    empty[5:10, 5:10] = True
    assert (picture[empty] == 0).all()
    assert (picture[(values <= 199) & ~empty] == [0, 0, 255, 255]).all()
    assert (picture[values > 199] == [255, 0, 0, 255]).all()
    legend = rest.get(f"{map_of(sloped)}/legend")["layers"][0]["legend"]
    assert [one["label"] for one in legend] == ["low", "high"]


def test_the_default_ramp_goes_from_dark_to_light(rest, sloped):
    picture = pixels_of(rest.raw(
        f"{map_of(sloped)}/export", f="image", bbox="500000,5200000,505000,5204000",
        bboxSR=32632, imageSR=32632, size="50,40"))  # fmt: skip
    assert picture[0, 0, :3].tolist() == [68, 1, 84]
    assert picture[-1, -1, :3].tolist() == [253, 231, 37]


def test_a_raster_is_drawn_in_another_reference(rest, sloped):
    asked = {"bbox": "9,46.93,9.1,47.03", "bboxSR": 4326, "imageSR": 102100}
    picture = pixels_of(rest.raw(f"{map_of(sloped)}/export", f="image",
                                 transparent="true", **asked))  # fmt: skip
    share = (picture[..., 3] > 0).mean()
    corners = [(500_000, 5_200_000), (505_000, 5_200_000), (505_000, 5_204_000),
               (500_000, 5_204_000)]  # fmt: skip
    moved = pyproj.Transformer.from_crs(32632, 3857, always_xy=True)
    area = shapely.Polygon([moved.transform(*one) for one in corners]).area
    # The picture is as high as 0.1 degrees, and as wide.
    south, north = (moved_y(latitude) for latitude in (46.93, 47.03))
    filled = 1 - 25 / 2000
    assert share == pytest.approx(filled * area / (north - south) ** 2, rel=0.02)


def moved_y(latitude: float) -> float:
    """Return y in Web Mercator (EPSG Guidance Note 7-2)."""
    return 6378137 * np.log(np.tan(np.pi / 4 + np.radians(latitude) / 2))


def test_a_client_may_want_another_drawing(rest, sloped):
    layers = [{"id": 0, "source": {"type": "mapLayer", "mapLayerId": 0},
               "drawingInfo": CLASSES}]  # fmt: skip
    picture = pixels_of(rest.raw(f"{map_of(sloped)}/export", f="image",
                                 dynamicLayers=json.dumps(layers)))  # fmt: skip
    assert {(0, 0, 255, 255), (255, 0, 0, 255)} <= set(
        map(tuple, np.unique(picture.reshape(-1, 4), axis=0).tolist())
    )
    legend = rest.get(f"{map_of(sloped)}/legend", dynamicLayers=json.dumps(layers))
    labels = [one["label"] for one in legend["layers"][0]["legend"]]
    assert labels == [one["label"] for one in CLASSES["renderer"]["classBreakInfos"]]
    layers[0]["drawingInfo"] = {"renderer": {"type": "rasterStretch"}}
    legend = rest.get(f"{map_of(sloped)}/legend", dynamicLayers=json.dumps(layers))
    assert legend["layers"][0]["legend"]
    layers[0]["drawingInfo"] = {"renderer": {"type": "rasterWish"}}
    error = rest.raw(f"{map_of(sloped)}/export", dynamicLayers=json.dumps(layers))
    assert "dynamicLayers" in error.json()["error"]["details"][0]


def test_a_symbology_that_no_raster_has_is_refused(published):
    published("samples.Paint", "Rasters/Paint", sync=False)
    row = TaskParameter.objects.get(name="Out_Raster")
    row.drawing_info = {"renderer": {"type": "simple"}}
    with pytest.raises(ValidationError, match="rasterStretch"):
        row.full_clean()


def test_a_tool_gets_the_raster_of_another_job(rest, published, sloped):
    published("toys.Double", "Rasters/Double", sync=False)
    data = rest.get(f"{sloped}/results/Out_Raster", returnType="data")["value"]
    job = rest.run_job("/Rasters/Double/GPServer/Double", In_Raster=json.dumps(data))
    with rasterio.open(io.BytesIO(file_of(rest, job))) as found:
        values = found.read(1)
    assert values[20, 30] == 460
    assert np.isnan(values[7, 7])


def test_a_picture_is_no_raster_unless_it_says_where_it_lies(rest, published, tmp_path):
    published("samples.Echo", "Rasters/Echo", sync=False, uploads=True)
    file = io.BytesIO()
    Image.new("L", (4, 4)).save(file, "PNG")
    file.name = "a.png"
    file.seek(0)
    upload = rest.client.post("/server/rest/services/Rasters/Echo/GPServer/uploads/upload",
                              {"file": file, "f": "json"}).json()  # fmt: skip
    item = json.dumps({"itemID": upload["item"]["itemID"]})
    job = rest.run_job("/Rasters/Echo/GPServer/Echo", In_Raster=item)
    assert rest.get(f"{job}/results/Out_Raster")["value"]["format"] == "png"
    told = [one["description"] for one in rest.get(job)["messages"]]
    assert any("does not say its position" in one for one in told)
