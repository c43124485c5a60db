"""JSON text to plain values: fast, bounded, and with errors a person can use."""

from __future__ import annotations

import gc
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import json5
import numpy as np
import orjson

from services.errors import InvalidValue

MAX_DEPTH = 32
_SMALL = 16_384
_NOT_FINITE = re.compile(rb"[\[,:\s](-?Infinity|NaN|-?inf|nan)\b")
_LONG_NUMBER = re.compile(rb"\d{400,}")
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000|\0")
_ESCAPED = re.compile(rb"\\.", re.DOTALL)
_STEPS = np.zeros(256, dtype=np.int8)
_STEPS[[ord("["), ord("{")]] = 1
_STEPS[[ord("]"), ord("}")]] = -1
#: What ``bytes.translate`` removes to leave brackets and quotes.
_PLAIN = bytes(set(range(256)) - set(b'[]{}"'))


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
        _refuse_nul(raw)
    if _depth(raw) > MAX_DEPTH:
        raise InvalidValue(
            f"not valid JSON here: nested too deep, at most {MAX_DEPTH} levels"
        )
    if len(raw) <= _SMALL or raw.count(b'"features"') > 1:
        _refuse_duplicates(raw)
    try:
        with collector_paused():
            return orjson.loads(raw)
    except orjson.JSONDecodeError as exc:
        raise InvalidValue(_explain(raw, exc)) from None


def decode_tolerant(text: str | bytes) -> Any:
    """Return the value of a JSON text, or of one that JavaScript would read.

    Names without quotes, single quotes, comments and commas at the end are read in
    texts of up to 16 KB (JSON5). Raises InvalidValue as ``decode`` does.
    """
    try:
        return decode(text)
    except InvalidValue as exc:
        try:
            raw = text.encode() if isinstance(text, str) else text
            if len(raw) > _SMALL or _deepest(raw) > MAX_DEPTH:
                raise
            value = json5.loads(raw.decode(), allow_duplicate_keys=False)
        except (ValueError, RecursionError):
            raise exc from None
    return decode(json.dumps(value))  # refuses what may not be: NaN, NUL


def _deepest(raw: bytes) -> int:
    """Return how deep brackets may be nested, those in texts counted as well."""
    return int(np.cumsum(_STEPS[np.frombuffer(raw, dtype=np.uint8)]).max(initial=0))


def _explain(raw: bytes, exc: orjson.JSONDecodeError) -> str:
    if _LONG_NUMBER.search(raw):
        return "not valid JSON: a number has too many digits to be finite"
    if _NOT_FINITE.search(raw) or "infinity" in str(exc):
        return "not valid JSON: every number must be finite"
    if not raw.strip():
        return "expected a JSON value, not an empty text"
    size = f", size {len(raw) / 2**20:.1f} MB" if len(raw) > 2**20 else ""
    return f"not valid JSON (line {exc.lineno}, column {exc.colno}{size})"


def _refuse_nul(raw: bytes) -> None:
    found = _NUL.search(raw)
    if found:
        before = raw[max(0, found.start() - 40) : found.start()]
        raise InvalidValue(
            "not valid JSON here: NUL characters are not accepted, but one follows"
            f" {before.decode(errors='replace')}"
        )


def _depth(raw: bytes) -> int:
    """Return how deep brackets and braces outside of texts are nested."""
    bare = _ESCAPED.sub(b"", raw) if b"\\" in raw else raw
    # two quotes side by side change nothing for what follows them
    bare = bare.translate(None, _PLAIN).replace(b'""', b"")
    marks = np.frombuffer(bare, dtype=np.uint8)
    inside = np.logical_xor.accumulate(marks == ord('"'))
    steps = np.where(inside, 0, _STEPS[marks])
    return int(np.cumsum(steps, dtype=np.int32).max(initial=0))


def _refuse_duplicates(raw: bytes) -> None:
    def check(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise InvalidValue(f"not valid JSON here: duplicate key '{twice[:64]}'")
        return dict(pairs)

    try:
        json.loads(raw, object_pairs_hook=check)
    except ValueError:
        return  # orjson says what is wrong, with line and column


def encode(value: Any) -> bytes:
    """Return JSON text of a value; NumPy arrays are written as lists."""
    return orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY)
