"""The task resource: filters, choice lists, infos and dependencies of parameters."""

from __future__ import annotations

import pytest

from services.models import TaskParameter

CHOOSE = "/Toys/Service/GPServer/Choose"
RANGE = {"type": "range", "minimum": 1, "maximum": 9}


@pytest.fixture
def parameters(rest, published):
    published("typed.Choose")
    return {one["name"]: one for one in rest.get(CHOOSE)["parameters"]}


def coded(*texts):
    listed = [{"dataType": "GPString", "name": one, "value": one} for one in texts]
    return {"type": "codedValue", "list": listed}


@pytest.mark.protocol("3.1 filter range")
def test_bounds_are_a_range(rest, published):
    published("samples.Sleep")
    found = rest.get("/Toys/Service/GPServer/Sleep")["parameters"][0]
    assert found["filter"] == {"type": "range", "minimum": 0, "maximum": 3600}


@pytest.mark.protocol("3.1 filter featureClass")
def test_geometry_types_are_a_feature_class_filter(parameters):
    assert parameters["Layer"]["filter"] == {
        "type": "featureClass", "list": ["esriGeometryPoint", "esriGeometryPolygon"],
    }  # fmt: skip


@pytest.mark.protocol("3.1 filter field")
@pytest.mark.protocol("3 dependency")
def test_a_field_has_types_and_depends_on_its_layer(parameters):
    assert parameters["Field"]["filter"] == {
        "type": "field", "list": ["esriFieldTypeDouble", "esriFieldTypeInteger"],
    }  # fmt: skip
    assert parameters["Field"]["dependency"] == "Layer"
    assert "dependency" not in parameters["Layer"]


@pytest.mark.protocol("3 dependency")
def test_nothing_depends_on_what_is_hidden(rest, published):
    service = published("typed.Choose")
    TaskParameter.objects.filter(name="Layer").update(
        mode="hidden", default={"features": []}
    )
    service.save()
    found = {one["name"]: one for one in rest.get(CHOOSE)["parameters"]}
    assert "dependency" not in found["Field"]


@pytest.mark.protocol("3.1 filter file")
def test_extensions_are_a_file_filter(parameters):
    assert parameters["Table"]["filter"] == {"type": "file", "list": ["csv", "txt"]}


@pytest.mark.protocol("3.1 filter codedValue beside the choiceList")
def test_choices_are_a_list_and_coded_values(parameters):
    assert parameters["Kind"]["choiceList"] == ["A", "B"]
    assert parameters["Kind"]["filter"] == coded("A", "B")


@pytest.mark.protocol("3.2 empty names where an entry is no column")
@pytest.mark.protocol("3.1 filter composite of a GPComposite")
@pytest.mark.protocol("3.2 parameterInfos of a GPComposite")
def test_a_composite_tells_its_types_and_their_filters(parameters):
    size = parameters["Size"]
    assert size["dataType"] == "GPComposite"
    words = coded("small", "large")
    assert size["filter"] == {"type": "composite", "list": [RANGE, words]}
    assert size["parameterInfos"] == [
        {"name": "", "dataType": "GPLong", "displayName": "", "filter": RANGE},
        {"name": "", "dataType": "GPString", "displayName": "", "filter": words,
         "choiceList": ["small", "large"]},
    ]  # fmt: skip
    assert size["defaultValue"] == {"dataType": "GPLong", "value": 3}


@pytest.mark.protocol(
    "3.1 null where a type has no filter", "3.2 empty names where an entry is no column"
)
@pytest.mark.protocol("3.2 parameterInfos of GPMultiValue:GPComposite are nested")
def test_a_list_of_composites_nests_its_types(parameters):
    sizes = parameters["Sizes"]
    assert sizes["dataType"] == "GPMultiValue:GPComposite"
    (member,) = sizes["parameterInfos"]
    assert (member["name"], member["dataType"], member["displayName"]) == (
        "", "GPComposite", "",
    )  # fmt: skip
    assert [one["dataType"] for one in member["parameterInfos"]] == [
        "GPLong",
        "GPBoolean",
    ]
    assert sizes["filter"] == {"type": "composite", "list": [RANGE, None]}


@pytest.mark.protocol("3.1 filter composite of a GPValueTable")
@pytest.mark.protocol("3.2 parameterInfos of a GPValueTable")
def test_a_value_table_tells_its_columns(rest, published):
    published("samples.Echo")
    task = rest.get("/Toys/Service/GPServer/Echo")
    found = {one["name"]: one for one in task["parameters"]}
    assert found["In_ValueTable"]["parameterInfos"] == [
        {"name": "Name", "dataType": "GPString", "displayName": "Name"},
        {"name": "Weight", "dataType": "GPDouble", "displayName": "Weight"},
        {"name": "Reach", "dataType": "GPLinearUnit", "displayName": "Reach"},
    ]
    assert "filter" not in found["In_ValueTable"]  # one bound alone is no range
    (member,) = found["In_Multi"]["parameterInfos"]
    assert member == {"name": "", "dataType": "GPString", "displayName": ""}


@pytest.mark.protocol("3.1 filters hold for values")
@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("Field", '{"name": "a", "type": "esriFieldTypeString"}',
         "the type of field 'a' must be esriFieldTypeDouble or esriFieldTypeInteger"),
        ("Table", "https://e.org/a.XLSX?b=c.csv", "extension must be csv or txt, not XLSX"),
        ("Size", "10", "out of range: must be at most 9"),
        ("Size", "huge", "must be one of the choices small, large"),
        ("Sizes", "1,true,11", "value 2: out of range"),
        ("Weights", '[["a", -1]]', "row 0: column Weight: out of range"),
        ("Kind", "C", "must be one of the choices A, B"),
    ],
)  # fmt: skip
def test_what_a_filter_leaves_out_is_refused(
    rest, published, settings, name, text, says
):
    published("typed.Choose", sync=False)
    settings.FETCH_HOSTS = ["e.org"]
    given = {
        "Layer": '{"features": []}',
        "Field": '{"name": "a", "type": "esriFieldTypeDouble"}',
        name: text,
    }
    (told,) = rest.post(f"{CHOOSE}/submitJob", **given)["error"]["details"]
    assert told.startswith(f"Parameter '{name}': ")
    assert says in told


def test_what_the_filters_admit_is_taken(rest, published, settings):
    published("typed.Choose", sync=False)
    settings.FETCH_HOSTS = ["e.org"]
    answer = rest.post(
        f"{CHOOSE}/submitJob",
        Layer='{"features": []}',
        Field='{"name": "a", "type": "esrifieldtypedouble"}',
        Table="https://e.org/a.CSV?b=c",
        Size="large",
        Sizes="1,true,9",
        Weights='[["a", 0]]',
    )
    assert answer["jobStatus"] == "esriJobSubmitted"
