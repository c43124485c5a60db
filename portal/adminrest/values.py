"""How values of the service JSON are read and written: text, numbers, flags, choices.

Administrator clients send "1000" and 1000, "true" and true alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from services.errors import InvalidValue
from services.itemtexts import tags_of

_MAX_DIGITS = 18
_LARGEST = 2**31 - 1  # what the field holds in every database


class Kind(Protocol):
    """Reads what a client sends, and writes what it is answered."""

    def read(self, raw: Any) -> Any:
        """Return the value for the model's field. Raises InvalidValue."""

    def write(self, value: Any) -> Any:
        """Return the value for the service JSON."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text."""

    def read(self, raw: Any) -> str:
        if not isinstance(raw, str):
            raise InvalidValue("expected a text")
        return raw

    def write(self, value: str) -> str:
        return value


@dataclass(frozen=True, slots=True)
class Words:
    """A list of words, kept as a text with commas between them."""

    def read(self, raw: Any) -> str:
        words = raw.split(",") if isinstance(raw, str) else raw
        if not isinstance(words, list) or not all(isinstance(x, str) for x in words):
            raise InvalidValue("expected a list of texts")
        return ", ".join(tags_of(",".join(words)))

    def write(self, value: str) -> list[str]:
        return tags_of(value)


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number; written as text where ``as_text``, as ``properties`` has it.

    ``default`` stands on the wire as 0.
    """

    as_text: bool = False
    default: int = 0

    def read(self, raw: Any) -> int:
        text = raw.strip() if isinstance(raw, str) else ""
        number = int(text) if text.isdecimal() and len(text) <= _MAX_DIGITS else raw
        is_whole = isinstance(number, int) or (
            isinstance(number, float) and number.is_integer()
        )
        if isinstance(raw, bool) or not is_whole or not 0 <= number <= _LARGEST:
            raise InvalidValue(f"expected a whole number from 0 to {_LARGEST}")
        return int(number) or self.default

    def write(self, value: int) -> int | str:
        shown = 0 if value == self.default else value
        return str(shown) if self.as_text else shown


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false, written as text."""

    def read(self, raw: Any) -> bool:
        text = str(raw).strip().lower()
        if not isinstance(raw, bool | str) or text not in ("true", "false"):
            raise InvalidValue("expected true or false")
        return text == "true"

    def write(self, value: bool) -> str:
        return "true" if value else "false"


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words, in any case; ``also`` are other ways to say one."""

    values: Mapping[str, Any]
    also: Mapping[str, Any] = field(default_factory=dict)

    def read(self, raw: Any) -> Any:
        said = str(raw).strip().lower()
        for word, value in {**self.values, **self.also}.items():
            if isinstance(raw, bool | str) and word.lower() == said:
                return value
        words = ", ".join(f"'{word}'" for word in self.values)
        raise InvalidValue(f"expected one of {words}")

    def write(self, value: Any) -> str:
        return next(word for word, own in self.values.items() if own == value)
