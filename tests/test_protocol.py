"""Every row of the protocol is shown by a test or said not to be served."""

from __future__ import annotations

import re
from collections import Counter

from tests.protocol import PAGE, SECTIONS, listed, marks, page

#: How many subsections the reference has; 0: a section without.
SUBSECTIONS = {"0": 5, "1": 4, "2": 0, "3": 4, "4": 0, "5": 7, "6": 11, "7": 0,
               "8": 3, "9": 0, "10": 4, "11": 0, "12": 30, "clients 1": 29}  # fmt: skip


def place(row: str) -> str:
    """Return the section and subsection that a row stands in."""
    return row.partition(" ")[0] if row[0].isdigit() else " ".join(row.split()[:2])


def test_the_page_is_made_from_the_tests_as_they_are():
    assert PAGE.read_text("utf-8") == page(), "run: python -m tests.protocol"


def test_a_row_is_listed_once_and_names_its_section():
    rows = [row for row, _ in listed()]
    assert [row for row, count in Counter(rows).items() if count > 1] == []
    form = re.compile(r"(\d+(\.\d+)?|clients 1\.\d+) \S.*")
    assert [row for row in rows if not form.fullmatch(row)] == []
    assert {re.match(r"\d+|clients", row).group() for row in rows} == set(SECTIONS)


def test_every_subsection_has_rows():
    expected = {
        f"{section}.{number}" if count else section
        for section, count in SUBSECTIONS.items()
        for number in range(1, (count or 1) + 1)
    }
    # a section with subsections may have rows of its own as well
    assert expected <= {place(row) for row, _ in listed()} <= expected | {*SECTIONS}


def test_every_row_is_shown_or_has_a_reason_why_it_is_not_served():
    shown = {row for row, _, _ in marks()}
    assert [row for row, why in listed() if not why and row not in shown] == []


def test_every_mark_names_a_row_that_is_served():
    served = {row for row, why in listed() if not why}
    assert (
        sorted({f"{row} ({where})" for row, where, _ in marks() if row not in served})
        == []
    )
