"""The roles: their groups, and what operators and auditors see and do."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from jobs.access.sharing import share
from jobs.models import Job, ShareLink
from portal.roles import AUDITOR, OPERATOR, PUBLISHER
from services.models import Service
from tests.portal.adminrest.conftest import SUCCESS, Administrator
from tests.portal.people import browser, page, row, rows_of, someone
from tests.services.admin_pages import BOX, run

# --- The groups -----------------------------------------------------------------------


def test_migrate_makes_the_groups_and_sets_their_permissions_again(db):
    group = Group.objects.get(name=AUDITOR)
    wanted = set(group.permissions.all())
    group.permissions.set(Permission.objects.filter(codename="delete_user"))
    Group.objects.get(name=OPERATOR).delete()
    call_command("migrate", verbosity=0)
    assert set(group.permissions.all()) == wanted
    assert Group.objects.filter(name=OPERATOR).exists()


def test_an_auditor_may_nothing_but_see(db):
    names = Group.objects.get(name=AUDITOR).permissions.values_list(
        "codename", flat=True
    )
    assert {"view_job", "view_service", "view_user", "view_accesstoken"} <= set(names)
    assert all(name.startswith("view_") for name in names)


def test_no_role_reads_sessions_or_the_queue(db):
    groups = Group.objects.filter(name__in=(PUBLISHER, OPERATOR, AUDITOR))
    found = Permission.objects.filter(group__in=groups)
    apps = set(found.values_list("content_type__app_label", flat=True))
    assert not apps & {"sessions", "django_q", "contenttypes"}


def test_only_an_auditor_sees_users_and_nobody_edits_them(db):
    for name in (PUBLISHER, OPERATOR, AUDITOR):
        found = Group.objects.get(name=name).permissions.filter(
            content_type__app_label="auth"
        )
        codes = set(found.values_list("codename", flat=True))
        assert codes <= {"view_user", "view_group", "view_permission"}
        assert bool(codes) == (name == AUDITOR)


@pytest.mark.parametrize("name", [PUBLISHER, OPERATOR, AUDITOR])
def test_a_role_without_the_mark_of_staff_does_not_get_in(db, name):
    user = someone(name)
    User.objects.update(is_staff=False)
    assert browser(user).get("/admin/").url.startswith("/admin/login/")
    assert Administrator(user).get("/services")["code"] == 403


# --- Operator -------------------------------------------------------------------------


@pytest.fixture
def jobs(catalogue, owner):
    now = timezone.now()
    common = {"service": row("Theirs/Sleep"), "service_path": "Theirs/Sleep", "user": owner,
              "task_name": "Sleep", "mode": "async", "submitted_at": now}  # fmt: skip
    return [Job.objects.create(status=status, **common)
            for status in ("esriJobSubmitted", "esriJobSucceeded")]  # fmt: skip


def act(client, action, *jobs, at="job"):
    data = {
        "action": action,
        "_selected_action": [one.pk for one in jobs],
        "confirmed": "yes",
    }
    return client.post(f"/admin/jobs/{at}/", data)


def test_an_operator_sees_cancels_and_deletes_jobs(jobs):
    client = browser(someone(OPERATOR))
    for job in jobs:
        assert client.get(f"/admin/jobs/job/{job.pk}/change/").status_code == 200
    act(client, "cancel_jobs", jobs[0])
    jobs[0].refresh_from_db()
    assert jobs[0].status == "esriJobCancelled"
    act(client, "delete_selected", *jobs)
    assert not Job.objects.exists()


def test_an_operator_does_the_same_over_rest(jobs):
    rest = Administrator(someone(OPERATOR))
    at = "/services/Theirs/Sleep.GPServer/jobs"
    assert len(rest.get(f"{at}/query")["results"]) == 2
    assert rest.post(f"{at}/{jobs[0].pk}/cancel") == SUCCESS
    assert rest.post(f"{at}/{jobs[1].pk}/delete") == SUCCESS


def test_an_operator_reads_the_catalogue_and_edits_none_of_it(catalogue):
    user = someone(OPERATOR)
    client, rest = browser(user), Administrator(user)
    for model, one in rows_of("Mine/Sleep").items():
        assert client.get(page(model, one)).status_code == 200
        assert client.post(page(model, one), {"name": "X"}).status_code == 403
    run(client, "stop", *Service.objects.all(), confirmed="yes")
    assert rest.post("/services/Mine/Sleep.GPServer/stop")["code"] == 403
    assert not Service.objects.filter(state="STOPPED").exists()


def test_an_operator_does_not_read_the_results_of_others_over_rest(jobs, tokened):
    user = someone(OPERATOR)
    path = f"/server/rest/services/Theirs/Sleep/GPServer/Sleep/jobs/{jobs[1].pk}"
    answer = Client().get(path, {"f": "json", "token": tokened(user)}).json()
    assert answer["error"]["details"] == ["Job not found"]


def test_an_operator_revokes_share_links(jobs, owner):
    _, link = share(jobs[1], owner, 60)
    act(browser(someone(OPERATOR)), "revoke", link, at="sharelink")
    assert not ShareLink.objects.live().exists()


@pytest.mark.parametrize("address", ["auth/user/", "portal/accesstoken/"])
def test_an_operator_sees_no_people(db, address):
    assert browser(someone(OPERATOR)).get(f"/admin/{address}").status_code == 403


# --- Auditor --------------------------------------------------------------------------

LISTS = ("services/service", "services/folder", "services/task", "jobs/job", "jobs/upload",
         "jobs/hostedservice", "jobs/sharelink", "portal/accesstoken", "auth/user",
         "auth/group")  # fmt: skip


@pytest.mark.parametrize("name", LISTS)
def test_an_auditor_reads_every_list_and_adds_to_none(jobs, name):
    client = browser(someone(AUDITOR))
    assert client.get(f"/admin/{name}/").status_code == 200
    assert client.get(f"/admin/{name}/add/").status_code == 403


def test_an_auditor_changes_nothing_in_the_admin(jobs, owner):
    client = browser(someone(AUDITOR))
    _, link = share(jobs[1], owner, 60)
    for model, one in rows_of("Mine/Sleep").items():
        assert client.get(page(model, one)).status_code == 200
        assert client.post(page(model, one), {"name": "X"}).status_code == 403
        assert (
            client.post(f"{BOX}/{model}/{one.pk}/delete/", {"post": "yes"}).status_code
            == 403
        )
    url = f"/admin/auth/user/{owner.pk}/change/"
    assert client.get(url).status_code == 200
    assert owner.password not in client.get(url).content.decode()
    assert client.post(url, {"is_superuser": "on"}).status_code == 403
    run(client, "stop", *Service.objects.all(), confirmed="yes")
    for action in ("cancel_jobs", "delete_selected", "pin"):
        act(client, action, *jobs)
    act(client, "revoke", link, at="sharelink")
    assert not Service.objects.filter(state="STOPPED").exists()
    assert [one.status for one in Job.objects.order_by("status")] == [
        "esriJobSubmitted", "esriJobSucceeded"
    ]  # fmt: skip
    assert ShareLink.objects.live().count() == 1


def test_an_auditor_reads_everything_and_changes_nothing_over_rest(jobs):
    rest = Administrator(someone(AUDITOR))
    assert rest.get("/services")["folders"] == ["Mine", "Theirs"]
    at = "/services/Theirs/Sleep.GPServer"
    assert rest.get(at)["serviceName"] == "Sleep"
    assert len(rest.get(f"{at}/jobs/query")["results"]) == 2
    for tail in ("stop", "delete", "jobs/purgeQueue", f"jobs/{jobs[0].pk}/cancel",
                 f"jobs/{jobs[1].pk}/delete"):  # fmt: skip
        assert rest.post(f"{at}/{tail}")["code"] == 403
