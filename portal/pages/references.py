"""The search for coordinate systems, in the database that pyproj ships."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from pyproj.database import query_crs_info
from pyproj.enums import PJType

from portal.pages.base import Page

_KINDS = [PJType.PROJECTED_CRS, PJType.GEOGRAPHIC_2D_CRS]
_MOST = 30
_LONGEST = 100
#: Codes that most people look for, first among equals.
_KNOWN = ("4326", "3857", "4258", "25832", "2056", "27700", "5070")


@dataclass(frozen=True, slots=True)
class Entry:
    """A coordinate system: its code, name and the area it is for."""

    code: str
    name: str
    area: str
    text: str


class SearchReferences(Page):
    """Coordinate systems by code, name or area, as JSON for scripts."""

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """Answer those in which all words of ``q`` stand, the nearest first."""
        words = request.GET.get("q", "")[:_LONGEST].lower().split()
        found = found_references(words) if words else []
        listed = [{"code": one.code, "name": one.name, "area": one.area}
                  for one in found[:_MOST]]  # fmt: skip
        return JsonResponse({"found": listed, "total": len(found)})


def found_references(words: list[str]) -> list[Entry]:
    """Return systems in which all words stand: equal codes, known ones, short ones."""
    found = [one for one in _all() if all(word in one.text for word in words)]
    return sorted(found, key=lambda one: (one.code not in words,
                                          one.code not in _KNOWN,
                                          not one.code.startswith(words[0]),
                                          len(one.name)))  # fmt: skip


@cache
def _all() -> tuple[Entry, ...]:
    rows = [one for authority in ("EPSG", "ESRI")
            for one in query_crs_info(authority, _KINDS)]  # fmt: skip
    return tuple(_entry(row.code, row.name, row.area_of_use) for row in rows)


def _entry(code: str, name: str, use: object) -> Entry:
    area = str(getattr(use, "name", "") or "").rstrip(".")
    plain = name.replace("/", " ").replace("_", " ")
    return Entry(code, name, area, f"{code} epsg:{code} {plain} {name} {area}".lower())
