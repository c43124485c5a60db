"""Who may call what: every URL of the Administrator API for every kind of caller."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from portal.adminrest.urls import urlpatterns
from services.models import Folder, Service
from tests.portal.adminrest.conftest import ADMIN, SLEEP, SUCCESS, Administrator

JOB = f"{SLEEP}/jobs/j{'0' * 32}"
VIEW_SERVICE, CHANGE_SERVICE = ("services.view_service",), ("services.change_service",)
ALL_FOLDERS = "services.manage_all_folders"
ADD = ("services.add_service", "services.add_task")
DELETE = ("services.delete_service", "services.delete_task")
VIEW_JOB, CHANGE_JOB = ("jobs.view_job",), ("jobs.change_job",)

#: For each URL by name: method, path, and what staff must be allowed in the admin.
URLS = {
    "site": ("get", "", ()),
    "info": ("get", "/info", ()),
    "nothing": ("get", "/system/directories", ()),
    "services": ("get", "/services", VIEW_SERVICE),
    "folder": ("get", "/services/Toys", VIEW_SERVICE),
    "types": ("get", "/services/types", VIEW_SERVICE),
    "type": ("get", "/services/types/GPServer", VIEW_SERVICE),
    "providers": ("get", "/services/types/providers", VIEW_SERVICE),
    "exists": ("get", "/services/exists", VIEW_SERVICE),
    "report": ("get", "/services/report", VIEW_SERVICE),
    "report-in-folder": ("get", "/services/Toys/report", VIEW_SERVICE),
    "service": ("get", SLEEP, VIEW_SERVICE),
    "status": ("get", f"{SLEEP}/status", VIEW_SERVICE),
    "statistics": ("get", f"{SLEEP}/statistics", VIEW_SERVICE),
    "iteminfo": ("get", f"{SLEEP}/iteminfo", VIEW_SERVICE),
    "manifest": ("get", f"{SLEEP}/iteminfo/manifest/manifest.json", VIEW_SERVICE),
    "permissions": ("get", f"{SLEEP}/permissions", VIEW_SERVICE),
    "folder-permissions": ("get", "/services/Toys/permissions", VIEW_SERVICE),
    "add-folder-permission": ("post", "/services/Toys/permissions/add",
                              ("services.change_folder",)),
    "create-folder": ("post", "/services/createFolder", ("services.add_folder",)),
    "edit-folder": ("post", "/services/Toys/editFolder", ("services.change_folder",)),
    "delete-folder": ("post", "/services/Toys/deleteFolder",
                      ("services.delete_folder", *DELETE)),
    "create": ("post", "/services/createService", ADD),
    "create-in-folder": ("post", "/services/Toys/createService", ADD),
    "can-create": ("post", "/services/canCreateService", ADD),
    "can-create-in-folder": ("post", "/services/Toys/canCreateService", ADD),
    "rename": ("post", "/services/renameService", CHANGE_SERVICE),
    "rename-in-folder": ("post", "/services/Toys/renameService", CHANGE_SERVICE),
    "start-services": ("post", "/services/startServices", CHANGE_SERVICE),
    "stop-services": ("post", "/services/stopServices", CHANGE_SERVICE),
    "delete-services": ("post", "/services/deleteServices", DELETE),
    "edit": ("post", f"{SLEEP}/edit", CHANGE_SERVICE),
    "start": ("post", f"{SLEEP}/start", CHANGE_SERVICE),
    "stop": ("post", f"{SLEEP}/stop", CHANGE_SERVICE),
    "delete": ("post", f"{SLEEP}/delete", DELETE),
    "iteminfo-edit": ("post", f"{SLEEP}/iteminfo/edit", CHANGE_SERVICE),
    "add-permission": ("post", f"{SLEEP}/permissions/add", CHANGE_SERVICE),
    "jobs": ("get", f"{SLEEP}/jobs", VIEW_JOB),
    "query-jobs": ("get", f"{SLEEP}/jobs/query", VIEW_JOB),
    "job-statistics": ("get", f"{SLEEP}/jobs/statistics", VIEW_JOB),
    "job": ("get", JOB, VIEW_JOB),
    "purge-queue": ("post", f"{SLEEP}/jobs/purgeQueue", CHANGE_JOB),
    "cancel-job": ("post", f"{JOB}/cancel", CHANGE_JOB),
    "delete-job": ("post", f"{JOB}/delete", ("jobs.delete_job",)),
}  # fmt: skip
REFUSALS = {403, 498, 499}
each_url = pytest.mark.parametrize("name", URLS)


def code_of(caller: Administrator, name: str) -> int | None:
    method, path, _ = URLS[name]
    return getattr(caller, method)(path).get("code")


def staff(*permissions: str) -> Administrator:
    user = User.objects.create_user("helper", is_staff=True)
    for one in (ALL_FOLDERS, *permissions):
        app, codename = one.split(".")
        found = Permission.objects.get(content_type__app_label=app, codename=codename)
        user.user_permissions.add(found)
    return Administrator(user)


def test_the_table_has_every_url():
    assert {f"admin-{name}" for name in URLS} == {one.name for one in urlpatterns}


@pytest.mark.protocol("8.3 admin errors")
@each_url
def test_without_a_token_one_is_asked_for(service, name):
    assert code_of(Administrator(), name) == 499


@pytest.mark.protocol("8.3 admin errors")
@each_url
def test_a_bad_token_is_refused(service, name):
    method, path, _ = URLS[name]
    answer = getattr(Administrator(token="nonsense"), method)(path)
    assert answer == {"status": "error", "messages": ["Invalid Token"], "code": 498}


@each_url
def test_an_ordinary_user_is_refused(service, stranger, name):
    assert code_of(Administrator(stranger), name) == 403


@each_url
def test_staff_without_permission_only_see_what_the_server_is(service, name):
    refused = code_of(staff(), name) == 403
    assert refused == bool(URLS[name][2])


@each_url
def test_staff_with_the_permission_of_the_admin_pass(service, name):
    assert code_of(staff(*URLS[name][2]), name) not in REFUSALS


@pytest.mark.parametrize("name", [name for name, one in URLS.items() if one[2]])
def test_each_permission_is_needed(service, name):
    permissions = URLS[name][2]
    user = staff(*permissions[1:])
    assert code_of(user, name) == 403


@each_url
def test_an_administrator_passes(service, boss, name):
    assert code_of(boss, name) not in REFUSALS


@pytest.mark.parametrize("name", [name for name, one in URLS.items() if one[0] == "post"])  # fmt: skip
def test_a_get_changes_nothing(service, boss, name):
    path = URLS[name][1]
    assert boss.get(path)["code"] == 405
    service.refresh_from_db()
    assert (service.state, Folder.objects.count()) == ("STARTED", 1)


def test_change_includes_view_as_in_the_admin(service):
    assert staff("services.change_service").get(SLEEP)["serviceName"] == "Sleep"


def test_an_administrator_without_the_mark_of_staff_passes(service):
    user = User.objects.create_user("root", is_superuser=True)
    assert "serviceName" in Administrator(user).get(SLEEP)


def test_a_user_who_was_dismissed_is_refused(service, boss):
    User.objects.update(is_active=False)
    assert boss.get(SLEEP)["code"] == 498


def test_a_cookie_is_good_for_reading_only(service, boss):
    browser = Client()
    browser.cookies["agstoken"] = boss.token
    assert "serviceName" in browser.get(ADMIN + SLEEP, {"f": "json"}).json()
    answer = browser.post(f"{ADMIN}{SLEEP}/stop", {"f": "json"}).json()
    assert answer["code"] == 499
    assert Service.objects.get().state == "STARTED"


@pytest.mark.parametrize("header", ["X-Esri-Authorization", "Authorization"])
def test_a_token_in_a_header_counts(service, boss, header):
    headers = {header: f"Bearer {boss.token}"}
    answer = Client().post(f"{ADMIN}{SLEEP}/stop", {"f": "json"}, headers=headers)
    assert answer.json() == SUCCESS


def test_a_token_of_the_admin_address_opens_the_api(service, boss):
    form = {"username": "boss", "password": "boss-pass-1", "client": "requestip"}
    answer = Client().post(f"{ADMIN}/generateToken", form | {"f": "json"}).json()
    assert "serviceName" in Administrator(token=answer["token"]).get(SLEEP)


def test_the_django_admin_keeps_its_own_address(admin_client, boss):
    assert b"Cairn administration" in admin_client.get("/admin/").content
    assert boss.get()["resources"] == ["services", "info"]
