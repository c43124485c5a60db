"""/health/live and /health/ready; and both beside /metrics on a real portal."""

from __future__ import annotations

from datetime import timedelta

import requests
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from jobs.models import Job
from jobs.workers.vitals import beat
from tests.server import portal, wait_until_ready

SLEEP = "/Toys/Service/GPServer/Sleep"


def away(*arguments):
    raise OperationalError("the database went away")


def states(answer) -> dict[str, bool]:
    return {name: one["ok"] for name, one in answer.json()["checks"].items()}


def test_a_portal_with_a_worker_is_ready(client, db):
    beat("one")
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["ready"]) == (200, True)
    assert states(answer) == {"database": True, "workers": True, "queue": True}
    assert "no-store" in answer["Cache-Control"]


def test_without_a_worker_it_lives_but_is_not_ready(client, db):
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["ready"]) == (503, False)
    assert "No worker lives" in answer.json()["checks"]["workers"]["text"]
    assert client.get("/health/live").json() == {"live": True}


def test_a_queue_that_does_not_move_is_not_ready(client, rest, published):
    published("toys.Sleep", sync=False)
    beat("one")
    rest.post(f"{SLEEP}/submitJob", Seconds=0)
    Job.objects.update(submitted_at=timezone.now() - timedelta(minutes=5))
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert states(answer) == {"database": True, "workers": True, "queue": False}


def test_without_a_database_it_lives_but_is_not_ready(client, db):
    with connection.execute_wrapper(away):
        assert client.get("/health/live").status_code == 200
        answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert states(answer) == {"database": False}
    assert "went away" not in answer.content.decode()


def test_probes_inside_the_house_need_no_tls(settings, db):
    settings.SECURE_SSL_REDIRECT = True
    browser = Client()
    assert browser.get("/health/live").status_code == 200
    assert browser.get("/metrics").status_code == 200
    assert browser.get("/admin/").status_code == 301


def test_the_protocols_health_check_stays_as_it_is(client, db):
    # no worker lives here: synchronous services answer all the same
    answer = client.get("/server/rest/info/healthCheck?f=json")
    assert (answer.status_code, answer.json()) == (200, {"success": True})


def test_a_real_portal_is_ready_and_adds_up_what_its_processes_count(tmp_path):
    variables = {"CAIRN_SPOOL_DIR": str(tmp_path / "spool"),
                 "DATABASE_URL": f"sqlite:///{tmp_path}/cairn.sqlite3"}  # fmt: skip
    with portal(tmp_path, "", **variables) as (address, _):
        wait_until_ready(address)
        for _ in range(40):  # two processes answer them
            requests.get(f"{address}/server/rest/services?f=json", timeout=30)
        text = requests.get(f"{address}/metrics", timeout=30).text
        counted = sum(
            sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == "cairn_http_requests_total"
            and sample.labels["route"] == "catalog"
        )
        assert counted == 40
        assert "cairn_workers 1.0" in text
    assert list((tmp_path / "spool").glob("requests-*")) == []
