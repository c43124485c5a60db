"""Parameters in the admin: typed, refused beside the field, in REST at once."""

from __future__ import annotations

import pytest

from services.models import Service, TaskParameter
from tests.services.admin_pages import (
    BOX,
    edit,
    errors_of,
    parameter_edit,
    parameters_edit,
    rest_parameter,
)


@pytest.fixture
def service(published):
    return published("samples.Sleep", "Toys/Sleep")


@pytest.fixture
def task(service):
    return service.tasks.get()


@pytest.fixture
def echo(published):
    return published("samples.Echo", "Toys/Echo").tasks.get()


@pytest.fixture
def few(echo):
    """The task of every type, its page cut to the rows of some parameters."""

    def few(*names):
        echo.parameters.exclude(name__in=names).delete()
        return echo

    return few


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


#: What an administrator types as a default, and what is stored: for each data type.
TYPED = [
    ("In_String", ' a "text" \\d+ ', ' a "text" \\d+ '),
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
    (
        "In_Field",
        '{"name": "POP", "type": "esriFieldTypeOID"}',
        {
            "name": "POP",
            "type": "esriFieldTypeOID",
            "alias": "POP",
            "length": None,
            "editable": True,
            "nullable": True,
        },
    ),
    ("In_Sql", "POP > 5", "POP > 5"),
    ("In_SpatialReference", "102100", {"wkid": 102100}),
    ("In_CoordinateSystem", '{"name": "WGS 84"}', {"wkid": 4326}),
    (
        "In_Extent",
        '{"xmin": 0, "ymin": 0, "xmax": 1, "ymax": 1}',
        {"xmin": 0.0, "ymin": 0.0, "xmax": 1.0, "ymax": 1.0},
    ),
    ("In_ValueTable", '[{"name": "a", "weight": 1}]', [["a", 1.0, None]]),
    ("In_Composite", "5", {"dataType": "GPDouble", "value": 5.0}),
    (
        "In_Composites",
        "5, x",
        [
            {"dataType": "GPDouble", "value": 5.0},
            {"dataType": "GPString", "value": "x"},
        ],
    ),
]


def test_a_default_is_typed_as_its_data_type_reads_it(admin_client, echo):
    typed = {name: {"default": text} for name, text, _ in TYPED}
    stored = {name: value for name, _, value in TYPED}
    response = parameters_edit(admin_client, echo, typed)
    assert response.status_code == 302, errors_of(response)
    rows = echo.parameters.filter(name__in=stored)
    assert dict(rows.values_list("name", "default")) == stored
    # What the page then shows is read as the same value.
    assert edit(admin_client, f"{BOX}/task/{echo.pk}/change/").status_code == 302
    assert dict(rows.values_list("name", "default")) == stored


REFUSED = [
    ("In_Long", "many", "expected a whole number"),
    ("In_Unit", "5 parsecs", "unknown units parsecs"),
    ("In_Date", "yesterday", "expected a date"),
    ("In_Features", '{"features": [', "not valid JSON"),
    ("In_Longs", "1, x", "value 1"),
    ("In_Sql", "NAME = 'x", "closed quotes"),
    ("In_ValueTable", '[["a", -1, null]]', "row 0: column Weight"),
    ("In_Extent", "0,0,1,1", "expected an object"),
]


def test_a_default_that_the_data_type_refuses_is_refused_beside_the_field(
    admin_client, echo
):
    before = list(echo.parameters.values())
    typed = {name: {"default": text} for name, text, _ in REFUSED}
    response = parameters_edit(admin_client, echo, typed)
    formset = response.context["inline_admin_formsets"][0].formset
    forms = {form.instance.name: form for form in formset.forms}
    for name, text, told in REFUSED:
        assert told in forms[name].errors["default"][0]
        assert forms[name]["default"].value() == text
    assert {name for name, form in forms.items() if form.errors} == set(typed)
    assert list(echo.parameters.values()) == before


@pytest.mark.parametrize(
    ("name", "changes", "blamed"),
    [
        ("In_Long", {"default": "50", "maximum": "40"}, "default"),
        ("In_Long", {"minimum": "9", "maximum": "8"}, "minimum"),
        ("In_String", {"default": "2", "choices": "1\n3"}, "default"),
        ("In_Choice", {"default": "Red", "choices": "Blue"}, "default"),
        ("In_Longs", {"default": "1, 99", "maximum": "40"}, "default"),
        ("In_Field", {"choices": "POP"}, "choices"),
    ],
    ids=str,
)
def test_what_does_not_fit_is_refused_beside_a_field(
    admin_client, few, name, changes, blamed
):
    response = parameter_edit(admin_client, few(name), name, **changes)
    assert list(errors_of(response)) == [blamed]


def test_an_error_is_never_inside_a_closed_section(admin_client, few):
    echo = few("In_Long")
    response = parameter_edit(admin_client, echo, "In_Long", minimum="9", maximum="8")
    sections = [
        section
        for formset in response.context["inline_admin_formsets"]
        for row in formset
        for section in row
        if any(line.errors() for line in section)
    ]
    assert [section.is_collapsible for section in sections] == [False]


@pytest.mark.protocol("clients 1.21 texts a Python client can quote")
@pytest.mark.parametrize(
    ("name", "changes", "blamed"),
    [
        ("In_String", {"default": 'say """'}, "default"),
        ("In_String", {"default": r"C:\users"}, "default"),
        ("In_String", {"default": 'a "text"'}, "default"),
        ("In_Long", {"description": 'a """ in it'}, "description"),
        ("Out_Long", {"label": 'the "long" one'}, "label"),
    ],
    ids=str,
)
def test_a_text_that_python_clients_cannot_quote_is_refused(
    admin_client, few, name, changes, blamed
):
    response = parameter_edit(admin_client, few(name), name, **changes)
    assert list(errors_of(response)) == [blamed]
    assert "Python clients" in errors_of(response)[blamed][0]


def test_a_bound_of_the_tool_holds_for_the_default(admin_client, task):
    response = parameter_edit(admin_client, task, "Seconds", default="3601")
    assert "at most 3600" in errors_of(response)["default"][0]


def test_a_hidden_text_can_be_given_no_default(admin_client, few):
    echo = few("In_Hidden")
    response = parameter_edit(admin_client, echo, "In_Hidden", default="sesame")
    assert response.status_code == 302
    assert echo.parameters.get(name="In_Hidden").default is None
    page = admin_client.get(f"{BOX}/task/{echo.pk}/change/").content.decode()
    assert "a hidden text has no default" in page


def test_a_constant_needs_a_default(admin_client, task):
    response = parameter_edit(admin_client, task, "Seconds", mode="constant")
    assert "needs a default" in errors_of(response)["default"][0]
    response = parameter_edit(
        admin_client, task, "Seconds", mode="constant", default="3"
    )
    assert response.status_code == 302


def test_choices_are_typed_one_a_line(admin_client, few):
    echo = few("In_Choice")
    parameter_edit(admin_client, echo, "In_Choice", choices="Blue\r\n\r\n Red \r\nBlue")
    assert echo.parameters.get(name="In_Choice").choices == ["Blue", "Red"]
    found = rest_parameter(admin_client, "In_Choice", "Toys/Echo/GPServer/Echo")
    assert found["choiceList"] == ["Blue", "Red"]


def test_a_choice_that_the_tool_does_not_know_is_refused(admin_client, few):
    echo = few("In_Choice")
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
    inputs = [one["name"] for one in document["parameters"]
              if one["direction"] == "esriGPParameterDirectionInput"]  # fmt: skip
    assert inputs[0] == "In_Long"
    assert inputs[-1] == "In_String"


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
