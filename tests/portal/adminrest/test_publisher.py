"""A publisher over the Administrator API: own folders, and nothing of the others."""

from __future__ import annotations

import pytest

from services.models import Service
from tests.portal.adminrest.conftest import SUCCESS, Administrator
from tests.portal.people import row


def test_a_publisher_lists_own_folders_over_rest(publisher):
    rest = Administrator(publisher)
    assert rest.get("/services")["folders"] == ["Mine"]
    assert rest.get("/services")["services"] == []
    assert [one["serviceName"] for one in rest.get("/services/Mine")["services"]] == [
        "Sleep"
    ]
    assert rest.get("/services/Theirs")["code"] == 404
    assert rest.get("/services/report")["reports"] == []


@pytest.mark.parametrize("tail", ["", "/status", "/statistics", "/iteminfo", "/permissions",
                                  "/iteminfo/manifest/manifest.json"])  # fmt: skip
@pytest.mark.parametrize("path", ["/services/Theirs/Sleep", "/services/Rooted"])
def test_what_others_have_is_not_there_for_a_publisher(publisher, path, tail):
    rest = Administrator(publisher)
    answer = rest.get(f"{path}.GPServer{tail}")
    absent = rest.get(f"{path}s.GPServer{tail}")
    assert answer["code"] == 404
    assert (
        absent["messages"][0].replace("s/GPServer", "/GPServer")
        == answer["messages"][0]
    )
    assert "code" not in rest.get(f"/services/Mine/Sleep.GPServer{tail}")


CHANGES = {
    "edit": {"service": {"description": "x"}},
    "start": {}, "stop": {}, "delete": {},
    "iteminfo/edit": {"serviceItemInfo": {"title": "x"}},
    "permissions/add": {"principal": "esriEveryone", "isAllowed": "false"},
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_a_publisher_changes_own_services_alone_over_rest(publisher, name):
    rest, form = Administrator(publisher), CHANGES[name]
    for path in ("Theirs/Sleep", "Rooted"):
        before = Service.objects.values().get(pk=row(path).pk)
        assert rest.post(f"/services/{path}.GPServer/{name}", **form)["code"] == 404
        assert Service.objects.values().get(pk=before["id"]) == before
    assert rest.post(f"/services/Mine/Sleep.GPServer/{name}", **form) == SUCCESS


@pytest.mark.parametrize("name", ["startServices", "stopServices", "deleteServices"])
def test_a_list_with_the_service_of_another_is_refused_whole(publisher, name):
    services = [{"folderName": folder, "serviceName": "Sleep", "type": "GPServer"}
                for folder in ("Mine", "Theirs")]  # fmt: skip
    answer = Administrator(publisher).post(f"/services/{name}", services=services)
    assert answer["code"] == 404
    assert Service.objects.filter(state="STARTED").count() == 3


def test_a_publisher_creates_services_in_own_folders_alone(publisher):
    rest = Administrator(publisher)
    sent = {
        "serviceName": "New",
        "type": "GPServer",
        "properties": {"toolbox": "toys.Fail"},
    }
    codes = {at: rest.post(f"/services{at}/createService", service=sent).get("code")
             for at in ("", "/Theirs", "/Mine")}  # fmt: skip
    assert codes == {"": 403, "/Theirs": 404, "/Mine": None}
    assert [one.path for one in Service.objects.filter(name="New")] == ["Mine/New"]


def test_a_publisher_renames_own_services_alone(publisher):
    rest, form = (
        Administrator(publisher),
        {"serviceType": "GPServer", "serviceNewName": "Nap"},
    )
    for folder, code in (("/Theirs", 404), ("", 404), ("/Mine", None)):
        name = "Sleep" if folder else "Rooted"
        answer = rest.post(f"/services{folder}/renameService", serviceName=name, **form)
        assert answer.get("code") == code
    assert row("Mine/Nap")


def test_a_publisher_does_not_learn_what_others_have(publisher):
    rest = Administrator(publisher)
    for fields in ({"folderName": "Theirs"}, {"serviceName": "Rooted"},
                   {"folderName": "Theirs", "serviceName": "Sleep"}):  # fmt: skip
        assert rest.get("/services/exists", **fields) == {"exists": False}
    assert rest.get("/services/exists", folderName="Mine") == {"exists": True}


def test_a_publisher_edits_own_folders_alone_over_rest(publisher):
    rest = Administrator(publisher)
    for folder, code in (("Theirs", 404), ("Mine", None)):
        answer = rest.post(f"/services/{folder}/editFolder", description="x")
        assert answer.get("code") == code
        form = {"principal": "user:someone"}
        assert (
            rest.post(f"/services/{folder}/permissions/add", **form).get("code") == code
        )
    assert rest.post("/services/createFolder", folderName="New")["code"] == 403
    assert rest.post("/services/Mine/deleteFolder")["code"] == 403
