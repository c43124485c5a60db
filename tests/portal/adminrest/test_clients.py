"""Requests as administrator clients were seen to send them."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest
from django.test import Client

from services.models import Service
from tests.portal.adminrest.conftest import ADMIN, SLEEP, SUCCESS

FORM = "application/x-www-form-urlencoded"

#: What python-ags makes of a GPServerDefinition, with its own spelling of two members.
PYTHON_AGS = {
    "serviceName": "Near", "type": "GPServer", "description": "near things",
    "capabilities": "", "f": "json", "clusterName": "default",
    "minInstancesPerNode": 1, "maxInstancesPerNode": 2, "maxWaitTime": 60,
    "maxStartupTime": 300, "maxIdleTime": 1800, "maxUsageTime": 77,
    "recycleInterval": 24, "loadBalancing": "ROUND_ROBIN", "isolationLevel": "HIGH",
    "properties": {"toolbox": "proximity.Near", "executionType": "asynchronous",
                   "resultMapServer": True, "maximum_records": 100,
                   "show_messages": False, "localJobsDir": False},
    "extensions": [], "enabled": True, "datasets": [],
}  # fmt: skip


def send(boss, method, path, body=""):
    """Send a body as it is, with the token in the query, as agsadmin does."""
    url = f"{ADMIN}{path}?f=json&token={boss.token}"
    if method == "GET":
        return Client().get(url).json()
    return Client().post(url, body, content_type=FORM).json()


@pytest.mark.protocol("10.3 requests of agsadmin")
@pytest.mark.parametrize(
    ("method", "path", "member"),
    [
        ("GET", "/services/", "foldersDetail"),
        ("GET", "/services/Toys/", "services"),
        ("GET", f"{SLEEP}/", "properties"),
        ("GET", "/services///Alone.GPServer/", "properties"),
        ("POST", f"{SLEEP}/status", "realTimeState"),
        ("POST", f"{SLEEP}/statistics", "summary"),
        ("POST", f"{SLEEP}/iteminfo", "title"),
        ("POST", f"{SLEEP}/iteminfo/manifest/manifest.json", "resources"),
        ("POST", f"{SLEEP}/permissions", "permissions"),
    ],
)
def test_agsadmin_reads_by_get_and_post(boss, service, published, method, path, member):
    published("toys.Fail", "Alone")
    assert member in send(boss, method, path)


@pytest.mark.protocol("10.3 requests of agsadmin")
@pytest.mark.parametrize(
    ("path", "body"),
    [
        (f"{SLEEP}/stop", ""),
        (f"{SLEEP}/permissions/add", "principal=esriEveryone&isAllowed=False"),
        ("/services/Toys/renameService",
         "serviceName=Sleep&serviceType=GPServer&serviceNewName=Nap"),
    ],
)  # fmt: skip
def test_agsadmin_changes_with_the_token_in_the_query(boss, service, path, body):
    assert send(boss, "POST", path, body) == SUCCESS


@pytest.mark.protocol("10.3 requests of agsconfig")
def test_agsconfig_writes_mirrors_and_a_second_description(boss, service):
    sent = boss.get(SLEEP) | {
        "description": "By agsconfig", "serviceDescription": "By agsconfig",
        "capabilities": "Uploads", "maxUsageTime": 222, "maxWaitTime": 33,
    }  # fmt: skip
    sent["properties"] |= {"webCapabilities": "Uploads", "usageTimeout": "222",
                           "waitTimeout": "33", "maximumRecords": 44}  # fmt: skip
    body = urlencode({"service": json.dumps(sent)})
    assert send(boss, "POST", f"{SLEEP}/edit", body) == SUCCESS
    row = Service.objects.get()
    assert (row.description, row.uploads, row.max_run_seconds, row.maximum_records) == (
        "By agsconfig", True, 222, 44,
    )  # fmt: skip
    assert boss.get(SLEEP)["maxWaitTime"] == 33


@pytest.mark.protocol("10.3 requests of python-ags")
def test_python_ags_creates_reads_and_edits_a_service(boss, service):
    token = {"f": "json", "token": boss.token}
    url = f"{ADMIN}/services/Toys"
    form = {"service": json.dumps(PYTHON_AGS)} | token
    assert boss.client.post(f"{url}/createService", form).json() == SUCCESS
    row = Service.objects.get(name="Near")
    assert (row.max_run_seconds, row.result_map_server, row.is_synchronous) == (
        77, True, False,
    )  # fmt: skip
    edited = boss.client.get(f"{url}/Near.GPServer", token).json()
    assert "f" not in edited
    edited |= {"f": "json", "capabilities": "Uploads"}
    form = {"service": json.dumps(edited)} | token
    assert boss.client.post(f"{url}/Near.GPServer/edit", form).json() == SUCCESS
    assert Service.objects.get(name="Near").uploads


@pytest.mark.protocol("10.3 requests of python-ags")
def test_python_ags_edits_item_information_by_multipart(boss, service):
    # Django's client sends a dict as multipart/form-data.
    form = {"serviceItemInfo": json.dumps({"title": "Nap"}), "thumbnail": "",
            "f": "json", "token": boss.token}  # fmt: skip
    answer = boss.client.post(f"{ADMIN}{SLEEP}/iteminfo/edit", form)
    assert answer.json() == SUCCESS
    assert Service.objects.get().title == "Nap"


@pytest.mark.protocol("10.3 requests of py")
def test_the_api_for_python_is_known_by_header_and_referer(boss, service):
    form = {"username": "boss", "password": "boss-pass-1", "referer": "http",
            "client": "referer", "expiration": "60", "f": "json"}  # fmt: skip
    tokens = ADMIN.replace("/admin", "/tokens/generateToken")
    token = Client().post(tokens, form).json()["token"]
    headers = {"X-Esri-Authorization": f"Bearer {token}", "Referer": "http"}
    services = {"services": json.dumps({"services": [
        {"folderName": "Toys", "serviceName": "Sleep", "type": "GPServer"}]}), "f": "json"}  # fmt: skip
    answer = Client().post(f"{ADMIN}/services/stopServices", services, headers=headers)
    assert answer.json() == SUCCESS
    answer = Client().get(f"{ADMIN}{SLEEP}/status", {"f": "json"}, headers=headers)
    assert answer.json()["realTimeState"] == "STOPPED"
    form = {
        "f": "json",
        "service": json.dumps({"description": "x"}),
        "runAsync": "true",
    }
    assert (
        Client().post(f"{ADMIN}{SLEEP}/edit", form, headers=headers).json() == SUCCESS
    )
