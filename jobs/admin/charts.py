"""Charts as inline SVG: what a template draws with classes and attributes alone.

The policy of content forbids style attributes and elements, so all colours are in
portal/admin.css; a table beside each chart says the same.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.timezone import localtime

WIDTH, HEIGHT = 720, 160
_LEFT, _BOTTOM, _TOP = 44, 22, 8
#: Ends of runs from the foot of a bar up: counter, word.
SERIES = (
    ("succeeded", "Succeeded"), ("cancelled", "Cancelled"),
    ("timed_out", "Timed out"), ("failed", "Failed"),
)  # fmt: skip
_LABELS = 7


@dataclass(frozen=True, slots=True)
class Piece:
    """A rectangle of a stacked bar, and what it stands for."""

    kind: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Bar:
    """A slice of the period: its pieces, and its row of the table."""

    label: str
    pieces: tuple[Piece, ...]
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        """All runs of the slice."""
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class Mark:
    """A text at a place: of an axis."""

    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Stacked:
    """Bars over time, stacked by the end of runs."""

    bars: tuple[Bar, ...]
    lines: tuple[Mark, ...]
    labels: tuple[Mark, ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT
    foot: int = HEIGHT - _BOTTOM
    series: Sequence[tuple[str, str]] = SERIES

    @property
    def total(self) -> int:
        """All runs of the period."""
        return sum(one.total for one in self.bars)

    @property
    def totals(self) -> list[tuple[str, str, int]]:
        """Kind, word and number of each end."""
        sums = [
            sum(column)
            for column in zip(*(one.counts for one in self.bars), strict=True)
        ]
        return [(*one, number) for one, number in zip(SERIES, sums, strict=True)]


def stacked(
    starts: Sequence[datetime], part: timedelta, counts: Sequence[Mapping[str, int]]
) -> Stacked:
    """Return the chart of counts by slice; ``part`` is the length of each."""
    most = _ceiling(max((sum(one.values()) for one in counts), default=0))
    step = (WIDTH - _LEFT) / max(1, len(starts))
    bars = [
        _bar(at, step, most, _label(start, part), counts[at])
        for at, start in enumerate(starts)
    ]
    every = math.ceil(len(bars) / _LABELS)
    labels = [Mark(round(_LEFT + at * step, 1), HEIGHT - 6, one.label)
              for at, one in enumerate(bars) if at % every == 0]  # fmt: skip
    lines = [Mark(_LEFT, round(_height(most, most - value), 1), f"{value:,}")
             for value in (0, most // 2, most)]  # fmt: skip
    return Stacked(tuple(bars), tuple(lines), tuple(labels))


def _bar(at: int, step: float, most: int, label: str, counts: Mapping[str, int]) -> Bar:
    pieces, below = [], 0
    x, width = round(_LEFT + at * step + 1, 2), round(step - 2, 2)
    values = tuple(counts.get(kind, 0) for kind, _ in SERIES)
    for (kind, _), value in zip(SERIES, values, strict=True):
        if value:
            top = _height(most, most - below - value)
            height = max(_height(most, most - below) - top, 1.0)
            pieces.append(Piece(kind, x, round(top, 2), width, round(height, 2)))
        below += value
    return Bar(label, tuple(pieces), values)


def _height(most: int, above: int) -> float:
    """Return the y of a value that is so far below the top of the scale."""
    return _TOP + (HEIGHT - _TOP - _BOTTOM) * above / most


def _ceiling(value: int) -> int:
    """Return an even number of one or two digits and zeros, at least the value."""
    if value <= 4:
        return 4
    unit = 10 ** int(math.log10(value))
    step = 2 if unit == 1 else unit // 5 or 1
    return math.ceil(value / step) * step


def _label(start: datetime, part: timedelta) -> str:
    local = localtime(start)
    if part < timedelta(hours=4):
        return f"{local:%H:%M}"
    return f"{local:%d %b %H:%M}" if part < timedelta(days=1) else f"{local:%d %b}"


STRIP_WIDTH, STRIP_HEIGHT = 180, 24
STRIP_RUNS = 30


@dataclass(frozen=True, slots=True)
class Tick:
    """A run in a strip: a bar as high as it took long, on a scale of roots."""

    kind: str
    x: float
    y: float
    height: float
    middle: float


@dataclass(frozen=True, slots=True)
class Strip:
    """The last runs of a service, the oldest first."""

    ticks: tuple[Tick, ...]
    words: str
    width: int = STRIP_WIDTH
    height: int = STRIP_HEIGHT


def strip(runs: Iterable[tuple[str, float]]) -> Strip:
    """Return the strip of runs, each a kind of end and its seconds."""
    shown = list(runs)[-STRIP_RUNS:]
    longest = max((math.sqrt(seconds) for _, seconds in shown), default=0) or 1
    step = STRIP_WIDTH / STRIP_RUNS
    ticks = []
    for at, (kind, seconds) in enumerate(shown, STRIP_RUNS - len(shown)):
        height = max(2.0, (STRIP_HEIGHT - 8) * math.sqrt(seconds) / longest)
        x = round(at * step + 0.5, 1)
        ticks.append(Tick(kind, x, round(STRIP_HEIGHT - height, 1), round(height, 1),
                          round(x + step / 2 - 0.5, 1)))  # fmt: skip
    return Strip(tuple(ticks), _words(shown))


def _words(shown: list[tuple[str, float]]) -> str:
    if not shown:
        return "No runs yet."
    counts = {
        word.lower(): sum(one == kind for one, _ in shown) for kind, word in SERIES
    }
    said = ", ".join(f"{number} {word}" for word, number in counts.items() if number)
    last = f"last {len(shown)} runs" if len(shown) > 1 else "last run"
    return f"The {last}: {said}; the longest took {max(s for _, s in shown):.1f} s."
