"""URLs that lead inside, nowhere, round and round, or to what is no layer."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

import pytest

from tests.bad_input_gen import build, feature_set, point
from tests.conftest import ROOT
from tests.corpus import cases
from tests.hostile.expected import assert_said
from tests.hostile.site import LATER, SECURED, Site, in_time

URLS = cases("ssrf-url")
SECRET = "SECRET-TOKEN-123456"
_OF_BOB = feature_set([point(7.125, 50)])


def own_layer(site: Site) -> str:
    """Return the URL of a layer of this portal that only bob may see."""
    if "bob's layer" not in site.known:
        token = site.tokens["bob"]
        job = site.submit(
            f"{SECURED}/Keep", {"In_Features": json.dumps(_OF_BOB)}, token
        )
        site.ended(job, token)
        name = job.rpartition("/")[2]
        site.known["bob's layer"] = f"{ROOT}/Secured/MapServer/jobs/{name}/0"
    return site.address + site.known["bob's layer"]


def value_of(site: Site, other, case) -> str:
    value = other.placed(str(build(case)))
    here = urlsplit(site.address).netloc
    if "/secret/FeatureServer" in value:
        return json.dumps({"url": f"{own_layer(site)}/query?where=1%3D1&f=json"})
    return value.replace("<self>/rest/services/x/GPServer/t", f"{here}{LATER}/Keep")


def outcome(site: Site, value: str) -> tuple[str, str]:
    """Return what is said of a URL, and the job that failed for it, if one ran."""
    answer = site.post(f"{LATER}/Keep/submitJob", {"In_Features": value})
    if answer.error:
        return answer.error, ""
    path = f"{LATER}/Keep/jobs/{answer.document['jobId']}"
    document = site.ended(path)
    assert document["jobStatus"] == "esriJobFailed"
    return " ".join(one["description"] for one in document["messages"]), path


@pytest.mark.parametrize("case", URLS, ids=[one["id"] for one in URLS])
def test_a_bad_url_is_answered_as_expected(site, other, case):
    value = value_of(site, other, case)
    said, path = in_time(lambda: outcome(site, value))
    if path:
        told = said + site.get(f"{path}/inputs").text + site.get(path, f="html").text
        assert SECRET not in told
    assert_said(case, said)
    assert SECRET not in said + site.log.read_text("utf-8", "replace")
    assert "7.125" not in said
    assert other.trespassed == []


def test_open_and_closed_ports_are_refused_alike(site, other):
    """A portal that tells them apart maps the network behind it."""
    said = []
    for port in (other.forbidden, 1):
        value = json.dumps({"url": f"http://127.0.0.1:{port}/a"})
        text = site.refusal(f"{LATER}/Keep", {"In_Features": value})
        said.append(text.replace(f":{port};", ":PORT;"))
    assert said[0] == said[1] != ""
    assert other.trespassed == []
