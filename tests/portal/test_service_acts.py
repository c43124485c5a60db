"""Acts on services: each asks first, says which jobs it touches, and REST shows it."""

from __future__ import annotations

import json

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from jobs.models import Job
from portal.admin.services.form import PortalServiceForm
from portal.roles import OPERATOR, PUBLISHER
from services.models import Folder, Service
from tests.portal.people import browser, page, row, someone
from tests.services.admin_pages import BOX, edit, parameter_edit, run

LIST = f"{BOX}/service/"
IMPORT = f"{LIST}import/"


@pytest.fixture
def service(published):
    return published("samples.Sleep", "Toys/Sleep", sync=False)


@pytest.fixture
def jobs(service):
    """A job that waits and one that runs."""
    common = {"service": service, "service_path": "Toys/Sleep", "task_name": "Sleep", "mode": "async",
              "submitted_at": timezone.now()}  # fmt: skip
    return [Job.objects.create(status=status, **common)
            for status in ("esriJobSubmitted", "esriJobExecuting")]  # fmt: skip


def statuses(jobs):
    return [Job.objects.get(pk=one.pk).status for one in jobs]


def act(client, action, /, *rows, **more):
    """Do an act and confirm it; return the messages."""
    answer = run(client, action, *rows, confirmed="yes", **more)
    assert "messages" in answer.context, answer.content.decode()
    return [str(one) for one in answer.context["messages"]]


# --- Stop and start -------------------------------------------------------------------


def test_the_page_that_asks_lists_the_services_and_their_jobs(
    admin_client, service, jobs, published
):
    other = published("toys.Fail", "Toys/Idle")
    html = run(admin_client, "stop", service, other).content.decode()
    assert "2 services" in html
    assert "<li>Toys/Sleep: 1 job runs, 1 job waits</li>" in html
    assert "<li>Toys/Idle: no jobs wait or run</li>" in html
    assert not Service.objects.filter(state="STOPPED").exists()


def test_a_stop_lets_jobs_finish_unless_they_are_to_be_cancelled(
    admin_client, service, jobs
):
    act(admin_client, "stop", service, jobs="finish")
    assert statuses(jobs) == ["esriJobSubmitted", "esriJobExecuting"]
    told = act(admin_client, "stop", service, jobs="cancel")
    assert "2 jobs cancelled." in told
    assert statuses(jobs) == ["esriJobCancelled", "esriJobCancelling"]


def test_a_stopped_service_says_why_to_clients_while_it_is_stopped(
    admin_client, service, rest
):
    at = "/Toys/Sleep/GPServer"
    act(admin_client, "stop", service)
    told = "Service Toys/Sleep/GPServer not started"
    assert rest.get(at)["error"]["message"] == told
    act(admin_client, "stop", service, reason="New data until Friday.")
    assert rest.get(f"{at}/Sleep")["error"]["message"] == (
        f"{told}: New data until Friday."
    )
    run(admin_client, "start", service)
    assert rest.get(at)["tasks"] == ["Sleep"]


def test_the_reason_is_text_and_no_markup(admin_client, service, client):
    act(admin_client, "stop", service, reason="<b>bold</b>")
    html = client.get("/server/rest/services/Toys/Sleep/GPServer").content.decode()
    assert "&lt;b&gt;bold&lt;/b&gt;" in html
    html = admin_client.get(page("service", service)).content.decode()
    assert "stopped: &lt;b&gt;bold&lt;/b&gt;" in html


def test_the_button_of_a_row_asks_for_that_row_alone(admin_client, service, published):
    published("toys.Fail", "Toys/Other")
    asked = admin_client.post(LIST, {"quick": f"stop:{service.pk}"})
    assert b"1 service" in asked.content
    assert b"Toys/Other" not in asked.content
    sent = {"action": "stop", "_selected_action": service.pk, "confirmed": "yes"}
    admin_client.post(LIST, sent)
    assert row("Toys/Sleep").state == "STOPPED"
    admin_client.post(LIST, {"quick": f"start:{service.pk}"})
    assert row("Toys/Sleep").state == "STARTED"


