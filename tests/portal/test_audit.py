"""The audit log: all that people change and each login is in it, and no secret."""

from __future__ import annotations

from datetime import timedelta

import pytest
from auditlog.models import LogEntry
from django.conf import settings
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command
from django.test import Client, RequestFactory
from django.utils import timezone

from portal import tokens
from portal.audit import acting
from services.models import Service, TaskParameter

TOKENS = f"/{settings.CONTEXT}/tokens/generateToken"
ADMIN = f"/{settings.CONTEXT}/admin"
ACCOUNT = f"/{settings.CONTEXT}/account"
LIST = "/admin/auditlog/logentry/"


def entries(**found):
    """Return entries as (who, event or action, object), the oldest first."""
    rows = LogEntry.objects.filter(**found).select_related("actor").order_by("pk")
    return [(str(one.actor), (one.additional_data or {}).get("event")
             or one.get_action_display(), one.object_repr) for one in rows]  # fmt: skip


@pytest.fixture
def admin(admin_client):
    LogEntry.objects.all().delete()
    return admin_client


def test_a_change_has_who_when_where_and_both_values(admin, published):
    row = published("toys.Fail", "Toys/Fail")
    admin.post(f"/admin/services/folder/{row.folder_id}/change/",
               {"name": "Toys", "title": "Playthings", "description": "",
         "access": row.folder.access},
               REMOTE_ADDR="192.0.2.7", HTTP_X_REQUEST_ID="request-77")  # fmt: skip
    [entry] = LogEntry.objects.all()
    assert entry.changes == {"title": ["", "Playthings"]}
    assert (str(entry.actor), entry.remote_addr, entry.cid) == (
        "admin", "192.0.2.7", "request-77",
    )  # fmt: skip


def test_an_action_is_kept_as_its_sentence(admin, published):
    row = published("toys.Fail", "Toys/Fail")
    data = {"action": "stop", "_selected_action": [row.pk], "confirmed": "yes"}
    admin.post("/admin/services/service/", data)
    row.refresh_from_db()
    assert row.state == Service.State.STOPPED
    assert ("admin", "Stopped.", str(row)) in entries()


def test_what_is_deleted_is_kept_by_its_name(admin, published):
    row = published("toys.Fail", "Toys/Fail")
    admin.post(f"/admin/services/service/{row.pk}/delete/", {"post": "yes"})
    assert ("admin", "delete", str(row)) in entries()


def test_jobs_that_an_administrator_deletes_are_kept_too(admin, published, rest):
    published("toys.TwoOutputs", "Toys/Async", sync=False)
    job = rest.run_job("/Toys/Async/GPServer/TwoOutputs").rpartition("/")[2]
    data = {"action": "delete_selected", "_selected_action": [job], "confirmed": "yes"}
    admin.post("/admin/jobs/job/", data)
    [entry] = [one for one in entries() if job in one[2]]
    assert entry[:2] == ("admin", "Deleted.")


def test_runs_and_commands_leave_no_entries(db, published, rest):
    published("toys.TwoOutputs", "Toys/Async", sync=False)
    rest.run_job("/Toys/Async/GPServer/TwoOutputs")
    call_command("publish", "toys.Fail", "--service", "Toys/Fail", verbosity=0)
    assert entries() == []


def test_the_administrator_api_is_kept_under_the_user_of_the_token(admin, admin_user):
    token, _ = tokens.issue(admin_user, 5)
    form = {"f": "json", "token": token, "folderName": "Made", "description": ""}
    Client().post(f"{ADMIN}/services/createFolder", form)
    [entry] = LogEntry.objects.all()
    assert (str(entry.actor), entry.object_repr) == ("admin", "Made")
    assert entry.get_action_display() == "create"


def test_edits_of_the_administrator_api_have_their_values(admin, admin_user, published):
    published("toys.Fail", "Toys/Fail")
    token, _ = tokens.issue(admin_user, 5)
    form = {"f": "json", "token": token, "service": '{"maxUsageTime": 77}'}
    Client().post(f"{ADMIN}/services/Toys/Fail.GPServer/edit", form)
    changes = [one.changes for one in LogEntry.objects.all()]
    assert any(one.get("max_run_seconds", [0, 0])[1] == "77" for one in changes)


