"""Keeps hidden texts out of what a run says: messages, progress, errors.

The child process remembers the hidden inputs of its call; whatever leaves it as text
for people goes through ``masked``.
"""

from __future__ import annotations

from typing import Any

from services.texts import HiddenText

#: A shorter text is part of ordinary words; masking it would only point it out.
_SHORTEST = 4
_MASK = "(hidden)"

_hidden: list[str] = []


def remember(value: Any) -> None:
    """Keep the hidden texts of typed values, also those in lists and rows."""
    if isinstance(value, HiddenText) and len(value.text) >= _SHORTEST:
        _hidden.extend({value.text, repr(value.text)[1:-1]})  # as tracebacks write it
    elif isinstance(value, dict):
        remember(list(value.values()))
    elif isinstance(value, list | tuple):
        for one in value:
            remember(one)


def forget() -> None:
    """Forget all: the next call has nothing to do with this one."""
    _hidden.clear()


def masked(text: str) -> str:
    """Return a text without the hidden ones in it."""
    for one in sorted(_hidden, key=len, reverse=True):
        text = text.replace(one, _MASK)
    return text
