"""Outputs that become feature services: what a client may ask, and where."""

from __future__ import annotations

import json

import pytest
from django.core.exceptions import ValidationError

from jobs.models.hosted import HostedService
from portal import tokens
from services.models import Service
from tests.conftest import ROOT, Rest
from tests.jobs.maps import RED, paint

TASK = "/Toys/Hosting/GPServer/Echo"
NAME = "esri_out_feature_service_name"
POINTS = json.dumps({
    "geometryType": "esriGeometryPoint", "spatialReference": {"wkid": 4326},
    "features": [{"geometry": {"x": 1, "y": 2}, "attributes": {"n": 1}}],
})  # fmt: skip
ROWS = json.dumps({"features": [{"attributes": {"n": n}} for n in (4, 5)]})


@pytest.fixture(autouse=True)
def hosting(published) -> Service:
    return published("samples.Echo", "Toys/Hosting", sync=False, hosted_output=True)


def made(rest: Rest, **fields: str) -> dict[str, str]:
    """Run a job; return the paths of its layers by output."""
    job = rest.run_job(TASK, **({"In_Features": POINTS} | fields))
    results = {one["paramName"]: one for one in rest.get(f"{job}/results")}
    return {
        name: one["value"]["url"].partition(ROOT)[2]
        for name, one in results.items()
        if isinstance(one["value"], dict) and "/FeatureServer/" in one["value"].get("url", "")
    }  # fmt: skip


def wish(**properties: object) -> str:
    """Return the object form of the name; members of ArcGIS's own names."""
    service = {key: properties.pop(key) for key in ("name", "serviceUrl")
               if key in properties}  # fmt: skip
    return json.dumps({"serviceProperties": service, "itemProperties": properties})


@pytest.mark.protocol("9 hosted tables")
def test_a_table_becomes_a_table_of_the_service(rest):
    paths = made(rest, In_Table=ROWS, **{NAME: "Both"})
    assert paths["Out_Features"].endswith("/Hosted/Both/FeatureServer/0")
    table = rest.get(paths["Out_Table"])
    assert (table["type"], "geometryType" in table) == ("Table", False)
    service = rest.get("/Hosted/Both/FeatureServer")
    assert [one["id"] for one in service["tables"]] == [table["id"]]
    found = rest.get(f"{paths['Out_Table']}/query", where="n > 4", outFields="n")
    assert [one["attributes"] for one in found["features"]] == [{"n": 5}]


@pytest.mark.protocol("9 hosted output is for jobs alone")
def test_a_synchronous_service_hosts_nothing(rest, published):
    published("samples.Echo", "Toys/Sync", hosted_output=True)
    task = "/Toys/Sync/GPServer/Echo"
    assert NAME not in [one["name"] for one in rest.get(task)["parameters"]]
    answer = rest.post(f"{task}/execute", In_Features=POINTS, **{NAME: "Lakes"})
    values = {one["paramName"]: one["value"] for one in answer["results"]}
    assert len(values["Out_Features"]["features"]) == 1
    assert not HostedService.objects.exists()


@pytest.mark.protocol("9 hosted output and a result map exclude each other")
def test_a_service_either_hosts_or_maps_its_results(hosting):
    hosting.result_map_server = True
    with pytest.raises(ValidationError, match="choose one of the two"):
        hosting.full_clean()


@pytest.mark.protocol(
    "5.1 esri_out_feature_service_name as an object", "5.1 tags, description and snippet"
)  # fmt: skip
@pytest.mark.parametrize("tags", ["a,b", ["a", "b"]])
def test_a_new_service_gets_the_texts_of_its_item(rest, tags):
    told = wish(name="Lakes", tags=tags, description="All lakes.", snippet="Lakes",
                itemId="0f4e6ff4c9f84f5a", folderId="x")  # fmt: skip
    made(rest, **{NAME: told})
    row = HostedService.objects.get()
    assert (row.name, row.tags, row.snippet) == ("Lakes", "a,b", "Lakes")
    assert rest.get("/Hosted/Lakes/FeatureServer")["description"] == "All lakes."


@pytest.mark.protocol(
    "5.1 overwrite by serviceUrl", "5.1 an administrator may overwrite"
)
def test_a_service_is_overwritten_by_its_url_and_by_an_administrator(
    owner, admin_user, django_capture_on_commit_callbacks
):
    mine = Rest(tokens.issue(owner, 60)[0])
    path = made(mine, **{NAME: "Lakes"})["Out_Features"]
    url = f"https://other.example{ROOT}{path}"
    for who, x in ((mine, 3), (Rest(tokens.issue(admin_user, 60)[0]), 4)):
        moved = POINTS.replace('"x": 1', f'"x": {x}')
        asked = {NAME: wish(serviceUrl=url, overwrite=True), "In_Features": moved}
        with django_capture_on_commit_callbacks(execute=True):
            assert made(who, **asked)["Out_Features"] == path
        found = who.get(f"{path}/query", where="1=1")
        assert [one["geometry"]["x"] for one in found["features"]] == [x]
    assert HostedService.objects.count() == 1


@pytest.mark.protocol("9 edits of hosted features are refused")
@pytest.mark.parametrize("operation", ["applyEdits", "addFeatures", "deletefeatures"])
def test_results_are_read_only_and_say_so(rest, operation):
    path = made(rest)["Out_Features"]
    for below in (path, path.rpartition("/")[0]):
        error = rest.post(f"{below}/{operation}", features="[]")["error"]
        assert error["code"] == 403
        assert "read-only" in error["message"]
    assert rest.get(path)["capabilities"] == "Query"


@pytest.mark.protocol("9 generateRenderer of a hosted layer")
def test_a_renderer_is_made_of_the_values_of_a_hosted_layer(rest):
    definition = json.dumps({"type": "classBreaksDef", "classificationField": "n",
                             "breakCount": 1})  # fmt: skip
    path = f"{made(rest)['Out_Features']}/generateRenderer"
    made_of = rest.get(path, classificationDef=definition)
    assert [one["classMaxValue"] for one in made_of["classBreakInfos"]] == [1]


@pytest.mark.protocol("9 symbology of hosted layers")
def test_a_hosted_layer_is_drawn_as_the_administrator_says(rest):
    paint(RED)
    layer = rest.get(made(rest)["Out_Features"])
    assert layer["drawingInfo"]["renderer"] == RED["renderer"]
