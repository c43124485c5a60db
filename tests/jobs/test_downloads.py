"""Results, layers of maps and hosted layers as files, over REST."""

from __future__ import annotations

import csv
import io
import json
import shutil
import zipfile
from datetime import timedelta

import openpyxl
import pyarrow.parquet as pq
import pyogrio
import pytest

from jobs.files import once
from jobs.models import Job
from jobs.runs.downloads import result_rows
from services.formats import FILES
from tests.conftest import ROOT

TASK = "/Toys/Files/GPServer/Echo"
COUNT = 1500  # more than maximumRecords of a service
POINTS = json.dumps({
    "geometryType": "esriGeometryPoint", "spatialReference": {"wkid": 3857},
    "features": [{"geometry": {"x": n, "y": 2}, "attributes": {"n": n, "name": f"é{n}"}}
                 for n in range(COUNT)],
})  # fmt: skip
ROWS = json.dumps({"features": [{"attributes": {"n": n}} for n in (4, 5)]})


@pytest.fixture
def job(rest, published) -> str:
    published("samples.Echo", "Toys/Files", sync=False, result_map_server=True)
    return rest.run_job(TASK, In_Features=POINTS, In_Table=ROWS, In_String="plain")


def download(rest, path, format_name, **headers):
    return rest.client.get(f"{ROOT}{path}/download", {"format": format_name}, **headers)


def body_of(response) -> bytes:
    """Return the bytes of a response; the test client closes one that is read."""
    if not response.streaming:
        return response.content
    return b"".join(response.streaming_content)


def count_of(format_name: str, body: bytes, tmp_path) -> int:
    """Return the rows of a file as another library counts them."""
    if format_name == "geoparquet":
        return pq.read_table(io.BytesIO(body)).num_rows
    if format_name == "xlsx":
        return openpyxl.load_workbook(io.BytesIO(body)).active.max_row - 1
    if format_name == "csv":  # GDAL has no driver for it in this process
        return len(list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))) - 1
    if format_name == "esrijson":  # nor for this
        return len(json.loads(body)["features"])
    path = tmp_path / f"file.{FILES[format_name].extension}"
    path.write_bytes(body)
    return pyogrio.read_info(path)["features"]


def test_a_result_comes_whole_in_each_format(rest, job, tmp_path):
    path = f"{job}/results/Out_Features"
    sizes = dict.fromkeys(FILES)
    for name, known in FILES.items():
        response = download(rest, path, name)
        assert response["Content-Type"] == known.media_type
        disposition = f'attachment; filename="Out_Features.{known.extension}"'
        assert response["Content-Disposition"] == disposition
        body = body_of(response)
        assert response["Content-Length"] == str(len(body))
        assert count_of(name, body, tmp_path) == COUNT
        sizes[name] = len(body)
        listed = rest.get(f"{path}/download")["files"]
        assert {one["format"]: one["size"] for one in listed} == sizes


def test_the_list_tells_formats_addresses_notes_and_when_it_ends(rest, job):
    listed = rest.get(f"{job}/results/Out_Features/download")
    assert [one["format"] for one in listed["files"]] == list(FILES)
    row = Job.objects.get()
    ends = row.ended_at + timedelta(hours=row.service.keep_jobs_hours)
    assert listed["expires"] == int(ends.timestamp() * 1000)
    assert listed["count"] == COUNT
    first = listed["files"][0]
    assert first["url"].endswith(f"{job}/results/Out_Features/download?format=geojson")
    assert first["notes"] == ["coordinates are degrees of WGS 84"]
    same = download(rest, f"{job}/results/Out_Table", "Excel")
    assert same["Content-Type"] == FILES["xlsx"].media_type
    body_of(same)
    table = rest.get(f"{job}/results/Out_Table/download")
    names = [one["format"] for one in table["files"]]
    assert names == ["gpkg", "csv", "geoparquet", "esrijson", "xlsx"]


def test_a_file_is_made_once_and_counted(rest, job, monkeypatch):
    before = Job.objects.get().size
    path = f"{job}/results/Out_Features"
    first = download(rest, path, "CSV")  # as ArcGIS writes it
    body = body_of(first)
    assert Job.objects.get().size == before + len(body)
    monkeypatch.setattr(once, "flush", lambda path: pytest.fail("made again"))
    again = download(rest, path, "csv", HTTP_RANGE="bytes=3-6")
    assert (again.status_code, body_of(again)) == (206, body[3:7])
    same = download(rest, path, "csv", HTTP_IF_NONE_MATCH=first["ETag"])
    assert same.status_code == 304
    assert first["Sunset"]
    assert Job.objects.get().size == before + len(body)


