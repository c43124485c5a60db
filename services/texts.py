"""SQLExpression and HiddenText: texts that are more than texts."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SQLExpression:
    """The ``WHERE`` part of an SQL query, as a client wrote it.

    Nothing has been checked but that its quotes are closed: never paste it into SQL.
    """

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class HiddenText:
    """A text that must not be shown, such as a password; ``text`` has it."""

    text: str = field(repr=False)

    def __str__(self) -> str:
        return "(hidden)"
