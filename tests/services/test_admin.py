"""The catalogue in the admin: publish, edit, refuse, act; REST shows it at once."""

from __future__ import annotations

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client

from services.catalog import publish
from services.models import Folder, Service, Task, TaskParameter
from services.registry import installed
from tests.services.admin_pages import BOX, edit, errors_of, run


@pytest.fixture
def service(published):
    return published("samples.Sleep", "Toys/Sleep")


@pytest.fixture
def task(service):
    return service.tasks.get()


@pytest.fixture
def echo(published):
    return published("samples.Echo", "Toys/Echo").tasks.get()


@pytest.mark.parametrize("page", ["folder/", "service/", "task/", "folder/add/",
                                  "service/add/", "task/add/"])  # fmt: skip
def test_every_list_and_add_page_answers(admin_client, task, page):
    assert admin_client.get(f"{BOX}/{page}").status_code == 200


def test_every_change_page_answers(admin_client, task, echo):
    for row in (*Folder.objects.all(), *Service.objects.all(), *Task.objects.all()):
        url = f"{BOX}/{row._meta.model_name}/{row.pk}/change/"
        assert admin_client.get(url).status_code == 200


@pytest.mark.parametrize("model", ["folder", "service", "task"])
def test_lists_can_be_searched(admin_client, task, model):
    response = admin_client.get(f"{BOX}/{model}/", {"q": "Toys"})
    assert response.context["cl"].result_count == 1
    response = admin_client.get(f"{BOX}/{model}/", {"q": "nothing like it"})
    assert response.context["cl"].result_count == 0


def test_a_page_of_services_costs_few_queries(
    admin_client, published, django_assert_max_num_queries
):
    for number in range(8):
        published("toys.Fail", f"Box{number % 3}/Service{number}")
    with django_assert_max_num_queries(15):
        admin_client.get(f"{BOX}/service/")
    with django_assert_max_num_queries(15):
        admin_client.get(f"{BOX}/task/")


def test_a_page_of_parameters_costs_few_queries(
    admin_client, echo, django_assert_max_num_queries
):
    with django_assert_max_num_queries(15):
        admin_client.get(f"{BOX}/task/{echo.pk}/change/")


# --- Publishing -----------------------------------------------------------------------


def test_adding_a_task_publishes_a_tool(admin_client, service):
    response = admin_client.post(
        f"{BOX}/task/add/", {"service": service.pk, "tool_id": "samples.Echo"}
    )
    task = Task.objects.get(name="Echo")
    assert response.url == f"{BOX}/task/{task.pk}/change/"
    assert task.parameters.count() == len(installed("samples.Echo").schema.parameters)
    assert task.position == 1


def test_a_tool_that_is_not_installed_cannot_be_published(admin_client, service):
    response = admin_client.post(
        f"{BOX}/task/add/", {"service": service.pk, "tool_id": "os.system", "name": "X"}
    )
    assert "tool_id" in response.context["adminform"].form.errors
    assert Task.objects.count() == 1


@pytest.mark.protocol("clients 1.21 names a Python client can use")
@pytest.mark.parametrize(
    ("changes", "blamed"),
    [({"name": "Import"}, "name"), ({"description": r"see \\N"}, "description")],
    ids=str,
)
def test_a_task_that_python_clients_cannot_make_code_of_is_refused(
    admin_client, task, changes, blamed
):
    response = edit(admin_client, f"{BOX}/task/{task.pk}/change/", **changes)
    assert list(response.context["adminform"].form.errors) == [blamed]


def test_a_service_has_no_two_tasks_of_one_name_in_any_case(admin_client, task):
    response = admin_client.post(
        f"{BOX}/task/add/",
        {"service": task.service_id, "tool_id": "toys.Sleep", "name": "sLEEP"},
    )
    assert "name" in response.context["adminform"].form.errors


