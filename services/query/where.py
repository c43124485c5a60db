"""``where`` as a tree of few kinds of nodes; nothing in it is ever run as SQL.

sqlglot parses the text; what it finds is walked once, and every kind of node that is
not named here is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from services.errors import InvalidValue

MAX_CHARACTERS = 2000
MAX_DEPTH = 20
MAX_TERMS = 100
MAX_LISTED = 1000

COMPARISONS = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE)
ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div)
_TERMS = (*COMPARISONS, exp.In, exp.Between, exp.Like, exp.Is)
_LOGIC = (exp.And, exp.Or, exp.Not, exp.Paren)
_VALUES = (
    exp.Column, exp.Identifier, exp.Literal, exp.Null, exp.Neg, exp.Upper, exp.Lower,
    exp.Cast, exp.DataType, exp.Escape, *ARITHMETIC,
)  # fmt: skip
_ALLOWED = frozenset((*_TERMS, *_LOGIC, *_VALUES))
#: Members of a node that may be filled; a subquery, say, sits in another.
_MEMBERS = frozenset(
    ("this", "expression", "expressions", "low", "high", "to", "quoted", "is_string",
     "nested", "typed", "safe", "_type", "negate")
)  # fmt: skip
_MOMENTS = (
    exp.DataType.Type.DATE, exp.DataType.Type.TIMESTAMP, exp.DataType.Type.DATETIME
)  # fmt: skip
#: Kinds of tokens that may begin with anything, and signs that a condition may hold.
_QUOTED = ("STRING", "NATIONAL_STRING", "IDENTIFIER", "VAR", "SEMICOLON")
_SIGNS = frozenset(("(", ")", ",", ".", "=", "<>", "!=", "<", "<=", ">", ">=",
                    "+", "-", "*", "/", "_"))  # fmt: skip
#: What the parser raises, also where a text of a stranger meets a bug in it.
_NO_CONDITION = (
    SqlglotError, RecursionError, AttributeError, IndexError, KeyError, TypeError,
    ValueError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Grammar:
    """What a text may be made of: kinds of nodes, their members, signs.

    ``noun`` and ``example`` are for errors, ``functions`` those that they name.
    """

    noun: str
    example: str
    functions: str
    nodes: frozenset[type] = _ALLOWED
    members: frozenset[str] = _MEMBERS
    signs: frozenset[str] = _SIGNS
    has_casts: bool = False


_WHERE = Grammar(
    "a condition", "population > 1000 AND name LIKE 'A%'", "UPPER and LOWER"
)


@lru_cache(maxsize=256)
def parse_where(text: str) -> exp.Expression:
    """Return the tree of a where clause; only allowed nodes are in it.

    Raises InvalidValue, whose sentence says what is refused.
    """
    return parsed(text, _WHERE)


def parsed(text: str, grammar: Grammar) -> exp.Expression:
    """Return the tree of a text; nothing but what the grammar allows is in it.

    Raises InvalidValue, whose sentence says what is refused.
    """
    if len(text) > MAX_CHARACTERS:
        raise InvalidValue(
            f"has {len(text)} characters; at most {MAX_CHARACTERS} are accepted"
        )
    if "\0" in text:
        raise InvalidValue("holds a NUL character")
    _check_tokens(text, grammar)
    try:
        tree: Any = sqlglot.parse_one(text, into=exp.Condition)
    except _NO_CONDITION:
        raise InvalidValue(f"is not {grammar.noun} such as {grammar.example}") from None
    _check(tree, grammar)
    return cast(exp.Expression, tree)


def _check_tokens(text: str, grammar: Grammar) -> None:
    try:
        tokens = sqlglot.tokenize(text)
    except SqlglotError:
        raise InvalidValue("has a quote that is not closed") from None
    depth = deepest = 0
    for token in tokens:
        if token.comments:
            raise InvalidValue("must hold no comment")
        kind = token.token_type.name
        if kind == "SEMICOLON":
            one = grammar.noun.partition(" ")[2]
            raise InvalidValue(f"must be one {one}, without a semicolon")
        is_word = token.text[:1].isalnum() or kind in _QUOTED
        if not is_word and token.text not in grammar.signs:
            raise InvalidValue(f"must hold no {token.text[:20]}")
        depth += (kind == "L_PAREN") - (kind == "R_PAREN")
        deepest = max(deepest, depth)
    if deepest > MAX_DEPTH:
        raise InvalidValue(f"is nested deeper than {MAX_DEPTH} brackets")


def _check(tree: exp.Expression, grammar: Grammar) -> None:
    """Refuse what is not allowed, and too much of what is."""
    terms = 0
    for node, depth in _nodes(tree):
        name = _named(node, grammar)
        if type(node) not in grammar.nodes:
            raise InvalidValue(f"must hold no {name}")
        filled = [key for key, value in node.args.items() if value]
        odd = [key for key in filled if key not in grammar.members]
        if odd:
            raise InvalidValue(f"must hold no {odd[0]} in {name}")
        if depth > MAX_DEPTH:
            raise InvalidValue(f"is nested deeper than {MAX_DEPTH} levels")
        if isinstance(node, exp.In) and len(node.expressions) > MAX_LISTED:
            raise InvalidValue(f"has more than {MAX_LISTED} values in a list")
        is_cast = isinstance(node, exp.Cast) and not is_moment(node)
        if is_cast and not grammar.has_casts:
            raise InvalidValue("must hold no CAST")
        terms += isinstance(node, _TERMS)
    if terms > MAX_TERMS:
        raise InvalidValue(f"has {terms} conditions; at most {MAX_TERMS} are accepted")


def _nodes(tree: exp.Expression) -> Iterator[tuple[exp.Expression, int]]:
    """Yield every node with its depth; a chain of AND or OR counts as one level."""
    waiting = [(tree, 0)]
    while waiting:
        node, depth = waiting.pop()
        yield node, depth
        for child in node.iter_expressions():
            same = type(child) is type(node) and isinstance(node, exp.And | exp.Or)
            waiting.append((child, depth if same else depth + 1))


def is_moment(node: exp.Cast) -> bool:
    """Tell if a cast is how the parser writes ``DATE '…'`` and ``TIMESTAMP '…'``."""
    is_text = isinstance(node.this, exp.Literal) and node.this.is_string
    return is_text and node.to.this in _MOMENTS


def _named(node: exp.Expression, grammar: Grammar) -> str:
    words = {exp.Anonymous: f"function but {grammar.functions}",
             exp.Select: "subquery", exp.Subquery: "subquery"}  # fmt: skip
    return words.get(type(node), node.key.upper())
