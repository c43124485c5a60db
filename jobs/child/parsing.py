"""Raw values to typed inputs, within the limits of a service; no Django in here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import shapely

from jobs.child.call import Call
from services.datatypes.base import Find
from services.environment import Environment, parse_environment, prepare
from services.errors import (
    InvalidParameters,
    InvalidValue,
    Problem,
)
from services.extents import parse_degrees, require_within
from services.files import Source, StoredFile
from services.geometry.features import FeatureSet, RecordSet
from services.schema import schema_of


def raw_values(call: Call) -> dict[str, Any]:
    """Return all raw values by name, large ones decoded to JSON or text bytes."""
    raw: dict[str, Any] = dict(call.small)
    for name, value in call.large.items():
        raw[name] = value.decoded()
    return raw


def parse(
    call: Call, raw: Mapping[str, Any], notes: list[str]
) -> tuple[dict[str, Any], Environment]:
    """Return typed inputs and the environment; all problems are raised together.

    A check leaves sources unread; a run reads what its parent has fetched.
    """
    problems: list[Problem] = []
    values: dict[str, Any] = {}
    environment = Environment()
    try:
        environment = parse_environment(raw)
    except InvalidParameters as exc:
        problems.extend(exc.problems)
    try:
        find = _refuse_only(call) if call.kind == "check" else _finder(call)
        values = schema_of(call.schema).parse(raw, notes, find)
    except InvalidParameters as exc:
        problems.extend(exc.problems)
    for name, value in values.items():
        try:
            values[name] = _prepared(name, value, call, environment, notes)
        except InvalidValue as exc:
            problems.append(Problem(name, str(exc)))
    if problems:
        raise InvalidParameters(problems)
    return values, environment


def _prepared(
    name: str, value: Any, call: Call, environment: Environment, notes: list[str]
) -> Any:
    if type(value) in (list, tuple):  # a multivalue, the rows of a table, or a row
        return type(value)(_prepared(name, one, call, environment, notes)
                           for one in value)  # fmt: skip
    if isinstance(value, RecordSet):
        _check_size(value, call)
    if isinstance(value, FeatureSet):
        remarks: list[str] = []
        value = prepare(value, environment, remarks)
        notes.extend(f"{name}: {remark}" for remark in remarks)
    return value


def _finder(call: Call) -> Find:
    """Return what finds the content of a source among the fetched files."""

    def find(source: Source) -> StoredFile:
        _require_known(source, call)
        paths = tuple(map(Path, call.files[source.key]))
        return StoredFile(paths, source, call.limits.max_features)

    return find


def _refuse_only(call: Call) -> Find:
    """Return what refuses a source that nobody will fetch, and keeps the others."""

    def keep(source: Source) -> Source:
        _require_known(source, call)
        return source

    return keep


def _require_known(source: Source, call: Call) -> None:
    """Raise InvalidValue for a source that the parent has refused, or not seen."""
    if source.key in call.refused:
        raise InvalidValue(call.refused[source.key])
    if source.key not in call.files:
        raise InvalidValue("is too large a text to name a url or an item")


def _check_size(value: RecordSet, call: Call) -> None:
    if len(value) > call.limits.max_features:
        raise InvalidValue(
            f"has {len(value)} features; this service accepts"
            f" {call.limits.max_features}"
        )
    if isinstance(value, FeatureSet):
        vertices = int(shapely.get_num_coordinates(value.geometries).sum())
        if vertices > call.limits.max_vertices:
            raise InvalidValue(
                f"has {vertices} vertices; this service accepts"
                f" {call.limits.max_vertices}"
            )
        extent = parse_degrees(call.limits.extent)
        if extent is not None:
            require_within(value, extent)
