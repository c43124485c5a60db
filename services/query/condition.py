"""The tree of a where clause on Arrow columns: which rows it holds for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from services.errors import InvalidValue
from services.geometry.features import RecordSet
from services.moments import iso_moment
from services.query.where import ARITHMETIC, COMPARISONS, parse_where

_MOMENT = pa.timestamp("ms", tz="UTC")
_MAX_WILD = 100
_LARGEST = 2**63

_COMPARE = {
    exp.EQ: pc.equal, exp.NEQ: pc.not_equal, exp.LT: pc.less, exp.LTE: pc.less_equal,
    exp.GT: pc.greater, exp.GTE: pc.greater_equal,
}  # fmt: skip
_COMPUTE = {exp.Add: pc.add, exp.Sub: pc.subtract, exp.Mul: pc.multiply,
            exp.Div: pc.divide}  # fmt: skip
Values = Any  # an Arrow array, or a scalar for a literal


def rows_where(text: str, records: RecordSet) -> np.ndarray:
    """Return which rows a where clause holds for, shape (n,); null is no.

    Texts are compared in their case. A text beside a number or a date is read as
    one. Raises InvalidValue for what is not accepted and for unknown fields.
    """
    tree = parse_where(text)
    try:
        held = Condition(records).truth(tree)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
        raise InvalidValue("compares values that cannot be compared") from None
    if isinstance(held, pa.Scalar):
        return np.full(len(records), held.as_py() is True)
    return np.asarray(pc.fill_null(held, False), dtype=bool)


class Condition:
    """The nodes of conditions, and the values that they compare, for a table."""

    def __init__(self, records: RecordSet) -> None:
        self._records = records

    def truth(self, node: exp.Expression) -> Values:
        """Return true, false or null for each row, or one for all."""
        if isinstance(node, exp.Paren):
            return self.truth(node.this)
        if isinstance(node, exp.Not):
            return pc.invert(self.truth(node.this))
        if isinstance(node, exp.And | exp.Or):
            return self._chain(node)
        if isinstance(node, COMPARISONS):
            left, right = self.value(node.this), self.value(node.expression)
            return _COMPARE[type(node)](*alike(left, right))
        for kind, method in self._TERMS.items():
            if isinstance(node, kind):
                return method(self, node)
        raise InvalidValue(f"expected a condition, not {node.sql()[:60]}")

    def _chain(self, node: exp.Expression) -> Values:
        kind, parts = type(node), []
        while type(node) is kind:  # parsed to the left: a loop, not a recursion
            parts.append(node.expression)
            node = node.this
        held = self.truth(node)
        join: Callable[..., Values] = pc.and_kleene if kind is exp.And else pc.or_kleene
        for part in reversed(parts):
            held = join(held, self.truth(part))
        return held

    def _in(self, node: exp.In) -> Values:
        column = self.value(node.this)
        listed = [_of_kind(self.value(one), column.type) for one in node.expressions]
        if not listed or not all(isinstance(one, pa.Scalar) for one in listed):
            raise InvalidValue("expected values in the list of IN")
        kind = listed[0].type if isinstance(column, pa.Scalar) else column.type
        try:
            known = pa.array([one.as_py() for one in listed if one.is_valid], kind)
        except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
            known = pa.array([one.as_py() for one in listed], pa.float64())
            column = column.cast(pa.float64())
        held = pc.is_in(column, known)
        return pc.if_else(pc.is_valid(column), held, pa.scalar(None, pa.bool_()))

    def _between(self, node: exp.Between) -> Values:
        values = self.value(node.this)  # once: it may hold others, as deep as it likes
        low = alike(values, self.value(node.args["low"]))
        high = alike(values, self.value(node.args["high"]))
        return pc.and_kleene(pc.greater_equal(*low), pc.less_equal(*high))

    def _is(self, node: exp.Is) -> Values:
        if not isinstance(node.expression, exp.Null):
            raise InvalidValue("IS is only known with NULL")
        return pc.is_null(self.value(node.this))

    def _like(self, node: exp.Like, escape: str = "") -> Values:
        pattern, column = self.value(node.expression), self.value(node.this)
        is_text = isinstance(pattern, pa.Scalar) and pa.types.is_string(pattern.type)
        if not is_text or not pa.types.is_string(column.type):
            raise InvalidValue("LIKE takes a field of texts and a text in quotes")
        held = pc.match_substring_regex(column, _regex(pattern.as_py(), escape))
        return pc.invert(held) if node.args.get("negate") else held

    def _escaped(self, node: exp.Escape) -> Values:
        escape = self.value(node.expression)
        text = escape.as_py() if isinstance(escape, pa.Scalar) else None
        if not isinstance(text, str) or len(text) != 1:
            raise InvalidValue("ESCAPE takes one character in quotes")
        if not isinstance(node.this, exp.Like):
            raise InvalidValue("ESCAPE is only known with LIKE")
        return self._like(node.this, text)

    _TERMS: dict[type, Callable[..., Values]] = {
        exp.In: _in, exp.Between: _between, exp.Is: _is, exp.Like: _like,
        exp.Escape: _escaped,
    }  # fmt: skip

    def value(self, node: exp.Expression) -> Values:
        """Return the values of a field, a literal, or what is made of them."""
        if isinstance(node, exp.Paren):
            return self.value(node.this)
        if isinstance(node, exp.Column):
            return self._records.column(node.name)
        if isinstance(node, exp.Literal | exp.Cast):
            return _literal(node)
        if isinstance(node, exp.Null):
            return pa.scalar(None)
        if isinstance(node, exp.Upper | exp.Lower):
            return self._cased(node)
        if isinstance(node, exp.Neg):
            return pc.negate(number(self.value(node.this)))
        if isinstance(node, ARITHMETIC):
            pair = (number(self.value(one)) for one in (node.this, node.expression))
            made = _COMPUTE[type(node)](*(as_double(one) for one in pair))
            return pc.if_else(pc.is_finite(made), made, pa.scalar(None, pa.float64()))
        raise InvalidValue(f"expected a field or a value, not {node.sql()[:60]}")

    def _cased(self, node: exp.Upper | exp.Lower) -> Values:
        texts = self.value(node.this)
        if not pa.types.is_string(texts.type):
            raise InvalidValue("UPPER and LOWER take a field of texts")
        change = pc.utf8_upper if isinstance(node, exp.Upper) else pc.utf8_lower
        return change(texts)


def alike(first: Values, second: Values) -> tuple[Values, Values]:
    """Return two values as they can be compared. Raises InvalidValue."""
    if isinstance(second, pa.Scalar):
        second = _of_kind(second, first.type)
    else:
        first = _of_kind(first, second.type)
    if pa.types.is_floating(first.type) != pa.types.is_floating(second.type):
        return as_double(first), as_double(second)
    return first, second


def _literal(node: exp.Expression) -> pa.Scalar:
    if isinstance(node, exp.Cast):
        return _moment(node.this.this)
    if node.is_string:
        return pa.scalar(node.this, pa.string())
    return _number_in(node.this)


def _number_in(text: str) -> pa.Scalar:
    try:
        whole = int(text)
        return pa.scalar(whole if abs(whole) < _LARGEST else float(whole))
    except (ValueError, OverflowError):
        pass
    try:
        return pa.scalar(float(text))
    except ValueError:
        raise InvalidValue(f"expected a number, not '{text[:60]}'") from None


def _moment(text: str) -> pa.Scalar:
    try:
        moment = iso_moment(text.strip())
    except ValueError:
        raise InvalidValue(
            f"expected a date such as '2024-12-31 23:59:59', not '{text[:60]}'"
        ) from None
    return pa.scalar(moment, _MOMENT)


def _of_kind(value: Values, kind: pa.DataType) -> Values:
    """Return a value that can stand beside one of another type."""
    if pa.types.is_null(value.type) or pa.types.is_null(kind):
        return value if pa.types.is_null(kind) else pa.scalar(None, kind)
    if family(value.type) == family(kind):
        return value
    is_text = isinstance(value, pa.Scalar) and pa.types.is_string(value.type)
    if is_text and pa.types.is_timestamp(kind):
        return _moment(value.as_py())
    if is_text and family(kind) == "a number":
        return _number_in(value.as_py())
    if isinstance(value, pa.Scalar) and family(kind) == "a date":
        return _milliseconds(value)
    raise InvalidValue(
        f"compares {family(kind)} with {family(value.type)}; write texts in quotes"
        " and dates as TIMESTAMP '2024-12-31 23:59:59'"
    )


def _milliseconds(value: pa.Scalar) -> pa.Scalar:
    try:
        moment = datetime.fromtimestamp(value.as_py() / 1000, UTC)
    except (OverflowError, OSError, ValueError, TypeError):
        raise InvalidValue("expected a date in milliseconds since 1970") from None
    return pa.scalar(moment, _MOMENT)


def family(kind: pa.DataType) -> str:
    """Return what values of a type are for a user: a text, a date or a number."""
    if pa.types.is_string(kind):
        return "a text"
    return "a date" if pa.types.is_timestamp(kind) else "a number"


def number(value: Values) -> Values:
    """Return a value that is numbers. Raises InvalidValue for any other."""
    if not (pa.types.is_integer(value.type) or pa.types.is_floating(value.type)):
        raise InvalidValue("only numbers can be added, subtracted, multiplied, divided")
    return value


def as_double(numbers: Values) -> Values:
    """Return numbers as doubles, which rounds whole ones above 2^53."""
    return pc.cast(numbers, pa.float64(), safe=False)


def _regex(pattern: str, escape: str) -> str:
    """Return the RE2 expression of a LIKE pattern."""
    made, wild, rest = ["(?s)^"], 0, iter(pattern)
    for character in rest:
        if character == escape:
            made.append(_plain(next(rest, escape)))
        elif character in "%_":
            made.append(".*" if character == "%" else ".")
            wild += 1
        else:
            made.append(_plain(character))
    if wild > _MAX_WILD:
        raise InvalidValue(f"has more than {_MAX_WILD} wild cards in a LIKE")
    return "".join([*made, "$"])


def _plain(character: str) -> str:
    is_word = character.isascii() and character.isalnum()
    return character if is_word else f"\\x{{{ord(character):x}}}"
