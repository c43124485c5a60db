"""The checker of tables finds what is not as they say, and nothing else."""

from __future__ import annotations

import pytest

from tests.golden.checker import (
    ANY,
    BOOLEAN,
    INTEGER,
    NULL,
    NUMBER,
    TEXT,
    Named,
    found,
)  # fmt: skip


@pytest.mark.parametrize(
    ("document", "shape", "said"),
    [
        ({}, {"a": TEXT}, "$: no a"),
        ({"a": "", "b": 1}, {"a": TEXT}, "$: b is unknown"),
        ({"a": True}, {"a": INTEGER}, "$.a: True is no int"),
        ({"a": "1"}, {"a": NUMBER}, "$.a: '1' is no float"),
        ([{}, 1], [{}], "$[1]: 1 is no object"),
        (None, (TEXT, BOOLEAN), "$: None is not a text like (?s).*"),
        ({"x": [None]}, Named([TEXT]), "$.x[0]: None is not a text like (?s).*"),
    ],
)
def test_what_is_not_in_a_table_is_found(document, shape, said):
    assert found(document, shape) == [said]


@pytest.mark.parametrize(
    ("document", "shape"),
    [({}, {"?a": TEXT}), (1, NUMBER), (None, (TEXT, NULL)), ({"a": [1]}, ANY)],
)
def test_what_is_in_a_table_is_not(document, shape):
    assert found(document, shape) == []
