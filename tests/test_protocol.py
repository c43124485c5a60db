"""The page of what is served of the protocol holds what the tests show."""

from __future__ import annotations

import re

from tests.protocol import PAGE, SECTIONS, marks, page


def test_the_page_is_made_from_the_tests_as_they_are():
    assert PAGE.read_text("utf-8") == page(), "run: python -m tests.protocol"


def test_every_mark_names_a_section():
    form = re.compile(r"(\d+(\.\d+)?|clients 1\.\d+) \S.*")
    wrong = [row for row, _, _ in marks() if not form.fullmatch(row)]
    assert wrong == []
    assert {re.match(r"\d+|clients", row).group() for row, _, _ in marks()} <= set(
        SECTIONS
    )
