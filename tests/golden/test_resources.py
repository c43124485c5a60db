"""Uploads, and what describes a service, answer the keys and types of their tables."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from services.datatypes import DATA_TYPES
from tests.conftest import ROOT
from tests.golden import resources
from tests.golden.checker import found

SERVICE = "/Toys/Service/GPServer"
UPLOADS = f"{ROOT}{SERVICE}/uploads"


# --- uploads --------------------------------------------------------------------------


@pytest.fixture
def uploads(published, settings, tmp_path: Path) -> None:
    """A service with uploads, which go to a folder of the test."""
    settings.UPLOADS_DIR = tmp_path
    published("samples.Echo", uploads=True)


def send(below: str, data: bytes | None = None, **fields: Any) -> Any:
    """POST a multipart form below the uploads, as clients do."""
    if data is not None:
        fields["file"] = SimpleUploadedFile("towns.csv", data)
    return Client().post(f"{UPLOADS}/{below}", {"f": "json"} | fields).json()


def read(below: str) -> Any:
    return Client().get(f"{UPLOADS}/{below}", {"f": "json"}).json()


@pytest.mark.protocol("7 keys of upload, item, delete and info")
def test_an_uploaded_item_and_the_limit(uploads):
    done = send("upload", b"x,y\n1,2\n", description="Towns")
    assert found(done, resources.ITEM_DONE) == []
    assert done["success"] is done["item"]["committed"] is True
    item = done["item"]["itemID"]
    assert found(read(item), resources.ITEM) == []
    assert found(read("info"), resources.UPLOADS_INFO) == []
    gone = send(f"{item}/delete")
    assert found(gone, resources.DELETED) == []
    assert gone["success"] is True


@pytest.mark.protocol("7 keys of register, uploadPart, parts and commit")
def test_an_item_in_parts(uploads):
    registered = send("register", itemName="towns.csv", description="")
    assert found(registered, resources.ITEM_DONE) == []
    assert registered["item"]["committed"] is False
    item = registered["item"]["itemID"]
    for number in (1, 2):
        part = send(f"{item}/uploadPart", b"1,2\n", partId=number)
        assert found(part, resources.ITEM_DONE) == []
    parts = read(f"{item}/parts")
    assert found(parts, resources.PARTS) == []
    assert parts["parts"] == [1, 2]
    committed = send(f"{item}/commit", parts="1,2")
    assert found(committed, resources.ITEM_DONE) == []
    assert committed["item"]["committed"] is True


@pytest.mark.protocol("7 root page")
def test_the_root_of_the_uploads_is_a_page_that_names_what_is_below(uploads):
    page = Client().get(UPLOADS).content.decode()
    for below in ("upload", "register", "info"):
        assert f'href="{UPLOADS}/{below}"' in page


# --- what describes a service ---------------------------------------------------------


@pytest.mark.protocol("1.4 keys of info and iteminfo")
def test_info_and_the_item_of_a_service(rest, published):
    published("samples.Echo", title="Echoes", description="Says it again.")
    listed = rest.get(f"{SERVICE}/info")
    assert found(listed, resources.INFO_LIST) == []
    assert listed["resources"] == ["iteminfo", "metadata", "thumbnail"]
    item = rest.get(f"{SERVICE}/info/iteminfo")
    assert found(item, resources.ITEMINFO) == []
    (west, south), (east, north) = item["extent"]
    assert west < east
    assert south < north


@pytest.mark.protocol("0.1 addresses of the children of info, and of metadata")
@pytest.mark.protocol("1.4 metadata", "1.4 thumbnail", "3.4 metadata of a task")
@pytest.mark.parametrize("form", ["html", "json", "pjson", "xml", ""])
def test_metadata_are_xml_and_a_thumbnail_is_a_picture_whatever_f_says(
    rest, published, form
):
    published("samples.Echo")
    for path in ("info/metadata", "Echo/metadata"):
        response = rest.client.get(f"{ROOT}{SERVICE}/{path}", {"f": form})
        assert response["Content-Type"].startswith("application/xml")
        assert ET.fromstring(response.content).tag == "metadata"
    response = rest.client.get(f"{ROOT}{SERVICE}/info/thumbnail", {"f": form})
    assert response["Content-Type"] == "image/png"
    response.close()


def keyword_problems(schema: dict[str, Any]) -> list[str]:
    """Return what in a schema, and in all below it, no keyword of draft 7 is."""
    said = [
        problem
        for key, value in schema.items()
        for problem in found({key: value}, {key: resources.SCHEMA_KEYWORDS.get(key)})
    ]
    below = [
        *schema.get("properties", {}).values(),
        *(schema.get("anyOf", []) + schema.get("allOf", []) + schema.get("oneOf", [])),
    ]
    items = schema.get("items", [])
    below += items if isinstance(items, list) else [items]
    return said + [problem for one in below for problem in keyword_problems(one)]


@pytest.mark.protocol("2 keys of the JSON Schema")
def test_the_json_schema_of_a_service_is_one_of_draft_7(rest, published):
    published("samples.Echo")
    url = rest.get(SERVICE)["schema"]["json-schema"]["url"]
    response = rest.client.get(url.partition("testserver")[2])
    schema = json.loads(response.content)
    assert found(schema, resources.SCHEMA) == []
    assert set(schema["definitions"]) == resources.DATA_TYPES
    assert {one.name for one in DATA_TYPES} == resources.DATA_TYPES
    task = schema["properties"]["Echo"]["properties"]
    parts = [*schema["definitions"].values(), task["inputs"], task["outputs"]]
    assert [problem for one in parts for problem in keyword_problems(one)] == []
    pointed = json.dumps(schema["properties"])
    for name in set(task["inputs"]["properties"]) | set(task["outputs"]["properties"]):
        assert f'"{name}": ' in pointed


# --- validate -------------------------------------------------------------------------


@pytest.mark.protocol("5.7 keys of validate")
@pytest.mark.parametrize("value", ["7", "many", '{"value": 7}', ""])
def test_validate_tells_the_parameters_as_they_are_now(rest, published, value):
    published("samples.Echo")
    answer = rest.post(f"{SERVICE}/Echo/validate", In_Long=value)
    assert found(answer, resources.VALIDATED) == []
    task = rest.get(f"{SERVICE}/Echo")
    assert [one["name"] for one in answer["parameters"]] == [
        one["name"] for one in task["parameters"] if one["direction"].endswith("Input")
    ]
