"""What the Administrator API edits of a service is edited in the admin: row by row.

Each row of the table in docs/administration.md is a place in the admin. It is edited
there by the form, as a browser sends it, and read as clients read it.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.contrib.auth.models import Group, User

from portal.adminrest.members import (
    ITEM_MEMBERS,
    MEMBERS,
    TOOLBOX,
    UNUSED,
    flat,
    nested,
)
from services.models import Folder, Service
from tests.portal.adminrest.conftest import Administrator
from tests.portal.people import page, row
from tests.services.admin_pages import BOX, edit, parameter_edit, rest_parameter, run

PAGE = Path(__file__).parents[2] / "portal/docs/administration.md"
AT = "/services/Toys/Sleep.GPServer"

#: What the form is sent, where it is not the number below; with what REST then answers.
FIELDS = {
    "description": ("Sleeps well.", "Sleeps well."),
    "uploads": ("on", "Uploads"),
    "access": ("chosen", "chosen"),
    "allowed_upload_types": ("csv, zip", "csv, zip"),
    "execution_type": ("esriExecutionTypeSynchronous", "Synchronous"),
    "result_map_server": ("on", "true"),
    "message_level": ("Warning", "Warning"),
    "max_memory_mb": (512, "512"),
    "input_extent": ("5.9, 45.8, 10.5, 47.9", "5.9, 45.8, 10.5, 47.9"),
    "priority": (10, "High"),
    "stop_reason": ("New data.", "New data."),
    "title": ("A nap", "A nap"),
    "summary": ("Short.", "Short."),
    "tags": ("a, b", ["a", "b"]),
    "access_information": ("Them", "Them"),
    "license_info": ("Free", "Free"),
}
NUMBER = 33
#: Members of which the page shows the state, and acts change it.
BY_ACT = {"state"}


def sent(field):
    return FIELDS.get(field, (NUMBER, None))[0]


def wanted(member, path):
    if member.field in FIELDS:
        return FIELDS[member.field][1]
    is_text = path.startswith("properties.")
    return str(NUMBER) if is_text else NUMBER


@pytest.fixture
def service(published):
    return published("samples.Sleep", "Toys/Sleep", sync=False)


@pytest.fixture
def boss(admin_user):
    return Administrator(admin_user)


def test_every_member_of_the_service_json_is_edited_in_the_form(
    admin_client, service, boss
):
    members = [one for one in MEMBERS if one.field not in BY_ACT]
    before = flat(boss.get(AT))
    changes = {one.field: sent(one.field) for one in members}
    assert edit(admin_client, page("service", service), **changes).status_code == 302
    found = flat(boss.get(AT))
    shown = {
        path: wanted(one, path) for one in members for path in (one.path, *one.shown)
    }
    assert {path: found[path] for path in shown} == shown
    assert not [path for path in shown if before[path] == found[path]]


def test_every_member_of_the_item_information_is_edited_in_the_form(
    admin_client, service, boss, rest
):
    changes = {one.field: sent(one.field) for one in ITEM_MEMBERS}
    assert edit(admin_client, page("service", service), **changes).status_code == 302
    found = boss.get(f"{AT}/iteminfo")
    shown = {
        path: wanted(one, path)
        for one in ITEM_MEMBERS
        for path in (one.path, *one.shown)
    }
    assert {path: found[path] for path in shown} == shown
    public = rest.get("/Toys/Sleep/GPServer/info/iteminfo")
    names = ("title", "snippet", "accessInformation", "licenseInfo")
    assert {one: public[one] for one in names} == {one: shown[one] for one in names}
    assert {"a", "b"} <= set(public["tags"])


def test_every_member_without_a_use_is_kept_by_the_form(admin_client, service, boss):
    kept = {path: f"other {path}" for path in UNUSED}
    changes = {
        "kept_properties": json.dumps(nested(kept)),
        "kept_item_info": '{"culture": "de"}',
    }
    assert edit(admin_client, page("service", service), **changes).status_code == 302
    found = flat(boss.get(AT))
    assert {path: found[path] for path in UNUSED} == kept
    assert boss.get(f"{AT}/iteminfo")["culture"] == "de"


def test_a_service_is_stopped_and_started_by_acts(admin_client, service, boss):
    for act, state in (("stop", "STOPPED"), ("start", "STARTED")):
        run(admin_client, act, service, confirmed="yes")
        assert boss.get(AT)["configuredState"] == state
        assert boss.get(f"{AT}/status")["realTimeState"] == state


def test_a_service_is_renamed_in_the_form(admin_client, service, boss):
    edit(admin_client, page("service", service), name="Nap")
    assert boss.get("/services/Toys/Nap.GPServer")["serviceName"] == "Nap"
    assert boss.get(AT)["code"] == 404


def test_a_toolbox_is_edited_as_tasks(admin_client, service, boss, rest):
    count = {"tasks-TOTAL_FORMS": 2, "tasks-1-tool_id": "samples.Echo", "tasks-1-position": 1,
             "tasks-1-enabled": "on", "tasks-1-service": service.pk}  # fmt: skip
    assert edit(admin_client, page("service", service), **count).status_code == 302
    assert flat(boss.get(AT))[TOOLBOX] == "samples.Sleep,samples.Echo"
    assert rest.get("/Toys/Sleep/GPServer")["tasks"] == ["Sleep", "Echo"]
    edit(admin_client, page("service", service), **{"tasks-1-enabled": ""})
    assert rest.get("/Toys/Sleep/GPServer")["tasks"] == ["Sleep"]


@pytest.mark.parametrize(
    ("changes", "principals"),
    [
        ({"access": "everyone"}, ["esriEveryone"]),
        ({"access": "signed_in"}, ["esriAuthenticated"]),
        ({"access": "chosen", "groups": True, "allowed_users": "member"}, ["Planners", "user:member"]),
        ({"access": "folder"}, ["esriAuthenticated"]),
    ],
    ids=str,
)  # fmt: skip
def test_permissions_are_edited_in_the_form(
    admin_client, service, boss, changes, principals
):
    group = Group.objects.create(name="Planners")
    User.objects.create_user("member")
    if changes.pop("groups", False):
        changes = changes | {"allowed_groups": [group.pk]}
    assert edit(admin_client, page("service", service), **changes).status_code == 302
    found = [one["principal"] for one in boss.get(f"{AT}/permissions")["permissions"]]
    assert found == principals


def test_folders_are_made_described_guarded_and_deleted(admin_client, boss):
    sent = {"name": "New", "description": "Of nothing.", "access": "everyone"}
    admin_client.post(f"{BOX}/folder/add/", sent)
    folder = Folder.objects.get(name="New")
    assert boss.get("/services/New")["description"] == "Of nothing."
    edit(
        admin_client, page("folder", folder), description="Of little.", access="chosen"
    )
    assert boss.get("/services/New")["description"] == "Of little."
    assert boss.get("/services/New/permissions")["permissions"] == []
    admin_client.post(f"{BOX}/folder/{folder.pk}/delete/", {"post": "yes"})
    assert boss.get("/services/New")["code"] == 404


def test_a_service_is_deleted(admin_client, service, boss):
    admin_client.post(f"{BOX}/service/{service.pk}/delete/", {"post": "yes"})
    assert boss.get(AT)["code"] == 404


def test_what_pro_says_of_parameters_is_edited_on_the_page_of_a_task(
    admin_client, published
):
    task = published("samples.Echo", "Toys/Echo").tasks.get()
    at = "Toys/Echo/GPServer/Echo"
    parameter_edit(admin_client, task, "In_Long", default="5", minimum="2", maximum="9",
                   label="Number", description="How many.", category="Main")  # fmt: skip
    shown = rest_parameter(admin_client, "In_Long", at)
    assert (shown["defaultValue"], shown["displayName"]) == (5, "Number")
    assert (shown["description"], shown["category"]) == ("How many.", "Main")
    assert (shown["filter"]["minimum"], shown["filter"]["maximum"]) == (2, 9)
    parameter_edit(admin_client, task, "In_String", mode="choice", choices="a\nb")
    assert rest_parameter(admin_client, "In_String", at)["choiceList"] == ["a", "b"]
    parameter_edit(admin_client, task, "In_Double", mode="hidden", default="2.5")
    document = admin_client.get(f"/server/rest/services/{at}", {"f": "json"}).json()
    assert "In_Double" not in [one["name"] for one in document["parameters"]]


# --- The page -------------------------------------------------------------------------

PATHS = sorted({path for one in (*MEMBERS, *ITEM_MEMBERS) for path in one.paths})


@pytest.mark.parametrize("path", [*PATHS, *UNUSED, TOOLBOX, "renameService", "permissions/add",
                                  "createFolder", "editFolder", "deleteFolder", "purgeQueue"])  # fmt: skip
def test_the_page_has_a_row_for_all_that_can_be_edited(path):
    rows = [one for one in PAGE.read_text("utf-8").splitlines() if one.startswith("|")]
    assert [one for one in rows if f"`{path}`" in one]


def test_the_page_names_fields_as_the_form_does(admin_client, service):
    text = PAGE.read_text("utf-8").lower()
    form = admin_client.get(page("service", service)).context["adminform"].form
    fields = {one.field for one in (*MEMBERS, *ITEM_MEMBERS)} - BY_ACT
    missing = [
        name for name in fields if str(form.fields[name].label).lower() not in text
    ]
    assert not missing
    assert Service.objects.count() == 1
    assert row("Toys/Sleep") == service
