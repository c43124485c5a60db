"""The report on land use: its numbers by another way, its files by other readers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import numpy as np
import pypdf
import pytest
import shapely

import services.report
from services.data import countries
from services.errors import ToolFailed
from services.files import DataFile
from services.geometry.crs import WEB_MERCATOR, WGS84
from services.geometry.features import FeatureSet
from services.tool import Context, Param, tool
from services.tools.reports import land_use


class Run:
    """A context that keeps warnings."""

    def __init__(self, scratch):
        self.scratch, self.warnings = scratch, []

    def message(self, text):
        pass

    def warn(self, text):
        self.warnings.append(text)

    def progress(self, percent, text=""):
        pass


@pytest.fixture
def run(tmp_path):
    return Run(tmp_path)


def box(*bounds):
    return FeatureSet.of([shapely.box(*bounds)])


def shares(result):
    rows = result.land_cover.attributes.to_pylist()
    return {row["class"]: row["percent"] for row in rows}


def test_the_reference_of_the_area_does_not_matter(run):
    degrees = box(5, 45, 6, 46)
    mercator = degrees.project(WEB_MERCATOR)  # a box is a box there, too
    first, second = (shares(land_use(run, one, format="HTML"))
                     for one in (degrees, mercator))  # fmt: skip
    assert first == pytest.approx(second, abs=1e-4)


def test_an_area_over_the_antimeridian_is_mapped_in_one_piece(run):
    fiji = countries().column("name").to_pylist().index("Fiji")
    area = countries().take(np.array([fiji]))
    report = land_use(run, area, format="HTML").report.path.read_text()
    west, _ = re.search(r"around ([\d.]+)° S, ([\d.]+)° E", report).groups()
    assert 16 < float(west) < 19


def test_the_pdf_has_the_texts_in_any_script_and_the_pages_their_numbers(run):
    title = "Flächennutzung, Χρήση γης"
    file = land_use(run, title=title).report.path
    pdf = pypdf.PdfReader(file)
    assert pdf.metadata.title == title
    texts = [page.extract_text() for page in pdf.pages]
    assert title in texts[0]
    assert "Cropland" in texts[0] + texts[1]
    assert f"1 / {len(pdf.pages)}" in texts[0]
    assert [one.title for one in pdf.outline if not isinstance(one, list)] == [title]
    fonts = pdf.pages[0]["/Resources"]["/Font"]
    for font in fonts.values():  # embedded, with what its glyphs mean
        about = font.get_object()
        assert "/ToUnicode" in about
        inner = about["/DescendantFonts"][0].get_object()
        assert "/FontFile2" in inner["/FontDescriptor"]


def test_the_page_asks_for_nothing_and_runs_nothing(run):
    title = "<script>alert(1)</script>\u202e"
    text = land_use(run, title=title, format="HTML").report.path.read_text()
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)" in text
    assert "default-src 'none'" in text
    assert not re.search(r'(?:src|href)="(?!data:)', text)
    assert " style=" not in text


def test_an_area_without_any_size_is_refused(run):
    empty = FeatureSet.of([None], geometry_type="esriGeometryPolygon")
    with pytest.raises(
        ToolFailed, match="Area_of_Interest: expected at least one area"
    ):
        land_use(run, empty)
    assert "left out" in run.warnings[0]


def test_areas_that_overlap_count_once(run):
    twice = FeatureSet.of([shapely.box(5, 45, 6, 46)] * 2, spatial_reference=WGS84)
    once = land_use(run, box(5, 45, 6, 46), format="HTML")
    again = land_use(run, twice, format="HTML")
    assert once.land_cover == again.land_cover


def test_the_example_for_authors_makes_a_report(run):
    guide = Path(__file__).parents[3] / "portal/docs/reports.md"
    (code,) = re.findall(r"```python\n(.*?)```", guide.read_text("utf-8"), re.DOTALL)
    names = {"__name__": "example", **vars(services.report)} | {
        "tool": tool, "Annotated": Annotated, "Param": Param, "Context": Context,
        "FeatureSet": FeatureSet, "DataFile": DataFile,
    }  # fmt: skip
    exec(code, names)
    text = names["count_report"](box(5, 45, 6, 46), run, "HTML").path.read_text()
    assert "<h1" in text
    assert text.count("<svg") == 2
    assert "Counted one by one." in text
