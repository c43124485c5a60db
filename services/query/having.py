"""``having``: which groups of statistics count, as SQL says it of aggregates."""

from __future__ import annotations

import re

from services.errors import InvalidValue
from services.geometry.features import RecordSet
from services.query.condition import rows_where
from services.query.statistics import Statistic

_MOST_CHARACTERS = 2000
_MOST_TERMS = 20
_KINDS = {
    "count": "count", "sum": "sum", "min": "min", "max": "max", "avg": "avg",
    "mean": "avg", "stddev": "stddev", "var": "var", "variance": "var",
}  # fmt: skip
#: Texts in quotes are passed over.
_TERM = re.compile(
    rf"""'[^']*' | \b(?P<kind>{"|".join(_KINDS)})\s*\(\s*(?P<field>\w+|\*)\s*\)""",
    re.VERBOSE | re.IGNORECASE,
)


def parse_having(text: str, oid: str) -> tuple[str, tuple[Statistic, ...]]:
    """Return a where clause on statistics, and those that it names as ``SUM(field)``.

    ``COUNT(*)`` counts the field ``oid``. Raises InvalidValue.
    """
    if len(text) > _MOST_CHARACTERS:
        raise InvalidValue(f"at most {_MOST_CHARACTERS} characters are accepted")
    found: list[Statistic] = []

    def named(term: re.Match[str]) -> str:
        if not term["kind"]:
            return term[0]
        kind = _KINDS[term["kind"].lower()]
        field = oid if term["field"] == "*" else term["field"]
        found.append(Statistic(kind, field, f"having_{len(found)}"))
        return found[-1].name

    clause = _TERM.sub(named, text)
    if len(found) > _MOST_TERMS:
        raise InvalidValue(f"at most {_MOST_TERMS} statistics are accepted")
    return clause, tuple(found)


def having(made: RecordSet, clause: str, extra: tuple[Statistic, ...]) -> RecordSet:
    """Return the groups that a clause holds for, without the statistics it needed."""
    kept = made.take(rows_where(clause, made))
    return kept.without_columns([one.name for one in extra])
