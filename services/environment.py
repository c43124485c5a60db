"""The geoprocessing environment of a request: references, extent, return options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely

from services.datatypes.base import shown
from services.datatypes.scalar import GPBoolean
from services.errors import InvalidParameters, InvalidValue, Problem
from services.geometry.crs import SpatialReference, parse_spatial_reference, transform
from services.geometry.features import FeatureSet
from services.geometry.reproject import reproject
from services.wire import decode, decode_tolerant

_BOOLEAN = GPBoolean()

#: Wire spellings of each reference; ``end:processSR`` is what arcrest 3.x sends, and
#: a result takes plain ``outSR``.
_REFERENCES = {
    "outSR": ("env:outSR", "outSR"),
    "processSR": ("env:processSR", "end:processSR"),
}
_FLAGS = {
    "returnZ": False,
    "returnM": False,
    "returnTrueCurves": False,
    "returnFeatureCollection": False,
    "returnColumnName": False,
    "simplifyFeatures": True,
}
#: Names a request may carry that are for the environment, not for the tool.
NAMES = (
    "context",
    *(name for names in _REFERENCES.values() for name in names if ":" in name),
    *_FLAGS,
)
#: How a result may be wanted; a job's own request gives the defaults of the flags.
RETURN_FLAGS = tuple(name for name in _FLAGS if name.startswith("return"))
RESULT_NAMES = ("outSR", "env:outSR", "context", *RETURN_FLAGS)


@dataclass(frozen=True, slots=True)
class Environment:
    """What surrounds a run; the tool itself never sees it.

    ``extent`` is (xmin, ymin, xmax, ymax) in ``extent_sr``; inputs that do not
    touch it are left out.
    """

    out_sr: SpatialReference | None = None
    process_sr: SpatialReference | None = None
    extent: tuple[float, float, float, float] | None = None
    extent_sr: SpatialReference | None = None
    return_z: bool = False
    return_m: bool = False
    return_true_curves: bool = False
    return_feature_collection: bool = False
    return_column_name: bool = False
    simplify_features: bool = True


def parse_environment(raw: Mapping[str, Any]) -> Environment:
    """Read ``context``, ``env:*`` and the return options; ``context`` wins.

    ``context`` is JSON, or what people type for it: names without quotes. Raises
    InvalidParameters with every refused member.
    """
    problems: list[Problem] = []
    context = _context(raw.get("context"), problems)
    references = {
        key: _reference(key, names, raw, context, problems)
        for key, names in _REFERENCES.items()
    }
    flags = {name: _flag(name, raw, problems) for name in _FLAGS}
    extent, extent_sr = _extent(context.get("extent"), problems)
    if problems:
        raise InvalidParameters(problems)
    return Environment(
        out_sr=references["outSR"],
        process_sr=references["processSR"],
        extent=extent,
        extent_sr=extent_sr,
        return_z=flags["returnZ"],
        return_m=flags["returnM"],
        return_true_curves=flags["returnTrueCurves"],
        return_feature_collection=flags["returnFeatureCollection"],
        return_column_name=flags["returnColumnName"],
        simplify_features=flags["simplifyFeatures"],
    )


def parse_result_environment(raw: Mapping[str, str]) -> Environment:
    """Read what a stored result still takes: a reference, and the return options.

    ``outSR`` comes before ``context`` and ``env:outSR``; the run itself is over, so
    a process reference does not count. Raises InvalidParameters.
    """
    given = {name.lower(): value for name, value in raw.items()}
    asked = {name: given.get(name.lower(), "") for name in (*_FLAGS, "context")}
    asked["env:outSR"] = given.get("env:outsr", "")
    if given.get("outsr"):
        asked |= {"outSR": given["outsr"], "env:outSR": "", "context": ""}
    return replace(parse_environment(asked), process_sr=None)


def _context(raw: Any, problems: list[Problem]) -> dict[str, Any]:
    if raw in (None, "", b""):
        return {}
    try:
        value = decode_tolerant(raw) if isinstance(raw, str | bytes) else raw
    except InvalidValue as exc:
        problems.append(Problem("context", str(exc)))
        return {}
    if value is None:
        return {}
    if not isinstance(value, dict):
        problems.append(Problem("context", "expected an object with outSR, processSR"))
        return {}
    return value


def _reference(
    key: str,
    names: tuple[str, ...],
    raw: Mapping[str, Any],
    context: dict[str, Any],
    problems: list[Problem],
) -> SpatialReference | None:
    given, name = context.get(key), f"context.{key}"
    for candidate in names:
        if given in (None, ""):
            given, name = raw.get(candidate), candidate
    if given in (None, "", b""):
        return None
    try:
        return spatial_reference(given, key)
    except InvalidValue as exc:
        problems.append(Problem(name, str(exc)))
        return None


def spatial_reference(given: Any, name: str) -> SpatialReference:
    """Read a spatial reference from a form: a number, its digits, or JSON text."""
    if isinstance(given, str | bytes):
        text = given.decode(errors="replace") if isinstance(given, bytes) else given
        if len(text) > 16_384:  # a WKT of 8 KB with room for escapes
            raise InvalidValue(f"{name}: expected a wkid, not {len(text)} characters")
        try:
            given = decode(text) if text.strip()[:1] in ("{", "[") else text.strip()
        except InvalidValue as exc:
            raise InvalidValue(f"{name}: {exc}") from None
    return parse_spatial_reference(given, name)


def _flag(name: str, raw: Mapping[str, Any], problems: list[Problem]) -> bool:
    given = raw.get(name)
    if given in (None, "", b""):
        return _FLAGS[name]
    try:
        return _BOOLEAN.parse(given)
    except InvalidValue as exc:
        problems.append(Problem(name, str(exc)))
        return _FLAGS[name]


def _extent(
    raw: Any, problems: list[Problem]
) -> tuple[tuple[float, float, float, float] | None, SpatialReference | None]:
    if raw in (None, ""):
        return None, None
    try:
        return _parse_extent(raw)
    except InvalidValue as exc:
        problems.append(Problem("context.extent", str(exc)))
        return None, None


def _parse_extent(
    raw: Any,
) -> tuple[tuple[float, float, float, float], SpatialReference | None]:
    names = ("xmin", "ymin", "xmax", "ymax")
    if not isinstance(raw, dict):
        raise InvalidValue("expected an object with xmin, ymin, xmax, ymax")
    numbers = [raw.get(name) for name in names]
    usable = all(type(number) in (int, float) for number in numbers)
    if not usable or numbers[0] > numbers[2] or numbers[1] > numbers[3]:  # type: ignore[operator]
        raise InvalidValue(
            f"expected numbers with xmin <= xmax and ymin <= ymax, not {shown(raw)}"
        )
    reference = raw.get("spatialReference") or raw.get("spatial_reference")
    bounds = (raw["xmin"], raw["ymin"], raw["xmax"], raw["ymax"])
    return bounds, parse_spatial_reference(reference) if reference else None


def prepare(
    features: FeatureSet, environment: Environment, notes: list[str]
) -> FeatureSet:
    """Bring an input into the environment: extent, repair, process reference."""
    if environment.extent is not None:
        features = _within(features, environment)
    if (
        environment.simplify_features
        and features.geometry_type == "esriGeometryPolygon"
    ):
        features = _repair(features, notes)
    if environment.process_sr is not None:
        features = features.project(environment.process_sr, notes)
    return features


def _within(features: FeatureSet, environment: Environment) -> FeatureSet:
    """Keep what touches the extent, looked at in the extent's own reference.

    Where some feature has no place there, the extent is brought to the features.
    """
    given = environment.extent_sr or environment.process_sr
    shapes = features.geometries
    box = shapely.box(*(environment.extent or ()))
    if given is not None:
        try:
            shapes = reproject(shapes, features.spatial_reference, given)
        except InvalidValue:
            box = shapely.segmentize(box, (shapely.length(box) or 1.0) / 80)
            corners = np.array([box], dtype=object)
            box = transform(corners, given, features.spatial_reference)[0]
    return features.take(np.asarray(shapely.intersects(shapes, box)))


def _repair(features: FeatureSet, notes: list[str]) -> FeatureSet:
    """Make invalid polygons valid: GEOS structure method, collapsed parts dropped."""
    bad = ~shapely.is_valid(features.geometries)
    bad &= ~shapely.is_missing(features.geometries)
    if not bad.any():
        return features
    repaired = features.geometries.copy()
    fixed = shapely.make_valid(repaired[bad], method="structure", keep_collapsed=False)
    lost = shapely.is_empty(fixed)
    repaired[bad] = fixed
    notes.append(f"{_polygons(bad)} had to be repaired: not valid as sent")
    if lost.any():
        notes.append(f"{_polygons(lost)} had no area and became empty")
    return replace(features, geometries=repaired)


def _polygons(chosen: np.ndarray) -> str:
    count = int(chosen.sum())
    return "1 polygon" if count == 1 else f"{count} polygons"


def finish(
    features: FeatureSet, environment: Environment, notes: list[str] | None = None
) -> FeatureSet:
    """Bring an output into the reference that the client asked for.

    That is ``outSR``, else ``processSR``, else the one it has. Raises
    InvalidParameters where that reference is not defined.
    """
    target = environment.out_sr or environment.process_sr
    if target is None:
        return features
    try:
        return features.project(target, notes)
    except InvalidValue as exc:
        name = "outSR" if environment.out_sr else "processSR"
        raise InvalidParameters(
            [Problem(name, f"the results do not fit: {exc}")]
        ) from None
