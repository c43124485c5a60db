"""/metrics: what Prometheus reads, and who else may."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from jobs.models import Job
from jobs.workers.recent import MOST_SERVICES
from jobs.workers.vitals import beat
from tests.jobs.claims import claim

SLEEP = "/Toys/Service/GPServer/Sleep"
FAIL = "/Toys/Fail/GPServer/Fail"


def read(client, **headers) -> dict[tuple[str, frozenset], float]:
    """Scrape; return the values by name and labels, as Prometheus reads them."""
    answer = client.get("/metrics", headers=headers)
    assert answer.status_code == 200, answer.content
    assert answer["Content-Type"].startswith("text/plain")
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
    }


def value(found, name: str, **labels: str) -> float | None:
    return found.get((name, frozenset(labels.items())))


def test_jobs_that_wait_and_run_are_counted(rest, published, client):
    published("toys.Sleep", sync=False)
    for _ in range(3):
        last = rest.post(f"{SLEEP}/submitJob", Seconds=0)["jobId"]
    claim(last, "one", "host")
    Job.objects.update(submitted_at=timezone.now() - timedelta(seconds=90))
    beat("one")
    found = read(client)
    assert value(found, "cairn_jobs", state="submitted") == 2
    assert value(found, "cairn_jobs", state="executing") == 1
    assert value(found, "cairn_jobs", state="cancelling") == 0
    assert value(found, "cairn_jobs_oldest_wait_seconds") == pytest.approx(90, abs=30)
    assert value(found, "cairn_workers") == 1
    assert value(found, "cairn_worker_slots") == settings.WORKERS
    assert value(found, "cairn_database_up") == 1
    assert value(found, "cairn_disk_free_bytes", folder="data") > 0


def test_what_has_ended_is_counted_by_service_state_and_reason(rest, published, client):
    published("toys.Sleep", sync=False)
    published("toys.Fail", "Toys/Fail", sync=False)
    for _ in range(2):
        rest.run_job(SLEEP, Seconds=0)
    rest.run_job(FAIL)
    found = read(client)
    ended = {labels: count for (name, labels), count in found.items()
             if name == "cairn_jobs_ended"}  # fmt: skip
    assert ended == {
        frozenset({("service", "Toys/Service"), ("state", "succeeded")}): 2,
        frozenset({("service", "Toys/Fail"), ("state", "failed")}): 1,
    }
    assert value(found, "cairn_jobs_failed", reason="tool") == 1
    assert value(found, "cairn_jobs_failed", reason="crash") == 0


def test_waits_and_runs_are_distributions(rest, published, client):
    published("toys.Sleep", sync=False)
    now = timezone.now()
    for waited, ran in ((0.5, 3), (20, 40), (20, 4000)):
        job = rest.run_job(SLEEP, Seconds=0).rpartition("/")[2]
        Job.objects.filter(pk=job).update(
            ended_at=now,
            started_at=now - timedelta(seconds=ran),
            submitted_at=now - timedelta(seconds=waited + ran),
        )
    found = read(client)
    waits = [value(found, "cairn_job_wait_seconds_bucket", le=le)
             for le in ("0.25", "0.5", "10.0", "30.0", "+Inf")]  # fmt: skip
    assert waits == [0, 1, 1, 3, 3]
    assert value(found, "cairn_job_wait_seconds_gsum") == pytest.approx(40.5)
    runs = [value(found, "cairn_job_run_seconds_bucket", le=le)
            for le in ("2.5", "5.0", "60.0", "3600.0", "+Inf")]  # fmt: skip
    assert runs == [0, 1, 2, 2, 3]


def test_what_ended_long_ago_is_left_to_the_past(rest, published, client):
    published("toys.Sleep", sync=False)
    rest.run_job(SLEEP, Seconds=0)
    Job.objects.update(ended_at=timezone.now() - timedelta(minutes=61))
    assert not any(name == "cairn_jobs_ended" for name, _ in read(client))


def test_many_services_do_not_make_many_series(rest, published, client):
    published("toys.Sleep", sync=False)
    now = timezone.now()
    Job.objects.bulk_create(
        Job(service_path=f"S/{number % (MOST_SERVICES + 20)}", status="esriJobSucceeded",
            mode="async", submitted_at=now, started_at=now, ended_at=now)
        for number in range(3 * MOST_SERVICES)
    )  # fmt: skip
    counts = {dict(labels)["service"]: count for (name, labels), count
              in read(client).items() if name == "cairn_jobs_ended"}  # fmt: skip
    assert len(counts) == MOST_SERVICES + 1
    assert counts["(others)"] > 0
    assert sum(counts.values()) == 3 * MOST_SERVICES


def test_requests_are_counted_by_route_status_and_error(client, db):
    labels = {"method": "GET", "route": "info", "status": "200", "error": ""}
    missing = labels | {"route": "service", "error": "404"}
    before = read(client)
    for path in ("rest/info", "rest/info", "rest/services/No/Where/GPServer"):
        client.get(f"/{settings.CONTEXT}/{path}?f=json")
    after = read(client)
    name = "cairn_http_requests_total"
    assert value(after, name, **labels) - (value(before, name, **labels) or 0) == 2
    assert value(after, name, **missing) - (value(before, name, **missing) or 0) == 1


def test_addresses_do_not_make_series(client, db):
    before = request_series(client)
    for number in range(50):
        client.get(f"/nowhere/{number}")
        client.generic(f"M{number}", f"/{settings.CONTEXT}/rest/info")
    added = [dict(labels) for labels in request_series(client) - before]
    assert {one["route"] for one in added if one["status"] == "404"} <= {"none"}
    assert {one["method"] for one in added} <= {"GET", "POST", "other"}
    assert len(added) < 5


def request_series(client):
    return {labels for name, labels in read(client)
            if name == "cairn_http_requests_total"}  # fmt: skip


def test_without_a_database_the_rest_is_told(client, monkeypatch, db):
    from django.db import OperationalError, connection

    def away(*arguments):
        raise OperationalError("the database went away")

    with connection.execute_wrapper(away):
        found = read(client)
    assert value(found, "cairn_database_up") == 0
    assert value(found, "cairn_disk_free_bytes", folder="data") > 0


@pytest.mark.parametrize(
    ("peer", "headers", "is_allowed"),
    [
        ("127.0.0.1", {}, True),
        ("::1", {}, True),
        ("192.0.2.7", {}, False),
        ("127.0.0.1", {"X-Forwarded-For": "192.0.2.7"}, False),
        ("127.0.0.1", {"Forwarded": "for=192.0.2.7"}, False),
        ("", {}, False),
    ],
)
def test_by_default_only_this_machine_reads_them(client, db, peer, headers, is_allowed):
    answer = client.get("/metrics", headers=headers, REMOTE_ADDR=peer)
    assert (answer.status_code == 200) is is_allowed
    assert (b"cairn_jobs" in answer.content) is is_allowed


def test_a_network_may_be_named(client, db, settings):
    settings.METRICS_NETWORKS = ["192.0.2.0/24"]
    answers = [client.get("/metrics", REMOTE_ADDR=peer).status_code
               for peer in ("192.0.2.7", "198.51.100.1", "127.0.0.1")]  # fmt: skip
    assert answers == [200, 403, 403]


@pytest.mark.parametrize(
    ("token", "header", "status"),
    [
        ("a-long-token", "Bearer a-long-token", 200),
        ("a-long-token", "Bearer another", 403),
        ("a-long-token", "", 403),
        ("", "Bearer ", 403),
    ],
)
def test_a_token_opens_them_from_anywhere(client, db, settings, token, header, status):
    settings.METRICS_TOKEN = token
    answer = client.get(
        "/metrics", headers={"Authorization": header}, REMOTE_ADDR="192.0.2.7"
    )
    assert answer.status_code == status


def test_an_administrator_who_is_signed_in_reads_them(client, db, owner):
    client.force_login(owner)
    assert client.get("/metrics", REMOTE_ADDR="192.0.2.7").status_code == 403
    client.force_login(User.objects.create_superuser("admin", password="x"))
    assert client.get("/metrics", REMOTE_ADDR="192.0.2.7").status_code == 200
