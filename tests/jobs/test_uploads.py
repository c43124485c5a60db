"""Uploads over REST: items, parts, limits, owners, expiry."""

from __future__ import annotations

import gc
import hashlib
import io
import os
import time
import tracemalloc
import zipfile
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from jobs.models import Job, Upload
from jobs.status import JobStatus
from jobs.uploads.incoming import PREFIX
from jobs.uploads.items import item_path
from jobs.workers.sweeper import sweep
from portal import tokens
from services.errors import InvalidValue
from tests.conftest import ROOT

UPLOADS = f"{ROOT}/Toys/Service/GPServer/uploads"
CSV = b"x,y\n1,2\n"


@pytest.fixture(autouse=True)
def service(published):
    """A service with uploads, and no item of another test."""
    made = published("toys.Fail", uploads=True)
    yield made
    for one in Upload.objects.all():
        for path in sorted(one.folder.rglob("*"), reverse=True):
            path.unlink() if path.is_file() else path.rmdir()


def post(path="/upload", data=CSV, name="towns.csv", client=None, **fields):
    """POST a multipart form; ``data`` None sends no file."""
    field = fields.pop("field", "file")
    if data is not None:
        fields[field] = SimpleUploadedFile(name, data)
    response = (client or Client()).post(UPLOADS + path, {"f": "json"} | fields)
    assert response.status_code == 200
    return response.json()


def get(path, **fields):
    return Client().get(UPLOADS + path, {"f": "json"} | fields).json()


def refusal(document):
    """The code of an error and all its text."""
    error = document["error"]
    assert set(error) == {"code", "message", "details"}
    assert error["message"] or error["details"]
    return error["code"], " ".join([error["message"], *error["details"]])


def content(response):
    return b"".join(response.streaming_content)


def token_of(user):
    return tokens.issue(user, 10)[0]


def strays():
    return list(Path(settings.UPLOADS_DIR).rglob(f"{PREFIX}*"))


@pytest.mark.protocol("12.18 itemID")
@pytest.mark.protocol("7 upload")
@pytest.mark.protocol("7 item")
def test_an_uploaded_file_is_a_committed_item():
    before = time.time() * 1000
    answer = post(description="Towns")
    item = answer["item"]
    assert answer == {"success": True, "item": item}
    assert set(item) == {"itemID", "itemName", "description", "date", "committed"}
    assert item["itemID"][0] == "i"
    assert len(item["itemID"]) == 37
    assert (item["itemName"], item["description"], item["committed"]) == (
        "towns.csv",
        "Towns",
        True,
    )
    assert before - 1 <= item["date"] <= time.time() * 1000
    assert get(f"/{item['itemID']}") == item
    assert get(f"/{item['itemID'].upper()}/") == item
    assert strays() == []


@pytest.mark.protocol("7 download with Content-Disposition")
def test_a_download_is_never_a_page():
    item = post(data=b'{"a": "<script>"}', name="böse<b>.json")["item"]
    response = Client().get(f"{UPLOADS}/{item['itemID']}/download")
    assert content(response) == b'{"a": "<script>"}'
    assert response["Content-Disposition"].startswith("attachment; filename")
    assert response["Content-Type"] == "application/octet-stream"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "no-store"


@pytest.mark.protocol("7 register, uploadPart, parts, commit")
@pytest.mark.protocol("12.17 partId and partNumber, file and partFile")
@pytest.mark.parametrize(
    ("id_name", "file_name"),
    [("partId", "file"), ("partNumber", "partFile"), ("PARTNUMBER", "File")],
)
def test_parts_are_joined_in_the_order_of_their_numbers(id_name, file_name):
    answer = post("/register", None, itemName="Towns.CSV", description="in parts")
    item = answer["item"]
    assert answer["success"] is True
    assert item["committed"] is False
    url = f"/{item['itemID']}"
    for number, data in ((10, b"3,4\n"), (2, b"1,2\n"), (1, b"x,y\n"), (2, b"5,6\n")):
        part = post(
            f"{url}/uploadPart", data, "blob", field=file_name, **{id_name: number}
        )
        assert part == {"success": True, "item": item}
    assert get(f"{url}/parts") == {"parts": [1, 2, 10]}
    done = post(f"{url}/commit", None)
    assert done == {"success": True, "item": item | {"committed": True}}
    assert post(f"{url}/commit", None) == done  # an answer that was lost
    assert content(Client().get(f"{UPLOADS}{url}/download")) == b"x,y\n5,6\n3,4\n"
    assert get(f"{url}/parts") == {"parts": []}
    row = Upload.objects.get()
    assert (row.size, [path.name for path in row.folder.iterdir()]) == (
        12,
        ["Towns.csv"],
    )
    code, text = refusal(post(f"{url}/uploadPart", b"x", partId=1))
    assert (code, "committed already" in text) == (400, True)


