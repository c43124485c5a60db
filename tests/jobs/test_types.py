"""Values of every data type through execute and submitJob: in, run, out."""

from __future__ import annotations

import json

import pytest

from jobs.models import Job
from services.geometry.crs import SpatialReference
from services.models import TaskParameter

ECHO = "/Toys/Service/GPServer/Echo"
DOORS = pytest.mark.parametrize("sync", [True, False], ids=["execute", "submitJob"])
UTM = SpatialReference(32632).crs.to_wkt("WKT1_ESRI")
FIELD = {"name": "POP", "type": "esriFieldTypeDouble"}
FULL_FIELD = FIELD | {
    "alias": "POP",
    "editable": True,
    "nullable": True,
    "length": None,
}
MILES = {"distance": 5.0, "units": "esriMiles"}
BOX = {"xmin": -1.5, "ymin": 0.0, "xmax": 2.0, "ymax": 3.0}
WGS84 = {"wkid": 4326, "latestWkid": 4326}
ROWS = [["a", 1.5, MILES], ["", None, None]]
POINT = {
    "geometryType": "esriGeometryPoint",
    "spatialReference": WGS84,
    "features": [{"geometry": {"x": 25.0, "y": 60.0}, "attributes": {"n": 1}}],
}


def ask(rest, task, sync, **fields):
    """Run a task by either door; return its results by name."""
    if sync:
        answer = rest.post(f"{task}/execute", **fields)
        assert "results" in answer, answer
        return {one["paramName"]: one for one in answer["results"]}
    job = rest.run_job(task, **fields)
    found = rest.get(job)
    assert found["jobStatus"] == "esriJobSucceeded", found
    options = {name: text for name, text in fields.items() if name.startswith("return")}
    results = {name: rest.post(f"{job}/{one['paramUrl']}", **options)
               for name, one in found["results"].items()}  # fmt: skip
    listed = {one["paramName"]: one for one in rest.post(f"{job}/results", **options)}
    assert results == listed
    return results


@DOORS
@pytest.mark.parametrize(
    ("name", "kind", "sent", "answered"),
    [
        pytest.param("Field", "Field", FIELD, FULL_FIELD,
                     marks=pytest.mark.protocol("6.7 Field")),
        pytest.param("Sql", "GPSQLExpression", "POP > 5 AND N = 'O''B'", "POP > 5 AND N = 'O''B'",
                     marks=pytest.mark.protocol("6 GPSQLExpression")),
        pytest.param("Hidden", "GPStringHidden", "s3cret!", "s3cret!",
                     marks=pytest.mark.protocol("6 GPStringHidden answers the real text")),
        pytest.param("SpatialReference", "GPSpatialReference", {"wkid": 102100, "vcsWkid": 5621},
                     {"wkid": 102100, "vcsWkid": 5621}, marks=pytest.mark.protocol("6.8 wkid and vcsWkid")),
        pytest.param("SpatialReference", "GPSpatialReference", {"latestWkid": 3857, "latestVcsWkid": 5773},
                     {"wkid": 3857, "vcsWkid": 5773}, marks=pytest.mark.protocol("6.8 latest ids")),
        pytest.param("CoordinateSystem", "GPCoordinateSystem", {"wkt": UTM}, {"wkt": UTM},
                     marks=pytest.mark.protocol("6.8 wkt and wkt2")),
        pytest.param("CoordinateSystem", "GPCoordinateSystem",
                     {"name": "WGS_1984_UTM_Zone_32N", "vcsName": "EGM96_Geoid"},
                     {"wkid": 32632, "vcsWkid": 5773}, marks=pytest.mark.protocol("6.8 names")),
        pytest.param("Extent", "GPExtent", BOX | {"spatial_reference": {"wkid": 4326}},
                     BOX | {"spatialReference": WGS84},
                     marks=pytest.mark.protocol("6.8 GPExtent, spatial_reference")),
        pytest.param("Envelope", "GPEnvelope", BOX | {"zmin": 1.0, "zmax": 2.0, "spatialReference": {"wkid": 4326}},
                     BOX | {"zmin": 1.0, "zmax": 2.0, "spatialReference": WGS84},
                     marks=pytest.mark.protocol("6.8 GPEnvelope, spatialReference")),
        pytest.param("ValueTable", "GPValueTable", ROWS, ROWS,
                     marks=pytest.mark.protocol("6.7 GPValueTable of arrays")),
        pytest.param("ValueTable", "GPValueTable", [{"NAME": "a", "weight": 1.5, "Reach": MILES}, {"Name": ""}],
                     ROWS, marks=pytest.mark.protocol("6.7 GPValueTable of objects")),
        pytest.param("Composite", "GPDouble", "5", 5.0,
                     marks=pytest.mark.protocol("6.7 GPComposite untagged")),
        pytest.param("Composite", "GPLinearUnit", "5 Miles", MILES,
                     marks=pytest.mark.protocol("6.7 GPComposite answers the real type")),
        pytest.param("Composite", "GPString", {"dataType": "GPString", "value": "5"}, "5",
                     marks=pytest.mark.protocol("6.7 GPComposite tagged")),
        pytest.param("Composites", "GPMultiValue:GPComposite", [5, "x", {"dataType": "GPString", "value": "5"}, MILES],
                     [{"dataType": "GPDouble", "value": 5.0}, {"dataType": "GPString", "value": "x"},
                      {"dataType": "GPString", "value": "5"}, {"dataType": "GPLinearUnit", "value": MILES}],
                     marks=pytest.mark.protocol("6.7 GPMultiValue:GPComposite items carry their type")),
    ],
)  # fmt: skip
def test_a_value_comes_back_under_its_real_type(
    rest, published, sync, name, kind, sent, answered
):
    published("samples.Echo", sync=sync)
    text = sent if isinstance(sent, str) else json.dumps(sent)
    found = ask(rest, ECHO, sync, **{f"In_{name}": text})[f"Out_{name}"]
    assert found == {"paramName": f"Out_{name}", "dataType": kind, "value": answered}


