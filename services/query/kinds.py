"""Values of several types made one: numbers, texts, dates."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from services.errors import InvalidValue
from services.geometry.casting import cast_to
from services.geometry.features import Field
from services.query.condition import Values, family


def finite(numbers: Values) -> Values:
    """Return numbers, null where they are infinite or NaN."""
    return pc.if_else(pc.is_finite(numbers), numbers, pa.scalar(None, numbers.type))


def chunked(values: Values) -> pa.ChunkedArray[Any]:
    """Return an array in chunks."""
    return values if isinstance(values, pa.ChunkedArray) else pa.chunked_array([values])


def of_one_type(values: list[Values]) -> list[Values]:
    """Return values of one type. Raises InvalidValue if some are texts, some not."""
    kinds = {one.type for one in values if not pa.types.is_null(one.type)}
    families = {family(kind) for kind in kinds}
    if len(families) > 1:
        raise InvalidValue(f"gives {' here and '.join(sorted(families))} there")
    kind = kinds.pop() if len(kinds) == 1 else pa.float64()
    return [pc.cast(one, kind, safe=False) for one in values] if families else values


def joined(values: list[Values]) -> Values:
    """Return texts one after the other; numbers and dates become texts."""
    if any(pa.types.is_null(one.type) for one in values):
        return pa.scalar(None, pa.string())
    return pc.binary_join_element_wise(*(_text(one) for one in values), "")


def _text(values: Values) -> Values:
    if pa.types.is_string(values.type):
        return values
    if isinstance(values, pa.Scalar):
        one = pa.chunked_array([pa.array([values.as_py()], values.type)])
        return cast_to(one, Field(""), [])[0]
    return cast_to(chunked(values), Field(""), [])
