"""Files of jobs and uploaded items in the admin: size, expiry, orphans, deletion."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from jobs.models import Job, Upload
from jobs.status import JobStatus
from tests.jobs.adminlist import told

FILES = "/admin/jobs/jobfiles/"
UPLOADS = "/admin/jobs/upload/"


def found(client, url, **query):
    return [row.pk for row in client.get(url, query).context["cl"].result_list]


@pytest.fixture
def sized(make):
    """Jobs of some sizes, as (small, large)."""
    return make(JobStatus.SUCCEEDED, size=2_000), make(JobStatus.FAILED, size=2**21)


def test_the_largest_files_come_first_and_jobs_without_files_do_not(
    admin_client, make, sized, django_assert_max_num_queries
):
    small, large = sized
    make()
    with django_assert_max_num_queries(15):
        page = admin_client.get(FILES).content.decode()
    assert found(admin_client, FILES) == [large.pk, small.pk]
    assert found(admin_client, FILES, mb="1") == [large.pk]
    assert "2.0\xa0MB" in page
    inner = admin_client.get(f"{FILES}{large.pk}/change/")
    assert inner.url == f"/admin/jobs/job/{large.pk}/change/"
    goes = timezone.localtime(large.ended_at + timedelta(hours=24))
    assert f"{goes:%Y-%m-%d %H:%M}" in page


def test_files_without_service_or_owner_are_orphans(admin_client, sized):
    small, large = sized
    Job.objects.filter(pk=large.pk).update(owner_gone=True)
    assert found(admin_client, FILES, orphan="yes") == [large.pk]
    assert found(admin_client, FILES, orphan="no") == [small.pk]
    small.service.delete()
    assert found(admin_client, FILES, orphan="yes") == [large.pk, small.pk]
    assert "Service gone" in admin_client.get(FILES).content.decode()


def test_files_are_deleted_with_their_job(admin_client, sized):
    small, large = sized
    data = {"action": "delete_selected", "_selected_action": [large.pk], "index": "0"}
    assert b"cannot be" in admin_client.post(FILES, data).content
    page = admin_client.post(FILES, data | {"confirmed": "yes"}, follow=True)
    assert told(page) == ["1 job deleted with files."]
    assert (large.folder.exists(), small.folder.exists()) == (False, True)


def test_files_of_jobs_are_for_who_may_see_jobs(sized):
    client = Client()
    client.force_login(User.objects.create_user("clerk", is_staff=True))
    assert client.get(FILES).status_code == 403


def test_uploads_are_told_apart_by_size_and_what_nobody_needs(
    admin_client, published, settings
):
    settings.KEEP_UPLOADS_HOURS = 10
    service, now = published("toys.Sleep", sync=False), timezone.now()

    def made(**fields):
        values = {"committed": True, "created_at": now, "used_at": now, "name": "a.csv"}
        return Upload.objects.create(service=service, **values | fields).pk

    large, unfinished = made(size=2**30), made(committed=False)
    overdue = made(used_at=now - timedelta(hours=11))
    assert found(admin_client, UPLOADS, mb="100") == [large]
    assert found(admin_client, UPLOADS, orphan="unfinished") == [unfinished]
    assert found(admin_client, UPLOADS, orphan="overdue") == [overdue]
    ends = timezone.localtime(now + timedelta(hours=10))
    assert f"{ends:%Y-%m-%d %H:%M:%S}" in admin_client.get(UPLOADS).content.decode()
