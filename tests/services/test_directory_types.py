"""Forms and task pages of the Services Directory for every data type."""

from __future__ import annotations

import html
import json

import pytest

from services.catalog import bump
from services.models import TaskParameter
from tests.services.test_directory import ECHO, SERVICE, FormReader, page

NEW = ("In_Field", "In_Sql", "In_Hidden", "In_SpatialReference", "In_CoordinateSystem",
       "In_Extent", "In_Envelope", "In_ValueTable", "In_Composite", "In_Composites")  # fmt: skip


def row_of(text, name):
    """The HTML of one row of a form."""
    return next(one for one in text.split('<div class="row') if f'name="{name}"' in one)


@pytest.mark.protocol("11 form: a control for every parameter")
@pytest.mark.parametrize("name", NEW)
def test_every_type_has_a_control_and_says_what_to_type(client, published, name):
    published("samples.Echo")
    text = page(client, f"{ECHO}/execute")
    assert FormReader(text).fields[name] == ""
    assert 'class="hint"' in row_of(text, name)
    assert "returnColumnName" in FormReader(text).fields


@pytest.mark.protocol("11 form: a drop-down for a choice list")
@pytest.mark.parametrize(
    ("name", "control", "says"),
    [
        ("In_Field", '<input type="text"', "Depends on In_Features"),
        ("In_Sql", '<input type="text"', "where clause"),
        ("In_Hidden", '<input type="password"', "not shown again"),
        ("In_Extent", '<input type="text"', "xmin, ymin, xmax, ymax"),
        ("In_ValueTable", "<textarea", "Name (GPString), Weight (GPDouble, may be null)"),
        ("In_Composite", '<input type="text"', "GPLinearUnit, GPDouble, GPString"),
        ("In_Choice", "<select", '<option value="Green"'),
    ],
)  # fmt: skip
def test_a_control_suits_its_type(client, published, name, control, says):
    published("samples.Echo")
    row = html.unescape(row_of(page(client, f"{ECHO}/execute"), name))
    assert f'{control} id="p-{name}"' in row
    assert says in row


@pytest.mark.protocol("11 form runs as it stands")
def test_the_form_runs_with_every_type_filled(client, published):
    published("samples.Echo")
    given = {
        "In_Field": '{"name": "POP", "type": "esriFieldTypeDouble"}',
        "In_Sql": "POP > 5",
        "In_Hidden": "sesame",
        "In_SpatialReference": "102100",
        "In_Extent": '{"xmin": 0, "ymin": 0, "xmax": 1, "ymax": 1}',
        "In_ValueTable": '[["a", 1, null]]',
        "In_Composites": "5, x",
    }
    form = FormReader(page(client, f"{ECHO}/execute"))
    text = html.unescape(page(client, f"{ECHO}/execute", **form.fields | given))
    assert "<h1>Results" in text or "Out_Field" in text
    assert '"wkid": 102100' in text
    assert '"dataType": "GPDouble"' in text


@pytest.mark.protocol("6 GPStringHidden is never shown")
def test_a_refused_form_does_not_repeat_a_hidden_text(client, published):
    published("samples.Echo")
    given = {"f": "html", "In_Hidden": "sesame", "In_Long": "x", "In_Sql": "kept"}
    text = client.post(f"{ECHO}/execute", given).content.decode()
    assert "sesame" not in text
    assert FormReader(text).fields["In_Sql"] == "kept"
    assert FormReader(text).fields["In_Hidden"] == ""


def test_defaults_are_prefilled(client, published):
    service = published("samples.Echo")
    field = {"name": "POP", "type": "esriFieldTypeDouble"}
    for name, default in (("In_Field", field), ("In_ValueTable", [["a", 1, None]])):
        TaskParameter.objects.filter(name=name).update(default=default)
    bump(service.pk)
    fields = FormReader(page(client, f"{ECHO}/execute")).fields
    assert json.loads(fields["In_Field"]) == field
    assert json.loads(fields["In_ValueTable"]) == [["a", 1, None]]


@pytest.mark.protocol("11 task page: filters, infos, dependencies")
def test_the_task_page_tells_filters_infos_and_dependencies(client, published):
    published("typed.Choose")
    text = html.unescape(page(client, f"{SERVICE}/Choose"))
    assert "<dt>Dependency:</dt> <dd>Layer</dd>" in text
    assert "field: esriFieldTypeDouble, esriFieldTypeInteger" in text
    assert "file: csv, txt" in text
    assert "codedValue: A, B" in text
    assert "composite: range, 1 to 9; codedValue: small, large" in text
    assert "Name (GPString), Weight (GPLong)" in text
    assert "GPComposite of GPLong, GPBoolean" in text