def new_service(**changes):
    fields = {
        "name": "New", "execution_type": "esriExecutionTypeSynchronous",
        "state": "STARTED", "access": "everyone", "message_level": "Info",
        "maximum_records": 1000, "max_run_seconds": 5, "max_memory_mb": 512, "max_disk_mb": 100,
        "max_request_mb": 1, "max_upload_mb": 1, "max_features": 10, "max_vertices": 10, "max_queued": 5,
        "max_depth": 32, "max_page_rows": 9, "max_zip_entries": 9, "max_zip_ratio": 9, "max_unzipped_mb": 9,
        "max_running_per_user": 0, "max_queued_per_user": 0,
        "max_running": 0, "max_wait_seconds": 0, "priority": 0, "keep_jobs_mb": 0,
        "keep_jobs_hours": 1, "tasks-TOTAL_FORMS": 2, "tasks-INITIAL_FORMS": 0,
        "tasks-0-tool_id": "samples.Echo", "tasks-0-position": 0,
        "tasks-1-tool_id": "toys.Sleep", "tasks-1-position": 0, "tasks-1-name": "Nap",
    }  # fmt: skip
    return fields | changes


def test_a_new_service_publishes_the_tools_of_its_rows(admin_client):
    admin_client.post(f"{BOX}/service/add/", new_service(**{"tasks-1-enabled": "on"}))
    tasks = Service.objects.get(name="New").tasks.all()
    assert [(one.name, one.position) for one in tasks] == [("Echo", 0), ("Nap", 1)]
    assert tasks[1].parameters.count() == 2
    document = admin_client.get("/server/rest/services/New/GPServer", {"f": "json"})
    assert document.json()["tasks"] == ["Nap"]


def test_the_queue_and_the_keeping_of_a_service_are_edited(admin_client):
    changes = {"max_running": 2, "max_wait_seconds": 3600, "priority": -10,
               "keep_jobs_hours": 48, "keep_jobs_mb": 500}  # fmt: skip
    admin_client.post(f"{BOX}/service/add/", new_service(**changes))
    assert Service.objects.filter(name="New", **changes).exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [("keep_jobs_hours", 87_841), ("max_wait_seconds", 31_622_401), ("priority", 7),
     ("max_running", -1)],
)  # fmt: skip
def test_what_no_queue_or_date_can_hold_is_refused(admin_client, field, value):
    response = admin_client.post(f"{BOX}/service/add/", new_service(**{field: value}))
    assert list(response.context["adminform"].form.errors) == [field]
    assert not Service.objects.exists()


def test_two_new_rows_of_one_name_are_refused(admin_client):
    response = admin_client.post(
        f"{BOX}/service/add/", new_service(**{"tasks-1-name": "ECHO"})
    )
    assert "name" in errors_of(response)
    assert not Service.objects.exists()


def test_names_are_unique_in_any_case(admin_client, service):
    response = admin_client.post(f"{BOX}/folder/add/", {"name": "tOYS"})
    assert "name" in response.context["adminform"].form.errors
    fields = new_service(name="sleep", folder=service.folder_id)
    response = admin_client.post(f"{BOX}/service/add/", fields)
    assert "name" in response.context["adminform"].form.errors


# --- A tool that has gone or changed --------------------------------------------------


def test_a_task_whose_tool_is_gone_still_has_pages(admin_client, task):
    Task.objects.update(tool_id="gone.Tool")
    for page in (
        "task/",
        f"task/{task.pk}/change/",
        f"service/{task.service_id}/change/",
    ):
        response = admin_client.get(f"{BOX}/{page}")
        assert b"not installed" in response.content


def test_renewing_adds_and_removes_rows_and_keeps_edits(admin_client, service, task):
    task.parameters.filter(name="Seconds").update(default=3.0)
    task.parameters.filter(name="Report").delete()
    TaskParameter.objects.create(task=task, name="Old")
    assert b"renew the parameters" in admin_client.get(f"{BOX}/task/").content
    asked = run(admin_client, "renew_parameters", service).content.decode()
    assert "Report: added (GPString, output)" in asked
    assert "Old: removed" in asked
    assert task.parameters.filter(name="Old").exists()
    run(admin_client, "renew_parameters", service, confirmed="yes")
    found = dict(task.parameters.values_list("name", "default"))
    assert found == {"Seconds": 3.0, "Report": None}