@pytest.mark.protocol("4 returnColumnName")
@DOORS
@pytest.mark.protocol("6.7 returnColumnName")
def test_rows_are_objects_when_asked_for(rest, published, sync):
    published("samples.Echo", sync=sync)
    found = ask(
        rest, ECHO, sync, In_ValueTable=json.dumps(ROWS), returnColumnName="true"
    )
    assert found["Out_ValueTable"]["value"] == [
        {"Name": "a", "Weight": 1.5, "Reach": MILES},
        {"Name": "", "Weight": None, "Reach": None},
    ]


@DOORS
@pytest.mark.protocol("clients 1.9 outputs that were not produced")
def test_outputs_that_are_missing_are_what_clients_bear(rest, published, sync):
    published("samples.Echo", sync=sync)
    found = ask(rest, ECHO, sync)
    given = {name.removeprefix("Out_"): one["value"] for name, one in found.items()}
    assert {name for name, value in given.items() if value == {}} == {
        "Features",
        "Table",
        "File",
        "Raster",
        "Raster_Data",
    }
    assert {name for name, value in given.items() if value == []} == {
        "Multi", "Longs", "ValueTable", "Composites",
    }  # fmt: skip
    assert found["Out_Composite"]["dataType"] == "GPLinearUnit"


BAD = [
    ("Field", '{"name": "POP"}', "unknown field type"),
    ("Field", "POP", "expected an object"),
    ("Sql", "NAME = 'x", "closed quotes"),
    ("SpatialReference", '{"wkid": 1}', "unknown or unsupported wkid 1"),
    ("SpatialReference", '{"projectionFile": "https://e.org/a.prj"}', "projection files are not read"),
    ("SpatialReference", '{"wkid": 4326, "vcsWkid": 4326}', "unknown or unsupported vcsWkid 4326"),
    ("CoordinateSystem", '{"name": "+proj=longlat"}', "no coordinate system named"),
    ("Extent", '{"xmin": 2, "ymin": 0, "xmax": 1, "ymax": 1}', "xmin 2 is above xmax 1"),
    ("Envelope", '{"xmin": 2, "ymin": 0, "xmax": 3}', "no ymax"),
    ("Envelope", json.dumps(BOX | {"spatialReference": {"name": "WGS 84"}}), "expected a wkid"),
    ("ValueTable", '[["a", -1, null]]', "row 0: column Weight: out of range: must be at least 0"),
    ("ValueTable", '[["a", 1, null], [null, 1, null]]', "row 1: column Name: a value is required"),
    ("ValueTable", '[["a"]]', "has 1 cells; the 3 columns are Name, Weight, Reach"),
    ("ValueTable", '[{"Colour": 1}]', "there is no column colour"),
    ("ValueTable", "{}", "expected an array of rows"),
    ("Composite", '{"dataType": "GPLong", "value": 5}', "dataType must be one of GPLinearUnit"),
    ("Composites", '[{"a": 1}]', "value 0: expected a value of type GPLinearUnit or GPDouble"),
]  # fmt: skip


