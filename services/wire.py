"""JSON text to plain values: fast, bounded, and with errors a person can use."""

from __future__ import annotations

import gc
import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, overload

import json5
import numpy as np
import orjson

from services.errors import InvalidValue

#: How deep JSON may be nested unless ``limited_depth`` says else.
MAX_DEPTH = 32
#: Items of a long list that are made and encoded at once.
PIECE = 500
_depth_limit: ContextVar[int] = ContextVar("depth", default=MAX_DEPTH)
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


@contextmanager
def limited_depth(levels: int) -> Iterator[None]:
    """Let JSON be nested so deep, and no deeper, while the block lasts."""
    token = _depth_limit.set(levels)
    try:
        yield
    finally:
        _depth_limit.reset(token)


def decode(text: str | bytes) -> Any:
    """Return the value of a JSON text.

    Raises InvalidValue with line and column for text that isn't JSON, for NaN and
    infinities, nesting deeper than allowed, NUL characters, lone surrogates, and keys
    that occur twice in one object.
    """
    try:
        raw = text.encode() if isinstance(text, str) else text
    except UnicodeEncodeError:
        raise InvalidValue("not valid JSON: lone surrogate characters") from None
    if b"\\u0000" in raw or b"\0" in raw:
        _refuse_nul(raw)
    most = _depth_limit.get()
    if _depth(raw) > most:
        raise InvalidValue(
            f"not valid JSON here: nested too deep, at most {most} levels"
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
            if len(raw) > _SMALL or _deepest(raw) > _depth_limit.get():
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


class Lazy(Sequence[Any]):
    """A long list whose items are made when they are asked for, a slice at a time.

    ``make`` returns the items from a start to before a stop.
    """

    def __init__(self, length: int, make: Callable[[int, int], list[Any]]) -> None:
        self.length = length
        self.make = make

    def __len__(self) -> int:
        return self.length

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> list[Any]: ...
    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            start, stop, step = index.indices(self.length)
            return self.make(start, stop)[::step] if step > 0 else list(self)[index]
        if not -self.length <= index < self.length:
            raise IndexError(index)
        return self.make(index % self.length, index % self.length + 1)[0]

    def __iter__(self) -> Iterator[Any]:
        for start in range(0, self.length, PIECE):
            yield from self.make(start, min(start + PIECE, self.length))


def encode(value: Any, option: int = 0) -> bytes:
    """Return JSON text of a value; NumPy arrays and lazy lists are written as lists.

    ``option`` is one of orjson's, for an indent.
    """
    return orjson.dumps(value, list, orjson.OPT_SERIALIZE_NUMPY | option)


def encode_pieces(value: Any) -> Iterator[bytes | memoryview]:
    """Yield the text that ``encode`` returns, in pieces: long lists are cut.

    A piece is made when it is asked for, so a large document is never in memory as
    a whole.
    """
    if not _is_long(value):
        yield encode(value)
    elif isinstance(value, dict):
        for place, (key, member) in enumerate(value.items()):
            yield (b"," if place else b"{") + encode(key) + b":"
            yield from encode_pieces(member)
        yield b"}"
    elif len(value) > PIECE:
        for start in range(0, len(value), PIECE):
            yield b"," if start else b"["
            yield memoryview(encode(value[start : start + PIECE]))[1:-1]
        yield b"]"
    else:
        for place, member in enumerate(value):
            yield b"," if place else b"["
            yield from encode_pieces(member)
        yield b"]"


def _is_long(value: Any) -> bool:
    """Tell if a value is, or holds, a list of more than one piece."""
    if isinstance(value, dict):
        return any(map(_is_long, value.values()))
    if isinstance(value, (list, Lazy)) and len(value) > PIECE:
        return True
    return isinstance(value, list) and any(map(_is_long, value))
