"""Folders and lists over the Administrator API; services created and renamed."""

from __future__ import annotations

import pytest
from django.contrib.admin.models import ADDITION, DELETION, LogEntry

from services.models import Folder, Service
from tests.portal.adminrest.conftest import ADMIN, SLEEP, SUCCESS

NEAR = {
    "serviceName": "Near", "type": "GPServer", "description": "Nearest features.",
    "maxUsageTime": "90",
    "properties": {"toolbox": "proximity.Near", "executionType": "asynchronous",
                   "maximumRecords": "12", "resultMapServer": False},
}  # fmt: skip


def logged(flag):
    entries = LogEntry.objects.filter(action_flag=flag)
    return sorted(entries.values_list("content_type__model", "object_repr"))


@pytest.mark.protocol("0.1 address of the administrator API")
@pytest.mark.protocol("10.3 list of services")
def test_the_root_lists_folders_and_its_services(boss, published):
    published("toys.Sleep", "Toys/Sleep")
    published("toys.Sleep", "Alone", state="STOPPED", description="At the top.")
    answer = boss.get("/services")
    assert (answer["folderName"], answer["folders"]) == ("/", ["Toys"])
    assert answer["foldersDetail"] == [
        {
            "folderName": "Toys",
            "description": "",
            "webEncrypted": False,
            "isDefault": False,
        }
    ]
    assert answer["services"] == [
        {
            "folderName": "/",
            "serviceName": "Alone",
            "type": "GPServer",
            "description": "At the top.",
        }
    ]


@pytest.mark.protocol("10.3 list of services")
@pytest.mark.parametrize("path", ["/services/Toys", "/SERVICES/toys/"])
def test_a_folder_lists_its_services(boss, service, path):
    answer = boss.get(path)
    assert (answer["folderName"], answer["folders"]) == ("Toys", [])
    assert [one["serviceName"] for one in answer["services"]] == ["Sleep"]


@pytest.mark.protocol("10.3 createFolder")
def test_a_folder_is_created_once_and_logged(boss):
    form = {"folderName": "Plans", "description": "Of the town"}
    assert boss.post("/services/createFolder", **form) == SUCCESS
    assert Folder.objects.get().description == "Of the town"
    assert logged(ADDITION) == [("folder", "Plans")]
    again = boss.post("/services/createFolder", folderName="PLANS")
    assert again["code"] == 400
    assert "'folderName': there is a folder of this name" in again["messages"][0]


@pytest.mark.parametrize(
    "name",
    ["", " ", "a/b", "..", "x" * 101, "a\0b", "\0" * 40_000],
    ids=lambda one: repr(one)[:20],
)
def test_a_folder_needs_a_name(boss, name):
    answer = boss.post("/services/createFolder", folderName=name)
    assert answer["code"] == 400
    assert "'folderName'" in answer["messages"][0]


@pytest.mark.protocol("10.3 editFolder")
def test_a_folder_gets_a_description(boss, service):
    form = {"description": "To play", "webEncrypted": "False"}
    assert boss.post("/services/toys/editFolder", **form) == SUCCESS
    assert boss.get("/services/Toys")["description"] == "To play"


@pytest.mark.protocol("10.3 deleteFolder")
def test_a_folder_is_deleted_with_its_services(boss, service):
    assert boss.post("/services/Toys/deleteFolder") == SUCCESS
    assert not Service.objects.exists()
    assert not Folder.objects.exists()
    assert logged(DELETION) == [("folder", "Toys"), ("service", "Toys/Sleep")]


@pytest.mark.protocol("10.3 exists")
@pytest.mark.parametrize(
    ("form", "there"),
    [
        ({"folderName": "Toys"}, True),
        ({"folderName": "Nope"}, False),
        ({"folderName": "toys", "serviceName": "SLEEP", "type": "GPServer"}, True),
        ({"folderName": "Toys", "serviceName": "Sleep", "type": "MapServer"}, False),
        ({"folderName": "", "serviceName": "Sleep", "type": "GPServer"}, False),
        ({"folderName": "/", "serviceName": "Nope"}, False),
    ],
    ids=str,
)
def test_exists_tells_folders_and_services(boss, service, form, there):
    assert boss.post("/services/exists", **form) == {"exists": there}


