"""GPSQLExpression and GPStringHidden."""

from __future__ import annotations

import pytest

from services.datatypes import data_type
from services.errors import InvalidValue
from services.schema import Parameter, check_parameter
from services.texts import HiddenText, SQLExpression

SQL = data_type("GPSQLExpression")
HIDDEN = data_type("GPStringHidden")


@pytest.mark.protocol("6 GPSQLExpression")
@pytest.mark.parametrize(
    "text",
    ["1=1", "POP > 5 AND NAME = 'O''Brien'", "\"it's\" = 'a \"quoted\" word'",
     "d = timestamp '2020-01-01 00:00:00'", "NAME LIKE '%; --'", "[a] IN (1, 2)"],
)  # fmt: skip
def test_where_clauses_are_kept_as_they_are(text):
    assert SQL.parse(text) == SQL.parse(text.encode()) == SQLExpression(text)
    assert SQL.dump(SQLExpression(text)) == str(SQLExpression(text)) == text


@pytest.mark.parametrize(
    ("raw", "says"),
    [("NAME = 'x", "closed quotes"), ("NAME = 'O'Brien'", "closed quotes"),
     ('"NAME = 1', "closed quotes"), ("  ", "white space"), (1, "expected an SQL"),
     ("x" * 16_385, "at most 16384"), ({"sql": "1=1"}, "expected an SQL")],
    ids=str,
)  # fmt: skip
def test_what_is_no_expression_is_refused(raw, says):
    with pytest.raises(InvalidValue, match=says):
        SQL.parse(raw)


def test_commas_are_part_of_an_expression():
    assert data_type("GPMultiValue:GPSQLExpression").parse("a IN (1, 2)") == [
        SQLExpression("a IN (1, 2)")
    ]


@pytest.mark.protocol("6 GPStringHidden is raw text")
@pytest.mark.parametrize(
    ("raw", "text"), [("a b ", "a b "), (b"x", "x"), ("{}", "{}"), (5, "5")]
)
def test_hidden_texts_are_taken_as_they_are(raw, text):
    assert HIDDEN.parse(raw) == HiddenText(text)


@pytest.mark.protocol("6 GPStringHidden is never shown")
def test_a_hidden_text_does_not_show_itself():
    value = HiddenText("open sesame")
    assert "sesame" not in f"{value} {value!r} {[value]}"
    for raw in (["open sesame"], {"open": "sesame"}, "open sesame\0"):
        with pytest.raises(InvalidValue) as refusal:
            HIDDEN.parse(raw)
        assert "sesame" not in str(refusal.value)
    with pytest.raises(InvalidValue) as refusal:
        data_type("GPMultiValue:GPStringHidden").parse('["open sesame\\u0000"]')
    assert "sesame" not in str(refusal.value)


@pytest.mark.protocol("6 GPStringHidden has no default")
@pytest.mark.parametrize("members", [{"default": "x"}, {"example": "x"}], ids=str)
@pytest.mark.parametrize("name", ["GPStringHidden", "GPMultiValue:GPStringHidden"])
def test_a_hidden_text_has_neither_default_nor_example(name, members):
    with pytest.raises(InvalidValue, match="no default and no example"):
        check_parameter(Parameter("A", data_type(name), **members))
