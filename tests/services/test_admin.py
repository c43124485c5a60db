"""The catalogue in the admin: publish, edit, refuse, act; REST shows it at once."""

from __future__ import annotations

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client

from services.catalog import publish
from services.models import Folder, Service, Task, TaskParameter
from services.registry import installed

BOX = "/admin/services"


def fields_of(response):
    """Return what a browser would send back from a change page."""
    context = response.context
    formsets = [one.formset for one in context["inline_admin_formsets"]]
    forms = [context["adminform"].form]
    for formset in formsets:
        forms += [formset.management_form, *formset.forms]
    sent = {one.html_name: one.value() for form in forms for one in form}
    return {k: v for k, v in sent.items() if v is not None and v is not False}


def edit(client, url, **changes):
    """Open a page, change fields that end so, save; return the response."""
    data = fields_of(client.get(url)) | changes
    return client.post(url, data)


def parameter_edit(client, task, name, **changes):
    """Change fields of one parameter on the page of its task."""
    url = f"{BOX}/task/{task.pk}/change/"
    data = fields_of(client.get(url))
    row = str(task.parameters.get(name=name).pk)
    prefix = next(key for key, value in data.items()
                  if key.endswith("-id") and str(value) == row).removesuffix("-id")  # fmt: skip
    return client.post(url, data | {f"{prefix}-{key}": v for key, v in changes.items()})


def errors_of(response):
    """Return the errors beside fields of the page's inline rows."""
    rows = [form for one in response.context["inline_admin_formsets"]
            for form in one.formset.forms]  # fmt: skip
    return {name: list(texts) for form in rows for name, texts in form.errors.items()}


def run(client, action, *rows, **more):
    """Run an action of a list; return the response."""
    data = {"action": action, "_selected_action": [row.pk for row in rows]} | more
    url = f"{BOX}/{rows[0]._meta.model_name}/"
    return client.post(url, data, follow=True)


@pytest.fixture
def service(published):
    return published("samples.Sleep", "Toys/Sleep")


@pytest.fixture
def task(service):
    return service.tasks.get()


@pytest.fixture
def echo(published):
    return published("samples.Echo", "Toys/Echo").tasks.get()


def rest_parameter(client, name, path="Toys/Sleep/GPServer/Sleep"):
    document = client.get(f"/server/rest/services/{path}", {"f": "json"}).json()
    return next(one for one in document["parameters"] if one["name"] == name)


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
        "maximum_records": 1000, "max_run_seconds": 5, "max_memory_mb": 512,
        "max_request_mb": 1, "max_features": 10, "max_vertices": 10, "max_queued": 5,
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


# --- Editing --------------------------------------------------------------------------


def test_a_saved_page_without_changes_changes_nothing(admin_client, echo):
    before = list(TaskParameter.objects.values())
    url = f"{BOX}/task/{echo.pk}/change/"
    assert edit(admin_client, url).status_code == 302
    assert list(TaskParameter.objects.values()) == before


def test_an_edited_default_shows_in_rest_at_once(admin_client, task):
    assert rest_parameter(admin_client, "Seconds")["defaultValue"] == 2.0
    response = parameter_edit(admin_client, task, "Seconds", default="7.5")
    assert response.status_code == 302
    assert rest_parameter(admin_client, "Seconds")["defaultValue"] == 7.5


def test_a_blank_default_is_the_tools_again(admin_client, task):
    parameter_edit(admin_client, task, "Seconds", default="7.5")
    parameter_edit(admin_client, task, "Seconds", default="")
    assert task.parameters.get(name="Seconds").default is None
    assert rest_parameter(admin_client, "Seconds")["defaultValue"] == 2.0