@pytest.mark.protocol("6.8 xmin to ymax are required", "6.8 no names inside an extent")
@DOORS
@pytest.mark.parametrize(("name", "text", "says"), BAD)
def test_a_bad_value_names_parameter_and_what_was_expected(
    rest, published, sync, name, text, says
):
    published("samples.Echo", sync=sync)
    answer = rest.post(
        f"{ECHO}/{'execute' if sync else 'submitJob'}", **{f"In_{name}": text}
    )
    assert answer["error"]["code"] == 400
    assert f"'In_{name}': " in answer["error"]["details"][0]
    assert says in answer["error"]["details"][0]
    assert not Job.objects.exists()


@DOORS
@pytest.mark.protocol("6.9 JSON in the place of a text")
def test_json_of_a_tool_passes_through_a_text_output(rest, published, sync):
    published("typed.Layouts", sync=sync)
    found = ask(rest, "/Toys/Service/GPServer/Layouts", sync)
    assert found["Layouts"] == {
        "paramName": "Layouts", "dataType": "GPString",
        "value": [{"layoutTemplate": "A4", "pageSize": [21.0, 29.7]}],
    }  # fmt: skip
    assert found["Service"]["dataType"] == "GPString"
    assert found["Service"]["value"] == {"url": "https://e.org/FeatureServer"}


@DOORS
@pytest.mark.protocol("6.7 GPMultiValue of features, GPValueTable with features")
def test_data_sets_inside_lists_and_rows_come_back_whole(rest, published, sync):
    published("typed.Nest", sync=sync)
    sent = {"Sets": [POINT, POINT], "Rows": [["a", POINT], ["b", None]]}
    fields = {name: json.dumps(value) for name, value in sent.items()}
    found = ask(rest, "/Toys/Service/GPServer/Nest", sync, **fields)
    sets, rows = found["Out_Sets"], found["Out_Rows"]
    assert sets["dataType"] == "GPMultiValue:GPFeatureRecordSetLayer"
    assert [one["features"] for one in sets["value"]] == [POINT["features"]] * 2
    assert [row[0] for row in rows["value"]] == ["a", "b"]
    assert rows["value"][0][1]["features"] == POINT["features"]
    assert rows["value"][1][1] is None
    assert found["Files"]["dataType"] == "GPMultiValue:GPDataFile"
    assert [list(one) for one in found["Files"]["value"]] == [["url"]] * 2


@DOORS
@pytest.mark.protocol("6.7 GPComposite of features")
def test_features_of_a_composite_are_features(rest, published, sync):
    published("typed.Either", sync=sync)
    task = "/Toys/Service/GPServer/Either"
    found = ask(rest, task, sync, Given=json.dumps(POINT))["Out"]
    assert found["dataType"] == "GPFeatureRecordSetLayer"
    assert found["value"]["features"] == POINT["features"]
    assert ask(rest, task, sync, Given="2")["Out"] == {
        "paramName": "Out", "dataType": "GPDouble", "value": 2.0,
    }  # fmt: skip


