"""The parameters of a request: small ones decoded, large ones as raw bytes.

A large value is never decoded in the web process: its bytes go to the child
process that computes, which decodes them with ``decode_form_value``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any
from urllib.parse import unquote_plus, unquote_to_bytes

import numpy as np

from services.errors import InvalidValue, LimitExceeded

#: A value above this many bytes stays raw.
LARGE = 32_768
MAX_FIELDS = 1000
MAX_DISCARDED = 512 * 2**20
CUT_OFF = "the request ended before its Content-Length"

_HEX = np.full(256, 255, dtype=np.uint8)
for _index, _digit in enumerate(b"0123456789"):
    _HEX[_digit] = _index
for _index, _digit in enumerate(b"abcdef"):
    _HEX[_digit] = _HEX[_digit - 32] = 10 + _index


_SPACES = bytes.maketrans(b"+", b" ")
#: A byte that no text in UTF-8 has: marks what is to go.
_NO_TEXT = 0xFF


@dataclass(frozen=True, slots=True)
class Form:
    """What a client sent: ``small`` text and ``large`` raw bytes by name.

    ``encoded`` names the large values that still are form-encoded. ``repeated``
    holds names that came with several different values: one way to write a list.
    """

    small: Mapping[str, str] = field(default_factory=dict)
    large: Mapping[str, bytes] = field(default_factory=dict)
    encoded: frozenset[str] = frozenset()
    repeated: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def get(self, name: str, default: str = "") -> str:
        """Return a small value by name, in any case; InvalidValue for several."""
        if name.lower() in map(str.lower, self.repeated):
            raise given_twice(name)
        if name in self.small:
            return self.small[name]
        for key, value in self.small.items():
            if key.lower() == name.lower():
                return value
        return default

    def merged(self, other: Form) -> Form:
        """Return both, the other's values winning."""
        names = {*other.small, *other.large, *other.repeated}
        return Form(
            {k: v for k, v in self.small.items() if k not in names} | dict(other.small),
            {k: v for k, v in self.large.items() if k not in names} | dict(other.large),
            (self.encoded - names) | other.encoded,
            {k: v for k, v in self.repeated.items() if k not in names}
            | dict(other.repeated),
        )


def parse_form(body: bytes) -> Form:
    """Read ``application/x-www-form-urlencoded`` bytes.

    Raises InvalidValue for text that is not UTF-8 and for a name with two different
    large values, LimitExceeded for too many names.
    """
    small: dict[str, str] = {}
    large: dict[str, bytes] = {}
    seen: dict[str, list[str | bytes]] = {}
    pieces = body.split(b"&")
    if len(pieces) > MAX_FIELDS:
        raise LimitExceeded(f"a request may have at most {MAX_FIELDS} parameters")
    for piece in pieces:
        raw_name, _, raw_value = piece.partition(b"=")
        if not raw_name:
            continue
        if len(raw_name) > 1024:
            raise InvalidValue("a parameter name may have at most 256 characters")
        name = unquote_plus(raw_name.decode("latin-1"))
        value: str | bytes
        if len(raw_value) > LARGE:
            value = large[name] = raw_value
        else:
            value = small[name] = _small(name, raw_value)
        seen.setdefault(name.lower(), []).append(value)
    repeated = several(seen)
    small = {name: text for name, text in small.items() if name.lower() not in repeated}
    return Form(small, large, frozenset(large), repeated)


def several(given: Mapping[str, Sequence[str | bytes]]) -> dict[str, tuple[str, ...]]:
    """Return the names with different values, in lower case, and these values.

    Raises InvalidValue if one of them is large.
    """
    found = {}
    for name, values in given.items():
        if len(values) > 1 and len(set(values)) > 1:
            texts = tuple(one for one in values if isinstance(one, str))
            if len(texts) < len(values):
                raise given_twice(name)
            found[name] = texts
    return found


def given_twice(name: str) -> InvalidValue:
    """Return the refusal of a parameter with two values: which one would count?"""
    return InvalidValue(f"parameter '{name[:64]}' is given twice with different values")


def _small(name: str, raw: bytes) -> str:
    try:
        return unquote_to_bytes(raw.replace(b"+", b" ")).decode()
    except UnicodeDecodeError:
        raise InvalidValue(f"parameter '{name[:64]}' is not text in UTF-8") from None


def decode_form_value(raw: bytes) -> bytes:
    """Undo form encoding of one value with array operations, not a loop a byte.

    A ``%`` that is not followed by two hex digits stays as it is.
    """
    if b"+" in raw:
        raw = raw.translate(_SPACES)
    data = np.frombuffer(raw, dtype=np.uint8)
    at = np.flatnonzero(data == ord("%"))
    at = at[: np.searchsorted(at, len(data) - 2)]
    high, low = _HEX[data[at + 1]], _HEX[data[at + 2]]
    good = (high | low) < 16
    if not good.all():
        at, high, low = at[good], high[good], low[good]
    if not len(at):
        return raw
    byte = (high << 4) | low
    result = data.copy()
    if b"\xff" in raw or (byte == _NO_TEXT).any():  # no UTF-8, but not ours to judge
        keep = np.ones(len(data), dtype=bool)
        keep[at + 1] = keep[at + 2] = False
        result[at] = byte
        return result[keep].tobytes()
    result[at] = byte
    result[at + 1] = result[at + 2] = _NO_TEXT
    return result.tobytes().translate(None, bytes([_NO_TEXT]))


def require_size(length: int, limit: int) -> None:
    """Raise LimitExceeded for a body above a limit; both in bytes."""
    if length > limit:
        raise LimitExceeded(
            f"the size of the request is {length / 2**20:.1f} MB;"
            f" this service accepts {limit / 2**20:g} MB"
        )


def read_limited(stream: IO[bytes], length: int, limit: int) -> bytes:
    """Return the body of ``length`` bytes.

    Raises LimitExceeded above ``limit``, InvalidValue for a body that is cut off.
    """
    if length > limit:
        _discard(stream, length)
        require_size(length, limit)
    body = stream.read(length)
    if len(body) < length:  # half a value would be another value
        raise InvalidValue(CUT_OFF)
    return body


def _discard(stream: IO[bytes], length: int) -> None:
    """Read a refused body away: a client that still sends would not see the answer."""
    left = min(length, MAX_DISCARDED)
    while left > 0 and (piece := stream.read(min(left, 2**20))):
        left -= len(piece)


def plain_fields(fields: Mapping[str, Any]) -> Form:
    """Return the form of already decoded text values (multipart)."""
    small = {k: v for k, v in fields.items() if len(v) <= LARGE}
    large = {k: v.encode() for k, v in fields.items() if len(v) > LARGE}
    return Form(small, large)
