"""Functions of expressions: what they take, and what they return for columns.

Each takes Arrow arrays or scalars and works on all rows at once. Null in, null out;
a number that is not finite is null.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import pi
from typing import Any

import pyarrow.compute as pc
from sqlglot import exp

from services.errors import InvalidValue

Values = Any  # an Arrow array, or a scalar


@dataclass(frozen=True, slots=True)
class Function:
    """A function by its node: the kind of its values, and which members hold them.

    ``kind`` is "number", "text" or "date"; ``constants`` are members that take a
    whole number or a text that is written down, and come as Python values.
    """

    kind: str
    compute: Callable[..., Values]
    members: tuple[str, ...] = ("this",)
    constants: tuple[str, ...] = ()


def _round(numbers: Values, digits: int = 0) -> Values:
    _require(-15 <= digits <= 15, "ROUND takes -15 to 15 digits")
    return pc.round(numbers, ndigits=digits, round_mode="half_towards_infinity")


def _mod(left: Values, right: Values) -> Values:
    return pc.subtract(left, pc.multiply(right, pc.trunc(pc.divide(left, right))))


def _log(base: Values, numbers: Values | None = None) -> Values:
    if numbers is None:  # LOG(x) has the base 10
        return pc.log10(base)
    return pc.divide(pc.ln(numbers), pc.ln(base))


def _substring(texts: Values, start: int, length: int | None = None) -> Values:
    _require(start >= 1, "SUBSTRING counts from 1")
    _require(length is None or length >= 0, "SUBSTRING takes a length of 0 or more")
    stop = None if length is None else start - 1 + length
    return pc.utf8_slice_codeunits(texts, start - 1, stop)


def _left(texts: Values, length: int) -> Values:
    _require(length >= 0, "LEFT takes a length of 0 or more")
    return pc.utf8_slice_codeunits(texts, 0, length)


def _right(texts: Values, length: int) -> Values:
    _require(length >= 0, "RIGHT takes a length of 0 or more")
    if length == 0:
        return pc.utf8_slice_codeunits(texts, 0, 0)
    return pc.utf8_slice_codeunits(texts, -length, None)


def _replace(texts: Values, old: str, new: str = "") -> Values:
    _require(bool(old), "REPLACE takes a text to look for")
    return pc.replace_substring(texts, pattern=old, replacement=new)


def _trim(texts: Values, position: str = "") -> Values:
    trims = {"LEADING": pc.utf8_ltrim_whitespace, "TRAILING": pc.utf8_rtrim_whitespace}
    return trims.get(position, pc.utf8_trim_whitespace)(texts)


def _require(holds: bool, sentence: str) -> None:
    if not holds:
        raise InvalidValue(sentence)


_NUMBERS: dict[type, Callable[..., Values]] = {
    exp.Abs: pc.abs, exp.Floor: pc.floor, exp.Ceil: pc.ceil, exp.Sqrt: pc.sqrt,
    exp.Exp: pc.exp, exp.Ln: pc.ln, exp.Sign: pc.sign, exp.Sin: pc.sin,
    exp.Cos: pc.cos, exp.Tan: pc.tan, exp.Asin: pc.asin, exp.Acos: pc.acos,
    exp.Atan: pc.atan, exp.Radians: lambda x: pc.multiply(x, pi / 180.0),
    exp.Degrees: lambda x: pc.multiply(x, 180.0 / pi),
}  # fmt: skip
_DATE_PARTS: dict[type, Callable[..., Values]] = {
    exp.Year: pc.year, exp.Quarter: pc.quarter, exp.Month: pc.month,
    exp.Week: pc.iso_week, exp.Day: pc.day, exp.Hour: pc.hour,
    exp.Minute: pc.minute, exp.Second: pc.second,
}  # fmt: skip
#: The parts that EXTRACT knows, by their names.
PARTS: Mapping[str, Callable[..., Values]] = {
    kind.__name__.upper(): compute for kind, compute in _DATE_PARTS.items()
}
_TWO = ("this", "expression")

FUNCTIONS: Mapping[type, Function] = {
    **{kind: Function("number", compute) for kind, compute in _NUMBERS.items()},
    **{kind: Function("date", compute) for kind, compute in _DATE_PARTS.items()},
    exp.Round: Function("number", _round, constants=("decimals",)),
    exp.Mod: Function("number", _mod, _TWO),
    exp.Pow: Function("number", pc.power, _TWO),
    exp.Atan2: Function("number", pc.atan2, _TWO),
    exp.Log: Function("number", _log, _TWO),
    exp.Upper: Function("text", pc.utf8_upper),
    exp.Lower: Function("text", pc.utf8_lower),
    exp.Length: Function("text", pc.utf8_length),
    exp.Trim: Function("text", _trim, constants=("position",)),
    exp.Substring: Function("text", _substring, constants=("start", "length")),
    exp.Left: Function("text", _left, constants=("expression",)),
    exp.Right: Function("text", _right, constants=("expression",)),
    exp.Replace: Function("text", _replace, constants=("expression", "replacement")),
}

#: What errors name.
NAMES = (
    "ABS, ROUND, FLOOR, CEILING, SQRT, POWER, EXP, LN, LOG10, SIGN, MOD, SIN, COS, TAN,"
    " ASIN, ACOS, ATAN, ATAN2, PI, RADIANS, DEGREES, LEAST, GREATEST, COALESCE, NULLIF,"
    " CAST, UPPER, LOWER, TRIM, LTRIM, RTRIM, LENGTH, SUBSTRING, LEFT, RIGHT, REPLACE,"
    " CONCAT, EXTRACT, YEAR, QUARTER, MONTH, WEEK, DAY, HOUR, MINUTE and SECOND"
)
