"""Keeps hidden texts out of what a run says: messages, progress, errors, logs.

The child process remembers the hidden inputs of its call, a thread of a parent the
tokens of the request or job that it works for; whatever leaves them as text for
people goes through ``masked``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from urllib.parse import quote, quote_plus

from services.texts import HiddenText

#: A shorter text is part of ordinary words; masking it would only point it out.
_SHORTEST = 4
_MASK = "(hidden)"

#: Of a child, which does one call at a time, whatever threads a tool has.
_hidden: set[str] = set()
#: Of a thread in a parent, while ``hiding`` lasts.
_scope: ContextVar[set[str] | None] = ContextVar("hidden", default=None)


def remember(value: Any) -> None:
    """Keep the hidden texts of typed values, also those in lists and rows."""
    if isinstance(value, HiddenText):
        _hidden.update(_forms(value.text))
    elif isinstance(value, dict):
        remember(list(value.values()))
    elif isinstance(value, list | tuple):
        for one in value:
            remember(one)


def remember_texts(texts: Iterable[str]) -> None:
    """Keep plain texts that are not to be shown: the tokens of a call."""
    for text in texts:
        _hidden.update(_forms(text))


def forget() -> None:
    """Forget all: the next call has nothing to do with this one."""
    _hidden.clear()


@contextmanager
def hiding() -> Iterator[None]:
    """Let what ``hide`` is told in the block be masked until the block ends.

    An inner block adds to the outer one.
    """
    if _scope.get() is not None:
        yield
        return
    token = _scope.set(set())
    try:
        yield
    finally:
        _scope.reset(token)


def hide(texts: Iterable[str]) -> None:
    """Keep texts of the request or job that this thread works for."""
    scope = _scope.get()
    if scope is not None:
        for text in texts:
            scope.update(_forms(text))


def _forms(text: str) -> set[str]:
    """Return how a text may be written: plain, in tracebacks, JSON and URLs."""
    if len(text) < _SHORTEST:
        return set()
    in_json = json.dumps(text)[1:-1]
    return {text, repr(text)[1:-1], in_json, quote(text, ""), quote_plus(text)}


def masked(text: str) -> str:
    """Return a text without the hidden ones in it."""
    hidden = _hidden | (_scope.get() or set())
    for one in sorted(hidden, key=len, reverse=True):
        text = text.replace(one, _MASK)
    return text
