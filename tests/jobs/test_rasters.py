"""Rasters as results: the file, the map, the image service."""

from __future__ import annotations

import pytest

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
