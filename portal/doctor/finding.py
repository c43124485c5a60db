"""Finding: one thing that was looked at."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum


class State(StrEnum):
    """How a thing is."""

    OK = "ok"
    #: It works, but not as it should for long or for others.
    WARNING = "warning"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, how it is, a sentence about it, and what to do."""

    name: str
    state: State
    text: str
    advice: str = ""

    def to_json(self) -> dict[str, str]:
        """Return the members as JSON has them."""
        return asdict(self)


def ok(name: str, text: str) -> list[Finding]:
    """Return the finding that all is well."""
    return [Finding(name, State.OK, text)]


def warning(name: str, text: str, advice: str) -> list[Finding]:
    """Return the finding that something could be better."""
    return [Finding(name, State.WARNING, text, advice)]


def wrong(name: str, text: str, advice: str) -> list[Finding]:
    """Return the finding that something is wrong."""
    return [Finding(name, State.WRONG, text, advice)]
