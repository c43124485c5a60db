"""Sections 6.1 to 6.4 and 7: uploaded items where a parameter takes them."""

from __future__ import annotations

import json
import re
from time import time

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.conftest import ROOT

SERVICE = "/Toys/Service/GPServer"
ECHO = f"{SERVICE}/Echo"
TIFF = b"II*\x00\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00"  # little endian, no tag


def upload(client, name: str, content: bytes, **form: str):
    file = SimpleUploadedFile(name, content)
    answer = client.post(
        f"{ROOT}{SERVICE}/uploads/upload", {"file": file, "f": "json"} | form
    )
    return answer.json()


@pytest.mark.protocol("7 item", "12.18 itemID")
def test_an_item_has_the_members_of_the_reference(client, published):
    published("samples.Echo", uploads=True)
    answer = upload(client, "lake.txt", b"a", description="A lake")
    assert answer["success"] is True
    item = answer["item"]
    assert re.fullmatch("i[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", item["itemID"])
    assert item["date"] / 1000 == pytest.approx(time(), abs=60)
    assert {name: item[name] for name in ("itemName", "description", "committed")} == {
        "itemName": "lake.txt", "description": "A lake", "committed": True,
    }  # fmt: skip
    alone = client.get(f"{ROOT}{SERVICE}/uploads/{item['itemID']}", {"f": "json"})
    assert alone.json() == item


@pytest.mark.protocol("6.3 uploaded item as a raster")
@pytest.mark.parametrize("name", ["In_Raster", "In_Raster_Data"])
def test_an_uploaded_raster_comes_back_as_a_file(client, rest, published, name):
    published("samples.Echo", uploads=True)
    item = upload(client, "lake.tif", TIFF)["item"]["itemID"]
    answer = rest.post(f"{ECHO}/execute", **{name: json.dumps({"itemID": item})})
    assert "results" in answer, answer
    found = {one["paramName"]: one for one in answer["results"]}
    value = found[name.replace("In_", "Out_")]["value"]
    assert value["format"] == "tif"
    body = b"".join(rest.client.get(value["url"]).streaming_content)
    assert body == TIFF


@pytest.mark.protocol("7 files without an extension are refused")
@pytest.mark.parametrize("name", ["README", "a.", ".txt"])
def test_a_file_needs_an_extension(client, published, name):
    published("samples.Echo", uploads=True)
    assert upload(client, name, b"a")["error"]["code"] == 400


@pytest.mark.protocol("6.1 an unknown item is told by its parameter")
@pytest.mark.parametrize("name", ["In_Features", "In_Table", "In_File", "In_Raster"])
def test_an_item_that_is_not_there_is_named(rest, published, name):
    published("samples.Echo", uploads=True)
    sent = json.dumps({"itemID": "ib740c7bb-e5d0-4156-9cea-12fa7d3a472c"})
    error = rest.post(f"{ECHO}/execute", **{name: sent})["error"]
    assert error["code"] == 400
    assert error["details"][0].startswith(f"Parameter '{name}'")
