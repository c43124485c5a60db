"""Rasters as results: the file, and the layer of the result map."""

from __future__ import annotations

import numpy as np
import pytest

from tests.jobs.maps import map_of, pixels_of

TASK = "/Rasters/Paint/GPServer/Paint"


@pytest.fixture
def painted(rest, published) -> str:
    """Run a job that paints a raster; return its path."""
    published("samples.Paint", "Rasters/Paint", sync=False, result_map_server=True)
    return rest.run_job(TASK, Value=7)


def test_a_raster_is_data_of_the_format_tif(rest, painted):
    answer = rest.get(f"{painted}/results/Out_Raster", returnType="data")
    assert answer["dataType"] == "GPRasterDataLayer"
    assert answer["value"]["format"] == "tif"
    assert answer["value"]["url"].endswith("/scratch/Out_Raster.tif")


def test_a_raster_is_a_picture_where_the_service_has_result_maps(rest, painted):
    found = rest.get(f"{painted}/results/Out_Raster")["value"]["mapImage"]
    assert (found["width"], found["height"]) == (400, 400)
    box = found["extent"]
    assert [box["xmin"], box["ymin"], box["xmax"], box["ymax"]] == pytest.approx(
        [9.9, 19.9, 10.1, 20.1]
    )
    picture = pixels_of(rest.raw(f"{painted}/results/Out_Raster", f="image"))
    assert len(np.unique(picture.reshape(-1, 4), axis=0)) == 1


def test_a_raster_is_a_layer_of_the_map(rest, painted):
    layer = rest.get(f"{map_of(painted)}/0")
    assert layer["type"] == "Raster Layer"
    assert layer["drawingInfo"]["renderer"]["type"] == "rasterStretch"
    print(rest.get(f"{map_of(painted)}/legend"))
    print(
        rest.get(
            f"{map_of(painted)}/identify",
            geometry="10,20",
            tolerance=3,
            mapExtent="9,19,11,21",
            imageDisplay="400,400,96",
        )
    )
    print(rest.get(f"{map_of(painted)}/0/query", where="1=1"))