def test_logins_and_logouts_are_kept(client, admin_user):
    LogEntry.objects.all().delete()
    form = {"username": "admin", "password": "password"}
    client.post("/admin/login/", form | {"password": "wrong"}, REMOTE_ADDR="192.0.2.7")
    client.post("/admin/login/", form)
    client.post("/admin/logout/")
    assert entries() == [
        ("admin", "Failed to sign in.", "admin"),
        ("admin", "Signed in.", "admin"),
        ("admin", "Signed out.", "admin"),
    ]
    assert LogEntry.objects.earliest("pk").remote_addr == "192.0.2.7"


def test_logins_of_the_token_service_are_kept(client, owner):
    LogEntry.objects.all().delete()
    form = {"username": "owner", "password": "owner-pass-1", "f": "json"}
    token = client.post(TOKENS, form).json()["token"]
    client.post(TOKENS, form | {"password": "wrong"})
    assert entries() == [
        ("owner", f"Got the token {token[:8]}….", "owner"),
        ("owner", "Failed to sign in.", "owner"),
    ]
    assert token not in str(list(LogEntry.objects.values()))


def test_a_password_in_the_place_of_a_name_is_not_kept(client, owner):
    LogEntry.objects.all().delete()
    client.post(TOKENS, {"username": "my-secret-77", "password": "", "f": "json"})
    assert entries() == [("None", "Failed to sign in.", "a user who is not there")]


def test_logins_that_have_to_wait_fill_no_log(client, owner):
    LogEntry.objects.all().delete()
    for _ in range(20):
        client.post(TOKENS, {"username": "owner", "password": "x", "f": "json"})
    assert len(entries()) == 5


def test_keys_are_kept_as_made_and_revoked_by_their_owner(client, owner):
    client.force_login(owner)
    LogEntry.objects.all().delete()
    form = {"name": "Nightly", "days": "5", "may_run": "read"}
    client.post(f"{ACCOUNT}/keys", form)
    row = owner.access_tokens.get()
    client.post(f"{ACCOUNT}/tokens/{row.pk}/revoke")
    assert [one[:2] for one in entries()] == [
        ("owner", "Made the key Nightly: read all services."),
        ("owner", "Revoked."),
    ]


def test_a_token_that_an_administrator_revokes_is_kept(admin, owner):
    _, row = tokens.issue(owner, 5)
    LogEntry.objects.all().delete()
    data = {"action": "revoke", "_selected_action": [row.pk], "confirmed": "yes"}
    admin.post("/admin/portal/accesstoken/", data)
    assert entries() == [("admin", "Revoked.", str(row))]


def test_rights_that_are_given_are_kept(admin, owner):
    group = Group.objects.create(name="Publishers")
    LogEntry.objects.all().delete()
    admin.post(
        f"/admin/auth/user/{owner.pk}/change/",
        {"username": "owner", "is_staff": "on", "is_active": "on",
         "groups": [group.pk], "date_joined_0": "2026-01-01",
         "date_joined_1": "00:00:00"},
    )  # fmt: skip
    kept = {name: value for one in LogEntry.objects.all()
            for name, value in one.changes.items()}  # fmt: skip
    assert kept["is_staff"] == ["False", "True"]
    assert kept["groups"]["objects"] == ["Publishers"]