@pytest.mark.parametrize("value", ["stop:", "stop:x", "delete_selected:1", ":", "stop:99999"])  # fmt: skip
def test_a_button_that_is_none_does_nothing(admin_client, service, value):
    assert admin_client.post(LIST, {"quick": value}, follow=True).status_code == 200
    assert row("Toys/Sleep").state == "STARTED"


def test_an_act_on_a_filtered_list_reaches_what_the_filter_no_longer_shows(
    admin_client, service, jobs
):
    url = f"{LIST}?state__exact=STARTED"
    sent = {"action": "stop", "_selected_action": service.pk, "confirmed": "yes", "jobs": "cancel"}  # fmt: skip
    admin_client.post(url, sent)
    assert row("Toys/Sleep").state == "STOPPED"
    assert statuses(jobs) == ["esriJobCancelled", "esriJobCancelling"]


def test_a_restart_starts_and_lets_every_process_read_again(
    admin_client, service, jobs
):
    Service.objects.update(state="STOPPED")
    before = row("Toys/Sleep").revision
    told = act(admin_client, "restart", service, jobs="finish")
    assert told == ["1 service restarted."]
    after = row("Toys/Sleep")
    assert (after.state, after.revision > before) == ("STARTED", True)
    assert statuses(jobs) == ["esriJobSubmitted", "esriJobExecuting"]


def test_a_purge_cancels_what_waits_alone(admin_client, service, jobs):
    assert b"1 job waits" in run(admin_client, "purge_queue", service).content
    assert act(admin_client, "purge_queue", service) == ["1 job cancelled."]
    assert statuses(jobs) == ["esriJobCancelled", "esriJobExecuting"]


def test_an_operator_purges_queues_and_edits_nothing(service, jobs):
    client = browser(someone(OPERATOR))
    html = client.get(LIST).content.decode()
    assert "Purge queue" in html
    assert "Restart" not in html
    act(client, "purge_queue", service)
    assert statuses(jobs) == ["esriJobCancelled", "esriJobExecuting"]
    for name in ("stop", "restart", "set_access", "duplicate"):
        run(client, name, service, confirmed="yes", name="Copy", access="everyone")
    client.post(LIST, {"quick": f"stop:{service.pk}"})
    assert row("Toys/Sleep").state == "STARTED"
    assert Service.objects.count() == 1


# --- Access and copies ----------------------------------------------------------------


def test_access_is_set_for_groups(admin_client, service, owner, stranger):
    planners = Group.objects.create(name="Planners")
    owner.groups.add(planners)
    act(admin_client, "set_access", service, access="chosen", groups=[planners.pk])
    found = row("Toys/Sleep")
    assert (found.access, list(found.allowed_groups.all())) == ("chosen", [planners])


def test_a_service_of_the_root_has_no_folder_to_go_with(admin_client, published):
    rooted = published("toys.Fail", "Rooted")
    answer = run(admin_client, "set_access", rooted, confirmed="yes", access="folder")
    assert b"Rooted is in the root" in answer.content
    assert row("Rooted").access == "everyone"


def test_a_copy_has_settings_access_and_parameters_under_a_new_name(
    admin_client, service, rest
):
    planners = Group.objects.create(name="Planners")
    service.allowed_groups.add(planners)
    Service.objects.update(max_run_seconds=77, tags="a, b")
    parameter_edit(admin_client, service.tasks.get(), "Seconds", default="7.5")
    act(admin_client, "duplicate", service, folder=service.folder_id, name="Nap")
    copy = row("Toys/Nap")
    assert (copy.max_run_seconds, copy.tags) == (77, "a, b")
    assert list(copy.allowed_groups.all()) == [planners]
    parameters = rest.get("/Toys/Nap/GPServer/Sleep")["parameters"]
    assert next(x for x in parameters if x["name"] == "Seconds")["defaultValue"] == 7.5


