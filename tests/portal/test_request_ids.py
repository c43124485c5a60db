"""Every answer has the id of its request."""

from __future__ import annotations

import pytest
from django.conf import settings

INFO = f"/{settings.CONTEXT}/rest/info?f=json"


def test_the_id_that_a_proxy_gives_comes_back(client, db):
    answer = client.get(INFO, headers={"X-Request-ID": "9f1c-4.b_A"})
    assert answer["X-Request-ID"] == "9f1c-4.b_A"


@pytest.mark.parametrize(
    "given", ["", "a b", "x" * 65, "a\nb: c", "<script>", "ü", "-a", 'a"b'], ids=repr
)
def test_what_is_no_id_gets_a_new_one(client, db, given):
    answers = [client.get(INFO, headers={"X-Request-ID": given}) for _ in range(2)]
    ids = {one["X-Request-ID"] for one in answers}
    assert len(ids) == 2
    assert all(len(one) == 16 and one.isalnum() for one in ids)


@pytest.mark.parametrize("path", ["/", "/nowhere", "/admin/", INFO])
def test_pages_refusals_and_documents_have_one(client, db, path):
    assert client.get(path)["X-Request-ID"]


def test_scripts_of_other_origins_may_read_it(client, db):
    answer = client.get(INFO, headers={"Origin": "https://app.example"})
    assert "x-request-id" in answer["Access-Control-Expose-Headers"]
