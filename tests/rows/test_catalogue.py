"""Sections 1 to 3: catalogue, server info, services, tasks."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from django.conf import settings

from portal.tokens import issue
from services.models import Folder, Service
from tests.conftest import ROOT, Rest

SERVER = f"/{settings.CONTEXT}"
ECHO = "/Toys/Service/GPServer/Echo"
LOC = "{http://www.sitemaps.org/schemas/sitemap/0.9}loc"


def addresses(client, path: str = "", **form: str) -> list[str]:
    """Return the paths below the catalogue that a sitemap lists."""
    answer = client.get(ROOT + path, {"f": "sitemap"} | form)
    assert answer["Content-Type"].startswith("application/xml")
    root = ET.fromstring(answer.content)
    urls = [one.text for one in root.iter(LOC)]
    assert all(url.startswith(f"http://testserver{ROOT}") for url in urls)
    return [url.removeprefix(f"http://testserver{ROOT}") for url in urls]


@pytest.mark.protocol("1.1 f=sitemap")
def test_a_sitemap_lists_what_a_stranger_may_open(client, published, owner):
    published("samples.Echo", "Root")
    published("samples.Echo", "My Toys/Open")
    published("toys.Fail", "My Toys/Private", access="signed_in")
    published("toys.Fail", "Secret/Private", access="signed_in")
    open_ones = ["/My%20Toys", "/My%20Toys/Open/GPServer",
                 "/My%20Toys/Open/GPServer/Echo"]  # fmt: skip
    root = ["", "/Root/GPServer", "/Root/GPServer/Echo"]
    assert sorted(addresses(client)) == sorted([*root, *open_ones])
    assert sorted(addresses(client, "/My Toys")) == sorted(["", *open_ones])
    token = issue(owner, 5)[0]
    assert sorted(addresses(client, token=token)) == sorted([*root, *open_ones])
    for path in addresses(client):
        assert client.get(ROOT + path).status_code == 200


@pytest.mark.protocol("1.1 sitemaps are empty where all is secured")
def test_a_secured_catalogue_has_an_empty_sitemap(client, published, owner):
    published("toys.Fail", access="signed_in")
    assert addresses(client) == []
    assert addresses(client, "/Toys", token=issue(owner, 5)[0]) == []


@pytest.mark.protocol("1.1 f=geositemap")
def test_a_geositemap_has_no_place_to_list(client, published):
    published("toys.Fail")
    assert addresses(client, f="geositemap") == []


@pytest.mark.protocol("1.1 unknown options of the catalogue are ignored")
def test_footprints_are_not_made_and_not_refused(rest, published):
    published("toys.Fail")
    assert rest.get("", option="footprints", outSR=102100) == rest.get("")


@pytest.mark.protocol("1.1 an empty folder")
def test_an_empty_folder_is_an_empty_catalogue_for_who_signed_in(rest, owner):
    Folder.objects.create(name="Empty")
    signed_in = Rest(issue(owner, 5)[0])
    assert signed_in.get("")["folders"] == ["Empty"]
    found = signed_in.get("/Empty")
    assert (found["folders"], found["services"]) == ([], [])
    assert rest.get("")["folders"] == []
    assert rest.get("/Empty")["error"]["code"] == 404


@pytest.mark.protocol("1.1 an empty catalogue")
@pytest.mark.parametrize("method", ["get", "post"])
def test_an_empty_catalogue_has_its_keys(rest, method):
    found = getattr(rest, method)("")
    assert (found["folders"], found["services"]) == ([], [])


@pytest.mark.protocol("1.2 POST of info", "1.2 shortLivedTokenValidity in minutes")
def test_info_is_posted_without_a_token(client, db):
    found = client.post(f"{SERVER}/rest/info", {"f": "json"}).json()
    assert found["authInfo"]["shortLivedTokenValidity"] == settings.TOKEN_MINUTES
    assert found["fullVersion"].startswith(str(found["currentVersion"]))


@pytest.mark.protocol("1.2 formats of info", "1.3 formats of the health check")
@pytest.mark.parametrize("tail", ["rest/info", "rest/info/healthCheck"])
def test_info_and_health_come_in_every_format(client, db, tail):
    url = f"{SERVER}/{tail}"
    plain = client.get(url, {"f": "json"}).json()
    pretty = client.get(url, {"f": "pjson"})
    assert pretty.json() == plain
    assert pretty.content.startswith(b"{\n  ")
    assert client.get(url, {"f": "html"})["Content-Type"].startswith("text/html")


@pytest.mark.protocol("2 serviceDescription may be empty")
def test_a_service_without_a_description_has_an_empty_one(rest, published):
    published("toys.Fail")
    assert rest.get("/Toys/Service/GPServer")["serviceDescription"] == ""


@pytest.mark.protocol("1.2 tokens are asked at the published address")
def test_the_published_address_gives_tokens(client, owner):
    url = client.get(f"{SERVER}/rest/info", {"f": "json"}).json()["authInfo"]
    form = {"username": "owner", "password": "owner-pass-1", "f": "json"}
    path = url["tokenServicesUrl"].removeprefix("http://testserver")
    assert client.post(path, form).json()["token"]


@pytest.mark.protocol("1.3 health check by POST and as a page")
def test_the_health_check_in_every_form(client, db):
    url = f"{SERVER}/rest/info/healthcheck/"
    assert client.post(url, {"f": "json"}).json() == {"success": True}
    assert client.get(url).status_code == 200


@pytest.mark.protocol("2 maximumRecords may be 0", "2 capabilities")
def test_a_service_says_what_the_administrator_has_set(rest, published):
    published("toys.Fail", maximum_records=0, uploads=True)
    found = rest.post("/Toys/Service/GPServer")
    assert (found["maximumRecords"], found["capabilities"]) == (0, "Uploads")


@pytest.mark.protocol("1.4 info is always there")
@pytest.mark.protocol("2 child resources")
def test_children_of_a_service_that_are_not_there_are_no_tasks(rest, published):
    published("toys.Fail")
    assert rest.get("/Toys/Service/GPServer/info")["resources"]
    error = rest.get("/Toys/Service/GPServer/uploads")["error"]
    assert (error["code"], error["message"]) == (400, "Invalid URL")


@pytest.mark.protocol("3 directions and parameter types", "3 order of parameters")
def test_inputs_come_before_outputs_with_their_kinds(rest, published):
    published("proximity.Buffer")
    found = rest.get("/Toys/Service/GPServer/Buffer")["parameters"]
    kinds = [
        (one["direction"].removeprefix("esriGPParameterDirection"),
         one["parameterType"].removeprefix("esriGPParameterType"))
        for one in found
    ]  # fmt: skip
    assert kinds[0] == ("Input", "Required")
    assert ("Input", "Optional") in kinds
    assert kinds[-1] == ("Output", "Derived")


@pytest.mark.protocol("3 texts are texts", "3 helpUrl may be empty")
def test_texts_are_never_null(rest, published):
    published("samples.Echo")
    task = rest.get(ECHO)
    texts = [task[key] for key in ("displayName", "description", "category", "helpUrl")]
    for one in task["parameters"]:
        texts += [one[key] for key in ("displayName", "description", "category")]
    assert all(isinstance(text, str) for text in texts)


@pytest.mark.protocol("3 outputs carry the schema too")
def test_the_default_of_a_feature_output_is_an_empty_set(rest, published):
    published("proximity.Buffer")
    [output] = [
        one for one in rest.get("/Toys/Service/GPServer/Buffer")["parameters"]
        if one["direction"].endswith("Output")
    ]  # fmt: skip
    default = output["defaultValue"]
    assert default["geometryType"] == "esriGeometryPolygon"
    assert (default["features"], default["exceededTransferLimit"]) == ([], False)
    assert default["fields"]
    assert default["spatialReference"]["wkid"]


@pytest.mark.protocol("3.2 parameterInfos of a GPMultiValue")
def test_a_list_tells_the_type_of_its_members(rest, published):
    published("samples.Echo")
    found = {one["name"]: one for one in rest.get(ECHO)["parameters"]}["In_Multi"]
    assert found["dataType"] == "GPMultiValue:GPString"
    [info] = found["parameterInfos"]
    assert (info["name"], info["displayName"]) == ("", "")
    assert info["dataType"] == "GPString"


@pytest.mark.protocol(
    "3.3 esri_out_feature_service_name", "5.1 esri_out_feature_service_name"
)
@pytest.mark.parametrize(
    "given",
    ["", "roads", '{"serviceProperties":{"name":"a"},"itemProperties":{"tags":"a,b"}}'],
)
def test_a_name_for_the_output_service_is_taken_where_it_is_declared(
    rest, published, given
):
    published("rows.PublishLayer", sync=False)
    published("toys.TwoOutputs", "Toys/Other", sync=False)
    task = "/Toys/Service/GPServer/PublishLayer"
    declared = rest.get(task)["parameters"][0]
    assert declared["name"] == "esri_out_feature_service_name"
    assert (declared["dataType"], declared["defaultValue"]) == ("GPString", "")
    assert declared["parameterType"] == "esriGPParameterTypeOptional"
    path = rest.run_job(task, esri_out_feature_service_name=given)
    assert rest.get(f"{path}/results/Name")["value"] == given
    other = rest.run_job(
        "/Toys/Other/GPServer/TwoOutputs", esri_out_feature_service_name=given
    )
    assert rest.get(other)["jobStatus"] == "esriJobSucceeded"


@pytest.mark.protocol("3.4 metadata of a task")
def test_metadata_is_xml_whatever_f_says(client, published):
    published("samples.Echo")
    for form in ({}, {"f": "json"}, {"f": "html"}):
        answer = client.get(f"{ROOT}{ECHO}/metadata", form)
        assert answer["Content-Type"].startswith("application/xml")


@pytest.mark.protocol("2 one executionType for all tasks")
def test_tasks_run_as_their_service_does(rest, published):
    published("samples.Echo", sync=False)
    Service.objects.update(execution_type="esriExecutionTypeSynchronous")
    Service.objects.get().save()
    kinds = {
        rest.get(path)["executionType"] for path in ("/Toys/Service/GPServer", ECHO)
    }
    assert kinds == {"esriExecutionTypeSynchronous"}