@pytest.mark.protocol("7 parts of commit repeated or with commas")
@pytest.mark.parametrize(
    "parts",
    [
        [("parts", "3,1")],
        [("parts", "3"), ("parts", "1")],
        [("parts", "[3, 1]")],
        [("parts", '["3","1"]')],
    ],
)
@pytest.mark.parametrize("multipart", [False, True])
def test_the_order_of_parts_may_be_given(parts, multipart):
    item = post("/register", None, itemName="a.csv")["item"]["itemID"]
    for number, data in ((1, b"b\n"), (2, b"unused"), (3, b"a\n")):
        post(f"/{item}/uploadPart", data, partId=number)
    url = f"{UPLOADS}/{item}/commit"
    if multipart:
        fields = {"f": "json", "parts": [text for _, text in parts]}
        answer = Client().post(url, fields).json()
    else:
        kind = "application/x-www-form-urlencoded"
        answer = (
            Client()
            .post(url, urlencode([("f", "json"), *parts]), content_type=kind)
            .json()
        )
    assert answer["success"] is True
    assert content(Client().get(f"{UPLOADS}/{item}/download")) == b"a\nb\n"


def test_a_long_list_of_parts_is_heeded():
    item = post("/register", None, itemName="a.csv")["item"]["itemID"]
    post(f"/{item}/uploadPart", b"a", partId=1)
    many = ",".join(map(str, range(1, 9000)))
    kind = "application/x-www-form-urlencoded"
    body = urlencode({"f": "json", "parts": many})
    answer = Client().post(f"{UPLOADS}/{item}/commit", body, content_type=kind).json()
    assert "part 2 is not there" in refusal(answer)[1]


@pytest.mark.parametrize("kind", ["md5", "sha1", "sha256"])
@pytest.mark.protocol("7 checksum of commit")
def test_a_checksum_must_fit(kind):
    item = post("/register", None, itemName="a.csv")["item"]["itemID"]
    post(f"/{item}/uploadPart", CSV, partId=1)
    good = hashlib.new(kind, CSV).hexdigest()
    bad = hashlib.new(kind, b"other").hexdigest()
    assert "checksum is not" in refusal(post(f"/{item}/commit", None, checksum=bad))[1]
    assert (
        "checksum must be"
        in refusal(post(f"/{item}/commit", None, checksum="z" * 32))[1]
    )
    assert get(f"/{item}")["committed"] is False
    assert post(f"/{item}/commit", None, checksum=good.upper())["success"] is True


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        ("1,2", "part 2 is not there"),
        ("1,1", "once"),
        ("a", "such as 1,2,3"),
        ("1,,2", "such as"),
        ("-1", "such as"),
    ],
)
def test_parts_that_are_not_there_are_named(parts, says):
    item = post("/register", None, itemName="a.csv")["item"]["itemID"]
    post(f"/{item}/uploadPart", CSV, partId=1)
    code, text = refusal(post(f"/{item}/commit", None, parts=parts))
    assert (code, says in text) == (400, True)
    assert "Parameter 'parts'" in text


@pytest.mark.protocol("7 commit")
def test_an_item_without_parts_is_not_committed():
    item = post("/register", None, itemName="a.csv")["item"]["itemID"]
    assert "there are no parts" in refusal(post(f"/{item}/commit", None))[1]
    assert refusal(get(f"/{item}/download"))[0] == 400


@pytest.mark.parametrize(
    "number", ["", "x", "-1", "1.5", "100000", "10001", "\N{ARABIC-INDIC DIGIT ONE}"]
)
def test_a_part_needs_a_number(number):
    item = post("/register", None, itemName="a.csv")["item"]["itemID"]
    code, text = refusal(post(f"/{item}/uploadPart", CSV, partId=number))
    assert (code, "partId" in text) == (400, True)


@pytest.mark.protocol("7 delete")
def test_a_deleted_item_is_gone_with_its_file():
    item = post()["item"]["itemID"]
    row = Upload.objects.get()
    assert row.path.read_bytes() == CSV
    assert post(f"/{item}/delete", None) == {"success": True}
    assert not row.folder.exists()
    for path in ("", "/parts", "/download"):
        assert refusal(get(f"/{item}{path}"))[0] == 400
    assert refusal(post(f"/{item}/delete", None))[0] == 400


