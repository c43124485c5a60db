"""Tables of keys and JSON types, and what in a document is not as its table says.

A key that begins with ``?`` may be missing; any other is there; no third one is.
A list of one shape stands for an array of these, a tuple of shapes for one of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Shape = Any


@dataclass(frozen=True)
class Text:
    """A text that a regular expression matches in full."""

    pattern: str = r"(?s).*"

    def __str__(self) -> str:
        return f"a text like {self.pattern}"


@dataclass(frozen=True)
class Named:
    """An object of any keys with values of one shape."""

    shape: Shape


def one_of(*texts: str) -> Text:
    """Return the shape of a text that is one of these."""
    return Text("|".join(map(re.escape, texts)))


TEXT = Text()
NUMBER, INTEGER, BOOLEAN, NULL, ANY = float, int, bool, type(None), object


def found(document: Any, shape: Shape) -> list[str]:
    """Return what is not as the table says."""
    return list(problems(document, shape))


def problems(document: Any, shape: Shape, where: str = "$") -> Iterator[str]:
    """Yield what in a document is not as its table says."""
    if isinstance(shape, tuple):
        tries = [list(problems(document, one, where)) for one in shape]
        if all(tries):
            yield from min(tries, key=len)
    elif isinstance(shape, dict | Named):
        yield from _object_problems(document, shape, where)
    elif isinstance(shape, list):
        yield from _array_problems(document, shape[0], where)
    elif not _is_a(document, shape):
        kind = f"not {shape}" if isinstance(shape, Text) else f"no {shape.__name__}"
        yield f"{where}: {document!r} is {kind}"


def _array_problems(document: Any, shape: Shape, where: str) -> Iterator[str]:
    if not isinstance(document, list):
        yield f"{where}: {document!r} is no array"
        return
    for place, one in enumerate(document):
        yield from problems(one, shape, f"{where}[{place}]")


def _object_problems(
    document: Any, shape: dict[str, Shape] | Named, where: str
) -> Iterator[str]:
    if not isinstance(document, dict):
        yield f"{where}: {document!r} is no object"
        return
    if isinstance(shape, Named):
        shape = dict.fromkeys(document, shape.shape)
    known = {key.removeprefix("?"): one for key, one in shape.items()}
    needed = {key for key in shape if not key.startswith("?")}
    yield from (f"{where}: no {key}" for key in sorted(needed - set(document)))
    yield from (
        f"{where}: {key} is unknown" for key in sorted(set(document) - set(known))
    )
    for key in set(document) & set(known):
        yield from problems(document[key], known[key], f"{where}.{key}")


def _is_a(document: Any, kind: type | Text) -> bool:
    if isinstance(kind, Text):
        return isinstance(document, str) and bool(re.fullmatch(kind.pattern, document))
    if kind is float:
        return isinstance(document, int | float) and not isinstance(document, bool)
    if kind is int:
        return isinstance(document, int) and not isinstance(document, bool)
    return isinstance(document, kind)