@pytest.mark.protocol("10.3 createService")
def test_a_service_is_created_from_its_json(boss, service):
    assert boss.post("/services/Toys/createService", service=NEAR) == SUCCESS
    row = Service.objects.get(name="Near")
    assert (row.path, row.description, row.max_run_seconds) == (
        "Toys/Near", "Nearest features.", 90,
    )  # fmt: skip
    assert (row.maximum_records, row.access) == (12, Service.Access.SIGNED_IN)
    task = row.tasks.get()
    assert (task.tool_id, task.name) == ("proximity.Near", "Near")
    assert task.parameters.exists()
    assert logged(ADDITION) == [("service", "Toys/Near")]


@pytest.mark.parametrize(
    ("toolbox", "tools"),
    [
        ("toys.Sleep, toys.Fail", ["toys.Sleep", "toys.Fail"]),
        (["toys.sleep"], ["toys.Sleep"]),
        (
            "Joins",
            ["joins.SelectByAttributes", "joins.SelectByLocation", "joins.SpatialJoin"],
        ),
    ],
    ids=str,
)
def test_a_toolbox_names_tools_or_a_toolbox_of_ours(boss, toolbox, tools):
    sent = {
        "serviceName": "New",
        "type": "GPServer",
        "properties": {"toolbox": toolbox},
    }
    assert boss.post("/services/createService", service=sent) == SUCCESS
    found = Service.objects.get().tasks.values_list("tool_id", flat=True)
    assert list(found) == tools
    shown = boss.get("/services/New.GPServer")["properties"]["toolbox"]
    assert shown == ",".join(tools)


@pytest.mark.protocol("10.3 createService")
@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"serviceName": "sleep"}, "serviceName"),
        ({"serviceName": None}, "serviceName"),
        ({"serviceName": "a/b"}, "serviceName"),
        ({"type": "MapServer"}, "type"),
        ({"maxUsageTime": 0}, "maxUsageTime"),
        ({"properties": {}}, "properties.toolbox"),
        ({"properties": {"toolbox": r"D:\tools\a.tbx"}}, "properties.toolbox"),
        ({"properties": []}, "properties.toolbox"),
        ({"properties": "x"}, "properties"),
    ],
    ids=str,
)
@pytest.mark.parametrize("operation", ["createService", "canCreateService"])
def test_a_service_that_cannot_be_is_refused_with_the_member(
    boss, service, changes, named, operation
):
    answer = boss.post(f"/services/Toys/{operation}", service=NEAR | changes)
    assert answer["code"] == 400
    assert f"'{named}'" in answer["messages"][0]
    assert Service.objects.get() == service


@pytest.mark.protocol("10.3 canCreateService")
def test_can_create_service_creates_nothing(boss, service):
    form = {"service": NEAR, "folderName": "Toys"}
    assert boss.post("/services/canCreateService", **form) == SUCCESS
    assert boss.post("/services/canCreateService", serviceType="GPServer") == SUCCESS
    assert (
        boss.post("/services/canCreateService", serviceType="MapServer")["code"] == 400
    )
    assert Service.objects.count() == 1


@pytest.mark.protocol("10.3 renameService")
def test_a_service_is_renamed_in_its_folder(boss, service):
    form = {"serviceName": "Sleep", "serviceType": "GPServer", "serviceNewName": "Nap"}
    assert boss.post("/services/Toys/renameService", **form) == SUCCESS
    assert boss.get("/services/Toys/Nap.GPServer")["serviceName"] == "Nap"
    assert boss.get(SLEEP)["code"] == 404


def test_a_name_that_is_taken_or_no_name_is_refused(boss, service, published):
    published("toys.Fail", "Toys/Fail")
    for name in ("FAIL", "a/b"):
        form = {
            "serviceName": "Sleep",
            "serviceType": "GPServer",
            "serviceNewName": name,
        }
        answer = boss.post("/services/Toys/renameService", **form)
        assert "'serviceNewName'" in answer["messages"][0]
    assert boss.get(SLEEP)["serviceName"] == "Sleep"


