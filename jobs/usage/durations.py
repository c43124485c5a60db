"""Durations in buckets that grow by a ratio, so that quantiles have a known error.

The buckets of DDSketch (Masson, Rim, Lee, VLDB 2019): bucket i holds durations in
(r^(i-1), r^i] milliseconds. Its answer is their harmonic middle, at most ``ACCURACY``
away from each of them, as a share. Two histograms are merged by adding their counts.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping

_RATIO = 1.02
#: How far a quantile may be from that of the durations themselves, as a share of it.
ACCURACY = (_RATIO - 1) / (_RATIO + 1)
_LEAST = 0.001  # seconds; all that is shorter counts as this

#: How many durations there are by bucket.
Histogram = Counter[int]


def bucket(seconds: float) -> int:
    """Return the bucket of a duration."""
    return math.ceil(math.log(max(seconds, _LEAST) / _LEAST, _RATIO))


def read_histogram(stored: Mapping[str, int]) -> Histogram:
    """Return what ``write_histogram`` made."""
    return Counter({int(key): count for key, count in stored.items()})


def write_histogram(counts: Histogram) -> dict[str, int]:
    """Return a histogram as JSON has it."""
    return {str(key): counts[key] for key in sorted(counts)}


def quantile(counts: Histogram, share: float) -> float | None:
    """Return the duration in seconds below or at which a share of all lies.

    That is the nearest rank: the smallest one with at least this share up to it.
    """
    total = sum(counts.values())
    rank = max(1, math.ceil(share * total))
    for key in sorted(counts):
        rank -= counts[key]
        if rank <= 0 and total:
            return float(_LEAST * 2 * _RATIO**key / (_RATIO + 1))
    return None
