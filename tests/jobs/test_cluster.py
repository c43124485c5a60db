"""Real clusters: a web server, django-q2 workers, each broker, each database."""

from __future__ import annotations

import time
import uuid
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
import redis
import requests
from django.conf import settings
from django.db import connection

from tests.conftest import unavailable
from tests.server import portal

SETUP = """
from services.catalog import publish
from services.management.commands.publish import service_at
from services.registry import installed
for tool in ("Sleep", "Segfault"):
    publish(installed(f"toys.{tool}"), service_at("Toys", access="everyone"))
"""
REDIS = "redis://127.0.0.1:6379/9"


def broker_url(broker: str) -> str:
    if broker == "redis":
        try:
            redis.Redis.from_url(REDIS).ping()
        except redis.ConnectionError as exc:
            unavailable("redis", str(exc))
        return REDIS
    return ""


@contextmanager
def database_url():
    """On PostgreSQL, a database of its own for the cluster; else SQLite's default."""
    if connection.vendor != "postgresql":
        yield {}
        return
    given = settings.DATABASES["default"]
    name = f"cairn_cluster_{uuid.uuid4().hex[:8]}"
    address = {"host": given["HOST"] or None, "port": given["PORT"] or None,
               "user": given["USER"] or None, "password": given["PASSWORD"] or None}  # fmt: skip
    with psycopg.connect(dbname="postgres", autocommit=True, **address) as admin:
        admin.execute(f"CREATE DATABASE {name}")
        login = f"{given['USER']}:{given['PASSWORD']}@" if given["USER"] else ""
        try:
            yield {
                "DATABASE_URL": f"postgres://{login}{given['HOST']}:{given['PORT']}/{name}"
            }
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def ended(url: str) -> dict[str, Any]:
    """Return the job once it has ended, within a minute."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        job = requests.get(url, {"f": "json"}, timeout=30).json()
        if job["jobStatus"] not in (
            "esriJobSubmitted",
            "esriJobExecuting",
            "esriJobCancelling",
        ):
            return job
        time.sleep(0.05)
    pytest.fail(f"the job did not end: {job}")


@pytest.mark.parametrize("broker", ["database", "redis"])
def test_a_real_cluster_brings_jobs_to_their_ends(tmp_path, broker, django_db_setup):
    url = broker_url(broker)
    with (
        database_url() as variables,
        portal(
            tmp_path,
            SETUP,
            CAIRN_BROKER_URL=url,
            CAIRN_QUEUE_NAME=f"test-{uuid.uuid4().hex[:8]}",
            CAIRN_TOOL_PACKAGES="tests.toys",
            **variables,
        ) as (address, _),
    ):
        service = f"{address}/server/rest/services/Toys/GPServer"

        def submit(task: str, **fields: Any) -> str:
            form = {"f": "json", **fields}
            answer = requests.post(
                f"{service}/{task}/submitJob", form, timeout=30
            ).json()
            return f"{service}/{task}/jobs/{answer['jobId']}"

        quick, crash, long = (
            submit("Sleep", Seconds=0),
            submit("Segfault"),
            submit("Sleep", Seconds=100),
        )
        assert ended(quick)["jobStatus"] == "esriJobSucceeded"
        value = requests.get(
            f"{quick}/results/Out_Text", {"f": "json"}, timeout=30
        ).json()["value"]
        assert value == "slept"
        assert ended(crash)["jobStatus"] == "esriJobFailed"
        requests.get(f"{long}/cancel", {"f": "json"}, timeout=30)
        assert ended(long)["jobStatus"] == "esriJobCancelled"
        assert ended(submit("Sleep", Seconds=0))["jobStatus"] == "esriJobSucceeded"
