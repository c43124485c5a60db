"""The parameters of a query: raw texts to one frozen value, all problems at once."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from services.datatypes.base import shown
from services.datatypes.scalar import GPBoolean
from services.environment import spatial_reference
from services.errors import InvalidParameters, InvalidValue, Problem
from services.geometry.crs import SpatialReference
from services.query.query import BY_MATRIX, Order, Quantization, Query
from services.query.statistics import parse_statistics
from services.query.timespan import parse_span
from services.wire import decode

#: Names of all parameters that a query heeds.
NAMES = (
    "where", "objectIds", "geometry", "geometryType", "inSR", "spatialRel",
    "relationParam", "distance", "units", "time", "outFields", "returnGeometry",
    "outSR", "orderByFields", "groupByFieldsForStatistics", "outStatistics", "having",
    "returnDistinctValues",
    "resultOffset", "resultRecordCount", "maxRecordCountFactor", "returnCountOnly",
    "returnIdsOnly", "returnExtentOnly", "maxAllowableOffset", "geometryPrecision",
    "quantizationParameters", "returnZ", "returnM",
)  # fmt: skip
MAX_FACTOR = 5
_MAX_IDS = 200_000
_MAX_LIST = 256
_MAX_COUNT = 2**53
_MAX_DIGITS = 15
#: Half of a meridian of WGS 84, in metres.
_HALF_ROUND = 20_003_932.0
#: Bounds of a grid: its whole numbers have to fit into 64 bits.
_FINEST, _FARTHEST = 1e-9, 1e9
_ORDER = re.compile(r"(?P<field>\S.*?)(?:\s+(?P<way>asc|desc))?", re.IGNORECASE)
_MATRIX = re.compile(
    r"""(?:RELATE\s*\(\s*G1\s*,\s*G2\s*,\s*)?["']?(?P<pattern>[TF012*]{9})["']?\s*\)?""",
    re.IGNORECASE,
)
_MATRIX_TEXT = "expected nine of T, F, 0, 1, 2 and *, such as FFFTTT***"
_BOOLEAN = GPBoolean()


_RELATIONS = tuple(
    f"esriSpatialRel{name}"
    for name in ("Intersects", "Contains", "Crosses", "EnvelopeIntersects",
                 "IndexIntersects", "Overlaps", "Touches", "Within", "Relation")
)  # fmt: skip
_GEOMETRY_TYPES = tuple(
    f"esriGeometry{name}"
    for name in ("Point", "Multipoint", "Polyline", "Polygon", "Envelope")
)
#: Metres in one unit of ``distance``.
_UNITS = {
    "esriSRUnit_Meter": 1.0,
    "esriSRUnit_StatuteMile": 1609.344,
    "esriSRUnit_Foot": 0.3048,
    "esriSRUnit_Kilometer": 1000.0,
    "esriSRUnit_NauticalMile": 1852.0,
    "esriSRUnit_USNauticalMile": 1853.248,
    "esriSRUnit_SurveyFoot": 1200 / 3937,
}


@dataclass(slots=True)
class _Reader:
    """Reads parameters by name and collects what is wrong with them."""

    raw: Mapping[str, str]
    problems: list[Problem] = field(default_factory=list)

    def text(self, name: str) -> str:
        return self.raw.get(name.lower(), "").strip()

    def read(self, name: str, read: Callable[[str], Any], default: Any) -> Any:
        """Return what a reader makes of a parameter, the default if it is empty."""
        text = self.text(name)
        if not text:
            return default
        try:
            return read(text)
        except InvalidValue as exc:
            self.problems.append(Problem(name, str(exc)))
            return default

    def flag(self, name: str, default: bool = False) -> bool:
        return bool(self.read(name, _BOOLEAN.parse, default))


def parse_query(raw: Mapping[str, str]) -> Query:
    """Read the parameters of a query. Raises InvalidParameters with every problem."""
    given = _Reader({name.lower(): text for name, text in raw.items()})
    unit = given.read("units", _named(_UNITS), "esriSRUnit_Meter")
    query = Query(
        where=given.text("where"),
        object_ids=given.read("objectIds", _ids, None),
        geometry=given.text("geometry"),
        geometry_type=given.read(
            "geometryType", _named(_GEOMETRY_TYPES), "esriGeometryEnvelope"
        ),
        in_sr=given.read("inSR", _reference("inSR"), None),
        relation=given.read("spatialRel", _named(_RELATIONS), _RELATIONS[0]),
        matrix=given.read("relationParam", _matrix, ""),
        metres=given.read("distance", _ground(_UNITS[unit]), 0.0),
        time=given.read("time", parse_span, None),
        out_fields=given.read("outFields", _names, ()),
        with_geometry=given.flag("returnGeometry", True),
        out_sr=given.read("outSR", _reference("outSR"), None),
        order=given.read("orderByFields", _order, ()),
        groups=given.read("groupByFieldsForStatistics", _names, ()),
        statistics=given.read("outStatistics", parse_statistics, ()),
        having=given.text("having"),
        distinct=given.flag("returnDistinctValues"),
        offset=given.read("resultOffset", _whole, 0),
        count=given.read("resultRecordCount", _whole, None),
        factor=given.read("maxRecordCountFactor", _factor, 1),
        count_only=given.flag("returnCountOnly"),
        ids_only=given.flag("returnIdsOnly"),
        extent_only=given.flag("returnExtentOnly"),
        max_offset=given.read("maxAllowableOffset", _length, 0.0),
        precision=given.read("geometryPrecision", _digits, None),
        quantization=given.read("quantizationParameters", _quantization, None),
        with_z=given.flag("returnZ"),
        with_m=given.flag("returnM"),
    )
    if query.relation == BY_MATRIX and not given.text("relationParam"):
        given.problems.append(Problem("relationParam", _MATRIX_TEXT))
    if query.having and not query.statistics:
        told = "filters statistics: name these in outStatistics"
        given.problems.append(Problem("having", told))
    if given.problems:
        raise InvalidParameters(given.problems)
    return query


def _named(names: Any) -> Callable[[str], str]:
    """Return a reader of one of several names, in any case."""

    def read(text: str) -> str:
        for name in names:
            if name.lower() == text.lower():
                return str(name)
        raise InvalidValue(f"expected one of {', '.join(names)}, not {shown(text)}")

    return read


def _reference(name: str) -> Callable[[str], SpatialReference | None]:
    return lambda text: spatial_reference(text, name)


def _matrix(text: str) -> str:
    """Read a DE-9IM pattern, alone or as ``RELATE(G1, G2, "FFFTTT***")``."""
    found = _MATRIX.fullmatch(text)
    if found is None:
        raise InvalidValue(f"{_MATRIX_TEXT}, not {shown(text)}")
    return found["pattern"].upper()


def _ids(text: str) -> np.ndarray:
    pieces = text.split(",")
    if len(pieces) > _MAX_IDS:
        raise InvalidValue(f"has {len(pieces)} ids; at most {_MAX_IDS} are accepted")
    try:
        return np.array([int(piece) for piece in pieces], dtype=np.int64)
    except (ValueError, OverflowError):
        raise InvalidValue("expected whole numbers with commas, like 1,2,3") from None


def _names(text: str) -> tuple[str, ...]:
    """Return the names of a comma list; one in quotes may hold a comma."""
    found = tuple(re.findall(r'"[^"]*"|[^,]+', text))
    if len(found) > _MAX_LIST:
        raise InvalidValue(f"names more than {_MAX_LIST} fields")
    return tuple(one.strip().strip('"') for one in found if one.strip())


def _order(text: str) -> tuple[Order, ...]:
    made = []
    for piece in text.split(",")[:_MAX_LIST]:
        match = _ORDER.fullmatch(piece.strip())
        if match is None:
            raise InvalidValue(
                "expected fields, each with ASC or DESC behind it or not"
            )
        name = match["field"].strip('"')
        made.append(Order(name, (match["way"] or "").lower() == "desc"))
    return tuple(made)


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise InvalidValue(f"expected a number, not {shown(text)}")
    return number


def _length(text: str) -> float:
    number = _number(text)
    if number < 0:
        raise InvalidValue(f"expected a number of 0 or more, not {shown(text)}")
    return number


def _ground(unit: float) -> Callable[[str], float]:
    """Return a reader of distances in a unit of so many metres; it returns metres."""

    def read(text: str) -> float:
        metres = _length(text) * unit
        if metres > _HALF_ROUND:
            raise InvalidValue("is farther than half way round the earth")
        return metres

    return read


def _whole(text: str) -> int:
    number = _length(text)
    if not number.is_integer() or number > _MAX_COUNT:
        raise InvalidValue(f"expected a whole number of 0 or more, not {shown(text)}")
    return int(number)


def _factor(text: str) -> int:
    return max(1, min(MAX_FACTOR, int(_length(text))))


def _digits(text: str) -> int:
    return min(_whole(text), _MAX_DIGITS)


def _quantization(text: str) -> Quantization:
    raw = decode(text)
    if not isinstance(raw, dict):
        raise InvalidValue(
            'expected an object such as {"mode": "view", "tolerance": 1}'
        )
    tolerance: Any = raw.get("tolerance")
    extent = raw.get("extent")
    is_number = type(tolerance) in (int, float)
    fits = is_number and _FINEST <= tolerance <= _FARTHEST
    if tolerance is not None and not fits:
        raise InvalidValue(
            f"expected a tolerance of {_FINEST:g} to {_FARTHEST:g},"
            f" not {shown(tolerance)}"
        )
    bounds = _bounds(extent) if isinstance(extent, dict) else None
    return Quantization(float(tolerance) if tolerance else None, bounds)


def _bounds(extent: dict[str, Any]) -> tuple[float, float, float, float]:
    sides: list[Any] = [extent.get(name) for name in ("xmin", "ymin", "xmax", "ymax")]
    are_numbers = all(type(one) in (int, float) for one in sides)
    if not are_numbers or not all(abs(one) <= _FARTHEST for one in sides):
        raise InvalidValue("expected an extent with xmin, ymin, xmax, ymax")
    west, south, east, north = map(float, sides)
    if west > east or south > north:
        raise InvalidValue("expected an extent with xmin <= xmax and ymin <= ymax")
    return west, south, east, north
