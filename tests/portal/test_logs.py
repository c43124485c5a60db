"""Logs: one line a record, the request and the job in it, and no secret."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from datetime import UTC, datetime
from io import StringIO

import pytest
from django.conf import settings

from jobs import trace
from jobs.models import Job
from portal.logs import JsonFormatter, ShortRefusals, TextFormatter, without_secrets
from portal.tokens import issue
from tests.server import ROOT

TOKENS = f"/{settings.CONTEXT}/tokens/generateToken"


@pytest.fixture(params=[TextFormatter, JsonFormatter])
def written(request):
    """What the portal writes to its log in either format."""
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(request.param())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream.getvalue
    root.removeHandler(handler)
    root.setLevel(level)


def lines(text: str) -> list[dict[str, str]]:
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("GET /a?token=abc.DEF-1&f=json", "GET /a?token=(hidden)&f=json"),
        ("GET /a?f=json&serviceToken=abc", "GET /a?f=json&serviceToken=(hidden)"),
        ("username=me&password=a%26b%3Dc", "username=me&password=(hidden)"),
        ('{"password": "a, \\"b\\" c", "x": 1}', '{"password": (hidden), "x": 1}'),
        ("{'token': 'a b', 'x': 1}", "{'token': (hidden), 'x': 1}"),
        ("url%3Ftoken%3Dabc next", "url%3Ftoken%3D(hidden) next"),
        ("Authorization: Bearer abc.def", "Authorization: (hidden)"),
        ("sent Bearer abc.def==", "sent Bearer (hidden)"),
        ("postgres://me:s3cret@host/db", "postgres://(hidden)@host/db"),
        ("redis://:s3cret@host:6379/0", "redis://(hidden)@host:6379/0"),
        ("tokens of 3 people", "tokens of 3 people"),
        ("http://host:8000/path@x", "http://host:8000/path@x"),
    ],
)
def test_values_of_secrets_are_masked(text, shown):
    assert without_secrets(text) == shown


def test_no_secret_of_a_request_is_in_the_logs(client, owner, published, written):
    published("toys.RaiseError", "Toys/Broken")
    run = f"/{settings.CONTEXT}/rest/services/Toys/Broken/GPServer/RaiseError/execute"
    wrong, (right, _) = "s3cret-value", issue(owner, 5)
    login = {"username": "owner", "password": wrong, "f": "json"}
    client.post(TOKENS, login)
    client.post(TOKENS, login, content_type="application/json")
    client.get(TOKENS, login)
    client.post(f"/admin/login/?token={wrong}", login)
    for token in (wrong, right):
        client.get(run, {"token": token, "f": "json"})
        client.post(run, {"token": token, "f": "json"})
        client.post(run, {"f": "json"}, headers={"Authorization": f"Bearer {token}"})
        client.post(run, {"f": "json"}, headers={"Cookie": f"agstoken={token}"})
        client.get(f"/nowhere?token={token}")
    assert "Not Found" in written()
    assert written().count("request failed") == 4
    assert wrong not in written()
    assert right not in written()


def test_no_secret_is_in_the_traceback_of_an_error(written):
    try:
        raise ValueError("GET https://host/layer?token=s3cret-value failed")
    except ValueError:
        logging.getLogger("anything").exception("it failed: password=s3cret-value")
    assert "ValueError: GET https://host/layer" in written()
    assert "s3cret-value" not in written()


def test_a_text_that_is_not_unicode_stops_no_log():
    record = logging.makeLogRecord({"msg": "a \ud800", "name": "a.b"})
    entry = json.loads(JsonFormatter().format(record).encode())
    assert entry["message"] == "a \\ud800"


@pytest.mark.parametrize("written", [JsonFormatter], indirect=True)
def test_a_record_is_one_line_of_json(written):
    before = datetime.now(UTC)
    logging.getLogger("a.b").warning("two\nlines and %s", "more")
    [entry] = lines(written())
    assert entry["message"] == "two\nlines and more"
    assert (entry["level"], entry["logger"]) == ("WARNING", "a.b")
    assert abs(datetime.fromisoformat(entry["time"]) - before).total_seconds() < 60


def test_a_record_of_a_request_and_a_job_names_both(written):
    with trace.of_job("j12", "r-34"):
        logging.getLogger("a").warning("a word")
    logging.getLogger("a").warning("another")
    first, second = written().splitlines()
    assert "j12" in first and "r-34" in first  # noqa: PT018
    assert "j12" not in second


@pytest.mark.parametrize("written", [JsonFormatter], indirect=True)
def test_the_records_of_a_job_name_the_request_that_submitted_it(
    rest, published, written
):
    published("toys.Sleep", sync=False)
    rest.client.defaults["HTTP_X_REQUEST_ID"] = "from-the-proxy-7"
    rest.run_job("/Toys/Service/GPServer/Sleep", Seconds=0)
    entries = [one for one in lines(written()) if one["logger"].startswith("jobs")]
    assert [one["message"] for one in entries] == [
        "submitted for Toys/Service",
        "attempt 1 of Toys/Service begins",
        "succeeded",
    ]
    assert {one["request_id"] for one in entries} == {"from-the-proxy-7"}
    assert {one["job_id"] for one in entries} == {Job.objects.get().pk}


@pytest.mark.parametrize("written", [JsonFormatter], indirect=True)
def test_a_failed_run_says_so_with_the_reason(rest, published, written):
    published("toys.Fail", sync=False)
    rest.run_job("/Toys/Service/GPServer/Fail")
    assert lines(written())[-1]["message"] == "failed: no feature has an area above 0"


@pytest.mark.parametrize("chosen", ["json", "text"])
def test_the_setting_chooses_the_format(chosen, tmp_path):
    code = "import django, logging; django.setup(); logging.getLogger('x').error('hi')"
    variables = {"CAIRN_LOG_FORMAT": chosen, "CAIRN_DATA_DIR": str(tmp_path),
                 "DJANGO_SETTINGS_MODULE": "portal.settings"}  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=os.environ | variables,
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stderr.endswith(" ERROR x: hi\n") == (chosen == "text")
    assert len(lines(done.stderr)) == (chosen == "json")


def test_a_format_that_is_none_is_named(settings):
    from portal.checks import settings_are_usable

    settings.LOG_FORMAT = "xml"
    [problem] = settings_are_usable(None)
    assert "CAIRN_LOG_FORMAT is 'xml'" in problem.msg


@pytest.mark.parametrize(
    ("logger", "lines"), [("django.security.DisallowedHost", 1), ("portal.errors", 4)]
)
def test_a_refused_request_is_one_line_and_a_bug_is_all_of_them(logger, lines):
    """Whoever may send a request could else write a page of the log with each."""
    try:
        raise ValueError("of a stranger")
    except ValueError as exc:
        told = (ValueError, exc, exc.__traceback__)
    record = logging.LogRecord(logger, logging.ERROR, "", 0, "refused", (), told)
    assert ShortRefusals().filter(record)
    assert len(TextFormatter().format(record).splitlines()) >= lines
    assert (record.exc_info is None) == (lines == 1)