def test_a_shapefile_tells_its_names_inside_and_in_the_list(rest, published):
    published("samples.Echo", "Toys/Files", sync=False)
    features = {"geometryType": "esriGeometryPoint", "features": [
        {"geometry": {"x": 1, "y": 2}, "attributes": {"a_long_field_name": 1}}
    ]}  # fmt: skip
    job = rest.run_job(TASK, In_Features=json.dumps(features))
    path = f"{job}/results/Out_Features"
    kit = zipfile.ZipFile(io.BytesIO(body_of(download(rest, path, "shapefile"))))
    inside = kit.read("Out_Features_fields.txt").decode()
    assert "a_long_fie\ta_long_field_name" in inside
    listed = rest.get(f"{path}/download")["files"]
    notes = next(one["notes"] for one in listed if one["format"] == "shapefile")
    assert any("a_long_field_name is a_long_fie" in one for one in notes)


@pytest.mark.parametrize(
    ("parameter", "format_name", "reason"),
    [
        ("Out_Features", "dwg", "'format': there is no format 'dwg'; use geojson,"),
        ("Out_Table", "shapefile", "'format': shapefile needs geometries, and the"),
        ("Out_String", "csv", "result 'Out_String' is a GPString, which has no rows"),
        ("Out_Raster", "csv", "result 'Out_Raster' is a GPRasterDataLayer, which has"),
        ("Nothing", "csv", "has no result 'Nothing'"),
    ],
)
def test_what_cannot_be_a_file_is_refused_with_a_reason(
    rest, job, parameter, format_name, reason
):
    answer = rest.get(f"{job}/results/{parameter}/download", format=format_name)
    assert reason in answer["error"]["details"][0]


def test_a_layer_of_the_map_is_the_same_file(rest, job):
    name = job.rpartition("/")[2]
    layer = f"/Toys/Files/MapServer/jobs/{name}/0"
    first = download(rest, f"{job}/results/Out_Features", "geojson")
    second = download(rest, layer, "geojson")
    assert (second["ETag"], body_of(second)) == (first["ETag"], body_of(first))


def test_a_hosted_layer_is_a_file_too(rest, published, tmp_path):
    published("samples.Echo", "Toys/Files", sync=False, hosted_output=True)
    job = rest.run_job(TASK, In_Features=POINTS)
    url = rest.get(f"{job}/results/Out_Features")["value"]["url"]
    layer = url.partition(ROOT)[2]
    body = body_of(download(rest, layer, "flatgeobuf"))
    assert count_of("flatgeobuf", body, tmp_path) == COUNT
    assert "error" in rest.get(f"{layer[:-1]}7/download")


def test_a_sample_layer_is_a_file_too(rest, published, tmp_path):
    published("samples.Echo", "Samples/Echo")
    body = body_of(download(rest, "/Samples/World/FeatureServer/0", "gpkg"))
    assert count_of("gpkg", body, tmp_path) == 177  # countries of Natural Earth


def test_a_file_result_is_listed_with_its_own_address(rest, published):
    published("toys.WriteFile", sync=False)
    job = rest.run_job("/Toys/Service/GPServer/WriteFile", Text="0123456789")
    listed = rest.get(f"{job}/results/Out_File/download")
    (file,) = listed["files"]
    assert (file["fileName"], file["size"]) == ("written.txt", 10)
    part = rest.client.get(file["url"], HTTP_RANGE="bytes=2-4")
    assert (part.status_code, body_of(part)) == (206, b"234")


def test_a_file_goes_with_its_job(rest, job):
    body_of(download(rest, f"{job}/results/Out_Features", "csv"))
    folder = Job.objects.get().folder
    assert list(folder.glob("files/*/Out_Features.csv"))
    Job.objects.get().delete()
    assert rest.get(f"{job}/results/Out_Features/download")["error"]


def test_a_page_tells_of_a_job_whose_files_are_gone(rest, job):
    shutil.rmtree(Job.objects.get().results_folder)
    page = rest.client.get(f"{ROOT}{job}")
    assert page.status_code == 200
    assert "Out_Features" in page.text
    answer = rest.get(f"{job}/results/Out_Features/download")
    assert answer["error"]["message"] == "the files of this result are gone"


def test_results_whose_names_make_the_same_file_name_have_files_of_their_own():
    entries = [{"name": name, "kind": "table", "file": f"{at}.parquet"}
               for at, name in enumerate(("Größe", "Gräße"))]  # fmt: skip
    job = Job(outputs=entries)
    made = [result_rows(job, one) for one in entries]
    csv_file = FILES["csv"]
    assert made[0].file_name(csv_file) == made[1].file_name(csv_file) == "Gr_e.csv"
    assert made[0].folder != made[1].folder
