"""Files over HTTP, as RFC 9110 has them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import RequestFactory

from jobs.files.served import ServedFile, file_response
from services.errors import NotFound

pytestmark = pytest.mark.django_db  # Django closes connections after each answer
CONTENT = bytes(range(256)) * 1000


@pytest.fixture
def served(tmp_path):
    (tmp_path / "content").write_bytes(CONTENT)
    (tmp_path / "empty").write_bytes(b"")
    return ServedFile(
        tmp_path / "content",
        'Größe "1".csv',
        "text/csv",
        datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC),
    )


def ask(file, method="get", **headers):
    names = {f"HTTP_{name.upper()}": text for name, text in headers.items()}
    return file_response(getattr(RequestFactory(), method)("/", **names), file)


def body(response):
    return b"".join(response.streaming_content) if response.streaming else (
        response.content
    )  # fmt: skip


def test_a_file_comes_whole_with_all_that_clients_need(served):
    response = ask(served)
    assert (response.status_code, body(response)) == (200, CONTENT)
    assert response["Content-Length"] == "256000"
    assert response["Content-Type"] == "text/csv"
    assert response["Accept-Ranges"] == "bytes"
    assert response["Content-Disposition"].startswith("attachment; filename")
    assert response["Sunset"] == "Wed, 02 Jan 2030 03:04:05 GMT"
    response.close()


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=10-19", 10, 20),
        ("bytes=255999-", 255_999, 256_000),
        ("bytes=-5", 255_995, 256_000),
        ("bytes=-999999999", 0, 256_000),
        ("bytes=5-999999999", 5, 256_000),
        ("Bytes = 1 - 2", 1, 3),
    ],
)
def test_a_range_is_answered_alone(served, asked, start, stop):
    response = ask(served, range=asked)
    assert (response.status_code, body(response)) == (206, CONTENT[start:stop])
    assert response["Content-Range"] == f"bytes {start}-{stop - 1}/256000"
    assert response["Content-Length"] == str(stop - start)
    response.close()


@pytest.mark.parametrize("asked", ["bytes=256000-", "bytes=999999-1000000", "bytes=-0"])
def test_a_range_behind_the_end_is_refused_with_the_size(served, asked):
    response = ask(served, range=asked)
    assert response.status_code == 416
    assert response["Content-Range"] == "bytes */256000"
    assert b"256000 bytes" in response.content


def test_nothing_of_an_empty_file_is_in_range(served):
    empty = ServedFile(served.path.with_name("empty"), "empty")
    assert ask(empty, range="bytes=0-").status_code == 416
    response = ask(empty)
    assert (response.status_code, response["Content-Length"]) == (200, "0")
    response.close()


@pytest.mark.parametrize(
    "asked", ["bytes=0-1,3-4", "lines=1-2", "bytes=-", "bytes=9-3", "bytes=x-2", ""]
)
def test_what_is_no_single_range_gives_the_whole_file(served, asked):
    response = ask(served, range=asked)
    assert (response.status_code, body(response)) == (200, CONTENT)
    response.close()


def test_a_range_of_another_version_gives_the_whole_file(served):
    tag = ask(served, "head")["ETag"]
    for version, status in ((tag, 206), ('"other"', 200), ("W/" + tag, 200),
                            ("Wed, 02 Jan 2030 03:04:05 GMT", 200)):  # fmt: skip
        response = ask(served, range="bytes=0-1", if_range=version)
        assert response.status_code == status
        response.close()


def test_a_client_that_has_the_file_is_told_so(served):
    tag = ask(served, "head")["ETag"]
    response = ask(served, if_none_match=f'"else", {tag}', range="bytes=0-1")
    assert (response.status_code, response.content) == (304, b"")
    assert response["ETag"] == tag
    assert ask(served, if_match='"else"').status_code == 412


def test_a_head_has_the_headers_of_the_whole_file(served):
    response = ask(served, "head", range="bytes=0-9")
    assert (response.status_code, response.content) == (200, b"")
    assert response["Content-Length"] == "256000"


def test_another_content_has_another_tag(served, tmp_path):
    other = tmp_path / "other"
    other.write_bytes(CONTENT)
    first = ask(served, "head")["ETag"]
    assert first == ask(served, "head")["ETag"]
    assert first != ask(ServedFile(other, "other"), "head")["ETag"]


def test_a_file_that_is_gone_is_not_found(served):
    with pytest.raises(NotFound):
        ask(ServedFile(served.path.with_name("gone"), "gone"))
