"""Who may use services and folders, over the Administrator API."""

from __future__ import annotations

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group

from services.models import Folder, Service
from tests.conftest import Rest
from tests.portal.adminrest.conftest import SLEEP, SUCCESS

FOLDER = "/services/Toys"


def changes_logged():
    return [one.get_change_message() for one in LogEntry.objects.order_by("pk")]


def principals(boss, at=SLEEP):
    return [one["principal"] for one in boss.get(f"{at}/permissions")["permissions"]]


@pytest.mark.protocol("10.3 permissions")
def test_permissions_open_and_close_a_service(boss, service, rest):
    assert principals(boss) == ["esriEveryone"]
    add = f"{SLEEP}/permissions/add"
    assert boss.post(add, principal="esriEveryone", isAllowed="False") == SUCCESS
    assert principals(boss) == ["esriAuthenticated"]
    assert rest.get("/Toys/Sleep/GPServer")["error"]["code"] == 499
    assert boss.post(add, principal="esriAuthenticated", isAllowed="true") == SUCCESS
    assert boss.post(add, principal="esriEveryone") == SUCCESS
    assert "tasks" in rest.get("/Toys/Sleep/GPServer")
    assert changes_logged() == ["Closed to strangers.", "Made public."]


@pytest.mark.parametrize(
    ("form", "named"),
    [
        ({"principal": "Analysts"}, "principal"),
        ({}, "principal"),
        ({"principal": "esriEveryone", "isAllowed": "maybe"}, "isAllowed"),
        ({"principal": "esriAuthenticated", "isAllowed": "false"}, "isAllowed"),
    ],
    ids=str,
)
def test_a_permission_that_cannot_be_is_refused(boss, service, form, named):
    answer = boss.post(f"{SLEEP}/permissions/add", **form)
    assert f"'{named}'" in answer["messages"][0]
    assert principals(boss) == ["esriEveryone"]


def allow(boss, principal, *, at=SLEEP, **more):
    return boss.post(f"{at}/permissions/add", principal=principal, **more)


@pytest.fixture
def closed(service):
    Service.objects.update(access="chosen")
    return service


@pytest.fixture
def analysts(db):
    return Group.objects.create(name="Analysts")


def test_a_group_gets_and_loses_a_service(boss, closed, analysts, owner, tokened):
    analysts.user_set.add(owner)
    rest = Rest(tokened(owner))
    assert rest.get("/Toys/Sleep/GPServer")["error"]["code"] == 404
    assert allow(boss, "Analysts") == SUCCESS
    assert principals(boss) == ["Analysts"]
    assert "tasks" in rest.get("/Toys/Sleep/GPServer")
    assert allow(boss, "Analysts", isAllowed="false") == SUCCESS
    assert rest.get("/Toys/Sleep/GPServer")["error"]["code"] == 404
    assert changes_logged() == ["Allowed: Analysts.", "Not allowed any more: Analysts."]


def test_a_user_gets_a_service(boss, closed, owner, tokened):
    assert allow(boss, "user:owner") == SUCCESS
    assert principals(boss) == ["user:owner"]
    assert "tasks" in Rest(tokened(owner)).get("/Toys/Sleep/GPServer")


def test_a_group_counts_once_the_wider_are_taken_away(boss, service, analysts, stranger,
                                                      tokened):  # fmt: skip
    rest = Rest(tokened(stranger))
    allow(boss, "Analysts")
    assert principals(boss) == ["esriEveryone", "Analysts"]
    allow(boss, "esriEveryone", isAllowed="false")
    assert "tasks" in rest.get("/Toys/Sleep/GPServer")
    allow(boss, "esriAuthenticated", isAllowed="false")
    assert principals(boss) == ["Analysts"]
    assert rest.get("/Toys/Sleep/GPServer")["error"]["code"] == 404


def test_the_permissions_of_a_folder_hold_for_what_goes_with_it(boss, service, rest):
    Service.objects.update(access="folder")
    assert rest.get("/Toys/Sleep/GPServer")["error"]["code"] == 499
    assert principals(boss, FOLDER) == principals(boss) == ["esriAuthenticated"]
    assert allow(boss, "esriEveryone", at=FOLDER) == SUCCESS
    assert "tasks" in rest.get("/Toys/Sleep/GPServer")
    assert principals(boss) == ["esriEveryone"]
    assert Folder.objects.get().access == "everyone"


def test_a_service_that_gets_permissions_goes_with_its_folder_no_more(
    boss, service, analysts
):
    Service.objects.update(access="folder")
    Folder.objects.update(access="chosen")
    allow(boss, "Analysts", at=FOLDER)
    assert allow(boss, "user:boss") == SUCCESS
    assert principals(boss) == ["Analysts", "user:boss"]
    assert principals(boss, FOLDER) == ["Analysts"]


def test_the_service_json_says_and_sets_the_access(boss, service):
    sent = boss.get(SLEEP)
    assert sent["properties"]["access"] == "everyone"
    sent["properties"]["access"] = "folder"
    assert boss.post(f"{SLEEP}/edit", service=sent) == SUCCESS
    assert Service.objects.get().access == "folder"


def test_a_service_in_the_root_has_no_folder_to_go_with(boss, published):
    published("toys.Sleep", "Alone")
    sent = boss.get("/services/Alone.GPServer")
    sent["properties"]["access"] = "folder"
    answer = boss.post("/services/Alone.GPServer/edit", service=sent)
    assert "'properties.access'" in answer["messages"][0]


def test_a_service_in_the_root_has_permissions_too(boss, published):
    published("toys.Sleep", "Alone")
    assert principals(boss, "/services/Alone.GPServer") == ["esriEveryone"]
    assert allow(boss, "esriEveryone", at="/services/Alone.GPServer", isAllowed="false")
    assert principals(boss, "/services/Alone.GPServer") == ["esriAuthenticated"]
