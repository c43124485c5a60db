"""Descriptions that administrators write: plain text, or some HTML that does no harm.

ArcGIS keeps descriptions as HTML, and clients show them as such, so what leaves the
portal is cleaned wherever it goes.
"""

from __future__ import annotations

import re

import nh3

_TAGS = frozenset(
    ("a", "b", "blockquote", "br", "code", "dd", "div", "dl", "dt", "em", "h3", "h4",
     "hr", "i", "li", "ol", "p", "pre", "s", "small", "span", "strong", "sub", "sup",
     "table", "tbody", "td", "th", "thead", "tr", "u", "ul")
)  # fmt: skip
_ATTRIBUTES = {"a": {"href", "title"}, "td": {"colspan"}, "th": {"colspan"}}
_SCHEMES = {"http", "https", "mailto"}
#: ``a < b`` and ``<5`` are text.
_MARKUP = re.compile(r"<[A-Za-z/!?]")


def is_markup(text: str) -> bool:
    """Tell if a text is written as HTML."""
    return _MARKUP.search(text) is not None


def clean(text: str) -> str:
    """Return HTML with harmless elements only: no script, style, picture or form."""
    return nh3.clean(
        text,
        tags=set(_TAGS),
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer nofollow",
    )


def cleaned(text: str) -> str:
    """Return a description as documents hold it: plain text as it is, HTML cleaned."""
    return clean(text) if is_markup(text) else text
