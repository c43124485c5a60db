"""Queries of a layer that are SQL, Python, or too much: refused by name, in time."""

from __future__ import annotations

import json

import pytest

from tests.bad_input_gen import build, feature_set, point
from tests.conftest import ROOT
from tests.corpus import cases
from tests.hostile.expected import assert_said
from tests.hostile.site import LATER, Answer, Site

QUERIES = cases("query")
_FEATURES = feature_set([point(x, 50) for x in range(5)])


def layer_of(site: Site) -> str:
    """Return the layer of a job that has kept five points."""
    if "layer" not in site.known:
        given = {"In_Features": json.dumps(_FEATURES)}
        job = site.submit(f"{LATER}/Keep", given)
        assert site.ended(job)["jobStatus"] == "esriJobSucceeded"
        name = job.rpartition("/")[2]
        site.known["layer"] = f"{ROOT}/Later/MapServer/jobs/{name}/0"
    return site.known["layer"]


def query(site: Site, **fields: str) -> Answer:
    asked = {"where": "1=1", "outFields": "*"} | fields
    return site.post(f"{layer_of(site)}/query", asked)


def test_the_layer_answers_what_is_good(site):
    answer = query(site, where="OBJECTID > 2")
    assert len(answer.document["features"]) == 3


@pytest.mark.parametrize("case", QUERIES, ids=[one["id"] for one in QUERIES])
def test_a_bad_query_is_answered_as_expected(site, case):
    value = str(build(case))
    answer = query(site, **{case["param"]: value})
    assert_said(case, answer.error)
    if answer.error:
        assert f"Parameter '{case['param']}'" in answer.error
    else:
        assert len(answer.document["features"]) <= 5
    assert not query(site).error
