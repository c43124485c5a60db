"""The parameters of identify and find, read from a form; no Django in here.

Source: developers.arcgis.com, "Identify" and "Find" of a map service.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from services.drawing.options import parse_ids
from services.errors import InvalidParameters, InvalidValue, Problem
from services.geometry.crs import SpatialReference
from services.geometry.esrijson import parse_features
from services.geometry.features import FeatureSet
from services.wire import decode

_MAX_TOLERANCE = 1000.0
_MAX_TEXT = 200


class Form:
    """Reads parameters and gathers what is wrong with them."""

    def __init__(self, small: Mapping[str, str]) -> None:
        self._small = small
        self._problems: list[Problem] = []

    def read(self, name: str, parse: Callable[[str], Any], default: Any) -> Any:
        """Return a parameter; the default if it is missing or wrong."""
        text = self._small.get(name, "").strip()
        try:
            return parse(text) if text else default
        except InvalidValue as exc:
            self._problems.append(Problem(name, str(exc)))
            return default

    def need(self, name: str, parse: Callable[[str], Any]) -> Any:
        """Return a parameter that must be there; None if it is not."""
        if not self._small.get(name, "").strip():
            self._problems.append(Problem(name, "a value is required"))
        return self.read(name, parse, None)

    def refuse(self, name: str, message: str) -> None:
        """Note what is wrong with a parameter that could be read."""
        self._problems.append(Problem(name, message))

    def check(self) -> None:
        """Raise InvalidParameters if anything was wrong."""
        if self._problems:
            raise InvalidParameters(self._problems)


def parse_place(text: str, kind: str, reference: SpatialReference | None) -> FeatureSet:
    """Return the geometry that is asked about, as a set of one."""
    if text.startswith("{"):
        raw = decode(text)
    else:
        names = ("x", "y") if kind == "esriGeometryPoint" else (
            "xmin", "ymin", "xmax", "ymax"
        )  # fmt: skip
        numbers = [_number(part) for part in text.split(",")]
        if len(numbers) != len(names):
            raise InvalidValue(f"expected {','.join(names)} or a geometry as JSON")
        raw = dict(zip(names, numbers, strict=True))
    document: dict[str, Any] = {"features": [{"geometry": raw}], "geometryType": kind}
    own = raw.get("spatialReference")
    if own or reference:
        document["spatialReference"] = own or (reference and reference.to_json())
    return parse_features(document, [])


def parse_which(text: str, ids: Sequence[int]) -> tuple[bool, set[int]]:
    """Read ``top``, ``visible`` or ``all``, with ids or without."""
    verb, _, rest = text.partition(":")
    verb = verb.strip().lower()
    if verb not in ("top", "visible", "all"):
        raise InvalidValue(f"expected top, visible or all, not {text[:40]!r}")
    return verb == "top", parse_ids(rest, ids) if rest.strip() else set(ids)


def parse_width(text: str) -> float:
    """Return the width of ``width,height,dpi``. Raises InvalidValue."""
    numbers = [_number(part) for part in text.split(",")]
    if len(numbers) != 3 or not all(one > 0 for one in numbers):
        raise InvalidValue("expected width,height,dpi of the picture")
    return numbers[0]


def parse_tolerance(text: str) -> float:
    """Read a distance in pixels. Raises InvalidValue."""
    number = _number(text)
    if not 0 <= number <= _MAX_TOLERANCE:
        raise InvalidValue(f"expected a number of 0 to {_MAX_TOLERANCE:g} pixels")
    return number


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not np.isfinite(number):
        raise InvalidValue(f"expected a number, not {text[:20]!r}")
    return number


def parse_flag(text: str) -> bool:
    """Read true or false. Raises InvalidValue."""
    if text.lower() not in ("true", "false", "1", "0"):
        raise InvalidValue(f"expected true or false, not {text[:20]!r}")
    return text.lower() in ("true", "1")


def parse_search_text(text: str) -> str:
    """Return a text of a bearable length. Raises InvalidValue."""
    if len(text) > _MAX_TEXT:
        raise InvalidValue(f"may have at most {_MAX_TEXT} characters")
    return text
