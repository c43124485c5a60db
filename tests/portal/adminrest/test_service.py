"""One service over the Administrator API: its JSON, edits, state, permissions."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from django.contrib.admin.models import CHANGE, DELETION, LogEntry
from django.utils import timezone

from jobs.models import Job
from jobs.status import JobStatus
from portal.models import KeptProperties
from services.models import Service
from tests.portal.adminrest.conftest import SLEEP, SUCCESS

#: The service JSON of the reference, section 10.1, without texts and paths of a site.
REFERENCE = json.loads("""{
  "serviceName": "Sleep", "type": "GPServer", "description": "", "capabilities": "",
  "provider": "ArcObjects11", "clusterName": "default",
  "minInstancesPerNode": 1, "maxInstancesPerNode": 2, "instancesPerContainer": 1,
  "maxWaitTime": 60, "maxStartupTime": 300, "maxIdleTime": 1800, "maxUsageTime": 600,
  "loadBalancing": "ROUND_ROBIN", "isolationLevel": "HIGH", "configuredState": "STARTED",
  "recycleInterval": 24, "recycleStartTime": "00:00", "keepAliveInterval": -1,
  "private": false, "isDefault": false,
  "maxUploadFileSize": 0, "allowedUploadFileTypes": "",
  "properties": {
    "executionType": "Asynchronous", "resultMapServer": "false",
    "maximumRecords": "1000", "showMessages": "Info",
    "virtualOutputDir": "/rest/directories/arcgisoutput",
    "jobsVirtualDirectory": "/rest/directories/arcgisjobs",
    "progressMessageUpdateInterval": 5, "cancellationCheckInterval": 5
  },
  "frameworkProperties": {}, "extensions": [], "datasets": [], "portalProperties": {}
}""")


def edit(boss, **changes):
    """Read the service JSON, change members, send it back as clients do."""
    sent = boss.get(SLEEP)
    inside = changes.pop("properties", {})
    sent |= changes
    sent["properties"] |= inside
    return boss.post(f"{SLEEP}/edit", service=sent)


def changes_logged():
    return [
        entry.get_change_message()
        for entry in LogEntry.objects.filter(action_flag=CHANGE).order_by("pk")
    ]


@pytest.mark.protocol("10.1 service JSON")
def test_the_service_json_has_the_members_of_the_reference(boss, service):
    answer = boss.get(SLEEP)
    inside = answer.pop("properties")
    wanted = dict(REFERENCE)
    assert inside.items() >= wanted.pop("properties").items()
    assert answer == wanted
    assert inside["toolbox"] == "toys.Sleep"
    assert {"outputDir", "jobsDirectory"} <= set(inside)


@pytest.mark.protocol("10.3 edit with the complete JSON")
def test_what_was_read_can_be_sent_back_and_changes_nothing(boss, service):
    before = Service.objects.values().get()
    assert edit(boss) == SUCCESS
    assert Service.objects.values().get() == before
    assert not LogEntry.objects.exists()
    assert not KeptProperties.objects.exists()


@pytest.mark.protocol("10.2 properties an administrator edits")
@pytest.mark.parametrize(
    ("path", "sent", "field", "value"),
    [
        ("description", "Sleeps a while.", "description", "Sleeps a while."),
        ("serviceDescription", "Sleeps.", "description", "Sleeps."),
        ("capabilities", "Uploads", "uploads", True),
        ("properties.webCapabilities", "uploads", "uploads", True),
        ("configuredState", "STOPPED", "state", "STOPPED"),
        ("maxUsageTime", 77, "max_run_seconds", 77),
        ("maxUsageTime", "77", "max_run_seconds", 77),
        ("maxUsageTime", 77.0, "max_run_seconds", 77),
        ("properties.usageTimeout", "78", "max_run_seconds", 78),
        ("properties.executionType", "Synchronous", "execution_type", "esriExecutionTypeSynchronous"),
        ("properties.executionType", "synchronous", "execution_type", "esriExecutionTypeSynchronous"),
        ("properties.executionType", "esriExecutionTypeSynchronous", "execution_type", "esriExecutionTypeSynchronous"),
        ("properties.resultMapServer", "true", "result_map_server", True),
        ("properties.resultMapServer", True, "result_map_server", True),
        ("properties.maximumRecords", "0", "maximum_records", 0),
        ("properties.maximumRecords", 44, "maximum_records", 44),
        ("properties.showMessages", "Warning", "message_level", "Warning"),
        ("properties.showMessages", "none", "message_level", "None"),
        ("properties.showMessages", False, "message_level", "None"),
        ("properties.maxMemoryMB", "512", "max_memory_mb", 512),
        ("properties.maxDiskMB", "100", "max_disk_mb", 100),
        ("properties.maxRequestMB", 5, "max_request_mb", 5),
        ("properties.maxInputFeatures", "7", "max_features", 7),
        ("properties.maxInputVertices", "70", "max_vertices", 70),
        ("properties.maxInputDepth", "20", "max_depth", 20),
        ("properties.inputExtent", "5, 45, 10, 47", "input_extent", "5, 45, 10, 47"),
        ("properties.maxZipEntries", "9", "max_zip_entries", 9),
        ("properties.maxZipRatio", "8", "max_zip_ratio", 8),
        ("properties.maxUnzippedMB", "7", "max_unzipped_mb", 7),
        ("properties.maxPageRows", "50", "max_page_rows", 50),
        ("properties.maxRunningJobsPerUser", "2", "max_running_per_user", 2),
        ("properties.maxQueuedJobsPerUser", "3", "max_queued_per_user", 3),
        ("properties.maxQueuedJobs", "3", "max_queued", 3),
        ("properties.maxRunningJobs", "2", "max_running", 2),
        ("properties.maxQueueSeconds", "90", "max_wait_seconds", 90),
        ("properties.jobPriority", "High", "priority", 10),
        ("properties.jobPriority", "low", "priority", -10),
        ("properties.keepJobsHours", "48", "keep_jobs_hours", 48),
        ("properties.keepJobsMB", "100", "keep_jobs_mb", 100),
    ],
    ids=repr,
)  # fmt: skip
def test_a_member_sets_its_field(boss, service, path, sent, field, value):
    name = path.removeprefix("properties.")
    changed = {name: sent} if name == path else {"properties": {name: sent}}
    before = Service.objects.get().revision
    assert edit(boss, **changed) == SUCCESS
    row = Service.objects.get()
    assert getattr(row, field) == value
    assert row.revision > before
    assert len(changes_logged()) == 1


@pytest.mark.protocol("10.2 properties an administrator edits")
def test_an_edit_shows_in_the_service_at_once(boss, service, rest):
    assert rest.get("/Toys/Sleep/GPServer")["maximumRecords"] == 1000
    changed = {"maximumRecords": "7", "executionType": "Synchronous"}
    edit(boss, description="New", capabilities="Uploads", properties=changed)
    answer = rest.get("/Toys/Sleep/GPServer")
    assert (answer["serviceDescription"], answer["maximumRecords"]) == ("New", 7)
    assert (answer["executionType"], answer["capabilities"]) == (
        "esriExecutionTypeSynchronous", "Uploads",
    )  # fmt: skip
    edit(boss, configuredState="STOPPED")
    assert rest.get("/Toys/Sleep/GPServer")["error"]["code"] == 500


def test_an_edit_is_logged_as_the_django_admin_does(boss, service):
    edit(boss, description="New", maxUsageTime=5, minInstancesPerNode=3)
    entry = LogEntry.objects.get()
    assert (entry.user.username, entry.object_repr) == ("boss", "Toys/Sleep")
    assert entry.get_change_message() == (
        "Changed Description, Max run seconds and minInstancesPerNode."
    )


@pytest.mark.protocol("10.3 edit with the complete JSON")
@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("maxUsageTime", 0), ("maxUsageTime", -1), ("maxUsageTime", "soon"),
        ("maxUsageTime", 1.5), ("maxUsageTime", True), ("maxUsageTime", [1]),
        ("maxUsageTime", 10**30), ("maxUsageTime", "9" * 18), ("maxUsageTime", "٣x"),
        ("description", 5), ("capabilities", "Uploads,Query"), ("capabilities", {}),
        ("configuredState", "PAUSED"), ("serviceName", "Other"), ("type", "MapServer"),
        ("properties.executionType", "Sometimes"), ("properties.executionType", 5),
        ("properties.resultMapServer", "perhaps"), ("properties.resultMapServer", 1),
        ("properties.maximumRecords", "-1"), ("properties.showMessages", "Debug"),
        ("properties.maxMemoryMB", 1), ("properties.toolbox", "toys.Fail"),
        ("properties.usageTimeout", "x"),
    ],
    ids=repr,
)  # fmt: skip
def test_a_value_that_does_not_fit_is_refused_with_its_member(
    boss, service, path, sent
):
    name = path.removeprefix("properties.")
    changed = {name: sent} if name == path else {"properties": {name: sent}}
    before = Service.objects.values().get()
    answer = edit(boss, **changed)
    assert (answer["status"], answer["code"]) == ("error", 400)
    assert f"'{path}'" in answer["messages"][0]
    assert Service.objects.values().get() == before
    assert not LogEntry.objects.exists()


def test_all_problems_of_an_edit_are_told_together(boss, service):
    answer = edit(
        boss, maxUsageTime=0, configuredState="?", properties={"showMessages": "?"}
    )
    told = [re.search("'(.+?)'", one)[1] for one in answer["messages"]]
    assert set(told) == {"maxUsageTime", "configuredState", "properties.showMessages"}


def test_two_members_for_one_thing_may_not_contradict(boss, service):
    answer = edit(boss, maxUsageTime=5, properties={"usageTimeout": "6"})
    assert "says something else than maxUsageTime" in answer["messages"][0]
    assert edit(boss, maxUsageTime=5, properties={"usageTimeout": "5"}) == SUCCESS


@pytest.mark.parametrize("sent", ["", "x", "[]", "5", "null", '{"properties": 5}', '{"a": "\\u0000"}', '{"a": NaN}', "[" * 5000])  # fmt: skip
def test_what_is_no_service_json_is_refused(boss, service, sent):
    answer = boss.post(f"{SLEEP}/edit", service=sent)
    assert answer["code"] == 400


def test_members_that_are_left_out_stay(boss, service):
    edit(boss, description="Stays", maxUsageTime=5)
    assert boss.post(f"{SLEEP}/edit", service={"capabilities": "Uploads"}) == SUCCESS
    row = Service.objects.get()
    assert (row.description, row.max_run_seconds, row.uploads) == ("Stays", 5, True)


@pytest.mark.protocol("10.2 properties of pools")
def test_members_without_a_use_are_kept_as_they_were_sent(boss, service):
    sent = {"minInstancesPerNode": 4, "recycleStartTime": "03:00", "maxIdleTime": "99",
            "extensions": [{"typeName": "WPSServer", "enabled": "true"}]}  # fmt: skip
    inside = {"idleTimeout": "99", "house number": {"a": [1]}}
    assert edit(boss, **sent, properties=inside) == SUCCESS
    answer = boss.get(SLEEP)
    assert answer.items() >= sent.items()
    assert answer["properties"].items() >= inside.items()
    assert edit(boss, minInstancesPerNode=1) == SUCCESS
    assert boss.get(SLEEP)["minInstancesPerNode"] == 1
    assert boss.get(SLEEP)["maxIdleTime"] == "99"


def test_what_the_portal_says_of_itself_stays_as_it_is(boss, service):
    sent = {"provider": "ArcObjects", "clusterName": "mine", "private": True}
    assert edit(boss, **sent, properties={"outputDir": "/srv/out"}) == SUCCESS
    answer = boss.get(SLEEP)
    assert (answer["provider"], answer["private"]) == ("ArcObjects11", False)
    assert answer["properties"]["outputDir"] == "arcgisoutput"


def test_a_client_cannot_fill_the_database(boss, service):
    assert edit(boss, notes="x" * 100_000)["code"] == 400
    assert not KeptProperties.objects.exists()


def test_a_large_service_json_is_read(boss, service):
    assert edit(boss, description="x" * 40_000) == SUCCESS
    assert len(Service.objects.get().description) == 40_000


@pytest.mark.protocol("10.3 start and stop")
def test_stop_and_start_change_the_state_and_are_logged(boss, service, rest):
    assert boss.post(f"{SLEEP}/stop") == SUCCESS
    assert boss.get(f"{SLEEP}/status") == {
        "configuredState": "STOPPED",
        "realTimeState": "STOPPED",
    }
    assert rest.get("/Toys/Sleep/GPServer")["error"]["code"] == 500
    assert boss.post(f"{SLEEP}/start") == SUCCESS
    assert boss.post(f"{SLEEP}/start") == SUCCESS
    assert "tasks" in rest.get("/Toys/Sleep/GPServer")
    assert changes_logged() == ["Stopped.", "Started."]


@pytest.mark.protocol("10.3 delete")
def test_a_deleted_service_is_gone(boss, service):
    assert boss.post(f"{SLEEP}/delete") == SUCCESS
    assert not Service.objects.exists()
    assert LogEntry.objects.get().action_flag == DELETION
    assert boss.get(SLEEP)["code"] == 404


@pytest.mark.parametrize("path", ["/services/Toys/Nope.GPServer", "/services/Nope/Sleep.GPServer/edit",
                                  "/services/Toys/Sleep.MapServer", "/services/Sleep.GPServer/status"])  # fmt: skip
def test_what_is_not_there_is_an_error_document(boss, service, path):
    answer = boss.post(path)
    assert (answer["status"], answer["code"]) == ("error", 404)


@pytest.mark.protocol("10.3 statistics")
def test_statistics_count_runs_and_their_time(boss, service, make):
    make(JobStatus.SUCCEEDED, host="one")
    make(JobStatus.FAILED, host="one")
    make(JobStatus.EXECUTING, host="two", started_at=timezone.now())
    make(JobStatus.SUBMITTED)
    answer = boss.get(f"{SLEEP}/statistics")
    summary = answer["summary"]
    assert set(summary) == {
        "folderName", "serviceName", "type", "startTime", "max", "busy", "free",
        "initializing", "notCreated", "transactions", "totalBusyTime",
        "isStatisticsAvailable",
    }  # fmt: skip
    # two runs of two seconds each ended; one more has begun
    assert (summary["transactions"], summary["busy"], summary["totalBusyTime"]) == (
        3,
        1,
        4000,
    )
    machines = {one["machineName"]: one["transactions"] for one in answer["perMachine"]}
    assert machines == {"one": 2, "two": 1}


def test_statistics_count_synchronous_runs_too(boss, service, make):
    at = timezone.now()
    make(
        JobStatus.SUCCEEDED,
        mode=Job.Mode.SYNC,
        started_at=at,
        ended_at=at + timedelta(seconds=1),
    )
    assert boss.get(f"{SLEEP}/statistics")["summary"]["totalBusyTime"] == 1000


@pytest.mark.protocol("10.3 iteminfo")
def test_item_information_sets_texts_and_keeps_the_rest(boss, service):
    sent = boss.get(f"{SLEEP}/iteminfo")
    assert (sent["name"], sent["type"]) == ("Sleep", "GPServer")
    sent |= {"title": "A nap", "description": "Sleeps.", "tags": ["a", "b"],
             "snippet": "Short", "licenseInfo": "Free"}  # fmt: skip
    assert boss.post(f"{SLEEP}/iteminfo/edit", serviceItemInfo=sent) == SUCCESS
    assert boss.get(f"{SLEEP}/iteminfo") == sent | {"summary": "Short"}
    row = Service.objects.get()
    assert (row.title, row.description) == ("A nap", "Sleeps.")
    assert (row.tags, row.summary, row.license_info) == ("a, b", "Short", "Free")
    assert changes_logged() == [
        "Changed Title, Description, Summary, Tags and Terms of use."
    ]


@pytest.mark.parametrize(("sent", "named"), [({"title": "x" * 201}, "title"), ({"title": 5}, "title"), ([], "serviceItemInfo")])  # fmt: skip
def test_item_information_that_does_not_fit_is_refused(boss, service, sent, named):
    answer = boss.post(f"{SLEEP}/iteminfo/edit", serviceItemInfo=sent)
    assert f"'{named}'" in answer["messages"][0]
