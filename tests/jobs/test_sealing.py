"""Secrets of inputs at rest: encrypted while a job needs them, gone when it ends."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.utils import timezone

from jobs.child.call import Call, RawValue
from jobs.files.spool import spooled
from jobs.models import Job
from jobs.runs import execution
from jobs.runs.ends import put_back
from jobs.runs.sealing import seal, unseal
from jobs.workers import sweeper
from services.errors import SecretsLost
from tests.jobs.claims import claim
from tests.jobs.remote import Remote, remote

ECHO = "/Toys/Service/GPServer/Echo"
LAYER = "/arcgis/rest/services/Places/FeatureServer/0"
TOKEN = "geheim-1234.x"


@pytest.fixture
def site(settings: Any) -> Iterator[Remote]:
    """A feature service that answers only who shows the token."""
    with remote() as found:
        settings.FETCH_HOSTS = [f"127.0.0.1:{found.port}"]
        settings.FETCH_NETWORKS = ["127.0.0.0/8"]
        found.answers = {
            LAYER: {"geometryType": "esriGeometryPoint"},
            f"{LAYER}/query": {"features": [{"attributes": {"ID": 7}}]},
            "/words.txt": b"words",
        }
        yield found


@pytest.fixture
def echo(published: Any) -> None:
    published("samples.Echo", sync=False)


def in_database() -> str:
    """Return all that any table holds, as text."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            found += map(repr, cursor.fetchall())
    return "\n".join(found)


def in_files() -> bytes:
    folders = (django_settings.JOBS_DIR, django_settings.SPOOL_DIR)
    files = (path for folder in folders for path in Path(folder).rglob("*"))
    return b"".join(path.read_bytes() for path in files if path.is_file())


def require_no(secret: str) -> None:
    assert secret not in in_database()
    assert secret.encode() not in in_files()


def values(url: str) -> list[dict[str, str]]:
    """Return fields of submitJob, each with the token somewhere else."""
    layer = url + LAYER
    return [
        {"In_Features": json.dumps({"url": layer, "token": TOKEN})},
        {"In_Features": json.dumps({"url": layer, "serviceToken": TOKEN})},
        {"In_Features": json.dumps({"url": f"{layer}?token={TOKEN}"})},
        {"In_File": json.dumps({"url": f"{url}/words.txt?token={TOKEN}"})},
        {"In_File": f"{url}/words.txt?token={TOKEN}"},
        {"In_Features": json.dumps({"url": f"{layer}/query?token={TOKEN}&f=json"})},
        {"context": json.dumps({"outSR": 4326, "token": TOKEN})},
        {"context": f"{{outSR: 4326, token: '{TOKEN}'}}"},
        {"In_String": f"{layer}?token={TOKEN}"},
        {"In_String": f"{layer}?token={TOKEN}" + "." * 40_000},
    ]


@pytest.mark.parametrize("number", range(10))
def test_a_waiting_job_holds_its_token_encrypted_and_runs_with_it(
    rest, echo, site, number
):
    fields = values(site.url)[number]
    job_id = rest.post(f"{ECHO}/submitJob", **fields)["jobId"]
    assert Job.objects.get().sealed
    require_no(TOKEN)
    execution.run(job_id)
    job = Job.objects.get()
    assert (job.status, job.error) == ("esriJobSucceeded", "")
    assert job.sealed == ""
    if any(name in fields for name in ("In_Features", "In_File")):
        assert TOKEN in repr(site.seen)


@pytest.mark.parametrize("length", [10, 40_000])
def test_a_hidden_text_is_encrypted_whatever_its_length(rest, published, length):
    published("typed.Blab", sync=False)
    task, secret = "/Toys/Service/GPServer/Blab", "passwort-" + "x" * length
    job_id = rest.post(f"{task}/submitJob", Password=secret)["jobId"]
    require_no(secret)
    execution.run(job_id)
    assert Job.objects.get().status == "esriJobSucceeded"
    texts = [
        row["description"] for row in rest.get(f"{task}/jobs/{job_id}")["messages"]
    ]
    assert "(hidden) is (hidden)" in texts
    require_no(secret)