@pytest.mark.protocol("6.3 files of one name")
def test_files_inside_a_list_can_be_fetched(rest, published, client):
    published("typed.Nest", sync=False)
    job = rest.run_job("/Toys/Service/GPServer/Nest", Sets="[]", Rows="[]")
    urls = [one["url"] for one in rest.get(f"{job}/results/Files")["value"]]
    bodies = [b"".join(client.get(url).streaming_content) for url in urls]
    assert bodies == [b"first", b"second"]


@pytest.mark.protocol("4 transfer limit")
@DOORS
def test_limits_hold_for_features_inside_a_list(rest, published, sync):
    published("typed.Nest", sync=sync, max_features=0)
    door = "execute" if sync else "submitJob"
    answer = rest.post(
        f"/Toys/Service/GPServer/Nest/{door}", Sets=json.dumps([POINT]), Rows="[]"
    )
    assert (
        "'Sets': has 1 features; this service accepts 0"
        in answer["error"]["details"][0]
    )


@DOORS
def test_a_row_of_a_tool_has_names_and_defaults(rest, published, sync):
    published("typed.Weigh", sync=sync)
    found = ask(
        rest, "/Toys/Service/GPServer/Weigh", sync, Weights='[["a", 2], ["b", null]]'
    )
    assert found["Report"]["value"] == "a 2, b 1"


SECRET = "open sesame"


@pytest.mark.protocol("5.6 GPStringHidden is empty in the inputs")
def test_a_hidden_text_is_empty_in_the_inputs(rest, published):
    published("samples.Echo", sync=False)
    job = rest.run_job(ECHO, In_Hidden=SECRET, In_String="shown")
    assert rest.get(f"{job}/inputs/In_Hidden") == {
        "paramName": "In_Hidden", "dataType": "GPStringHidden", "value": "",
    }  # fmt: skip
    inputs = {one["paramName"]: one["value"] for one in rest.get(f"{job}/inputs")}
    assert (inputs["In_Hidden"], inputs["In_String"]) == ("", "shown")
    assert rest.get(f"{job}/results/Out_Hidden")["value"] == SECRET


@pytest.mark.protocol("6 GPStringHidden is never shown")
def test_a_hidden_text_is_not_in_the_admin(rest, published, admin_client):
    published("samples.Echo", sync=False)
    job = rest.run_job(ECHO, In_Hidden=SECRET, In_String="shown")
    page = admin_client.get(
        f"/admin/jobs/job/{job.rpartition('/')[2]}/change/"
    ).content.decode()
    assert "shown" in page
    assert SECRET not in page


@pytest.mark.protocol("6 GPStringHidden is never shown")
@pytest.mark.parametrize("how", ["message", "failed", "bug"])
def test_a_hidden_text_that_a_tool_tells_is_masked(rest, published, caplog, how):
    published("typed.Blab", sync=False)
    job = rest.run_job("/Toys/Service/GPServer/Blab", Password=SECRET, How=how)
    document = rest.get(job)
    assert SECRET not in json.dumps(document)
    assert SECRET not in caplog.text
    assert ("(hidden)" in json.dumps(document)) == (how != "bug")
    published("typed.Blab", "Toys/Sync")
    answer = rest.raw("/Toys/Sync/GPServer/Blab/execute", Password=SECRET, How=how)
    assert SECRET not in answer.content.decode()
    assert SECRET not in caplog.text
    assert SECRET not in json.dumps(list(Job.objects.values_list("error", flat=True)))


def test_a_refused_hidden_text_is_not_repeated(rest, published):
    published("typed.Blab")
    answer = rest.raw("/Toys/Service/GPServer/Blab/execute", Password=SECRET + "\0")
    assert SECRET not in answer.content.decode()
    page = rest.client.post("/server/rest/services/Toys/Service/GPServer/Blab/execute",
                            {"Password": SECRET, "How": "nonsense", "f": "html"})  # fmt: skip
    assert SECRET not in page.content.decode()
    assert 'type="password"' in page.content.decode()


def test_a_hidden_text_takes_no_default(rest, published):
    service = published("samples.Echo")
    row = TaskParameter.objects.get(task__service=service, name="In_Hidden")
    row.default = "x"
    with pytest.raises(Exception, match="can have no default"):
        row.full_clean()
