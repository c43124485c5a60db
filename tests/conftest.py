"""Fixtures: three people, a published service, a client for each door."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

import services.reading.ogr  # noqa: F401  (sets GDAL up before any other library does)
from jobs.processes import runner
from jobs.queueing import queue
from jobs.runs import execution
from services.catalog import publish
from services.management.commands.publish import service_at
from services.models import Service
from services.registry import installed

# How long an example takes says more of the machine than of the code.
hypothesis.settings.register_profile(
    "suite",
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("suite")

ROOT = f"/{settings.CONTEXT}/rest/services"
# Processes that tests start read what the first of them has compiled.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
REQUIRED = set(filter(None, os.environ.get("CAIRN_REQUIRE", "").split(",")))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer the part of the suite that another database can tell from the first."""
    parser.addoption(
        "--only-database",
        action="store_true",
        help="run only tests that use the database of DATABASE_URL",
    )


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Leave out what no database is asked by, if that was wanted."""
    if not config.getoption("--only-database"):
        return
    left_out = [one for one in items if not _uses_database(one)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [one for one in items if _uses_database(one)]


def _uses_database(item: pytest.Item) -> bool:
    names = getattr(item, "fixturenames", ())
    marked = item.get_closest_marker("django_db")
    return marked is not None or bool({"db", "django_db_setup"} & {*names})


@pytest.fixture(autouse=True)
def folders() -> None:
    """The folders that the start of the portal makes."""
    for folder in (settings.JOBS_DIR, settings.SPOOL_DIR, settings.UPLOADS_DIR):
        Path(folder).mkdir(parents=True, exist_ok=True)


@pytest.fixture(scope="session", autouse=True)
def close_children() -> Iterator[None]:
    """Stop the child processes that the tests have started."""
    yield
    runner.close_all()


def unavailable(what: str, reason: str) -> None:
    """Skip a test whose server is not there; fail where it is required."""
    if what in REQUIRED:
        pytest.fail(f"{what} is required here: {reason}")
    pytest.skip(reason)


@pytest.fixture
def owner(db: None) -> User:
    return User.objects.create_user("owner", password="owner-pass-1")


@pytest.fixture
def stranger(db: None) -> User:
    return User.objects.create_user("stranger", password="stranger-pass-1")


Published = Callable[..., Service]


@pytest.fixture
def published(db: None) -> Published:
    """Publish a tool: ``published("toys.Fail", "Toys/Fail", sync=True)``."""

    def make(
        tool_id: str,
        path: str = "Toys/Service",
        *,
        sync: bool = True,
        **properties: Any,
    ) -> Service:
        kind = Service.Execution.SYNCHRONOUS if sync else Service.Execution.ASYNCHRONOUS
        service = service_at(
            path, **{"execution_type": kind, "access": "everyone"} | properties
        )
        publish(installed(tool_id), service)
        return service

    return make


class Rest:
    """A client of the REST services that speaks JSON."""

    def __init__(self, token: str = "") -> None:
        self.client = Client()
        self.token = token

    def get(self, path: str, **fields: Any) -> Any:
        """GET a path below ``/rest/services``; return the decoded document."""
        return self.client.get(ROOT + path, self._fields(fields)).json()

    def post(self, path: str, **fields: Any) -> Any:
        """POST a form; return the decoded document."""
        return self.raw(path, **fields).json()

    def raw(self, path: str, **fields: Any) -> Any:
        """POST a form; return the response."""
        from urllib.parse import urlencode

        return self.client.post(
            ROOT + path,
            urlencode(self._fields(fields)),
            content_type="application/x-www-form-urlencoded",
        )

    def _fields(self, fields: dict[str, Any]) -> dict[str, Any]:
        extra = {"token": self.token} if self.token else {}
        return (
            {"f": "json"} | extra | {k.replace("__", ":"): v for k, v in fields.items()}
        )

    def run_job(self, task: str, **fields: Any) -> str:
        """Submit a job and run it in this process; return its path."""
        answer = self.post(f"{task}/submitJob", **fields)
        execution.run(answer["jobId"])
        return f"{task}/jobs/{answer['jobId']}"


@pytest.fixture
def rest(db: None) -> Rest:
    return Rest()


@pytest.fixture
def tokened(db: None) -> Callable[[User], str]:
    """Return a token for a user: ``Rest(tokened(owner))``."""
    from portal.tokens import issue

    return lambda user: issue(user, 60)[0]


@pytest.fixture(autouse=True)
def silent_queue(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Collect rings instead of giving them to a broker; tests run jobs themselves."""
    rung: list[str] = []
    monkeypatch.setattr(queue, "push", rung.append)
    monkeypatch.setattr(queue, "waiting_rings", lambda: len(rung))
    return rung


@pytest.fixture
def on_postgresql() -> bool:
    return connection.vendor == "postgresql"


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the folders of this process's tests."""
    for folder in (settings.DATA_DIR, settings.SPOOL_DIR):
        shutil.rmtree(folder, ignore_errors=True)