def test_renewing_names_the_tasks_whose_tool_is_gone(admin_client, service, task):
    publish(installed("samples.Echo"), service)
    Task.objects.filter(pk=task.pk).update(tool_id="gone.Tool")
    response = run(
        admin_client, "renew_parameters", *Task.objects.all(), confirmed="yes"
    )
    told = [str(one) for one in response.context["messages"]]
    assert "gone.Tool is not installed" in told[0]
    assert "1 task " in told[1]


# --- Actions --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "field", "value"),
    [
        ("stop", "state", "STOPPED"),
        ("set_access", "access", "everyone"),
        ("set_message_level", "message_level", "Warning"),
    ],
)
def test_an_action_that_clients_notice_asks_first(
    admin_client, published, action, field, value
):
    service = published("toys.Fail", access="signed_in")
    response = run(admin_client, action, service)
    assert b"Toys/Service" in response.content
    service.refresh_from_db()
    assert getattr(service, field) != value
    run(admin_client, action, service, confirmed="yes", message_level="Warning",
        access="everyone")  # fmt: skip
    service.refresh_from_db()
    assert getattr(service, field) == value


def test_a_start_acts_at_once(admin_client, published):
    service = published("toys.Fail", state="STOPPED")
    run(admin_client, "start", service)
    service.refresh_from_db()
    assert service.state == "STARTED"


def test_an_action_counts_only_what_it_changed_and_leaves_a_trace(
    admin_client, service
):
    response = run(admin_client, "start", service)
    assert "0 services started." in [str(one) for one in response.context["messages"]]
    run(admin_client, "stop", service, confirmed="yes")
    assert LogEntry.objects.get().get_change_message() == "Stopped."


def test_a_stopped_service_answers_an_error_at_once(admin_client, service):
    url = "/server/rest/services/Toys/Sleep/GPServer"
    assert "tasks" in admin_client.get(url, {"f": "json"}).json()
    run(admin_client, "stop", service, confirmed="yes")
    assert "error" in admin_client.get(url, {"f": "json"}).json()


def test_an_action_on_all_that_match_reaches_other_pages(admin_client, published):
    for number in range(55):
        published("toys.Fail", f"Toys/S{number}")
    first = Service.objects.first()
    run(admin_client, "stop", first, confirmed="yes", select_across="1")
    assert not Service.objects.exclude(state="STOPPED").exists()


def test_a_wrong_message_level_asks_again(admin_client, service):
    response = run(
        admin_client,
        "set_message_level",
        service,
        confirmed="yes",
        message_level="Loud",
    )
    assert b"Loud is not one of the available choices" in response.content


@pytest.mark.protocol("10.2 enabled tasks")
def test_disabling_a_task_hides_it_from_clients(admin_client, task):
    url = "/server/rest/services/Toys/Sleep/GPServer"
    run(admin_client, "disable", task)
    assert admin_client.get(url, {"f": "json"}).json()["tasks"] == []
    run(admin_client, "enable", task)
    assert admin_client.get(url, {"f": "json"}).json()["tasks"] == ["Sleep"]


# --- Who may --------------------------------------------------------------------------


def test_an_auditor_sees_and_changes_nothing(service, task):
    auditor = User.objects.create_user("auditor", password="p", is_staff=True)
    auditor.user_permissions.set(
        Permission.objects.filter(codename__startswith="view_")
    )
    client = Client()
    client.force_login(auditor)
    for page in (
        "service/",
        f"service/{service.pk}/change/",
        f"task/{task.pk}/change/",
    ):
        assert client.get(f"{BOX}/{page}").status_code == 200
    run(client, "stop", service, confirmed="yes")
    assert (
        client.post(f"{BOX}/task/{task.pk}/change/", {"name": "X"}).status_code == 403
    )
    service.refresh_from_db()
    assert service.state == "STARTED"


def test_a_post_without_the_csrf_token_is_refused(admin_user, service):
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin_user)
    data = {"action": "start", "_selected_action": [service.pk]}
    assert client.post(f"{BOX}/service/", data).status_code == 403
