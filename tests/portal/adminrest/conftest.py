"""A client of the Administrator API, and services and jobs to administer."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from jobs.models import Job
from jobs.status import FINAL, JobStatus
from portal.tokens import issue

ADMIN = f"/{settings.CONTEXT}/admin"
SLEEP = "/services/Toys/Sleep.GPServer"
SUCCESS = {"status": "success"}


class Administrator:
    """Sends requests with a token, as administrator clients do."""

    def __init__(self, user: User | None = None, token: str = "") -> None:
        self.client = Client()
        self.token = issue(user, 60)[0] if user else token

    def get(self, path: str = "", **fields: Any) -> Any:
        """GET a path below ``/admin``; return the decoded document."""
        return self.client.get(ADMIN + path, self._sent(fields)).json()

    def post(self, path: str, **fields: Any) -> Any:
        """POST a form; objects go as JSON."""
        response = self.client.post(ADMIN + path, self._sent(fields))
        assert response.status_code == 200
        return response.json()

    def _sent(self, fields: dict[str, Any]) -> dict[str, str]:
        sent = {name: one if isinstance(one, str) else json.dumps(one)
                for name, one in fields.items()}  # fmt: skip
        return {"f": "json"} | ({"token": self.token} if self.token else {}) | sent


@pytest.fixture
def boss(db: None) -> Administrator:
    return Administrator(User.objects.create_superuser("boss", password="boss-pass-1"))


@pytest.fixture
def service(published):
    """An asynchronous service in a folder: Toys/Sleep."""
    return published("toys.Sleep", "Toys/Sleep", sync=False)


@pytest.fixture
def make(service):
    """Store a job of Toys/Sleep; each is a minute younger than the one before."""
    made: list[Job] = []

    def make(status: JobStatus = JobStatus.SUBMITTED, **changes: Any) -> Job:
        at = timezone.now() + timedelta(minutes=len(made))
        ended = {"ended_at": at, "started_at": at - timedelta(seconds=2)}
        job = Job.objects.create(
            **{"service": service, "service_path": "Toys/Sleep", "task_name": "Sleep",
               "mode": "async", "status": status, "submitted_at": at}
            | (ended if status in FINAL else {}) | changes
        )  # fmt: skip
        made.append(job)
        return job

    return make
