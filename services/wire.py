"""JSON text to plain values: fast, bounded, and with errors a person can use."""

from __future__ import annotations

import gc
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import orjson

from services.errors import InvalidValue

MAX_DEPTH = 32
_SMALL = 16_384
_NOT_FINITE = re.compile(rb"[\[,:\s](-?Infinity|NaN|-?inf|nan)\b")
_LONG_NUMBER = re.compile(rb"\d{400,}")
_WATCHED_KEYS = (b'"features"', b'"fields"', b'"layers"', b'"featureSet"')


@contextmanager
def collector_paused() -> Iterator[None]:
    """Keep the cyclic collector from walking a tree while it is being built."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def decode(text: str | bytes) -> Any:
    """Return the value of a JSON text.

    Raises InvalidValue with line and column for text that isn't JSON, for NaN and
    infinities, nesting deeper than 32, NUL characters, lone surrogates, and keys
    that occur twice in one object.
    """
    try:
        raw = text.encode() if isinstance(text, str) else text
    except UnicodeEncodeError:
        raise InvalidValue("not valid JSON: lone surrogate characters") from None
    if b"\\u0000" in raw or b"\0" in raw:
        raise InvalidValue("not valid JSON here: NUL characters are not accepted")
    if len(raw) <= _SMALL or any(raw.count(key) > 1 for key in _WATCHED_KEYS):
        _refuse_duplicates(raw)
    try:
        with collector_paused():
            return orjson.loads(raw)
    except orjson.JSONDecodeError as exc:
        raise InvalidValue(_explain(raw, exc)) from None


def _explain(raw: bytes, exc: orjson.JSONDecodeError) -> str:
    if _depth(raw) > MAX_DEPTH:
        return f"not valid JSON: nested too deep, at most {MAX_DEPTH} levels"
    if _LONG_NUMBER.search(raw):
        return "not valid JSON: a number has too many digits to be finite"
    if _NOT_FINITE.search(raw) or "infinity" in str(exc):
        return "not valid JSON: every number must be finite"
    if not raw.strip():
        return "expected a JSON value, not an empty text"
    return f"not valid JSON (line {exc.lineno}, column {exc.colno})"


def _depth(raw: bytes) -> int:
    data = np.frombuffer(raw, dtype=np.uint8)
    opened = (data == ord("[")) | (data == ord("{"))
    closed = (data == ord("]")) | (data == ord("}"))
    return int(
        np.cumsum(opened.astype(np.int8) - closed, dtype=np.int64).max(initial=0)
    )


def _refuse_duplicates(raw: bytes) -> None:
    def check(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise InvalidValue(f"not valid JSON here: duplicate key '{twice[:64]}'")
        return dict(pairs)

    if _depth(raw) > MAX_DEPTH:
        raise InvalidValue(
            f"not valid JSON: nested too deep, at most {MAX_DEPTH} levels"
        )
    try:
        json.loads(raw, object_pairs_hook=check)
    except ValueError:
        return  # orjson says what is wrong, with line and column


def encode(value: Any) -> bytes:
    """Return JSON text of a value; NumPy arrays are written as lists."""
    return orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY)
