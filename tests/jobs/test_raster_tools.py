"""Raster tools as jobs: one takes what another one has made."""

from __future__ import annotations

import json

import numpy as np

from tests.services.tools.rasters import degrees


def test_a_raster_of_one_job_is_the_input_of_the_next(rest, published):
    published("surface.Slope", "Analysis/Surface", sync=False)
    published("raster.Reclassify", "Analysis/Raster", sync=False)
    published("rasterfeatures.RasterToPolygon", "Analysis/Features", sync=False)
    slope = rest.run_job("/Analysis/Surface/GPServer/Slope")
    made = rest.get(f"{slope}/results/Output_Raster")["value"]
    assert any("sample heights" in one["description"]
               for one in rest.get(slope)["messages"])  # fmt: skip
    classes = rest.run_job(
        "/Analysis/Raster/GPServer/Reclassify",
        Input_Raster=json.dumps({"url": made["url"]}),
        Remap="[[0, 33, 1], [33, 90, 2]]",
    )
    assert rest.get(classes)["jobStatus"] == "esriJobSucceeded"
    url = rest.get(f"{classes}/results/Output_Raster")["value"]["url"]
    polygons = rest.run_job("/Analysis/Features/GPServer/RasterToPolygon",
                            Input_Raster=json.dumps({"url": url}))  # fmt: skip
    found = rest.get(f"{polygons}/results/Output_Features")["value"]["features"]
    assert {one["attributes"]["gridcode"] for one in found} == {1.0, 2.0}


def test_the_cells_of_a_job_are_those_of_the_tool(rest, published, tmp_path):
    published("raster.RasterCalculator", "Analysis/Raster", sync=False)
    job = rest.run_job("/Analysis/Raster/GPServer/RasterCalculator",
                       Expression="A / 0.3048")  # fmt: skip
    url = rest.get(f"{job}/results/Output_Raster")["value"]["url"]
    answer = rest.client.get(url.partition("testserver")[2])
    path = tmp_path / "feet.tif"
    path.write_bytes(b"".join(answer.streaming_content))
    from services.rasters.reading import read_grid

    feet = read_grid(path)
    assert np.allclose(feet.values, degrees().values / 0.3048, rtol=1e-6)
    assert feet.extent.bounds == degrees().extent.bounds


def test_what_is_wrong_with_an_expression_is_the_reason_of_the_failure(rest, published):
    published("raster.RasterCalculator", "Analysis/Raster", sync=False)
    job = rest.run_job("/Analysis/Raster/GPServer/RasterCalculator",
                       Expression="__import__('os')")  # fmt: skip
    document = rest.get(job)
    assert document["jobStatus"] == "esriJobFailed"
    assert any("'__import__' is not one of the functions" in one["description"]
               for one in document["messages"])  # fmt: skip


def test_a_raster_in_web_mercator_is_the_input_of_the_next(rest, published):
    published("raster.ProjectRaster", "Analysis/Raster", sync=False)
    published("surface.Slope", "Analysis/Surface", sync=False)
    job = rest.run_job("/Analysis/Raster/GPServer/ProjectRaster",
                       Out_Coordinate_System='{"wkid": 3857}')  # fmt: skip
    url = rest.get(f"{job}/results/Output_Raster")["value"]["url"]
    slope = rest.run_job("/Analysis/Surface/GPServer/Slope",
                         Input_Raster=json.dumps({"url": url}))  # fmt: skip
    assert rest.get(slope)["jobStatus"] == "esriJobSucceeded"