@pytest.mark.parametrize(
    ("name", "says"),
    [("sLEEP", b"There is a service of this name"), ("a/b", b"Use letters"),
     ("", b"This field is required"), ("x" * 101, b"at most 100")],
)  # fmt: skip
def test_a_copy_is_refused_a_name_that_no_service_may_have(
    admin_client, service, name, says
):
    answer = run(admin_client, "duplicate", service, confirmed="yes",
                 folder=service.folder_id, name=name)  # fmt: skip
    assert says in answer.content
    assert Service.objects.count() == 1


def test_two_services_are_not_copied_under_one_name(admin_client, service, published):
    other = published("toys.Fail", "Toys/Other")
    told = act(admin_client, "duplicate", service, other, name="Copy")
    assert told == ["Choose one service: each copy needs a name of its own."]


def test_a_publisher_copies_into_own_folders_alone(publisher):
    client, theirs = browser(publisher), Folder.objects.get(name="Theirs")
    answer = run(client, "duplicate", row("Mine/Sleep"), confirmed="yes",
                 folder=theirs.pk, name="Nap")  # fmt: skip
    assert b"Select a valid choice" in answer.content
    assert not Service.objects.filter(name="Nap").exists()


# --- A change holds for new jobs ------------------------------------------------------


def test_a_job_keeps_the_settings_that_it_was_accepted_with(
    admin_client, service, rest
):
    ids = [rest.post("/Toys/Sleep/GPServer/Sleep/submitJob", Seconds="0")["jobId"]]
    html = admin_client.get(page("service", service)).content.decode()
    assert "Changes hold for new jobs" in html
    edit(admin_client, page("service", service), max_run_seconds=77)
    ids.append(rest.post("/Toys/Sleep/GPServer/Sleep/submitJob", Seconds="0")["jobId"])
    kept = [Job.objects.get(pk=one).snapshot["seconds"] for one in ids]
    assert kept == [600, 77]


def test_the_page_shows_the_last_error_with_its_job(admin_client, service, jobs):
    Job.objects.filter(pk=jobs[0].pk).update(error="Too far.\nmore", status="esriJobFailed")  # fmt: skip
    html = admin_client.get(page("service", service)).content.decode()
    assert f'<a href="/admin/jobs/job/{jobs[0].pk}/change/">Too far.</a>' in html


def test_who_sees_no_jobs_sees_no_error_of_one(service, jobs):
    Job.objects.update(error="Too far.")
    reader = someone()
    reader.user_permissions.set(Permission.objects.filter(codename="view_service"))
    html = browser(reader).get(page("service", service)).content.decode()
    assert "Too far." not in html
    assert "Last error" not in html


# --- JSON -----------------------------------------------------------------------------


def exported(client, *services):
    return run(client, "export_json", *services).json()


def test_an_export_has_the_shape_of_arcgis_server(admin_client, service):
    document = exported(admin_client, service)
    assert (document["serviceName"], document["type"]) == ("Sleep", "GPServer")
    assert document["properties"]["executionType"] == "Asynchronous"
    assert document["properties"]["maximumRecords"] == "1000"
    assert document["properties"]["toolbox"] == "samples.Sleep"
    assert document["configuredState"] == "STARTED"


def test_what_is_exported_is_imported_as_it_was(admin_client, service, rest):
    planners = Group.objects.create(name="Planners")
    service.allowed_groups.add(planners)
    Service.objects.update(access="chosen", max_features=9, tags="a, b", title="A nap")
    parameter_edit(admin_client, service.tasks.get(), "Seconds", default="7.5",
                   maximum="9", label="How long")  # fmt: skip
    document = exported(admin_client, service)
    admin_client.post(IMPORT, {"text": json.dumps(document), "name": "Again"})
    again = exported(admin_client, row("Toys/Again"))
    assert again == document | {"serviceName": "Again"}
    assert row("Toys/Again").allowed_groups.get() == planners