@pytest.mark.protocol("7 info in MB")
def test_info_says_how_large_an_item_may_be(service):
    assert get("/info") == {"maxUploadFileSize": 100}
    service.max_upload_mb = 7
    service.save()
    assert get("/info") == {"maxUploadFileSize": 7}


@pytest.mark.protocol("7 only with the capability Uploads")
@pytest.mark.parametrize(
    "path",
    [
        "",
        "/info",
        "/upload",
        "/register",
        "/i1",
        "/i1/uploadPart",
        "/i1/commit",
        "/i1/delete",
        "/i1/parts",
        "/i1/download",
    ],
)
def test_without_the_capability_nothing_is_there(service, path):
    service.uploads = False
    service.save()
    for answer in (get(path), post(path, b"x" * 3_000_000)):
        assert refusal(answer) == (
            400,
            "Invalid URL This service does not accept uploads",
        )
    assert strays() == []


@pytest.mark.protocol("7 operations want a POST")
def test_the_operations_want_a_post():
    item = post()["item"]["itemID"]
    for path in (
        "/upload",
        "/register",
        f"/{item}/uploadPart",
        f"/{item}/commit",
        f"/{item}/delete",
    ):
        assert refusal(get(path, itemName="a.csv"))[0] == 405
    assert Upload.objects.count() == 1


@pytest.mark.protocol("7 files without an extension are refused")
@pytest.mark.protocol("7 extensions are checked at upload and register")
@pytest.mark.parametrize(
    "name",
    [
        "a.dwg",
        "a",
        "a.",
        ".csv",
        "a.csv.exe",
        "a.svg",
        "a.html",
        "a.vrt",
        "x" * 250 + ".csv",
    ],
)
def test_a_file_of_another_type_is_refused(name):
    for answer in (post(name=name), post("/register", None, itemName=name)):
        code, text = refusal(answer)
        assert code == 400
        assert "not accepted here; use .csv, " in text or "needs a name" in text
    assert not Upload.objects.exists()
    assert strays() == []


@pytest.mark.protocol("7 allowedUploadFileTypes")
def test_an_administrator_chooses_the_types(service):
    service.allowed_upload_types = " .DWG, csv"
    service.save()
    assert post(name="a.dwg")["success"] is True
    assert "use .dwg, .csv" in refusal(post(name="a.zip"))[1]


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("a.geojson", b"<OGRVRTDataSource/>", "content is XML"),
        ("a.zip", b"PK\x03\x04garbage", "zip"),
        ("a.zip", b"x,y\n", "content is text"),
        ("a.csv", b"MZ\x90\0", "binary"),
        ("a.tif", b"GIF89a", "a TIFF image"),
        ("a.gpkg", b"SQLite format 3\0" + b"\0" * 84, "a GeoPackage"),
        ("a.csv", b"", "empty"),
        ("a.csv", CSV.decode().encode("utf-16"), "UTF-16"),
    ],
)
def test_a_file_that_is_not_what_its_name_says_is_refused(name, data, says):
    code, text = refusal(post(name=name, data=data))
    assert (code, says in text, name in text) == (400, True, True)
    item = post("/register", None, itemName=name)["item"]["itemID"]
    post(f"/{item}/uploadPart", data or b"", partId=1)
    assert refusal(post(f"/{item}/commit", None))[0] == 400
    assert get(f"/{item}")["committed"] is False
    assert strays() == []


def test_a_zip_that_means_harm_is_refused_when_it_comes():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../evil.shp", b"x")
    assert (
        "name is not accepted" in refusal(post(name="a.zip", data=buffer.getvalue()))[1]
    )
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.shp", b"\0" * (20 << 20))
    assert "size" in refusal(post(name="a.zip", data=buffer.getvalue()))[1]


@pytest.mark.protocol("7 limit of the whole item")
def test_a_file_above_the_limit_is_refused(service):
    service.max_upload_mb = 1
    service.save()
    for data in (b"x" * (1024 * 1024 + 1), b"x" * (3 * 1024 * 1024)):
        code, text = refusal(post(data=data))
        assert (code, "above the limit of this service: 1 MB" in text) == (400, True)
    assert post(data=b"x" * 1024 * 1024)["success"] is True
    item = post("/register", None, itemName="a.csv")["item"]["itemID"]
    half = b"x" * 600_000
    assert post(f"/{item}/uploadPart", half, partId=1)["success"] is True
    assert post(f"/{item}/uploadPart", half, partId=1)["success"] is True
    assert "above 1 MB" in refusal(post(f"/{item}/uploadPart", half, partId=2))[1]
    assert strays() == []


