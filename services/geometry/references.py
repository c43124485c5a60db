"""Every form in which a parameter names a spatial reference or coordinate system."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pyproj
from pyproj.exceptions import CRSError

from services.errors import InvalidValue
from services.geometry.crs import SpatialReference, parse_spatial_reference

_EXPECTED = "expected a wkid, or an object with wkid, wkt, wkt2 or name"
_NUMBERED = ("wkid", "latestWkid", "wkt", "wkt2")
_FILES = ("projectionFile", "projectionFileItemID")
_WKT2 = re.compile(r"\s*(PROJCRS|GEOGCRS|GEODCRS|COMPOUNDCRS|BOUNDCRS)", re.IGNORECASE)
#: No colon, equals sign, plus or bracket at a place where PROJ reads more than a name.
_NAME = re.compile(r"[A-Za-z][\w .,/()&'+-]{1,100}")
_NOT_LETTERS = re.compile(r"[^a-z0-9]+")
#: Families of codes, in the order in which Esri's ids are looked for.
_AUTHORITIES = ("EPSG", "ESRI")


@dataclass(frozen=True, slots=True)
class CoordinateSystem(SpatialReference):
    """A spatial reference as a value of the type GPCoordinateSystem."""


def parse_reference(raw: Any, *, with_names: bool = True) -> SpatialReference:
    """Read a wkid or an object; of several forms in it, the first valid one wins.

    ``with_names`` admits names of coordinate systems. WKT 2 becomes WKT 1, which
    clients read. Raises InvalidValue.
    """
    if not isinstance(raw, dict):
        return parse_spatial_reference(raw, "spatial reference")
    problem: InvalidValue | None = None
    for key in (*_NUMBERED, *(("name",) if with_names else ())):
        if raw.get(key) in (None, ""):
            continue
        try:
            found = _read(key, raw[key])
        except InvalidValue as exc:
            problem = problem or exc
            continue
        return _with_vertical(found, raw, with_names=with_names)
    if problem is None and any(raw.get(key) for key in _FILES):
        raise InvalidValue(f"projection files are not read here: {_EXPECTED}")
    raise problem or InvalidValue(_EXPECTED)


def _read(key: str, value: Any) -> SpatialReference:
    if key == "name":
        return SpatialReference(_code_of_name(value, is_vertical=False))
    found = parse_spatial_reference({key: value}, "spatial reference")
    if found.wkt is not None and _WKT2.match(found.wkt):
        return _as_wkt1(found)
    return found


def _as_wkt1(reference: SpatialReference) -> SpatialReference:
    try:
        text = reference.crs.to_wkt("WKT1_ESRI")
        return parse_spatial_reference({"wkt": text}, "spatial reference")
    except (CRSError, InvalidValue):  # some systems have no WKT 1
        return reference


def _with_vertical(
    found: SpatialReference, raw: dict[str, Any], *, with_names: bool
) -> SpatialReference:
    if found.wkid is None:
        return found  # a text has its vertical part in itself
    for key in ("vcsWkid", "latestVcsWkid"):
        if raw.get(key) is not None:
            return SpatialReference(found.wkid, None, _vertical(raw[key], key))
    if with_names and raw.get("vcsName"):
        code = _code_of_name(raw["vcsName"], is_vertical=True)
        return SpatialReference(found.wkid, None, code)
    return found


def _vertical(raw: Any, key: str) -> int:
    text = str(raw).strip()
    if isinstance(raw, bool) or not re.fullmatch("[0-9]{1,9}", text):
        raise InvalidValue(f"{key} must be a whole number, not '{str(raw)[:60]}'")
    if not _is_vertical(int(text)):
        raise InvalidValue(f"unknown or unsupported {key} {text}")
    return int(text)


@lru_cache(maxsize=256)
def _is_vertical(code: int) -> bool:
    for authority in _AUTHORITIES:
        try:
            if pyproj.CRS.from_authority(authority, code).is_vertical:
                return True
        except CRSError:
            continue
    return False


def _code_of_name(raw: Any, *, is_vertical: bool) -> int:
    """Return the code of a system named as EPSG or as Esri names it."""
    kind = "vertical coordinate system" if is_vertical else "coordinate system"
    code = None
    if isinstance(raw, str) and _NAME.fullmatch(raw.strip()):
        code = _found_by_name(raw.strip(), is_vertical)
    if code is None:
        raise InvalidValue(f"there is no {kind} named '{str(raw)[:60]}'")
    return code


@lru_cache(maxsize=512)
def _found_by_name(name: str, is_vertical: bool) -> int | None:
    try:
        crs = pyproj.CRS.from_user_input(name)
        usable = (
            crs.is_vertical if is_vertical else crs.is_geographic or crs.is_projected
        )
        if not usable or _plain(name) not in (_plain(crs.name), _esri_name(crs)):
            return None  # PROJ also finds what is only similar
        code = crs.to_authority()
    except CRSError:
        return None
    if code is None or code[0] not in _AUTHORITIES or not code[1].isdecimal():
        return None
    return int(code[1])


def _esri_name(crs: pyproj.CRS) -> str:
    try:
        return _plain(crs.to_wkt("WKT1_ESRI").split('"')[1])
    except (CRSError, IndexError):
        return ""


def _plain(name: str) -> str:
    return _NOT_LETTERS.sub("", name.lower())
