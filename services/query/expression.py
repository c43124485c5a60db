"""Expressions in SQL on Arrow columns: a value for each row, never run as code.

sqlglot parses the text, every kind of node that is not named is refused, and what is
left is computed for all rows at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from math import pi
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from services.errors import InvalidValue
from services.geometry.casting import cast_to
from services.geometry.features import Field, RecordSet
from services.query.condition import Condition, Values, alike, as_double, family, number
from services.query.functions import FUNCTIONS, NAMES, PARTS, Function
from services.query.kinds import chunked, finite, joined, of_one_type
from services.query.where import (
    ARITHMETIC,
    COMPARISONS,
    Grammar,
    is_moment,
    parsed,
)

_BASE = Grammar("", "", "")
_SEVERAL = (exp.Least, exp.Greatest, exp.Coalesce, exp.Concat)
_NODES = (
    exp.Case, exp.If, exp.DPipe, exp.Nullif, exp.Extract, exp.Var, exp.Pi, exp.Cast,
    exp.DataTypeParam, exp.Boolean, *_SEVERAL, *FUNCTIONS,
)  # fmt: skip
_GRAMMAR = Grammar(
    "an expression",
    "ROUND(population / 1000, 1)",
    NAMES,
    _BASE.nodes | frozenset(_NODES),
    _BASE.members
    | {"ifs", "default", "true", "false", "decimals", "start", "length",
       "replacement", "position", "ignore_nulls", "coalesce"},
    _BASE.signs | {"||", "%"},
    has_casts=True,
)  # fmt: skip
#: Members that any node may have, and that mean nothing here.
_IDLE = {"typed", "safe", "_type", "ignore_nulls", "coalesce"}
_TRUTHS = (*COMPARISONS, exp.And, exp.Or, exp.Not, exp.In, exp.Between, exp.Like,
           exp.Is, exp.Escape)  # fmt: skip
_KINDS = exp.DataType.Type
_FIELD_TYPES = {
    _KINDS.SMALLINT: "SmallInteger", _KINDS.INT: "Integer", _KINDS.BIGINT: "BigInteger",
    _KINDS.DOUBLE: "Double", _KINDS.FLOAT: "Double", _KINDS.DECIMAL: "Double",
    _KINDS.TEXT: "String", _KINDS.VARCHAR: "String", _KINDS.CHAR: "String",
    _KINDS.DATE: "Date", _KINDS.TIMESTAMP: "Date", _KINDS.DATETIME: "Date",
}  # fmt: skip
_DAY_MS = 86_400_000
#: Milliseconds since 1970 of the first and last moment of the years 1 to 9999.
_FIRST_MS, _LAST_MS = -62_135_596_800_000, 253_402_300_799_999
_MAX_WHOLE = 10**9  # what is written down as a length, a start, or digits
_NULLS = {"number": pa.float64(), "text": pa.string(),
          "date": pa.timestamp("ms", tz="UTC")}  # fmt: skip
#: Values of names that begin with $, made when they are asked for.
Words = Mapping[str, Callable[[], np.ndarray]]


@lru_cache(maxsize=64)
def parse_expression(text: str) -> exp.Expression:
    """Return the tree of an expression; only allowed nodes are in it.

    Raises InvalidValue, whose sentence says what is refused.
    """
    return parsed(text, _GRAMMAR)


def values_of(text: str, records: RecordSet, words: Words) -> pa.ChunkedArray[Any]:
    """Return the value of an expression for each row; shape (n,).

    Null in an operation makes null, and so does what has no finite number, such as a
    division by zero, or a date outside the years 1 to 9999. A condition is 1, 0 or
    null. Numbers are computed as doubles.
    ``words`` are what names such as $area stand for. Raises InvalidValue.
    """
    tree = parse_expression(text)
    try:
        made = _Expression(records, words).value(tree)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
        raise InvalidValue("computes with values of types that do not fit") from None
    except pa.ArrowCapacityError:
        raise InvalidValue("makes texts of more than 2 GB") from None
    if isinstance(made, pa.Scalar):
        made = pa.repeat(made, len(records))
    if pa.types.is_null(made.type):
        made = made.cast(pa.string())
    if pa.types.is_floating(made.type):  # a number may be written as 1e999
        made = finite(made)
    return made if isinstance(made, pa.ChunkedArray) else pa.chunked_array([made])


class _Expression(Condition):
    """The nodes of expressions."""

    def __init__(self, records: RecordSet, words: Words) -> None:
        super().__init__(records)
        self._words = words

    def value(self, node: exp.Expression) -> Values:
        """Return the values of a field, a literal, or what is made of them."""
        for kinds, method in self._METHODS:
            if isinstance(node, kinds):
                return method(self, node)
        function = FUNCTIONS.get(type(node))
        return super().value(node) if function is None else self._called(node, function)

    def _column(self, node: exp.Column) -> Values:
        if not node.name.startswith("$"):
            return super().value(node)
        word = self._words.get(node.name.lower())
        if word is None:
            known = ", ".join(self._words) or "none"
            raise InvalidValue(f"there is no {node.name[:40]} here; there are {known}")
        return pa.chunked_array([pa.array(word(), pa.float64(), from_pandas=True)])

    def _truth(self, node: exp.Expression) -> Values:
        return pc.cast(self.truth(node), pa.int32())

    def _called(self, node: exp.Expression, function: Function) -> Values:
        known = {*function.members, *function.constants, *_IDLE}
        odd = [key for key, value in node.args.items() if value and key not in known]
        if odd:
            raise InvalidValue(f"must hold no {odd[0]} in {node.key.upper()}")
        inner = [node.args[one] for one in function.members if node.args.get(one)]
        values = [self._of_kind(one, function.kind) for one in inner]
        given = [_constant(node.args[one], node) for one in function.constants
                 if node.args.get(one)]  # fmt: skip
        made = function.compute(*values, *given)
        return finite(made) if function.kind == "number" else made

    def _of_kind(self, node: exp.Expression, kind: str) -> Values:
        values = self.value(node)
        if pa.types.is_null(values.type):
            return pc.cast(values, _NULLS[kind])
        if family(values.type) != f"a {kind}":
            raise InvalidValue(
                f"expected a {kind}, not {node.sql()[:60]}, which is"
                f" {family(values.type)}"
            )
        return as_double(values) if kind == "number" else values

    def _computed(self, node: exp.Expression) -> Values:
        pair = [self.value(node.this), self.value(node.expression)]
        if any(pa.types.is_timestamp(one.type) for one in pair):
            return self._moved(node, *pair)
        left, right = (self._of_kind(one, "number")
                       for one in (node.this, node.expression))  # fmt: skip
        return finite(_OPERATIONS[type(node)](left, right))

    def _moved(self, node: exp.Expression, left: Values, right: Values) -> Values:
        """Return days between two dates, or a date some days away."""
        both = all(pa.types.is_timestamp(one.type) for one in (left, right))
        if isinstance(node, exp.Sub) and both:
            days = pc.subtract(_milliseconds(left), _milliseconds(right))
            return pc.divide(as_double(days), float(_DAY_MS))
        if not isinstance(node, exp.Add | exp.Sub) or both or (
            isinstance(node, exp.Sub) and pa.types.is_timestamp(right.type)
        ):  # fmt: skip
            raise InvalidValue("a date takes only + and - days, and - a date")
        moment, days = left, right
        if pa.types.is_timestamp(right.type):
            moment, days = right, left
        step = pc.multiply(as_double(number(days)), float(_DAY_MS))
        join = pc.add if isinstance(node, exp.Add) else pc.subtract
        made = join(as_double(_milliseconds(moment)), pc.round(step))
        fits = pc.and_(pc.greater_equal(made, float(_FIRST_MS)),
                       pc.less_equal(made, float(_LAST_MS)))  # fmt: skip
        made = pc.if_else(fits, made, pa.scalar(None, pa.float64()))
        return pc.cast(pc.cast(made, pa.int64()), moment.type)

    def _negated(self, node: exp.Neg) -> Values:
        return pc.negate(self._of_kind(node.this, "number"))

    def _case(self, node: exp.Case | exp.If) -> Values:
        ifs = [node] if isinstance(node, exp.If) else node.args["ifs"]
        other = node.args.get("default") or node.args.get("false") or exp.Null()
        results = of_one_type(
            [*(self.value(one.args["true"]) for one in ifs), self.value(other)]
        )
        given = node.this if isinstance(node, exp.Case) else None
        subject = None if given is None else self.value(given)
        made = results.pop()
        for one, result in zip(reversed(ifs), reversed(results), strict=True):
            test = self.truth(one.this) if subject is None else \
                pc.equal(*alike(subject, self.value(one.this)))  # fmt: skip
            made = pc.if_else(pc.fill_null(test, False), result, made)
        return made

    def _several(self, node: exp.Expression) -> Values:
        first = [node.this] if node.args.get("this") else []
        given = [self.value(one) for one in (*first, *node.expressions)]
        if isinstance(node, exp.Concat):
            return joined(given)
        values = of_one_type(given)
        if all(pa.types.is_null(one.type) for one in values):
            return pa.scalar(None)
        if isinstance(node, exp.Coalesce):
            return pc.coalesce(*values)
        choose = (
            pc.min_element_wise if isinstance(node, exp.Least) else pc.max_element_wise
        )
        return choose(*values, skip_nulls=False)

    def _piped(self, node: exp.DPipe) -> Values:
        return joined([self.value(node.this), self.value(node.expression)])

    def _nullif(self, node: exp.Nullif) -> Values:
        values = self.value(node.this)
        same = pc.equal(*alike(values, self.value(node.expression)))
        nothing = pa.scalar(None, values.type)
        return pc.if_else(pc.fill_null(same, False), nothing, values)

    def _cast(self, node: exp.Cast) -> Values:
        if is_moment(node):
            return super().value(node)
        kind = _FIELD_TYPES.get(node.to.this)
        if kind is None:
            raise InvalidValue(
                "CAST knows SMALLINT, INT, BIGINT, DOUBLE, TEXT, DATE and TIMESTAMP"
            )
        sizes = [_constant(one.this, node) for one in node.to.expressions]
        length = int(sizes[0]) if sizes and kind == "String" else None
        field = Field("", f"esriFieldType{kind}", length=length)
        values = self.value(node.this)
        is_one = isinstance(values, pa.Scalar)
        column = pa.chunked_array([pa.array([values.as_py()], values.type)]) \
            if is_one else chunked(values)  # fmt: skip
        if pa.types.is_null(column.type):
            column = column.cast(field.arrow_type)
        made = cast_to(column, field, [])
        return made[0] if is_one else made

    def _extracted(self, node: exp.Extract) -> Values:
        part = PARTS.get(node.this.name.upper())
        if part is None:
            raise InvalidValue(f"EXTRACT knows {', '.join(PARTS)}")
        return part(self._of_kind(node.expression, "date"))

    def _named(self, node: exp.Expression) -> Values:
        if isinstance(node, exp.Pi):
            return pa.scalar(pi)
        return pa.scalar(int(node.this), pa.int32())

    _METHODS: tuple[tuple[Any, Callable[..., Values]], ...] = (
        (exp.Column, _column),
        (_TRUTHS, _truth),
        (ARITHMETIC, _computed),
        (exp.Neg, _negated),
        ((exp.Case, exp.If), _case),
        (_SEVERAL, _several),
        (exp.DPipe, _piped),
        (exp.Nullif, _nullif),
        (exp.Cast, _cast),
        (exp.Extract, _extracted),
        ((exp.Pi, exp.Boolean), _named),
    )


_OPERATIONS: dict[type, Callable[..., Values]] = {
    exp.Add: pc.add, exp.Sub: pc.subtract, exp.Mul: pc.multiply, exp.Div: pc.divide,
}  # fmt: skip


def _constant(node: Any, function: exp.Expression) -> int | str:
    """Return what is written down in the place of an argument."""
    if isinstance(node, str):  # a word of the language, such as LEADING
        return node
    sign = -1 if isinstance(node, exp.Neg) else 1
    literal = node.this if isinstance(node, exp.Neg) else node
    if isinstance(literal, exp.Literal):
        if literal.is_string:
            return str(literal.this)
        if str(literal.this).isdigit() and float(literal.this) <= _MAX_WHOLE:
            return sign * int(literal.this)
    name = function.key.upper()
    if isinstance(literal, exp.Literal) and str(literal.this).isdigit():
        raise InvalidValue(f"{name} takes a number of at most {_MAX_WHOLE:,}")
    raise InvalidValue(
        f"{name} takes a value that is written down, not {node.sql()[:60]}"
    )


def _milliseconds(moments: Values) -> Values:
    return pc.cast(moments, pa.int64())
