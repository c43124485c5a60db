"""Spatial references as files state them: codes, well-known text, PROJJSON."""

from __future__ import annotations

import re
from typing import Any

import pyproj
from pyproj.exceptions import CRSError

from services.errors import InvalidValue
from services.geometry.crs import SpatialReference, parse_spatial_reference

_CODE = re.compile(r"\s*(EPSG|ESRI)\s*:\s*([0-9]{1,9})\s*", re.IGNORECASE)
_NAMED = re.compile(
    r"(?:urn:(?:ogc|x-ogc):def:crs:|https?://www\.opengis\.net/def/crs/)?"
    r"(?P<authority>EPSG|ESRI|OGC)[:/](?:[0-9.]*[:/])?(?P<code>CRS84h?|[0-9]{1,9})",
    re.IGNORECASE,
)
_UNDEFINED = re.compile(r'\s*\w+\s*\[\s*"undefined\b', re.IGNORECASE)
_WHAT = "the spatial reference of the file"


def reference_of_text(text: str) -> SpatialReference | None:
    """Return the reference of ``EPSG:4326`` or of well-known text; None if undefined.

    Text that says the same as a code of EPSG or Esri becomes that code. Raises
    InvalidValue for text that is not accepted.
    """
    found = _CODE.fullmatch(text)
    if found:
        return parse_spatial_reference(int(found[2]), _WHAT)
    if not text.strip() or _UNDEFINED.match(text):
        return None
    given = parse_spatial_reference({"wkt": text}, _WHAT)
    return _by_code(given.crs) or given


def reference_of_name(name: str) -> SpatialReference:
    """Return the reference of a name as GeoJSON's old ``crs`` member has it.

    Longitude comes first, whatever the authority says. Raises InvalidValue.
    """
    found = _NAMED.fullmatch(name.strip())
    if found is None:
        raise InvalidValue(f"{_WHAT} is not known: '{name[:60]}'")
    code = found["code"].upper()
    if code.startswith("CRS84") or found["authority"].upper() == "OGC":
        return parse_spatial_reference(4326, _WHAT)
    return parse_spatial_reference(int(code), _WHAT)


def reference_of_projjson(document: Any) -> SpatialReference:
    """Return the reference of a PROJJSON object. Raises InvalidValue."""
    if not isinstance(document, dict):
        raise InvalidValue(f"{_WHAT} must be a PROJJSON object")
    identifier = document.get("id")
    if isinstance(identifier, dict):
        name = f"{identifier.get('authority')}:{identifier.get('code')}"
        if _NAMED.fullmatch(name):
            return reference_of_name(name)
    try:
        crs = pyproj.CRS.from_json_dict(document)
        found = reference_of_text(crs.to_wkt())
    except (CRSError, TypeError, ValueError, AttributeError):
        found = None
    if found is None:
        raise InvalidValue(f"{_WHAT} is not understood")
    return found


def _by_code(crs: pyproj.CRS) -> SpatialReference | None:
    """Return the reference by its code, the vertical one beside it, if it has one."""
    parts = crs.sub_crs_list if crs.is_compound else [_flat(crs)]
    found = parts[0].to_authority("EPSG") or parts[0].to_authority("ESRI")
    if found is None:
        return None
    vertical = parts[1].to_authority("EPSG") if len(parts) > 1 else None
    raw: dict[str, Any] = {"wkid": int(found[1])}
    if vertical is not None:
        raw["vcsWkid"] = int(vertical[1])
    return parse_spatial_reference(raw, _WHAT)


def _flat(crs: pyproj.CRS) -> pyproj.CRS:
    return crs.to_2d() if len(crs.axis_info) > 2 else crs