def test_passwords_and_keys_of_devices_are_masked(admin, owner):
    owner.refresh_from_db()
    before = owner.password
    admin.post(f"/admin/auth/user/{owner.pk}/password/",
               {"password1": "my-secret-pass-77", "password2": "my-secret-pass-77",
                "usable_password": "true"})  # fmt: skip
    owner.refresh_from_db()
    assert owner.password != before
    client = Client()
    client.force_login(owner)
    client.get(f"{ACCOUNT}/device")
    device = owner.totpdevice_set.get()
    kept = str(list(LogEntry.objects.values()))
    assert "'password': ['(hidden)', '(hidden)']" in kept
    for secret in (before, owner.password, "my-secret-pass-77", device.key):
        assert secret not in kept
        assert secret[len(secret) // 2 :] not in kept


def test_the_default_of_a_hidden_parameter_is_masked(admin, admin_user, published):
    published("typed.Blab", "Toys/Blab")
    row = TaskParameter.objects.get(task__tool_id="typed.Blab", name="Password")
    other = published("toys.Fail", "Toys/Fail").tasks.get().parameters.first()
    request = RequestFactory().get("/")
    LogEntry.objects.all().delete()
    with acting(request, admin_user):
        for one in (row, other):
            one.default = "my-secret-77"
            one.save()
    first, second = LogEntry.objects.order_by("pk")
    assert "my-secret-77" not in str(first.changes)
    assert first.changes["default"][1] == "(hidden)"
    assert "my-secret-77" in str(second.changes["default"][1])


def test_who_may_see_the_log_sees_it_and_changes_nothing(client, admin_user, owner):
    auditor = User.objects.create_user("auditor", password="x", is_staff=True)
    client.force_login(auditor)
    assert client.get(LIST).status_code == 403
    auditor.user_permissions.add(*Permission.objects.filter(
        content_type__app_label="auditlog"))  # fmt: skip
    page = client.get(LIST)
    assert b"Signed in." in page.content
    pk = LogEntry.objects.earliest("pk").pk
    assert client.get(f"{LIST}{pk}/change/").status_code == 200
    for path in ("add/", f"{pk}/delete/"):
        assert client.post(LIST + path, {"post": "yes"}).status_code == 403
    count = LogEntry.objects.count()
    data = {"action": "delete_selected", "_selected_action": [pk], "post": "yes"}
    client.post(LIST, data)
    client.post(f"{LIST}{pk}/change/", {"object_repr": "x"})
    assert LogEntry.objects.count() == count
    assert LogEntry.objects.get(pk=pk).object_repr != "x"


def test_superusers_change_nothing_either(admin, owner):
    owner.is_staff = True
    owner.save()
    pk = LogEntry.objects.latest("pk").pk
    assert admin.post(f"{LIST}{pk}/delete/", {"post": "yes"}).status_code == 403
    assert admin.post(f"{LIST}{pk}/change/", {}).status_code == 403


def test_entries_outlive_their_user(admin, owner):
    client = Client()
    client.force_login(owner)
    admin.post(f"/admin/auth/user/{owner.pk}/delete/", {"post": "yes"})
    assert not User.objects.filter(username="owner").exists()
    page = admin.get(LIST).content.decode()
    assert page.count("owner") >= 2


def test_old_entries_go_after_their_time(client, owner, settings):
    client.post(TOKENS, {"username": "owner", "password": "x"})
    LogEntry.objects.update(timestamp=timezone.now() - timedelta(days=366))
    settings.KEEP_AUDIT_DAYS = 0
    client.post(TOKENS, {"username": "owner", "password": "x"})
    count = LogEntry.objects.count()
    settings.KEEP_AUDIT_DAYS = 365
    client.post(TOKENS, {"username": "owner", "password": "x"})
    assert LogEntry.objects.count() == 2 < count


def test_the_list_costs_as_many_queries_for_many_entries(
    admin, owner, django_assert_max_num_queries
):
    for number in range(40):
        Group.objects.create(name=f"Group {number}")
    with django_assert_max_num_queries(15):
        page = admin.get(LIST)
    assert page.content.count(b"Group ") >= 40


def test_a_run_is_not_slower_for_the_log(published, rest, django_assert_num_queries):
    published("toys.TwoOutputs")
    path = "/Toys/Service/GPServer/TwoOutputs/execute"
    rest.post(path)
    with django_assert_num_queries(2):  # the service, and the record of the run
        assert "results" in rest.post(path)
