"""The report on a table: what is in the files is what is in the table."""

from __future__ import annotations

from datetime import UTC, datetime
from html.parser import HTMLParser

import numpy as np
import pypdf
import pytest

from services.data import cities
from services.geometry.features import RecordSet
from services.tools.reports import table_report
from tests.services.modeling.models import Heard


class Cells(HTMLParser):
    """The cells of the tables of a page."""

    def __init__(self):
        super().__init__()
        self.cells, self._inside = [], False

    def handle_starttag(self, tag, attributes):
        if tag in ("td", "th"):
            self.cells.append("")
            self._inside = True

    def handle_endtag(self, tag):
        self._inside = self._inside and tag not in ("td", "th")

    def handle_data(self, data):
        if self._inside:
            self.cells[-1] += data


@pytest.fixture
def heard(tmp_path):
    return Heard(tmp_path)


def cells(file):
    parser = Cells()
    parser.feed(file.path.read_text("utf-8"))
    return [one.strip() for one in parser.cells]


def text(file):
    return "".join(page.extract_text() for page in pypdf.PdfReader(file.path).pages)


def test_every_city_and_number_is_in_both_files(heard):
    few = cities().take(np.arange(12))
    found = cells(table_report(heard, few, "Cities", format="HTML"))
    pdf = text(table_report(heard, few, "Cities", map_features=few))
    rows = few.attributes.to_pylist()
    for row in rows:
        assert row["name"] in found
        assert f"{row['population']:,}" in found
        assert f"{row['population']:,}" in pdf
    assert found[-4 * len(rows) :][::4] == [row["name"] for row in rows]
    assert "All 12 rows" in pdf
    assert heard.warnings == []


def test_nulls_numbers_and_dates_have_their_forms(heard):
    table = RecordSet.from_columns(
        {"n": [1234567, None], "x": [0.5, 1.25], "whole": [2.0, 3.0],
         "at": [datetime(2024, 2, 29, 12, 30, tzinfo=UTC), None]}
    )  # fmt: skip
    found = cells(table_report(heard, table, "Forms", format="HTML"))
    assert found[-8:] == ["1,234,567", "0.50", "2", "2024-02-29 12:30",
                          "\N{EN DASH}", "1.25", "3", "\N{EN DASH}"]  # fmt: skip


def test_more_than_a_report_holds_is_told(heard):
    table = RecordSet.from_columns({f"c{n}": list(range(600)) for n in range(12)})
    file = table_report(heard, table, "Long", format="HTML")
    assert heard.warnings == ["The report shows 500 of 600 rows and 10 of 12 columns"]
    assert "The first 500 of 600 rows" in file.path.read_text("utf-8")
    assert "c10" not in cells(file)


def test_an_empty_table_is_said_to_be_empty(heard):
    empty = cities().take(np.arange(0))
    file = table_report(heard, empty, "None", "As an example.", empty, format="HTML")
    written = file.path.read_text("utf-8")
    assert "There are no rows." in written
    assert "As an example." in written