def test_one_keeps_so_many_items_and_bytes(settings, owner, stranger):
    settings.UPLOADS_PER_USER, settings.UPLOAD_MB_PER_USER = 2, 1
    mine, other = ({"token": token_of(one)} for one in (owner, stranger))
    items = [post(**mine)["item"]["itemID"] for _ in range(2)]
    code, text = refusal(post(**mine))
    assert (code, "you have 2 uploaded items; at most 2 are kept" in text) == (
        400,
        True,
    )
    assert refusal(post("/register", None, itemName="a.csv", **mine))[0] == 400
    assert post(**other)["success"] is True
    assert post()["success"] is True
    post(f"/{items[0]}/delete", None, **mine)
    big = b"x" * 1024 * 1024
    assert "above 1 MB" in refusal(post(data=big, **mine))[1]
    item = post("/register", None, itemName="a.csv", **mine)["item"]["itemID"]
    assert (
        "above 1 MB" in refusal(post(f"/{item}/uploadPart", big, partId=1, **mine))[1]
    )
    assert get(f"/{item}/parts", **mine) == {"parts": []}
    assert sorted(Upload.objects.values_list("size", flat=True)) == [0, 8, 8, 8]
    folders = {path.name for path in Path(settings.UPLOADS_DIR).iterdir()}
    assert folders & {one.pk for one in Upload.objects.all()} <= folders
    assert strays() == []


def test_a_stranger_is_told_by_the_address(settings):
    settings.UPLOADS_PER_USER = 1
    assert post(client=Client(REMOTE_ADDR="10.0.0.1"))["success"] is True
    assert post(client=Client(REMOTE_ADDR="10.0.0.2"))["success"] is True
    assert refusal(post(client=Client(REMOTE_ADDR="10.0.0.1")))[0] == 400
    assert set(Upload.objects.values_list("address", flat=True)) == {
        "10.0.0.1",
        "10.0.0.2",
    }


def test_the_item_of_another_user_is_as_unknown_as_none(owner, stranger, service):
    item = post(token=token_of(owner))["item"]["itemID"]
    unknown = "i00000000-0000-0000-0000-000000000000"
    for path in ("", "/parts", "/download"):
        foreign = get(f"/{item}{path}", token=token_of(stranger))
        assert foreign == get(f"/{unknown}{path}") == get(f"/{item}{path}")
        assert refusal(foreign)[0] == 400
    for path in ("/delete", "/commit", "/uploadPart"):
        assert (
            refusal(post(f"/{item}{path}", token=token_of(stranger), partId=1))[0]
            == 400
        )
    assert get(f"/{item}", token=token_of(owner))["itemID"] == item
    chief = User.objects.create_superuser("chief")
    assert get(f"/{item}", token=token_of(chief))["itemID"] == item


def test_an_item_belongs_to_its_service(published):
    published("toys.Fail", "Toys/Other", uploads=True)
    item = post()["item"]["itemID"]
    other = UPLOADS.replace("Service", "Other")
    assert Client().get(f"{other}/{item}", {"f": "json"}).json()["error"]["code"] == 400


def test_a_secured_service_wants_a_token_for_uploads(service, owner):
    service.access = "signed_in"
    service.save()
    assert refusal(post())[0] == refusal(get("/info"))[0] == 499
    assert strays() == []
    headers = {"X-Esri-Authorization": f"Bearer {token_of(owner)}"}
    assert post(client=Client(headers=headers))["success"] is True


def test_a_request_without_a_file_is_told_so():
    for fields in ({"data": None}, {"field": "other"}):
        code, text = refusal(post(**fields))
        assert (code, "Parameter 'file': a file is required" in text) == (400, True)


@pytest.mark.parametrize(
    "item_id",
    [
        "",
        "i1",
        "../../../etc/passwd",
        ["a"],
        None,
        5,
        "i1\0.csv",
        {"a": 1},
        "i" * 5000,
        "i00000000-0000-0000-0000-000000000000",
    ],
)
def test_what_is_no_item_has_no_path(service, item_id):
    with pytest.raises(
        InvalidValue, match=r"^itemID: this service has no such uploaded item"
    ):
        item_path(service, AnonymousUser(), item_id)


