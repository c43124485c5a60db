"""A map of countries as a PDF: what its pages say, read by a library of others."""

from __future__ import annotations

import geopandas
import pytest
import shapely
from pypdf import PdfReader

from jobs.runs import execution
from services.data import countries
from services.samples import load_samples

TASK = "/Arcpy/ArcpyMapping/GPServer/SaveToPDF"


@pytest.fixture
def saved(rest, tmp_path):
    """Run the sample as a job; return its PDF, read."""
    load_samples("Arcpy/ArcpyMapping")

    def save(**fields):
        url = rest.get(f"{rest.run_job(TASK, **fields)}/results/Output")["value"]["url"]
        path = tmp_path / "map.pdf"
        path.write_bytes(b"".join(rest.client.get(url).streaming_content))
        return PdfReader(path)

    return save


def test_the_defaults_make_one_sheet_with_its_title(saved):
    [page] = saved().pages
    assert "Countries" in page.extract_text()
    assert float(page.mediabox.width) == pytest.approx(297 / 25.4 * 72, abs=0.1)


def test_attributes_are_those_of_the_countries_in_the_extent(saved):
    corners = {"xMin": -12, "yMin": 35, "xMax": 5, "yMax": 45}
    first, *others = saved(
        **corners, Include_Attributes="true", Map_Title="Iberia"
    ).pages
    assert "Iberia" in first.extract_text()
    table = "".join(page.extract_text() for page in others)
    land = geopandas.GeoDataFrame(
        {"name": countries().column("name").to_pylist()},
        geometry=list(countries().geometries),
    )
    met = land[land.intersects(shapely.box(-12, 35, 5, 45))]["name"].tolist()
    listed = {
        name for name in land["name"] if f"{name} " in table or f"{name}\n" in table
    }
    assert {"Spain", "Portugal"} <= set(met)
    assert set(met) <= listed
    assert table.count("Europe") + table.count("Africa") == len(met)


def test_a_scale_is_the_scale_of_the_map(saved):
    corners = {"xMin": 3e6, "yMin": 2e6, "xMax": 5e6, "yMax": 4e6}
    fields = {"Map_Scale": "20000000", "Spatial_Reference": "3035"}
    text = saved(**corners, **fields).pages[0].extract_text()
    assert "20,000,000" in text


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"xMin": 10, "xMax": 5}, "xMax"),
        ({"Spatial_Reference": "none"}, "Spatial_Reference"),
    ],
)
def test_what_makes_no_map_is_named(rest, fields, named):
    load_samples("Arcpy/ArcpyMapping")
    answer = rest.post(f"{TASK}/submitJob", **fields)
    execution.run(answer["jobId"])
    job = rest.get(f"{TASK}/jobs/{answer['jobId']}")
    assert job["jobStatus"] == "esriJobFailed"
    assert named in str(job["messages"])
