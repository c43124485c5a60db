"""Where clauses against pandas, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
import pytest

from services import data
from services.errors import InvalidValue
from services.geometry.features import RecordSet
from services.query.condition import rows_where

COUNTRIES = data.countries().records
FRAME = COUNTRIES.attributes.to_pandas()
POP, GDP, NAME = FRAME["pop_est"], FRAME["gdp_md_est"], FRAME["name"]
ISO, CONTINENT = FRAME["iso_a3"], FRAME["continent"]

HELD = {
    "1=1": POP == POP,
    "1=0": POP != POP,
    "pop_est > 50000000": POP > 5e7,
    "POP_EST>=50000000 AND Continent = 'Africa'": (POP >= 5e7)
    & (CONTINENT == "Africa"),
    "\"continent\" <> 'Asia'": CONTINENT != "Asia",
    "continent IN ('Asia', 'Europe') OR name = 'Chad'": CONTINENT.isin(
        ["Asia", "Europe"]
    )
    | (NAME == "Chad"),
    "continent NOT IN ('Asia','Europe')": ~CONTINENT.isin(["Asia", "Europe"]),
    "NOT (pop_est < 1e6 OR gdp_md_est < 1000.5)": ~((POP < 1e6) | (GDP < 1000.5)),
    "pop_est BETWEEN 1000000 AND 2000000": POP.between(1e6, 2e6),
    "pop_est NOT BETWEEN 1000000 AND 2000000": ~POP.between(1e6, 2e6),
    "iso_a3 IS NULL": ISO.isna(),
    "iso_a3 IS NOT NULL AND name LIKE 'S%'": ISO.notna() & NAME.str.startswith("S"),
    "name LIKE '%land'": NAME.str.endswith("land"),
    "name LIKE '_r%'": NAME.str.match("^.r"),
    "name NOT LIKE '%a%'": ~NAME.str.contains("a"),
    "UPPER(name) LIKE 'GER%'": NAME.str.upper().str.startswith("GER"),
    "LOWER(continent) = 'asia'": CONTINENT.str.lower() == "asia",
    "gdp_md_est * 1000000 / pop_est > 40000": GDP * 1e6 / POP > 40000,
    "pop_est - 1 + 1 = 67106161": POP == 67106161,
    "pop_est > -1": POP > -1,
    "pop_est = '67106161'": POP == 67106161,
    "iso_a3 <> 'FRA'": ISO.notna() & (ISO != "FRA"),  # null is no
    "NOT iso_a3 = 'FRA'": ISO.notna() & (ISO != "FRA"),
    "name = NULL": POP != POP,
    "pop_est IN (67106161, 1.5)": POP == 67106161,
    "pop_est < 5555555555555555551 / 3 + 1": POP == POP,  # beyond a double's 2^53
    "gdp_md_est < 9007199254740993": GDP == GDP,
    "pop_est + 0.0 < 99999999999999999999": POP == POP,
    "name = 'Côte d''Ivoire'": NAME == "Côte d'Ivoire",
}


@pytest.mark.protocol("9 query: where")
@pytest.mark.parametrize("text", HELD)
def test_rows_are_those_that_pandas_selects(text):
    assert rows_where(text, COUNTRIES).tolist() == HELD[text].tolist()


DAYS = [datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 6, 30, 12, tzinfo=UTC), None,
        datetime(2025, 3, 1, tzinfo=UTC)]  # fmt: skip
DATED = RecordSet.from_columns({
    "day": pa.array(DAYS, pa.timestamp("ms", tz="UTC")),
    "sign": ["100%", "a_b", "axb", "50"],
})  # fmt: skip


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("day >= DATE '2024-06-30'", [1, 3]),
        ("day > TIMESTAMP '2024-06-30 12:00:00'", [3]),
        ("day < '2024-06-30 12:00:01'", [0, 1]),
        ("day = 1704067200000", [0]),
        ("day IN (DATE '2024-01-01', DATE '2025-03-01')", [0, 3]),
        ("sign LIKE '%!%' ESCAPE '!'", [0]),
        ("sign LIKE 'a!_b' ESCAPE '!'", [1]),
        ("sign LIKE 'a_b'", [1, 2]),
        ("sign NOT LIKE 'a!_b' ESCAPE '!'", [0, 2, 3]),
        ("sign LIKE '%.*%'", []),
    ],
)
def test_dates_and_escapes(text, held):
    assert rows_where(text, DATED).nonzero()[0].tolist() == held


REFUSED = {
    "1=1; DROP TABLE job": "semicolon",
    "1=1 UNION SELECT username,password FROM auth_user": "not a condition",
    "pop_est=1 OR 1=(SELECT 1 FROM pg_sleep(10))": "subquery",
    "name IN (SELECT password FROM auth_user)": "query",
    "EXISTS (SELECT 1)": "EXISTS",
    "1=1/*x*/": "comment",
    "1=1 -- x": "comment",
    "name='a": "quote",
    "name='a'b'": "quote",
    "nosuchfield=1": "no field 'nosuchfield'",
    "pop_est=abc": "no field 'abc'",
    "name='1' AND CURRENT_USER='x'": "CURRENTUSER",
    "name='x'\0": "NUL",
    "__class__='x'": "no field",
    "user__password__startswith='a'": "no field",
    "t.name = 'x'": "table",
    "pg_sleep(10) = 1": "function",
    "CAST(pop_est AS text) = '1'": "CAST",
    "name::int = 1": "::",
    "CASE WHEN 1=1 THEN 1 END = 1": "CASE",
    "name = 1": "quotes",
    "pop_est = 'x'": "number",
    "name LIKE pop_est": "LIKE",
    "name": "condition",
    "1": "condition",
    "name + 1 = 2": "numbers",
    "name || 'x' = 'x'": r"\|\|",
    "name = ?": r"no \?",
    "{:1}:1}": "no {",
    "": "not a condition",
    "(" * 21 + "1=1" + ")" * 21: "20",
    "(" * 900 + "1=1" + ")" * 900: "20",
    "NOT " * 400 + "1=1": "not a condition",
    "- " * 900 + "1 = 1": "not a condition",
    "1=1" + " " * 2000: "2000",
    " OR ".join(["pop_est=1"] * 101): "100",
    "name LIKE '" + "%_" * 51 + "'": "wild",
    "TIMESTAMP 'x' > 1": "date",
}


@pytest.mark.protocol("9 query: where that is refused")
@pytest.mark.parametrize("text", REFUSED, ids=lambda text: text[:40])
def test_everything_else_is_refused_with_a_reason(text):
    with pytest.raises(InvalidValue, match=REFUSED[text]):
        rows_where(text, COUNTRIES)


def test_a_hundred_terms_in_a_chain_are_read():
    text = " OR ".join(f"pop_est={n}" for n in range(100))
    assert not rows_where(text, COUNTRIES).any()


ATTACKS = [
    "1=1 -- x", "1=1 # x", "1=1/**/", "/*!50000 1=1 */", "1=1 UNION ALL SELECT 1",
    "(SELECT 1) = 1", "EXISTS (SELECT 1)", "name IN (SELECT name FROM auth_user)",
    "name = ANY (SELECT 1)", "1=1; SELECT 1", "1=1 LIMIT 1", "1=1 ORDER BY name",
    "1=1 GROUP BY name HAVING 1=1", "1=1 INTO OUTFILE '/tmp/x'", "WITH a AS (SELECT 1) 1=1",
    '"name"" = \'x\' OR \"" = 1', '"a;DROP TABLE b" = 1', "`name` = 'x' OR `b` = 1",
    "[name] = 'x'", "name COLLATE nocase = 'x'", "name ~ 'x'", "name RLIKE '(a+)+$'",
    "name SIMILAR TO '(a|b)*'", "name GLOB '*'", "REGEXP_LIKE(name, '(a+)+$')",
    "SLEEP(9) = 0", "LOAD_FILE('/etc/passwd') = 'x'", "COPY name FROM 'x'",
    "CONCAT(name, 'x') = 'x'", "REPEAT('a', 1000000000) = 'x'", "@@version = 1",
    "@x := 1", ":x = 1", "$1 = 1", "%(x)s = 1", "{fn NOW()} = 1", "{x} = 1",
    "CURRENT_TIMESTAMP > DATE '2024-01-01'", "SESSION_USER = 'x'", "RAND() > 0",
    "INTERVAL '1' DAY = 1", "ARRAY[1] = 1", "name[0] = 'x'", "name->'x' = 1",
    "name.x.y.z = 'x'", "STRUCT(1) = 1", "(1, 2) = (1, 2)", "LAMBDA x: x = 1",
    "IF(1=1, 1, 1) = 1", "COALESCE(name, 'x') = 'x'", "DISTINCT name = 'x'",
    "name = 'x' ESCAPE 'ab'", "name\u00a0\u037e = 1", "\u2018x\u2019 = name", "name \uff1d 'x'",
    "UPPER(UPPER(SELECT 1)) = 'X'", "CAST('x' AS DATE) = CAST(name AS DATE)",
    "pop_est & 1 = 1", "pop_est ^ 1 = 1", "pop_est DIV 0 = 1", "NOT", "()", "1=", "=1",
    "pop_est BETWEEN (SELECT 1) AND 2", "name LIKE (SELECT 'x')", "name LIKE 'a' || 'b'",
    "name IS TRUE", "name IS DISTINCT FROM 'x'", "1 IN (name)", "name = \ud800",
]  # fmt: skip


@pytest.mark.parametrize("text", ATTACKS, ids=lambda text: ascii(text[:40]))
def test_what_is_more_than_a_condition_is_refused(text):
    with pytest.raises(InvalidValue) as caught:
        rows_where(text, COUNTRIES)
    assert len(str(caught.value)) < 300
