"""What describes a service besides its documents: info, metadata, schema, health."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import pytest
from django.db import DatabaseError

from services.datatypes import DATA_TYPES
from services.models import Service
from tests.conftest import ROOT

SERVICE = "/Toys/My Service/GPServer"


@pytest.fixture
def echo(published):
    return published(
        "samples.Echo",
        "Toys/My Service",
        title="Echoes",
        description="Says it <again>.\nAnd again.",
    )


@pytest.mark.protocol("1.4 info")
def test_info_lists_its_resources(rest, echo):
    assert rest.get(f"{SERVICE}/info") == {
        "resources": ["iteminfo", "metadata", "thumbnail"]
    }


@pytest.mark.protocol("1.4 iteminfo")
def test_the_item_has_the_keys_that_clients_read(rest, echo):
    item = rest.get(f"{SERVICE}/info/iteminfo")
    assert set(item) >= {
        "culture", "name", "guid", "catalogPath", "snippet", "description", "summary",
        "title", "tags", "type", "typeKeywords", "thumbnail", "url", "extent",
        "spatialReference", "accessInformation", "licenseInfo",
    }  # fmt: skip
    assert item["title"] == "Echoes"
    assert item["snippet"] == "Says it <again>."
    assert item["tags"] == ["Samples"]
    assert item["url"].endswith("/rest/services/Toys/My Service/GPServer")


@pytest.mark.protocol("1.4 metadata")
def test_the_metadata_of_a_service_is_xml_that_names_it_and_its_tools(rest, echo):
    response = rest.client.get(f"{ROOT}{SERVICE}/info/metadata")
    assert response["Content-Type"].startswith("application/xml")
    root = ET.fromstring(response.content)
    assert root.findtext("dataIdInfo/idCitation/resTitle") == "Echoes"
    assert root.findtext("dataIdInfo/idAbs") == "Says it <again>.\nAnd again."
    assert [tool.get("name") for tool in root.findall("tool")] == ["Echo"]


@pytest.mark.protocol("3.4 metadata of a task")
def test_the_metadata_of_a_task_lists_its_parameters(rest, echo):
    response = rest.client.post(f"{ROOT}{SERVICE}/Echo/metadata")
    tool = ET.fromstring(response.content).find("tool")
    assert tool is not None
    names = [one.get("name") for one in tool.findall("parameters/param")]
    task = rest.get(f"{SERVICE}/Echo")
    assert names == [one["name"] for one in task["parameters"]]


@pytest.mark.protocol("1.4 thumbnail")
@pytest.mark.parametrize("path", ["thumbnail", "thumbnail/thumbnail.png", "Thumbnail/"])
def test_the_thumbnail_is_a_png(rest, echo, path):
    response = rest.client.get(f"{ROOT}{SERVICE}/info/{path}")
    body = b"".join(response.streaming_content)
    assert response["Content-Type"] == "image/png"
    assert body[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = (int.from_bytes(body[n : n + 4], "big") for n in (16, 20))
    assert (width, height) == (200, 133)


@pytest.mark.protocol("2 schema")
def test_the_json_schema_names_every_data_type_and_parameter(rest, echo):
    url = rest.get(SERVICE)["schema"]["json-schema"]["url"]
    response = rest.client.get(url.partition("testserver")[2])
    schema = json.loads(response.content)
    assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert set(schema["definitions"]) == {kind.name for kind in DATA_TYPES}
    task = schema["properties"]["Echo"]["properties"]
    names = [*task["inputs"]["properties"], *task["outputs"]["properties"]]
    assert names == [one["name"] for one in rest.get(f"{SERVICE}/Echo")["parameters"]]
    choice = task["inputs"]["properties"]["In_Choice"]
    assert choice["allOf"][1] == {"enum": ["Red", "Green", "Blue"]}


@pytest.mark.parametrize(
    "path",
    [
        "info",
        "info/iteminfo",
        "info/metadata",
        "info/thumbnail",
        "Echo/metadata",
        "Echo/validate",
    ],
)
def test_what_describes_a_secured_service_is_secured_too(rest, published, path):
    published("samples.Echo", "Toys/My Service", access="signed_in")
    assert rest.get(f"{SERVICE}/{path}")["error"]["code"] == 499


@pytest.mark.protocol("1.3 healthCheck")
@pytest.mark.parametrize("path", ["healthCheck", "healthcheck"])
def test_a_healthy_server_says_so(client, db, path):
    response = client.get(f"/server/rest/info/{path}?f=json")
    assert (response.status_code, response.json()) == (200, {"success": True})


@pytest.mark.protocol("1.3 unhealthy")
def test_a_server_without_its_database_answers_another_status(client, db, monkeypatch):
    def fail() -> bool:
        raise DatabaseError("gone")

    monkeypatch.setattr(Service.objects, "exists", fail)
    response = client.get("/server/rest/info/healthCheck?f=json")
    assert (response.status_code, response.json()) == (503, {"success": False})
