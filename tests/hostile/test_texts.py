"""Texts that are code somewhere: kept as they are, and shown as text everywhere."""

from __future__ import annotations

import html
import json

import pytest

from tests.bad_input_gen import build
from tests.corpus import cases
from tests.hostile.expected import assert_said
from tests.hostile.site import LATER, NOW, Site

TEXTS = cases("stored-xss")


def assert_shown(site: Site, path: str, text: str) -> None:
    """A page holds the text, escaped."""
    answer = site.get(path, f="html")
    assert answer.status == 200
    if "<" in text or "'" in text:
        assert text not in answer.text
    assert html.escape(text) in answer.text or not text.isprintable()
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("case", TEXTS, ids=[one["id"] for one in TEXTS])
def test_a_text_comes_back_as_it_went(site, case):
    text = build(case)
    answer = site.post(f"{NOW}/Tell/execute", {"In_Text": text})
    assert_said(case, answer.error)
    assert answer.document["results"][0]["value"].strip() == text.strip()
    job = site.submit(f"{LATER}/Tell", {"In_Text": text})
    said = site.ended(job)["messages"]
    assert text.strip() in [one["description"].strip() for one in said]
    for page in ("", "/results/Out_Text", "/inputs/In_Text", "/inputs"):
        assert_shown(site, job + page, text.strip())
    json.loads(site.get(f"{job}/results/Out_Text").text)
