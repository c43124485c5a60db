"""URL patterns that match in any case and still can be reversed."""

from __future__ import annotations

import re
from typing import Any

from django.urls import URLPattern, URLResolver
from django.urls.resolvers import RegexPattern


class AnyCase(RegexPattern):
    """A regular expression that ignores case.

    Django cannot reverse a pattern that holds the flag ``(?i)``, and one such
    pattern would keep it from reversing any URL of the portal.
    """

    def __init__(self, regex: str, name: str | None = None, is_endpoint: bool = True):
        super().__init__(regex, name, is_endpoint)
        self.__dict__["regex"] = re.compile(regex, re.IGNORECASE)


def resource(regex: str, view: Any, name: str | None = None) -> URLPattern:
    """Return the pattern of a view; a slash at the end may be there or not."""
    return URLPattern(AnyCase(rf"^{regex}/?$", name), view, None, name)


def below(prefix: str, patterns: list[URLPattern | URLResolver]) -> URLResolver:
    """Return the resolver of patterns below a prefix."""
    return URLResolver(AnyCase(rf"^{prefix}/", is_endpoint=False), patterns)
