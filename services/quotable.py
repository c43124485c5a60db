"""Texts that Python clients can quote.

The ArcGIS API for Python writes source code for each task of a toolbox and puts our
texts between its quotation marks as they are: one text that ends them early, or that
is no string literal, breaks the whole toolbox there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from services.errors import InvalidValue


@dataclass(frozen=True, slots=True)
class Place:
    """Where such source code has a text: what must not be in it, in code and words."""

    forbidden: re.Pattern[str]
    words: str


#: In a docstring, backslashes doubled by the client.
REMARK = Place(re.compile('"""'), "three quotation marks in a row")
#: In a docstring, backslashes as they are.
DOCSTRING = Place(
    re.compile(r'"""|\\[NUux]'),
    "three quotation marks in a row, and backslashes before N, U, u and x",
)
#: Between triple quotation marks, with nothing before and after.
DEFAULT = Place(
    re.compile(r'"""|\\[NUux]|["\\]\Z'),
    "three quotation marks in a row, backslashes before N, U, u and x, and a"
    " quotation mark or backslash at the end",
)
#: Between single quotation marks.
LINE = Place(re.compile(r'["\\\r\n]'), "quotation marks, backslashes and line breaks")


def check_quotable(text: str, place: Place, name: str) -> None:
    """Raise InvalidValue if Python clients cannot quote a text there."""
    if place.forbidden.search(text):
        raise InvalidValue(
            f"Python clients cannot quote this {name}: leave out {place.words}"
        )
