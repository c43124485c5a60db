"""The page of what is served of the protocol holds what the tests show."""

from __future__ import annotations

import re

from tests.protocol import NOT_SERVED, PAGE, SECTIONS, marks, page, subsections


def test_the_page_is_made_from_the_tests_as_they_are():
    assert PAGE.read_text("utf-8") == page(), "run: python -m tests.protocol"


def test_every_mark_names_a_section():
    form = re.compile(r"(\d+(\.\d+)?|clients 1\.\d+) \S.*")
    wrong = [row for row, _, _ in marks() if not form.fullmatch(row)]
    assert wrong == []
    assert {re.match(r"\d+|clients", row).group() for row, _, _ in marks()} <= set(
        SECTIONS
    )


def beginning(row: str) -> str:
    """Return the section and subsection that a row stands in."""
    return row.partition(" ")[0] if row[0].isdigit() else " ".join(row.split()[:2])


def test_every_subsection_is_shown_or_said_not_to_be_served():
    shown = {beginning(row) for row, _, _ in marks()}
    missing = [one for one in subsections() if one not in shown]
    declined = {section for section, _, _ in NOT_SERVED}
    may_be_declined = ("12.", "clients ")  # of sections 0 to 8 and 11 none is
    assert [one for one in missing if not one.startswith(may_be_declined)] == []
    assert set(missing) <= declined


def test_nothing_is_said_to_be_missing_from_a_section_that_there_is_not():
    known = {*SECTIONS, *subsections(), *(f"10.{number}" for number in range(1, 5))}
    assert [section for section, _, _ in NOT_SERVED if section not in known] == []
