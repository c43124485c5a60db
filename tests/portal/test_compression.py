"""What is compressed for clients that accept it, and what never is."""

from __future__ import annotations

import gzip
import json

import pytest
from django.conf import settings

ECHO = "/Toys/Service/GPServer/Echo"
GZIP = {"Accept-Encoding": "br;q=1.0, gzip, deflate"}


def _points(count: int) -> str:
    shapes = [{"geometry": {"x": i % 180, "y": 1.5}} for i in range(count)]
    return json.dumps({"features": shapes, "spatialReference": {"wkid": 4326}})


def _run(rest, count: int, headers: dict[str, str] = GZIP, **fields: str):
    form = {"f": "json", "In_Features": _points(count)} | fields
    path = f"/{settings.CONTEXT}/rest/services{ECHO}/execute"
    return rest.client.post(path, form, headers=headers)


def _body(response) -> bytes:
    if not response.streaming:
        return response.content
    body = b"".join(response.streaming_content)
    response.close()
    return body


@pytest.mark.parametrize("count", [300, 30_000], ids=["in memory", "streamed"])
@pytest.mark.parametrize("asked", ["json", "pjson", "geojson", "pbf"])
def test_a_document_comes_packed_and_is_the_same(rest, published, count, asked):
    published("samples.Echo", maximum_records=100_000)
    packed = _run(rest, count, f=asked)
    plain = _run(rest, count, {}, f=asked)
    assert packed["Content-Encoding"] == "gzip"
    assert not plain.has_header("Content-Encoding")
    assert "Accept-Encoding" in plain["Vary"]
    raw, whole = _body(packed), _body(plain)
    assert len(raw) < len(whole) / 2
    found = gzip.decompress(raw)
    if asked in ("json", "pjson"):  # the elapsed time differs
        assert json.loads(found)["results"] == json.loads(whole)["results"]
    else:
        assert found == whole


def test_a_packed_document_hides_its_length(rest, published):
    published("samples.Echo")
    path = f"/{settings.CONTEXT}/rest/services{ECHO}"
    answers = [rest.client.get(path, {"f": "json"}, headers=GZIP) for _ in range(20)]
    assert len({len(one.content) for one in answers}) > 3
    assert len({gzip.decompress(one.content) for one in answers}) == 1


@pytest.mark.parametrize(
    "headers", [{}, {"Accept-Encoding": "br"}, {"Accept-Encoding": "gzip;q=0, br"}]
)
def test_nothing_is_packed_for_who_does_not_accept_it(rest, published, headers):
    published("samples.Echo")
    assert not _run(rest, 30, headers).has_header("Content-Encoding")


def test_a_small_document_stays_as_it_is(client, db):
    response = client.get(
        f"/{settings.CONTEXT}/rest/info/healthCheck", {"f": "json"}, headers=GZIP
    )
    assert not response.has_header("Content-Encoding")


def test_pages_tokens_refusals_and_files_stay_as_they_are(rest, published, owner):
    published("samples.Echo")
    published("toys.WriteFile", "Toys/Write", sync=False)
    done = rest.run_job("/Toys/Write/GPServer/WriteFile", Text='{"a": 1}' * 1000)
    root = f"/{settings.CONTEXT}"
    answers = [
        rest.client.get(f"{root}/rest/services{ECHO}", headers=GZIP),
        rest.client.post(
            f"{root}/tokens/generateToken",
            {"username": "owner", "password": "owner-pass-1", "f": "json"},
            headers=GZIP,
        ),
        _run(rest, 1, In_Choice="x" * 5000),
        _run(rest, 30, f="kmz"),
        rest.client.get(
            f"{root}/rest/directories/arcgisjobs/toys/write_gpserver/"
            f"{done.rpartition('/')[2]}/scratch/written.txt",
            headers=GZIP,
        ),
    ]
    for response in answers:
        assert response.status_code == 200
        assert not response.has_header("Content-Encoding")
        response.close()