def test_the_path_of_an_item_is_for_its_owner_and_service(
    service, published, owner, stranger
):
    item = post(token=token_of(owner), name="Städte & <b>.CSV")["item"]["itemID"]
    path = item_path(service, owner, item)
    assert path.read_bytes() == CSV
    assert path.name == "St_dte_b.csv"
    assert path.is_relative_to(settings.UPLOADS_DIR)
    other = published("toys.Fail", "Toys/Other", uploads=True)
    for wrong in ((service, stranger), (service, AnonymousUser()), (other, owner)):
        with pytest.raises(InvalidValue, match="no such uploaded item"):
            item_path(*wrong, item)
    open_item = post("/register", None, itemName="a.csv")["item"]["itemID"]
    with pytest.raises(InvalidValue, match="not committed yet"):
        item_path(service, AnonymousUser(), open_item)


def aged(item_id, hours=25):
    moment = timezone.now() - timedelta(hours=hours)
    Upload.objects.filter(pk=item_id).update(used_at=moment)


@pytest.mark.protocol("7 items are cleaned up")
def test_items_that_nobody_uses_expire_with_their_files(service):
    old, fresh, used = (post()["item"]["itemID"] for _ in range(3))
    folders = {one.pk: one.folder for one in Upload.objects.all()}
    aged(old)
    aged(fresh, hours=23)
    aged(used)
    item_path(service, AnonymousUser(), used)
    sweep()
    assert set(Upload.objects.values_list("pk", flat=True)) == {fresh, used}
    assert [folders[one].exists() for one in (old, fresh, used)] == [False, True, True]


@pytest.mark.parametrize(
    "status", [JobStatus.SUBMITTED, JobStatus.EXECUTING, JobStatus.SUCCEEDED]
)
def test_an_item_of_an_unfinished_job_is_kept(service, status):
    item = post()["item"]["itemID"]
    Job.objects.create(
        service=service, service_path=service.path, task_name="Fail", status=status,
        submitted_at=timezone.now(), ended_at=timezone.now(),
        lease_until=timezone.now() + timedelta(hours=1),
        inputs={"In_File": f'{{"itemID": "{item}"}}'},
    )  # fmt: skip
    aged(item)
    sweep()
    assert Upload.objects.exists() == (status != JobStatus.SUCCEEDED)


def test_files_without_an_item_are_swept_once_they_are_old():
    item = post()["item"]["itemID"]
    folder = Path(settings.UPLOADS_DIR)
    old = time.time() - 25 * 3600
    for name in (f"{PREFIX}old", f"{PREFIX}new"):
        (folder / name).write_bytes(b"x")
    for name in ("i-old", "i-new"):
        (folder / name).mkdir(exist_ok=True)
    for name in (f"{PREFIX}old", "i-old", item):
        os.utime(folder / name, (old, old))
    sweep()
    left = {path.name for path in folder.iterdir()}
    assert {f"{PREFIX}new", "i-new", item} <= left
    assert not {f"{PREFIX}old", "i-old"} & left
    (folder / f"{PREFIX}new").unlink()
    (folder / "i-new").rmdir()


class Endless(io.RawIOBase):
    """A multipart body that is made while it is read."""

    def __init__(self, head, megabytes, tail):
        self.left = [head, *[b"x" * 2**20] * megabytes, tail]
        self.length = sum(map(len, self.left))
        self.rest = b""

    def read(self, size=-1):
        while self.left and len(self.rest) < size:
            self.rest += self.left.pop(0)
        piece, self.rest = self.rest[:size], self.rest[size:]
        return piece


def test_an_upload_is_not_held_in_memory():
    head = b'--b\r\nContent-Disposition: form-data; name="f"\r\n\r\njson\r\n--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
    body = Endless(head, 60, b"\r\n--b--\r\n")
    get("/info")  # what is imported with the first request
    tracemalloc.start()
    try:
        answer = Client().generic(
            "POST", f"{UPLOADS}/upload", CONTENT_TYPE="multipart/form-data; boundary=b",
            **{"wsgi.input": body, "CONTENT_LENGTH": str(body.length)},
        ).json()  # fmt: skip
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert answer["success"] is True
    assert Upload.objects.get().path.stat().st_size == 60 * 2**20
    assert peak < 12 * 2**20


