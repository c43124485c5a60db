"""JSON text to values and back: bounded, and refused in words a person can use."""

from __future__ import annotations

import gc
import json
import math

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.errors import InvalidValue
from services.wire import (
    PIECE,
    Lazy,
    collector_paused,
    decode,
    decode_tolerant,
    encode,
    encode_pieces,
)

TEXT = st.text().filter(lambda text: "\0" not in text)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=20,
)


@settings(deadline=None)
@given(JSON)
def test_every_json_value_survives_its_text(value):
    assert decode(encode(value)) == value
    assert decode(json.dumps(value)) == value


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "not an empty text"),
        (" \n ", "not an empty text"),
        ('{"a": 1,}', "line 1, column 8"),
        ("[1,\n2,\nx]", "line 3, column 1"),
        ("{'a': 1}", "line 1, column 2"),
        ('{"a": NaN}', "finite"),
        ("[-Infinity]", "finite"),
        ("1e999", "finite"),
        ("9" * 5000, "too many digits"),
        ('{"a": 1, "a": 2}', "duplicate key 'a'"),
        ('{"a": {"b": 1, "b": 1}}', "duplicate key 'b'"),
        ('"a\\u0000b"', "NUL"),
        ("\0", "NUL"),
        ("[" * 33 + "]" * 33, "nested too deep"),
        ('{"a":' * 33 + "1" + "}" * 33, "nested too deep"),
        ("[" * 100_000, "nested too deep"),
        ("\ud800", "lone surrogate"),
        (b"\xff", "not valid JSON"),
    ],
    ids=range(18),
)
def test_refusal_says_what_is_wrong(text, says):
    with pytest.raises(InvalidValue, match=says):
        decode(text)


def test_thirty_two_levels_are_accepted():
    assert decode("[" * 32 + "]" * 32) == json.loads("[" * 32 + "]" * 32)


@pytest.mark.parametrize(
    "text", ['["\\\\u0000"]', '"C:\\\\u0000"', '["[[[", "\\"[[["]']
)
def test_texts_about_escapes_and_brackets_are_only_texts(text):
    assert decode(text) == json.loads(text)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(list('[]{}"\\a, :1')), max_size=60).map("".join))
def test_depth_is_judged_as_a_json_reader_does(text):
    deep = "[" * 33 + text
    try:
        decode(f"{deep}")
    except InvalidValue as refusal:
        said = str(refusal)
    else:
        said = "accepted"
    assert "nested too deep" in said or "NUL" in said


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text('[]{}"\\ab')))
def test_no_text_inside_a_list_makes_it_deep(texts):
    assert decode(json.dumps(texts * 50)) == texts * 50


def test_feature_sets_may_not_hide_features_behind_a_second_key():
    text = '{"features": [], "x": "' + "y" * 20_000 + '", "features": [1]}'
    with pytest.raises(InvalidValue, match="duplicate key 'features'"):
        decode(text)


def test_arrays_are_written_as_lists_and_nan_as_null():
    assert encode({"a": np.array([[1.5, math.nan]])}) == b'{"a":[[1.5,null]]}'
    assert encode(np.arange(3)) == b"[0,1,2]"


def _long(length: int) -> Lazy:
    return Lazy(length, lambda start, stop: [{"n": n} for n in range(start, stop)])


LENGTHS = st.sampled_from([0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 2 * PIECE + 7])


@settings(deadline=None)
@given(JSON, LENGTHS, LENGTHS)
def test_pieces_are_together_the_text_of_the_standard_library(value, some, more):
    document = {
        "first": [value, {"features": _long(some)}, list(range(more))],
        "last": value,
        "": {"é": [[_long(more)]]},
    }
    plain = {
        "first": [
            value,
            {"features": [{"n": n} for n in range(some)]},
            list(range(more)),
        ],
        "last": value,
        "": {"é": [[[{"n": n} for n in range(more)]]]},
    }
    text = b"".join(encode_pieces(document))
    assert text == encode(document)
    assert json.loads(text) == plain


def test_a_long_list_is_made_piece_by_piece():
    asked = []

    def make(start, stop):
        asked.append((start, stop))
        return list(range(start, stop))

    pieces = encode_pieces({"features": Lazy(2 * PIECE + 1, make)})
    assert not asked
    assert json.loads(b"".join(pieces)) == {"features": list(range(2 * PIECE + 1))}
    assert [stop - start for start, stop in asked] == [PIECE, PIECE, 1]


def test_a_lazy_list_is_read_like_a_list():
    lazy, plain = _long(1203), [{"n": n} for n in range(1203)]
    assert list(lazy) == plain
    assert (lazy[0], lazy[-1], lazy[7:9]) == (plain[0], plain[-1], plain[7:9])
    assert lazy[::-100] == plain[::-100]
    with pytest.raises(IndexError):
        lazy[1203]


def test_collector_sleeps_only_while_a_tree_is_built():
    with collector_paused():
        assert not gc.isenabled()
        with collector_paused():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_collector_wakes_after_an_error():
    with pytest.raises(InvalidValue):
        decode("x")
    assert gc.isenabled()


def test_large_texts_are_read_as_orjson_reads_them():
    text = encode({"values": list(range(100_000)), "texts": ['a\\b"[{'] * 1000})
    assert decode(text) == orjson.loads(text)


@pytest.mark.protocol("4 context with names without quotes")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"outSR": 4326}', {"outSR": 4326}),
        ("{outSR:4326}", {"outSR": 4326}),
        (b"{extent:{xmin:-1.5,ymax:2}}", {"extent": {"xmin": -1.5, "ymax": 2}}),
        ("{'outSR': {'wkt': 'a \"b\"'},}", {"outSR": {"wkt": 'a "b"'}}),
        ("{outSR: null} // nothing", {"outSR": None}),
    ],
    ids=repr,
)
def test_what_people_type_for_json_is_read(text, expected):
    assert decode_tolerant(text) == expected


@pytest.mark.parametrize(
    "text",
    ["{outSR:NaN}", "{outSR:-Infinity}", "{a:1,a:2}", "{a:1", "a", "{a:'\\u0000'}",
     "{a:'\\ud800'}", "{a:\ud800}", "[" * 40 + "]" * 40, "{a:" * 5000, "{a:1}" + " " * 16_384,
     b"{a:'\xff'}"],
    ids=lambda text: repr(text[:12]),
)  # fmt: skip
def test_what_is_neither_stays_refused(text):
    with pytest.raises(InvalidValue):
        decode_tolerant(text)
