"""All results of a job in one zip: what is in it, and for whom."""

from __future__ import annotations

import csv
import io
import json
import zipfile

import orjson
import pyogrio
import pytest

from portal.pages.package import Part, zipped
from tests.conftest import Rest
from tests.jobs.maps import SQUARE

TASK = "/Packed/Echo/GPServer/Echo"
TABLE = {
    "fields": [{"name": "word", "type": "esriFieldTypeString", "alias": "Word"}],
    "features": [{"attributes": {"word": one}} for one in ("yes", 'no, "never"')],
}


@pytest.fixture
def mine(published, owner, tokened):
    """The owner, as a client, of a service that only the owner may use."""
    service = published("samples.Echo", "Packed/Echo", sync=False)
    service.access = "chosen"
    service.save()
    service.allowed_users.add(owner)
    return Rest(tokened(owner))


@pytest.fixture
def job(mine):
    return mine.run_job(TASK, In_Features=SQUARE, In_Table=json.dumps(TABLE), In_Long=5)


def address(job, tail="download/"):
    return f"/jobs/{job.rpartition('/')[2]}/{tail}"


def opened(response):
    return zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))


def test_a_zip_holds_every_byte_of_its_files(tmp_path):
    data = bytes(range(256)) * 1000
    (tmp_path / "a.bin").write_bytes(data)
    part = Part("folder_a.bin", tmp_path / "a.bin", "about")
    kit = zipfile.ZipFile(io.BytesIO(b"".join(zipped({"b.txt": b"text"}, [part]))))
    assert kit.testzip() is None
    assert {one: kit.read(one) for one in kit.namelist()} == {
        "b.txt": b"text", "folder_a.bin": data,
    }  # fmt: skip


def test_the_zip_has_each_result_and_what_made_it(client, owner, job, tmp_path):
    client.force_login(owner)
    kit = opened(client.get(address(job)))
    assert orjson.loads(kit.read("values.json"))["Out_Long"] == 5
    made = orjson.loads(kit.read("provenance.json"))
    assert made["jobId"] == job.rpartition("/")[2]
    assert made["parameters"]["In_Long"] == 5
    kit.extract("Out_Features.gpkg", tmp_path)
    assert pyogrio.read_info(tmp_path / "Out_Features.gpkg")["features"] == 1
    rows = list(
        csv.DictReader(io.StringIO(kit.read("Out_Table.csv").decode("utf-8-sig")))
    )
    assert [one["word"] for one in rows] == ["yes", 'no, "never"']
    said = kit.read("README.txt").decode()
    assert all(name in said for name in kit.namelist() if name != "README.txt")


def test_the_zip_is_for_the_owner_and_for_who_has_a_link(client, mine, job, stranger):
    share = mine.post(f"{job}/shares/create")["share"]
    kit = opened(client.get(address(job), {"share": share}))
    assert "Out_Features.gpkg" in kit.namelist()
    assert "provenance.json" not in kit.namelist()  # it tells the inputs
    assert client.get(address(job), {"share": "wrong"}).status_code == 302
    client.force_login(stranger)
    assert client.get(address(job)).status_code == 404
    page = address(job, "results/Out_Features/")
    assert client.get(page).status_code == 404
    assert client.get(page, {"share": share}).status_code == 200


def test_a_result_that_is_not_there_has_no_page(client, owner, job):
    client.force_login(owner)
    assert client.get(address(job, "results/Nothing/")).status_code == 404
    page = client.get(address(job, "results/Out_Features/")).content.decode()
    assert 'data-only="Out_Features"' in page