@pytest.mark.protocol("10.3 startServices, stopServices")
@pytest.mark.parametrize("wrapped", [True, False])
def test_services_stop_and_start_together(boss, service, published, wrapped):
    published("toys.Fail", "Alone")
    listed = [{"folderName": "Toys", "serviceName": "Sleep", "type": "GPServer"},
              {"folderName": "", "serviceName": "Alone", "type": "GPServer"}]  # fmt: skip
    sent = {"services": listed} if wrapped else listed
    states = Service.objects.order_by("name").values_list("state", flat=True)
    assert boss.post("/services/stopServices", services=sent) == SUCCESS
    assert list(states.all()) == ["STOPPED", "STOPPED"]
    assert boss.post("/services/startServices", services=sent) == SUCCESS
    assert list(states.all()) == ["STARTED", "STARTED"]


def test_one_unknown_service_stops_none(boss, service):
    listed = [{"folderName": "Toys", "serviceName": "Sleep", "type": "GPServer"},
              {"folderName": "Toys", "serviceName": "Nope", "type": "GPServer"}]  # fmt: skip
    assert boss.post("/services/stopServices", services=listed)["code"] == 404
    assert Service.objects.get().state == "STARTED"


@pytest.mark.parametrize("sent", ["", "x", "{}", "[1]", '{"services": 5}'])
def test_a_list_of_services_that_is_none_is_refused(boss, sent):
    answer = boss.post("/services/stopServices", services=sent)
    assert "'services'" in answer["messages"][0]


def test_services_are_deleted_together(boss, service):
    listed = [{"folderName": "Toys", "serviceName": "Sleep", "type": "GPServer"}]
    assert boss.post("/services/deleteServices", services=listed) == SUCCESS
    assert not Service.objects.exists()


@pytest.mark.protocol("10.3 report")
def test_a_report_has_what_was_asked_for_of_each_service(boss, service, published):
    published("toys.Fail", "Toys/Fail", state="STOPPED")
    reports = boss.get("/services/Toys/report", parameters=["status", "description"])
    first, second = reports["reports"]
    assert set(first) == {
        "folderName", "serviceName", "type", "isDefault", "isPrivate", "description",
        "status", "permissions",
    }  # fmt: skip
    assert first["status"]["realTimeState"] == "STOPPED"
    assert second["serviceName"] == "Sleep"
    whole = boss.get("/services/Toys/report")["reports"][0]
    assert {"instances", "iteminfo", "properties"} <= set(whole)


@pytest.mark.protocol("10.3 types")
def test_the_type_lists_the_tools_that_can_be_published(boss):
    (only,) = boss.get("/services/types")["types"]
    assert only["Name"] == "GPServer"
    assert "proximity.Buffer" in only["Properties"]["tools"]
    assert boss.get("/services/types/gpserver") == only
    assert boss.get("/services/types/MapServer")["code"] == 404


def test_the_server_says_what_it_is(boss):
    assert boss.get()["currentVersion"] == 11.3
    assert boss.get("/info")["loggedInUser"] == "boss"


@pytest.mark.parametrize("path", ["", "/services", "/services/Toys", SLEEP, f"{SLEEP}/jobs/query"])  # fmt: skip
def test_a_browser_gets_a_page(boss, service, path):
    response = boss.client.get(ADMIN + path, {"token": boss.token})
    assert (response.status_code, response["Content-Type"]) == (
        200,
        "text/html; charset=utf-8",
    )


@pytest.mark.parametrize(("token", "status"), [("", 499), ("nonsense", 498)])
def test_a_browser_without_a_token_gets_a_page_that_asks(boss, token, status):
    response = boss.client.get(f"{ADMIN}/services", {"token": token} if token else {})
    assert response.status_code == status
    assert b"get a token" in response.content


def test_pjson_is_json_with_indents(boss):
    response = boss.client.get(ADMIN, {"f": "pjson", "token": boss.token})
    assert response.content.startswith(b'{\n  "resources"')


@pytest.mark.parametrize("name", ["a%00b", "%ff", "..", "%2e%2e%2f", "x" * 5000, "%F0%9F%92%A9"])  # fmt: skip
@pytest.mark.parametrize(
    "path",
    ["/services/{}", "/services/Toys/{}.GPServer", "/services/{}/Sleep.GPServer/edit",
     "/services/types/{}", "/services/{}/deleteFolder", SLEEP + "/jobs/{}", SLEEP + "/jobs/{}/cancel"],
)  # fmt: skip
def test_a_name_that_nothing_has_is_not_found(boss, service, path, name):
    url = f"{ADMIN}{path.format(name)}?f=json&token={boss.token}"
    assert boss.client.post(url).json()["code"] == 404