def test_a_broken_multipart_body_is_refused_and_leaves_nothing():
    body = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nx,y'
    response = Client().post(
        f"{UPLOADS}/upload?f=json", body, content_type="multipart/form-data; boundary=b"
    )
    assert refusal(response.json())[0] == 400
    assert not Upload.objects.exists()
    assert strays() == []


class HungUp(Endless):
    """A body whose client goes before its end."""

    def read(self, size=-1):
        if len(self.left) < 2:
            raise ConnectionResetError("the client has gone")
        return super().read(size)


def test_what_came_of_a_file_goes_with_its_client():
    head = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
    )
    body = HungUp(head, 3, b"\r\n--b--\r\n")
    gc.disable()  # nothing else may tidy up
    try:
        answer = Client().generic(
            "POST", f"{UPLOADS}/upload?f=json",
            CONTENT_TYPE="multipart/form-data; boundary=b",
            **{"wsgi.input": body, "CONTENT_LENGTH": str(body.length)},
        )  # fmt: skip
        assert refusal(answer.json())[0] == 400
        assert strays() == []
    finally:
        gc.enable()


def page(path, client=None, **fields):
    response = (client or Client()).get(UPLOADS + path, fields)
    return response.status_code, response.content.decode()


@pytest.mark.protocol("7 root page")
@pytest.mark.protocol("11 uploads in the Services Directory")
def test_the_pages_lead_through_an_upload(service):
    status, text = page("")
    assert status == 200
    for link in ("upload", "register", "info"):
        assert f'href="{UPLOADS}/{link}"' in text
    assert (
        f'href="{UPLOADS}"'
        in Client().get(UPLOADS.removesuffix("/uploads")).content.decode()
    )
    status, text = page("/upload")
    assert 'enctype="multipart/form-data"' in text
    assert 'type="file"' in text
    assert "<script" not in text
    response = Client().post(
        f"{UPLOADS}/upload",
        {
            "f": "html",
            "file": SimpleUploadedFile("<img src=x>.csv", CSV),
            "description": "<b>",
        },
    )
    text = response.content.decode()
    item = Upload.objects.get()
    assert f"{UPLOADS}/{item.pk}/download" in text
    assert "<img src=x" not in text
    assert "<b>" not in text
    for path in (
        f"/{item.pk}",
        f"/{item.pk}/delete",
        f"/{item.pk}/parts",
        "/info",
        "/register",
    ):
        assert page(path)[0] == 200
    draft = post("/register", None, itemName="a.csv")["item"]["itemID"]
    for path in ("uploadPart", "commit"):
        status, text = page(f"/{draft}/{path}")
        assert (status, 'method="post"' in text) == (200, True)
    assert page("/i1")[0] == 404
    assert page("/i1/uploadPart")[0] == 404


def test_pages_carry_the_token(service, owner):
    service.access = "signed_in"
    service.save()
    token = token_of(owner)
    _, text = page("/upload", token=token)
    assert f'name="token" value="{token}"' in text
    assert page("/upload")[0] == 499


def test_an_administrator_sees_items_and_deletes_them_with_their_files(
    admin_client, owner
):
    mine = post(token=token_of(owner))["item"]["itemID"]
    post(name="other.csv", client=Client(REMOTE_ADDR="10.0.0.9"))
    page = admin_client.get("/admin/jobs/upload/").content.decode()
    for text in ("towns.csv", "other.csv", "owner", "10.0.0.9", "Toys/Service"):
        assert text in page
    row = Upload.objects.get(pk=mine)
    assert (
        mine in admin_client.get(f"/admin/jobs/upload/{mine}/change/").content.decode()
    )
    data = {"action": "delete_selected", "_selected_action": [mine], "post": "yes"}
    admin_client.post("/admin/jobs/upload/", data)
    assert not row.folder.exists()
    assert Upload.objects.get().name == "other.csv"
    assert admin_client.get("/admin/jobs/upload/add/").status_code == 403


def test_an_administrator_edits_limits_of_uploads(admin_client, service):
    url = f"/admin/services/service/{service.pk}/change/"
    page = admin_client.get(url).content.decode()
    assert 'name="max_upload_mb"' in page
    assert 'name="allowed_upload_types"' in page
    service.allowed_upload_types = "csv, .ZIP"
    service.full_clean()
    assert service.upload_extensions == ("csv", "zip")
    for wrong in ("csv;zip", "*", "a/b", ","):
        service.allowed_upload_types = wrong
        with pytest.raises(ValidationError, match="Write extensions"):
            service.full_clean()
