"""My data: one's own uploads and layers, what they are good for, and their end."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.utils import timezone

from jobs.models import Job, Upload
from jobs.models.hosted import HostedService
from jobs.status import JobStatus
from portal.tokens import issue
from tests.conftest import Rest
from tests.jobs.maps import SQUARE


@pytest.fixture
def mine(owner):
    client = Client()
    client.force_login(owner)
    return client


@pytest.fixture
def service(published):
    return published("samples.Buffer", "Shapes/Grow", sync=False, uploads=True)


def uploaded(service, user, name="parcels.zip"):
    now = timezone.now()
    row = Upload.objects.create(service=service, user=user, name=name, size=2048,
                                committed=True, created_at=now, used_at=now)  # fmt: skip
    row.folder.mkdir(parents=True)
    row.path.write_bytes(b"PK")
    return row


def test_a_stranger_is_told_what_an_account_is_for(client, db):
    page = client.get("/data/").content.decode()
    assert "once you have signed in" in page
    assert "/server/account/login?next=/data/" in page


def test_one_s_own_uploads_are_listed_with_size_and_use(mine, owner, stranger, service):
    row = uploaded(service, owner)
    uploaded(service, stranger, "theirs.zip")
    answer = mine.get("/data/")
    page = answer.content.decode()
    assert "parcels.zip" in page
    assert "2.0\xa0KB" in page
    assert "theirs.zip" not in page
    ((title, url),) = answer.context["uploads"][0].uses
    assert title == "Buffer"
    form = mine.get(url).content.decode()
    assert row.pk in form


def test_an_upload_is_deleted_with_its_file(mine, owner, service):
    row = uploaded(service, owner)
    assert mine.post(f"/data/uploads/{row.pk}/delete/").url == "/data/"
    assert not Upload.objects.exists()
    assert not row.folder.exists()
    assert "parcels.zip was deleted." in mine.get("/data/").content.decode()


def test_an_upload_that_a_job_waits_for_stays(mine, owner, service):
    row = uploaded(service, owner)
    Job.objects.create(
        service=service, service_path="Shapes/Grow", task_name="Buffer", user=owner,
        mode="async", status=JobStatus.SUBMITTED, submitted_at=timezone.now(),
        inputs={"Input_Features": json.dumps({"itemID": row.pk})},
    )  # fmt: skip
    mine.post(f"/data/uploads/{row.pk}/delete/")
    assert Upload.objects.filter(pk=row.pk).exists()
    assert "needs this file" in mine.get("/data/").content.decode()


def test_what_is_not_one_s_own_is_not_deleted(mine, stranger, service):
    row = uploaded(service, stranger)
    layer = HostedService.objects.create(name="Lakes", owner=stranger)
    answers = [mine.post(path) for path in (
        f"/data/uploads/{row.pk}/delete/", "/data/uploads/i-none/delete/",
        f"/data/layers/{layer.name}/delete/", "/data/layers/None/delete/")]  # fmt: skip
    assert {one.status_code for one in answers} == {404}
    assert Upload.objects.exists()
    assert HostedService.objects.exists()


def test_a_published_layer_is_listed_and_deleted_with_its_rows(mine, owner, published):
    published("samples.Buffer", "Shapes/Grow", sync=False, hosted_output=True)
    mine_by_rest = Rest(issue(owner, 60)[0])
    mine_by_rest.run_job("/Shapes/Grow/GPServer/Buffer", Input_Features=SQUARE,
                         Distance="1 Meters")  # fmt: skip
    row = HostedService.objects.get()
    page = mine.get("/data/").content.decode()
    assert f"/server/rest/services/Hosted/{row.name}/FeatureServer" in page
    assert mine.post(f"/data/layers/{row.name}/delete/").url == "/data/"
    assert not HostedService.objects.exists()


def test_pinned_jobs_are_kept_results(mine, owner, service):
    common = {"service": service, "service_path": "Shapes/Grow", "task_name": "Buffer",
              "user": owner, "mode": "async", "status": JobStatus.SUCCEEDED,
              "submitted_at": timezone.now()}  # fmt: skip
    Job.objects.create(**common, pinned=True, title="The good one")
    Job.objects.create(**common, title="The other one")
    page = mine.get("/data/").content.decode()
    assert "The good one" in page
    assert "The other one" not in page