def test_tokens_in_lists_rows_and_composites_are_encrypted(rest, published, site):
    published("typed.ReadAll", sync=False)
    task, file = "/Toys/Service/GPServer/ReadAll", {"url": f"{site.url}/words.txt"}
    secrets = [f"{TOKEN}-{number}" for number in range(4)]
    fields = {
        "Rows": json.dumps([[1, file | {"token": secrets[0]}]]),
        "Files": json.dumps([
            file | {"serviceToken": secrets[1]},
            json.dumps({"url": f"{file['url']}?token={secrets[2]}"}),
        ]),
        "Mixed": json.dumps({"dataType": "GPDataFile",
                             "value": file | {"token": secrets[3]}}),
    }  # fmt: skip
    job_id = rest.post(f"{task}/submitJob", **fields)["jobId"]
    require_no(TOKEN)
    execution.run(job_id)
    found = rest.get(f"{task}/jobs/{job_id}/results/Texts")
    assert found["value"] == ["words"] * 4
    assert all(secret in repr(site.seen) for secret in secrets)
    require_no(TOKEN)


def test_a_job_without_secrets_is_not_encrypted(rest, echo):
    rest.post(f"{ECHO}/submitJob", In_String="a token of thanks", In_Long="5")
    job = Job.objects.get()
    assert job.sealed == ""
    assert job.inputs == {"In_String": "a token of thanks", "In_Long": "5"}


def submitted(rest: Any, site: Remote) -> Job:
    value = json.dumps({"url": site.url + LAYER, "token": TOKEN})
    rest.post(f"{ECHO}/submitJob", In_Features=value)
    return Job.objects.get()


def failed(job: Job) -> None:
    execution.run(job.pk)


def cancelled_while_waiting(job: Job) -> None:
    execution.cancel(job)


def cancelled_while_running(job: Job) -> None:
    claimed = claim(job.pk, "w", "h")
    assert claimed is not None
    execution.cancel(claimed)
    Job.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    sweeper.take_back_lapsed()


def waited_too_long(job: Job) -> None:
    Job.objects.update(wait_until=timezone.now() - timedelta(seconds=1))
    sweeper.end_waiting()


def lost_twice(job: Job) -> None:
    for _ in range(2):
        assert claim(job.pk, "w", "h") is not None
        Job.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        sweeper.take_back_lapsed()


ENDS = {
    failed: "esriJobFailed",
    cancelled_while_waiting: "esriJobCancelled",
    cancelled_while_running: "esriJobCancelled",
    waited_too_long: "esriJobTimedOut",
    lost_twice: "esriJobFailed",
}


@pytest.mark.parametrize("end", ENDS, ids=lambda end: end.__name__)
def test_however_a_job_ends_its_secrets_go(rest, echo, site, end):
    site.answers = {}  # so that a run fails
    job = submitted(rest, site)
    assert unseal(job.sealed)
    end(job)
    job.refresh_from_db()
    assert job.status == ENDS[end]
    assert job.sealed == ""
    require_no(TOKEN)


def test_a_run_that_is_too_slow_ends_without_its_secrets(rest, published, site):
    published("toys.Dawdle", sync=False, max_run_seconds=1)
    value = json.dumps({"url": site.url + LAYER, "token": TOKEN})
    task = "/Toys/Service/GPServer/Dawdle"
    rest.run_job(task, Features=value, Seconds="30")
    job = Job.objects.get()
    assert (job.status, job.sealed) == ("esriJobTimedOut", "")


@pytest.mark.parametrize("counted", [True, False])
def test_a_job_that_is_put_back_still_has_its_secrets(rest, echo, site, counted):
    job = submitted(rest, site)
    claimed = claim(job.pk, "w", "h")
    assert claimed is not None
    assert put_back(claimed, "once more", count=counted)
    execution.run(job.pk)
    job.refresh_from_db()
    assert (job.status, job.sealed) == ("esriJobSucceeded", "")
    assert {seen[2].get("X-Esri-Authorization") for seen in site.seen} == {
        f"Bearer {TOKEN}"
    }


def test_a_new_key_is_introduced_while_jobs_wait(rest, echo, site, settings):
    job = submitted(rest, site)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key"
    execution.run(job.pk)
    job.refresh_from_db()
    assert job.status == "esriJobSucceeded"


