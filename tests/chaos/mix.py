"""What clients ask for: a seeded mix of jobs, and what each is to become."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

SUCCEEDED = "esriJobSucceeded"
FAILED = "esriJobFailed"
CANCELLED = "esriJobCancelled"
TIMED_OUT = "esriJobTimedOut"
ENDS = frozenset({SUCCEEDED, FAILED, CANCELLED, TIMED_OUT})


@dataclass(frozen=True)
class Wish:
    """One job: its task and fields, how it is to end, and a word of its reason.

    ``cancel_after`` is the seconds after which its client gives up on it.
    """

    label: str
    kind: str
    task: str
    end: str
    fields: dict[str, str] = field(default_factory=dict)
    word: str = ""
    cancel_after: float | None = None
    service: str = "Toys"


#: Share of each kind in a hundred.
_SHARES = {
    "quick": 46, "slow": 16, "file": 12, "points": 4, "fail": 7, "segfault": 4,
    "vanish": 4, "hoard": 3, "cancel": 4,
}  # fmt: skip


def wishes(count: int, seed: int) -> list[Wish]:
    """Return so many jobs; the same for the same seed."""
    chance = random.Random(seed)
    kinds = chance.choices(list(_SHARES), list(_SHARES.values()), k=count)
    return [
        _wish(kind, f"s{seed}n{number}", chance) for number, kind in enumerate(kinds)
    ]


def _wish(kind: str, label: str, chance: random.Random) -> Wish:
    seconds = f"{chance.uniform(0.3, 1.5):.2f}"
    size = str(chance.randrange(100, 3000))
    after = chance.uniform(0.0, 2.0)
    traced = {"Label": label}
    if kind == "quick":
        return Wish(label, kind, "Trace", SUCCEEDED, traced)
    if kind == "slow":
        return Wish(label, kind, "Trace", SUCCEEDED, traced | {"Seconds": seconds})
    if kind == "file":
        fields = traced | {"Kilobytes": size, "Seconds": seconds}
        return Wish(label, kind, "TraceFile", SUCCEEDED, fields)
    if kind == "points":
        fields = traced | {"Count": str(int(size) % 1000)}  # a service's maximum
        return Wish(label, kind, "TracePoints", SUCCEEDED, fields)
    if kind == "cancel":
        fields = traced | {"Seconds": "25"}
        return Wish(label, kind, "Trace", CANCELLED, fields, cancel_after=after)
    return _bad(kind, label)


def _bad(kind: str, label: str) -> Wish:
    if kind == "fail":
        return Wish(label, kind, "Fail", FAILED, word="no feature has an area")
    if kind == "segfault":
        return Wish(label, kind, "Segfault", FAILED, word="signal 11")
    if kind == "vanish":
        return Wish(label, kind, "Vanish", FAILED, word="exit code 3")
    fields = {"Megabytes": "3000"}
    return Wish(label, kind, "Hoard", FAILED, fields, word="more memory than its limit")
