"""The page of guarantees holds what the tests show."""

from __future__ import annotations

from tests.guarantees import GUARANTEES, PAGE, page, shown


def test_the_page_is_made_from_the_tests_as_they_are():
    assert PAGE.read_text("utf-8") == page(), "run: python -m tests.guarantees"


def test_every_docstring_names_a_guarantee():
    assert {number for number, _, _ in shown()} <= set(GUARANTEES)