def test_with_a_lost_key_a_job_fails_and_says_why(rest, echo, site, settings):
    job = submitted(rest, site)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another key", []
    execution.run(job.pk)
    found = rest.get(f"{ECHO}/jobs/{job.pk}")
    assert found["jobStatus"] == "esriJobFailed"
    (told,) = [m["description"] for m in found["messages"] if "key" in m["description"]]
    assert "the secret key of this portal has changed" in told
    assert site.seen == []
    job.refresh_from_db()
    assert job.sealed == ""


@pytest.mark.parametrize("broken", ["x", "gAAAAA", "\N{GREEK SMALL LETTER ALPHA}"])
def test_what_is_no_sealed_text_is_refused(broken):
    with pytest.raises(SecretsLost):
        unseal(broken)


def test_a_sealed_text_tells_nothing_and_comes_back():
    texts = {"In_File": 'a "b" \N{GREEK SMALL LETTER ALPHA}', "context": "{}"}
    sealed = seal(texts)
    assert "In_File" not in sealed
    assert unseal(sealed) == texts
    assert seal(texts) != sealed  # each time anew
    assert seal({}) == ""


def test_a_large_secret_is_not_spooled_on_its_way_to_the_child():
    secret, plain = (RawValue(letter * 2_000_000) for letter in (b"s", b"p"))
    call = Call("execute", large={"S": secret, "P": plain}, sealed=("S",))
    with spooled(call) as sent:
        assert (sent.large["S"], sent.large["P"].data) == (secret, b"")
        assert b"ssss" not in in_files()


def test_a_large_text_that_names_a_source_is_refused_before_it_is_stored(
    rest, echo, site
):
    value = {"url": site.url + LAYER, "token": TOKEN, "pad": "x" * 40_000}
    answer = rest.post(f"{ECHO}/submitJob", In_Features=json.dumps(value))
    assert "too large a text to name a url" in answer["error"]["details"][0]
    assert not Job.objects.exists()
    require_no(TOKEN)


@pytest.mark.parametrize("sync", [True, False])
def test_a_service_that_repeats_the_token_is_not_repeated(rest, published, site, sync):
    published("samples.Echo", sync=sync)
    site.answers = {LAYER: {"error": {"code": 498, "message": f"Bad token {TOKEN}"}}}
    value = json.dumps({"url": site.url + LAYER, "token": TOKEN})
    if sync:
        told = json.dumps(rest.post(f"{ECHO}/execute", In_Features=value))
    else:
        told = json.dumps(rest.get(rest.run_job(ECHO, In_Features=value)))
    assert "498 Bad token (hidden)" in told
    require_no(TOKEN)


def test_a_token_where_none_belongs_is_not_repeated(rest, published):
    published("samples.Echo")
    answer = rest.post(f"{ECHO}/execute", In_Long=json.dumps({"token": TOKEN}))
    assert "In_Long" in answer["error"]["details"][0]
    assert TOKEN not in json.dumps(answer)


def test_validate_says_what_it_was_given_without_tokens(rest, echo, site, published):
    value = json.dumps({"url": site.url + LAYER, "token": TOKEN})
    answer = rest.post(f"{ECHO}/validate", In_Features=value)
    (found,) = [p for p in answer["parameters"] if p["name"] == "In_Features"]
    assert json.loads(found["value"]) == {"url": site.url + LAYER}
    published("typed.Blab", "Toys/Other")
    answer = rest.post("/Toys/Other/GPServer/Blab/validate", Password=TOKEN)
    assert TOKEN not in json.dumps(answer)


def test_jobs_of_before_give_up_the_tokens_that_their_rows_hold(rest, echo, site):
    from importlib import import_module

    from django.apps import apps

    value = json.dumps({"url": site.url + LAYER, "token": TOKEN})
    waiting = submitted(rest, site)
    Job.objects.update(inputs={"In_Features": value}, sealed="")
    done = Job.objects.get()
    done.pk, done.status, done.ended_at = "jdone", "esriJobSucceeded", timezone.now()
    done.save(force_insert=True)
    migration = import_module("jobs.migrations.0007_sealed_inputs")
    migration.take_out_tokens(apps, None)
    require_no(TOKEN)
    done.refresh_from_db()
    assert json.loads(done.inputs["In_Features"]) == {"url": site.url + LAYER}
    assert done.sealed == ""
    execution.run(waiting.pk)
    waiting.refresh_from_db()
    assert waiting.status == "esriJobSucceeded"