def test_several_services_are_exported_and_imported_together(
    admin_client, service, published
):
    other = published("toys.Fail", "Toys/Fail")
    document = exported(admin_client, service, other)
    Service.objects.all().delete()
    file = SimpleUploadedFile("services.json", json.dumps(document).encode())
    admin_client.post(IMPORT, {"file": file})
    found = {str(one) for one in Service.objects.all()}
    assert found == {"Toys/Sleep", "Toys/Fail"}


def test_a_service_json_of_arcgis_server_is_imported(admin_client, db):
    document = {"serviceName": "Near", "type": "GPServer", "capabilities": "Uploads",
                "maxUsageTime": 120, "minInstancesPerNode": 3, "properties": {
                    "toolbox": "proximity.Near", "executionType": "Synchronous",
                    "maximumRecords": "5", "showMessages": "Error"}}  # fmt: skip
    admin_client.post(IMPORT, {"text": json.dumps(document)})
    made = row("Near")
    assert (made.max_run_seconds, made.maximum_records, made.uploads) == (120, 5, True)
    assert (made.is_synchronous, made.message_level) == (True, "Error")
    assert [one.tool_id for one in made.tasks.all()] == ["proximity.Near"]
    assert exported(admin_client, made)["minInstancesPerNode"] == 3


SLEEP = {"serviceName": "New", "type": "GPServer", "properties": {},
         "tasks": [{"name": "Sleep", "tool": "samples.Sleep", "parameters": []}]}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"properties": {"maximumRecords": "many"}}, "properties.maximumRecords: expected a whole number"),
        ({"serviceName": "Sleep"}, "serviceName: there is a service of this name"),
        ({"serviceName": "a/b"}, "serviceName: Use letters"),
        ({"type": "MapServer"}, "type: this portal only has GPServer"),
        ({"properties": []}, "properties: expected a JSON object"),
        ({"tasks": [{"tool": "gone.Tool"}]}, "tasks[0].tool: the tool gone.Tool is not installed"),
        ({"tasks": {}}, "tasks: expected a list"),
        ({"tasks": [{"tool": "samples.Sleep"}, {"tool": "toys.Sleep", "name": "sLEEP"}]}, "tasks[1].name: There is a task"),
        ({"tasks": [{"name": "if", "tool": "samples.Sleep"}]}, "tasks[0].name: Python clients"),
        ({"tasks": [{"tool": "samples.Sleep", "parameters": [{"name": "Seconds", "default": 99999}]}]},
         "tasks[0].parameters.Seconds"),
        ({"tasks": [{"tool": "samples.Sleep", "parameters": [{"name": "Hours"}]}]}, "no parameter Hours"),
        ({"principals": ["Nobody here"]}, "principals: there is no Nobody here"),
        ({"iteminfo": {"tags": 5}}, "iteminfo.tags: expected a list"),
        ({"folderName": "Nowhere"}, "There is no folder Nowhere"),
    ],
    ids=str,
)  # fmt: skip
def test_what_cannot_be_imported_is_refused_by_its_member(
    admin_client, service, changes, says
):
    document = SLEEP | {"folderName": "Toys"} | changes
    answer = admin_client.post(IMPORT, {"text": json.dumps(document)})
    assert answer.status_code == 400
    told = " ".join(str(x) for texts in answer.context["form"].errors.values() for x in texts)  # fmt: skip
    assert says in told
    assert Service.objects.count() == 1


@pytest.mark.parametrize(
    "text", ["", "{", "[1]", "5", '"x"', "null", '{"services": [5]}', "{" * 9999, '{"serviceName": 5}',
             '{"serviceName": "X", "tasks": [5]}', '{"serviceName": "X", "tasks": [{"tool": "samples.Sleep", "name": 5}]}',
             '{"serviceName": "X", "tasks": [{"tool": "samples.Sleep", "parameters": [5]}]}',
             '{"serviceName": "X", "tasks": [{"tool": "samples.Sleep", "position": "far"}]}'],
)  # fmt: skip
def test_nonsense_is_refused_and_stores_nothing(admin_client, db, text):
    assert admin_client.post(IMPORT, {"text": text}).status_code == 400
    assert not Service.objects.exists()


