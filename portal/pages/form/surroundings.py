"""The inputs that every task has: coordinate systems of the run, and its extent."""

from __future__ import annotations

from dataclasses import dataclass

import orjson
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from portal.pages.form import shown
from portal.pages.form.controls import Control, control
from portal.pages.form.reading import text_of
from services.datatypes import data_type
from services.form import Form, plain_fields
from services.schema import Parameter

_CONTEXT = "context"
_EXTENT = "env:extent"


@dataclass(frozen=True, slots=True)
class _Declared:
    name: str
    kind: str
    label: object
    description: object


_DECLARED = (
    _Declared("env:outSR", "GPSpatialReference", _("Coordinate system of the results"),
              _("Empty: that of the tool.")),
    _Declared("env:processSR", "GPSpatialReference",
              _("Coordinate system to compute in"), _("Empty: that of the features.")),
    _Declared(_EXTENT, "GPExtent", _("Extent of the features to use"),
              _("Features that do not touch it are left out.")),
)  # fmt: skip


def surroundings() -> tuple[Parameter, ...]:
    """Return what surrounds a run as inputs of a form."""
    return tuple(
        Parameter(one.name, data_type(one.kind), str(one.label), str(one.description),
                  required=False)
        for one in _DECLARED
    )  # fmt: skip


def surrounding_controls(
    values: dict[str, str], problems: dict[str, str]
) -> list[Control]:
    """Return the controls of the surroundings, filled."""
    context = shown.decoded(values.get(_CONTEXT, "") or "{}")
    extent = context.get("extent") if isinstance(context, dict) else None
    given = {**values, _EXTENT: orjson.dumps(extent).decode() if extent else ""}
    named = {**problems, _EXTENT: problems.get(_EXTENT) or problems.get(_CONTEXT, "")}
    return [control(one, given.get(one.name, ""), named.get(one.name, ""))
            for one in surroundings()]  # fmt: skip


def read_surroundings(sent: QueryDict) -> Form:
    """Return the part of a form that surrounds the run."""
    texts = {one.name: text_of(one, sent) for one in surroundings()}
    extent = texts.pop(_EXTENT)
    if extent:
        value = shown.embedded(data_type("GPExtent"), extent)
        texts[_CONTEXT] = orjson.dumps({"extent": value}).decode()
    return plain_fields({name: text for name, text in texts.items() if text})
