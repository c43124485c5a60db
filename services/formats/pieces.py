"""Many byte strings as one array: protocol buffer fields without a loop a row.

Source of the encodings: protobuf.dev, "Encoding": varints of 7 bits a byte, zigzag
for signed numbers, tag = field number * 8 + wire type.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from services.geometry.ragged import offsets_of

VARINT, FIXED64, DELIMITED, FIXED32 = 0, 1, 2, 5
_MOST_BYTES = 10  # of a varint of 64 bits


@dataclass(frozen=True, slots=True)
class Pieces:
    """``n`` byte strings: ``data`` (all bytes, uint8) and ``sizes`` (n,)."""

    data: np.ndarray
    sizes: np.ndarray

    def __len__(self) -> int:
        return len(self.sizes)

    def where(self, kept: np.ndarray) -> Pieces:
        """Return the same pieces, those that are not ``kept`` (n,) empty."""
        if kept.all():
            return self
        inside = np.repeat(kept, self.sizes)
        return Pieces(self.data[inside], np.where(kept, self.sizes, 0))

    def grouped(self, counts: np.ndarray) -> Pieces:
        """Return one piece for each run of ``counts`` (m,) pieces; may be of none."""
        ends = offsets_of(self.sizes)[offsets_of(counts)]
        return Pieces(self.data, np.diff(ends))


def zigzag(numbers: np.ndarray) -> np.ndarray:
    """Return signed 64-bit numbers as unsigned ones, small for small magnitudes."""
    signed = np.asarray(numbers, dtype=np.int64)
    return ((signed << 1) ^ (signed >> 63)).view(np.uint64)


def varints(numbers: np.ndarray) -> Pieces:
    """Return the varint of each unsigned 64-bit number (n,)."""
    values = np.asarray(numbers).astype(np.uint64, copy=False)
    sizes = np.ones(len(values), dtype=np.int64)
    for count in range(1, _MOST_BYTES):
        larger = values >= np.uint64(1 << 7 * count)
        if not larger.any():
            break
        sizes += larger
    starts = offsets_of(sizes)
    data = np.empty(starts[-1], dtype=np.uint8)
    for place in range(int(sizes.max(initial=0))):
        rows = np.flatnonzero(sizes > place)
        bits = (values[rows] >> np.uint64(7 * place)) & np.uint64(0x7F)
        goes_on = (sizes[rows] > place + 1).astype(np.uint64) << np.uint64(7)
        data[starts[rows] + place] = bits | goes_on
    return Pieces(data, sizes)


def fixed(numbers: np.ndarray) -> Pieces:
    """Return the little-endian bytes of each float (n,)."""
    flat = np.ascontiguousarray(numbers)
    sizes = np.full(len(flat), flat.itemsize, dtype=np.int64)
    return Pieces(flat.view(np.uint8), sizes)


def joined(*columns: Pieces) -> Pieces:
    """Return pieces that hold one piece of each column after the other; (n,)."""
    sizes = np.sum([column.sizes for column in columns], axis=0)
    at = offsets_of(sizes)
    data = np.empty(at[-1], dtype=np.uint8)
    start = at[:-1]
    for column in columns:
        shift = np.repeat(start - offsets_of(column.sizes)[:-1], column.sizes)
        data[np.arange(len(column.data)) + shift] = column.data
        start = start + column.sizes
    return Pieces(data, sizes)


def field(number: int, wire: int, values: Pieces) -> Pieces:
    """Return each value as a field of a message, its length in front if it has one."""
    tag = varints(np.full(len(values), number << 3 | wire, dtype=np.uint64))
    if wire == DELIMITED:
        return joined(tag, varints(values.sizes), values)
    return joined(tag, values)