def test_one_bad_service_of_several_keeps_all_out(admin_client, service):
    document = {"services": [SLEEP, SLEEP | {"serviceName": "a/b"}]}
    admin_client.post(IMPORT, {"text": json.dumps(document)})
    assert Service.objects.count() == 1


def test_a_publisher_imports_into_own_folders_alone(publisher):
    client = browser(publisher)
    for folder, status in (("Theirs", 400), ("", 400), ("Mine", 302)):
        sent = {"text": json.dumps(SLEEP | {"folderName": folder})}
        assert client.post(IMPORT, sent).status_code == status
    assert [str(one) for one in Service.objects.filter(name="New")] == ["Mine/New"]


def test_who_adds_no_services_imports_none(service):
    client = browser(someone(OPERATOR))
    assert client.get(IMPORT).status_code == 403
    assert client.post(IMPORT, {"text": json.dumps(SLEEP)}).status_code == 403


def test_members_without_a_field_are_kept_and_answered(admin_client, service):
    url = page("service", service)
    kept = json.dumps({"maxIdleTime": 600, "properties": {"waitTimeout": "9"}})
    assert edit(admin_client, url, kept_properties=kept).status_code == 302
    document = exported(admin_client, service)
    assert document["maxIdleTime"] == 600
    assert document["properties"]["waitTimeout"] == "9"


@pytest.mark.parametrize(
    "text", ["[]", "5", "{", '{"maxUsageTime": 5}', '{"properties": []}',
             '{"properties": {"maximumRecords": "5"}}', '{"provider": "x"}',
             json.dumps({"x": "y" * 70_000})],
    ids=lambda text: text[:20],
)  # fmt: skip
def test_members_that_cannot_be_kept_are_refused_by_their_field(text):
    with pytest.raises(ValidationError):
        PortalServiceForm.base_fields["kept_properties"].clean(text)


def test_what_cannot_be_kept_is_refused_beside_its_field(admin_client, service):
    answer = edit(admin_client, page("service", service), kept_properties="[]")
    assert list(answer.context["adminform"].form.errors) == ["kept_properties"]


# --- A test run -----------------------------------------------------------------------


def test_a_test_run_is_a_job_of_who_runs_it(admin_client, admin_user, service):
    Service.objects.update(state="STOPPED")  # clients see it not yet
    url = f"{LIST}{service.pk}/test/{service.tasks.get().pk}/"
    assert b'name="Seconds"' in admin_client.get(url).content
    answer = admin_client.post(url, {"Seconds": "0"})
    job = Job.objects.get()
    assert answer.url == f"/admin/jobs/job/{job.pk}/change/"
    assert (job.user, job.service_path, job.inputs) == (
        admin_user, "Toys/Sleep", {"Seconds": "0"})  # fmt: skip


def test_a_test_run_with_bad_input_is_refused_beside_the_field(admin_client, service):
    url = f"{LIST}{service.pk}/test/{service.tasks.get().pk}/"
    answer = admin_client.post(url, {"Seconds": "many"})
    assert answer.status_code == 400
    assert b'href="#p-Seconds"' in answer.content
    assert b'value="many"' in answer.content
    assert not Job.objects.exists()


@pytest.mark.parametrize(("role", "status"), [(OPERATOR, 403), (PUBLISHER, 403)])
def test_who_may_not_change_a_service_does_not_try_it_out(service, role, status):
    client = browser(someone(role))
    url = f"{LIST}{service.pk}/test/{service.tasks.get().pk}/"
    assert client.post(url, {"Seconds": "0"}).status_code == status
    assert not Job.objects.exists()