@pytest.mark.parametrize(
    ("name", "typed", "stored"),
    [
        ("In_String", ' a "text" ', ' a "text" '),
        ("In_Long", "-12", -12),
        ("In_Double", "1e3", 1000.0),
        ("In_Boolean", "false", False),
        ("In_Date", "2024-05-31T14:00:00Z", 1717164000000),  # date -u +%s, times 1000
        ("In_Unit", "5 miles", {"distance": 5.0, "units": "esriMiles"}),
        (
            "In_Area",
            '{"area": 2, "units": "esriAcres"}',
            {"area": 2.0, "units": "esriAcres"},
        ),
        ("In_Multi", "a, b", ["a", "b"]),
        ("In_Longs", "[1, 2]", [1, 2]),
        ("In_Choice", "Blue", "Blue"),
        ("In_Features", '{"features": []}', {"features": []}),
        ("In_File", "https://example.com/a.csv", {"url": "https://example.com/a.csv"}),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_default_is_typed_as_its_data_type_reads_it(
    admin_client, echo, name, typed, stored
):
    response = parameter_edit(admin_client, echo, name, default=typed)
    assert response.status_code == 302, errors_of(response)
    assert echo.parameters.get(name=name).default == stored
    # What the page then shows is read as the same value.
    assert edit(admin_client, f"{BOX}/task/{echo.pk}/change/").status_code == 302
    assert echo.parameters.get(name=name).default == stored


@pytest.mark.parametrize(
    ("name", "typed", "told"),
    [
        ("In_Long", "many", "expected a whole number"),
        ("In_Unit", "5 parsecs", "unknown units parsecs"),
        ("In_Date", "yesterday", "expected a date"),
        ("In_Features", '{"features": [', "not valid JSON"),
        ("In_Longs", "1, x", "value 1"),
    ],
)
def test_a_default_that_the_data_type_refuses_is_refused_beside_the_field(
    admin_client, echo, name, typed, told
):
    response = parameter_edit(admin_client, echo, name, default=typed)
    assert told in errors_of(response)["default"][0]
    assert typed in {form["default"].value() for form in response.context[
        "inline_admin_formsets"][0].formset.forms}  # fmt: skip
    assert echo.parameters.get(name=name).default is None


@pytest.mark.parametrize(
    ("name", "changes", "blamed"),
    [
        ("In_Long", {"default": "50", "maximum": "40"}, "default"),
        ("In_Long", {"minimum": "9", "maximum": "8"}, "minimum"),
        ("In_String", {"default": "2", "choices": "1\n3"}, "default"),
        ("In_Choice", {"default": "Red", "choices": "Blue"}, "default"),
        ("In_Longs", {"default": "1, 99", "maximum": "40"}, "default"),
    ],
    ids=str,
)
def test_what_does_not_fit_is_refused_beside_a_field(
    admin_client, echo, name, changes, blamed
):
    response = parameter_edit(admin_client, echo, name, **changes)
    assert list(errors_of(response)) == [blamed]


def test_a_bound_of_the_tool_holds_for_the_default(admin_client, task):
    response = parameter_edit(admin_client, task, "Seconds", default="3601")
    assert "at most 3600" in errors_of(response)["default"][0]


def test_a_constant_needs_a_default(admin_client, task):
    response = parameter_edit(admin_client, task, "Seconds", mode="constant")
    assert "needs a default" in errors_of(response)["default"][0]
    response = parameter_edit(
        admin_client, task, "Seconds", mode="constant", default="3"
    )
    assert response.status_code == 302


def test_choices_are_typed_one_a_line(admin_client, echo):
    parameter_edit(admin_client, echo, "In_Choice", choices="Blue\r\n\r\n Red \r\nBlue")
    assert echo.parameters.get(name="In_Choice").choices == ["Blue", "Red"]
    found = rest_parameter(admin_client, "In_Choice", "Toys/Echo/GPServer/Echo")
    assert found["choiceList"] == ["Blue", "Red"]


def test_a_choice_that_the_tool_does_not_know_is_refused(admin_client, echo):
    response = parameter_edit(admin_client, echo, "In_Choice", choices="Blue\nPink")
    assert "Pink" in errors_of(response)["choices"][0]


def test_texts_bounds_and_order_show_in_rest(admin_client, echo):
    path = "Toys/Echo/GPServer/Echo"
    parameter_edit(
        admin_client, echo, "In_Long",
        label="Floors", description="How many", minimum="1", maximum="9", position="0",
    )  # fmt: skip
    parameter_edit(admin_client, echo, "In_String", position="99")
    found = rest_parameter(admin_client, "In_Long", path)
    assert (found["displayName"], found["description"]) == ("Floors", "How many")
    assert found["filter"] == {"type": "range", "minimum": 1.0, "maximum": 9.0}
    document = admin_client.get(f"/server/rest/services/{path}", {"f": "json"}).json()
    names = [one["name"] for one in document["parameters"]]
    assert names.index("In_Long") == 0
    assert names.index("In_String") == 13


def test_an_output_can_be_hidden(admin_client, task):
    parameter_edit(admin_client, task, "Report", mode="hidden")
    url = "/server/rest/services/Toys/Sleep/GPServer/Sleep"
    document = admin_client.get(url, {"f": "json"}).json()
    assert [one["name"] for one in document["parameters"]] == ["Seconds"]


def test_the_page_says_what_the_tool_declares(admin_client, task):
    page = admin_client.get(f"{BOX}/task/{task.pk}/change/").content.decode()
    assert "GPDouble, required, example 2.0, at least 0, at most 3,600" in page
    assert 'placeholder="the tool says: Seconds to sleep"' in page
    assert 'placeholder="the tool says: nothing"' in page


def test_a_task_keeps_its_tool_and_its_service(admin_client, task, echo):
    url = f"{BOX}/task/{task.pk}/change/"
    edit(
        admin_client, url, tool_id="samples.Echo", service=echo.service_id, title="Nap"
    )
    task.refresh_from_db()
    assert (task.tool_id, task.service.name, task.title) == (
        "samples.Sleep", "Sleep", "Nap",
    )  # fmt: skip


def test_an_edit_of_a_service_never_turns_its_revision_back(admin_client, service):
    url = f"{BOX}/service/{service.pk}/change/"
    before = Service.objects.get(pk=service.pk).revision
    edit(admin_client, url, description="Sleeps", maximum_records="7")
    service.refresh_from_db()
    assert service.revision > before
    document = admin_client.get(
        "/server/rest/services/Toys/Sleep/GPServer", {"f": "json"}
    )
    assert document.json()["maximumRecords"] == 7


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
    run(admin_client, "renew_parameters", service)
    found = dict(task.parameters.values_list("name", "default"))
    assert found == {"Seconds": 3.0, "Report": None}


def test_renewing_names_the_tasks_whose_tool_is_gone(admin_client, service, task):
    publish(installed("samples.Echo"), service)
    Task.objects.filter(pk=task.pk).update(tool_id="gone.Tool")
    response = run(admin_client, "renew_parameters", *Task.objects.all())
    told = [str(one) for one in response.context["messages"]]
    assert "gone.Tool is not installed" in told[0]
    assert "1 task " in told[1]


# --- Actions --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "field", "value"),
    [
        ("stop", "state", "STOPPED"),
        ("make_public", "access", "everyone"),
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
    run(admin_client, action, service, confirmed="yes", message_level="Warning")
    service.refresh_from_db()
    assert getattr(service, field) == value


def test_start_and_require_sign_in_act_at_once(admin_client, published):
    service = published("toys.Fail", state="STOPPED")
    run(admin_client, "start", service)
    run(admin_client, "require_sign_in", service)
    service.refresh_from_db()
    assert (service.state, service.access) == ("STARTED", "signed_in")


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
