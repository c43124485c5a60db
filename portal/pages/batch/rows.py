"""The rows of a batch: from a CSV file, or one for each feature of an input."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from services.errors import InvalidParameters, Problem
from services.form import Form, plain_fields
from services.param import plain_name
from services.schema import Parameter

FEATURES = "GPFeatureRecordSetLayer"
_X = ("x", "lon", "long", "longitude")
_Y = ("y", "lat", "latitude")
_DELIMITERS = ",;\t"
_FIELD = "rows"


def from_csv(text: str, inputs: Sequence[Parameter], shared: Form) -> list[Form]:
    """Return a form for each line of a table; the first line names the columns.

    A column named as an input fills it. Columns x and y (lon and lat), in degrees,
    make the point of the only features input that takes points, with all other columns
    as its attributes. What no column fills is as in ``shared``. Raises
    InvalidParameters.
    """
    lines = _lines(text)
    by_name = {plain_name(one.name): one.name for one in inputs}
    columns = [column for column in lines[0] if column]
    known = {column: by_name[plain_name(column)] for column in columns
             if plain_name(column) in by_name}  # fmt: skip
    place = _place(columns)
    target = _points(inputs, known) if place else ""
    if not known and not target:
        names = ", ".join(one.name for one in inputs)
        raise _refused(
            f"no column is named as an input of the tool ({names}), and there are no"
            " columns x and y"
        )
    forms = []
    for number, row in enumerate(lines, 1):
        values = {name: row[column] for column, name in known.items() if row[column]}
        if place and target:
            values[target] = _point(number, row, place, known)
        forms.append(shared.merged(plain_fields(values)))
    return forms


def _lines(text: str) -> list[dict[str, str]]:
    text = text.lstrip("\ufeff")
    head = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=head.count)
    reader = csv.DictReader(io.StringIO(text), delimiter=delimiter, strict=True)
    try:
        found = [
            {(name or "").strip(): (value or "").strip() for name, value in row.items()
             if isinstance(value, str | None)}
            for row in reader
        ]  # fmt: skip
    except csv.Error as exc:
        raise _refused(f"line {reader.line_num} is no CSV: {exc}") from None
    if not found:
        raise _refused(
            "expected a line with the names of columns, and one for each job"
        )
    return found


def _place(columns: Sequence[str]) -> tuple[str, str] | None:
    """Return the columns with the coordinates of points, if there are any."""
    lowered = {column.lower(): column for column in columns}
    x = next((lowered[one] for one in _X if one in lowered), None)
    y = next((lowered[one] for one in _Y if one in lowered), None)
    return (x, y) if x and y else None


def _points(inputs: Sequence[Parameter], known: Mapping[str, str]) -> str:
    taken = [
        one.name for one in inputs
        if one.data_type.name == FEATURES and one.name not in known.values()
        and (not one.geometry_types or "esriGeometryPoint" in one.geometry_types)
    ]  # fmt: skip
    return taken[0] if taken else ""


def _point(
    number: int,
    row: Mapping[str, str],
    place: tuple[str, str],
    known: Mapping[str, str],
) -> str:
    try:
        x, y = (float(row[column].replace(",", ".")) for column in place)
    except ValueError:
        shown = ", ".join(f"{column}={row[column][:30]!r}" for column in place)
        raise _refused(f"row {number}: expected coordinates, not {shown}") from None
    attributes = {column: value for column, value in row.items()
                  if column and column not in {*place, *known}}  # fmt: skip
    return _text(
        {
            "geometryType": "esriGeometryPoint",
            "spatialReference": {"wkid": 4326},
            "features": [{"geometry": {"x": x, "y": y}, "attributes": attributes}],
        }
    )


def from_features(name: str, shared: Form) -> list[Form]:
    """Return a form for each feature of the input of that name.

    Takes what has a list ``features``: Esri JSON and GeoJSON. Raises InvalidParameters.
    """
    raw = shared.large.get(name) or shared.small.get(name, "").encode()
    try:
        document: Any = orjson.loads(raw or b"null")
    except orjson.JSONDecodeError:
        document = None
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list) or not features:
        reason = "expected features given here: a layer's address has to be one job"
        raise InvalidParameters([Problem(name, reason)])
    return [shared.merged(plain_fields({name: _text(document | {"features": [one]})}))
            for one in features]  # fmt: skip


def _text(document: Any) -> str:
    return orjson.dumps(document).decode()


def _refused(reason: str) -> InvalidParameters:
    return InvalidParameters([Problem(_FIELD, reason)])
