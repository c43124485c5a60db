"""Spatial references: wkid or WKT to a pyproj CRS, and back to Esri JSON."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import pyproj
import shapely
from pyproj.exceptions import CRSError, ProjError

from services.errors import InvalidValue
from services.geometry.datum import is_same_datum, operation_for
from services.geometry.ragged import replace_xy

#: Codes that Esri keeps beside the current EPSG one (``wkid`` -> ``latestWkid``).
LATEST_WKID = {102100: 3857, 102113: 3785, 900913: 3857}

_DIGITS = re.compile(r"[+-]?[0-9]{1,40}")
_MAX_WKT = 8192
_MAX_WKT_DEPTH = 16
_WKT_START = re.compile(
    r"\s*(PROJCS|GEOGCS|PROJCRS|GEOGCRS|GEODCRS|COMPD_CS|COMPOUNDCRS|BOUNDCRS)\s*\[",
    re.IGNORECASE,
)


#: Elements that carry PROJ texts or name files, and what is no place on a globe.
_REFUSED = ("\0", "PROJ-BASED", "PROJ4", "EXTENSION", "PARAMETERFILE", "LOCAL_CS",
            "ENGCRS")  # fmt: skip
#: Parameters of PROJ, or one of its texts as a method: ``METHOD["PROJ merc grids=…"]``
#: opens the file. A plus alone belongs to names, as in CH1903+.
_PROJ = re.compile(r"=|\[\s*\"\s*PROJ\s")
_MEMBERS = ("wkid", "latestWkid", "wkt", "wkt2")


@dataclass(frozen=True, slots=True)
class SpatialReference:
    """A horizontal (optionally vertical) coordinate system, as Esri JSON names it.

    Exactly one of ``wkid`` and ``wkt`` is set. ``wkid`` is the code as the client
    gave it (102100 stays 102100). Equality is by these members, so 102100 and
    3857 differ as references but ``same_place`` as each other.
    """

    wkid: int | None = None
    wkt: str | None = None
    vcs_wkid: int | None = None

    @property
    def crs(self) -> pyproj.CRS:
        """The pyproj CRS; cached. Raises InvalidValue if it is unknown."""
        if self.wkid is not None:
            return _crs_from_wkid(self.wkid)
        return _crs_from_wkt(self.wkt or "")

    @property
    def is_geographic(self) -> bool:
        """True if coordinates are longitude and latitude in degrees."""
        return bool(self.crs.is_geographic)

    @property
    def latest_wkid(self) -> int | None:
        """The current code for ``wkid``; None for a reference given by WKT."""
        return LATEST_WKID.get(self.wkid, self.wkid) if self.wkid else None

    @property
    def metres_per_unit(self) -> float:
        """Metres in one unit of the axes; NaN for a geographic reference."""
        if self.is_geographic:
            return float("nan")
        return float(self.crs.axis_info[0].unit_conversion_factor)

    def same_place(self, other: SpatialReference) -> bool:
        """Tell if equal coordinates mean equal places in both references."""
        if self == other:
            return True
        if self.latest_wkid is not None and other.latest_wkid is not None:
            return self.latest_wkid == other.latest_wkid
        return bool(self.crs.equals(other.crs, ignore_axis_order=True))

    def to_json(self) -> dict[str, Any]:
        """Return the Esri JSON object, with ``latestWkid`` where there is a wkid."""
        document: dict[str, Any] = {"wkt": self.wkt}
        if self.wkid is not None:
            document = {"wkid": self.wkid, "latestWkid": self.latest_wkid}
        if self.vcs_wkid is not None:
            document |= {"vcsWkid": self.vcs_wkid, "latestVcsWkid": self.vcs_wkid}
        return document


WGS84 = SpatialReference(4326)
WEB_MERCATOR = SpatialReference(102100)


def parse_spatial_reference(
    raw: Any, name: str = "spatialReference"
) -> SpatialReference:
    """Read a wkid, its digits as text, or an Esri spatial reference object.

    Only integer codes of EPSG and Esri and short WKT are accepted: PROJ strings
    can open files and URLs of the server. Raises InvalidValue, naming ``name``.
    """
    if isinstance(raw, dict):
        return _from_object(raw, name)
    return _from_code(raw, name, "wkid")


def _from_object(raw: dict[str, Any], name: str) -> SpatialReference:
    problem = InvalidValue(f"{name}: expected a wkid or wkt")
    given = [key for key in _MEMBERS if raw.get(key) is not None]
    for key in given:
        read = _from_code if key in ("wkid", "latestWkid") else _from_wkt
        try:
            found = read(raw[key], name, key)
        except InvalidValue as exc:  # the first valid member wins
            problem = exc if key == given[0] else problem
            continue
        vertical = raw.get("vcsWkid") or raw.get("latestVcsWkid")
        return replace(found, vcs_wkid=vertical) if type(vertical) is int else found
    raise problem


def _from_code(raw: Any, name: str, key: str) -> SpatialReference:
    text = raw.strip() if isinstance(raw, str) else raw
    if isinstance(text, str) and _DIGITS.fullmatch(text):
        text = int(text)
    if isinstance(text, float) and text.is_integer():
        text = int(text)
    if isinstance(text, bool) or not isinstance(text, int):
        shown = str(raw)[:60]
        raise InvalidValue(f"{name}: {key} must be a whole number, not '{shown}'")
    if not 0 < text < 1_000_000_000:
        raise InvalidValue(f"{name}: unknown or unsupported {key} {str(text)[:20]}")
    try:
        _crs_from_wkid(text)
    except InvalidValue:
        raise InvalidValue(f"{name}: unknown or unsupported {key} {text}") from None
    return SpatialReference(text)


def _from_wkt(raw: Any, name: str, key: str) -> SpatialReference:
    if not isinstance(raw, str) or len(raw) > _MAX_WKT or not _WKT_START.match(raw):
        raise InvalidValue(
            f"{name}: {key} must be the well-known text of a geographic or projected"
            f" spatial reference, at most {_MAX_WKT} characters"
        )
    text = raw.upper()
    is_proj = _PROJ.search(text) or any(word in text for word in _REFUSED)
    if is_proj or _depth(raw) > _MAX_WKT_DEPTH:
        raise InvalidValue(f"{name}: {key} uses elements that are not accepted")
    try:
        _crs_from_wkt(raw)
    except InvalidValue as exc:
        raise InvalidValue(f"{name}: {key}: {exc}") from None
    return SpatialReference(None, raw)


def _depth(text: str) -> int:
    depth = deepest = 0
    for character in text:
        depth += (character == "[") - (character == "]")
        deepest = max(deepest, depth)
    return deepest


@lru_cache(maxsize=512)
def _crs_from_wkid(wkid: int) -> pyproj.CRS:
    # Codes above 32767 are Esri's own, except a few that EPSG took over.
    for authority in ("EPSG", "ESRI"):
        try:
            crs = pyproj.CRS.from_authority(authority, LATEST_WKID.get(wkid, wkid))
        except CRSError:
            continue
        if crs.is_geographic or crs.is_projected:
            return crs
    raise InvalidValue(f"unknown or unsupported wkid {wkid}")


@lru_cache(maxsize=64)
def _crs_from_wkt(wkt: str) -> pyproj.CRS:
    try:
        crs = pyproj.CRS.from_wkt(wkt)
        ellipsoid = crs.ellipsoid
        usable = ellipsoid is not None and ellipsoid.semi_major_metre > 0
        if not (usable and (crs.is_geographic or crs.is_projected)):
            raise InvalidValue("expected a geographic or projected spatial reference")
        transformer_of(crs, pyproj.CRS.from_epsg(4326))
    except (CRSError, ProjError):
        raise InvalidValue("the text is not a usable spatial reference") from None
    return crs


@lru_cache(maxsize=256)
def transformer_of(source: pyproj.CRS, target: pyproj.CRS) -> pyproj.Transformer:
    """Return the cached transformer between two CRSs, x (lon) before y (lat)."""
    return pyproj.Transformer.from_crs(source, target, always_xy=True)


def transform(
    geometries: np.ndarray,
    source: SpatialReference,
    target: SpatialReference,
    notes: list[str] | None = None,
) -> np.ndarray:
    """Project an array of geometries; z and m are kept as they are.

    Shape (n,) in and out. None stays None. A vertex outside the area in which
    ``target`` is defined raises InvalidValue: infinite coordinates never leave.
    What a user should know of a datum shift is appended to ``notes``.
    """
    if source.same_place(target):
        return geometries
    try:
        transformer = _transformer(source.crs, target.crs, geometries, notes)
    except ProjError:  # places on the Moon are nowhere on Earth
        raise InvalidValue(
            f"nothing leads from spatial reference {source.wkid or 'given by wkt'}"
            f" to {target.wkid or 'one given by wkt'}"
        ) from None

    def project(coordinates: np.ndarray) -> np.ndarray:
        moved = np.column_stack(
            transformer.transform(coordinates[:, 0], coordinates[:, 1])
        )
        if outside(moved, target).any():
            raise InvalidValue(
                "a coordinate lies outside the extent in which spatial reference"
                f" {target.wkid or 'given by wkt'} is defined"
            )
        return moved

    return replace_xy(geometries, project)


def _transformer(
    source: pyproj.CRS,
    target: pyproj.CRS,
    geometries: np.ndarray,
    notes: list[str] | None,
) -> pyproj.Transformer:
    if is_same_datum(source, target):
        return transformer_of(source, target)
    operation = operation_for(source, target, shapely.get_coordinates(geometries))
    if operation.note and notes is not None:
        notes.append(operation.note)
    return operation.transformer


def outside(coordinates: np.ndarray, reference: SpatialReference) -> np.ndarray:
    """Tell which (k, 2) coordinates no place on the globe can have.

    Degrees beyond 400 east or west or 90 north or south; more than 40,000 km from
    the origin of a projection; anything infinite or NaN. Shape (k,) out.
    """
    if reference.is_geographic:
        limits = np.array([400.0, 90.0 + 1e-9])
    else:
        limits = np.full(2, 4e7 / reference.metres_per_unit)
    return np.asarray(~(np.abs(coordinates) <= limits).all(axis=1))


def require_inside(geometries: np.ndarray, reference: SpatialReference) -> None:
    """Raise InvalidValue, naming the feature, for a coordinate ``outside``."""
    coordinates, owner = shapely.get_coordinates(geometries, return_index=True)
    bad = np.flatnonzero(outside(coordinates, reference))
    if len(bad):
        x, y = coordinates[bad[0]]
        raise InvalidValue(
            f"feature {owner[bad[0]]}: coordinate ({x:.10g}, {y:.10g}) lies outside"
            " the extent of its spatial reference"
        )
