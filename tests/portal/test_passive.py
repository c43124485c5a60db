"""What strangers have sent or made is never active at the portal's own address."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from jobs.files.passive_types import passive_type
from tests.conftest import ROOT
from tests.server import ROOT as HERE

FILES = f"/{settings.CONTEXT}/rest/directories/arcgisjobs/toys/service_gpserver"


def assert_passive(response) -> None:
    """A browser runs nothing of it, guesses no type, and shows it in no frame."""
    response.close()
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"


def test_a_file_of_a_job_is_a_download(rest, published):
    published("toys.WriteFile", sync=False)
    path = rest.run_job("/Toys/Service/GPServer/WriteFile", Text="<script>1</script>")
    job = path.rpartition("/")[2]
    response = rest.client.get(f"{FILES}/{job}/scratch/written.txt")
    assert_passive(response)
    assert response["Content-Disposition"].startswith("attachment")
    assert response["Content-Type"] == "text/plain"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.html", "application/octet-stream"),
        ("a.HTM", "application/octet-stream"),
        ("a.svg", "application/octet-stream"),
        ("a.xml", "application/octet-stream"),
        ("a.js", "application/octet-stream"),
        ("a.csv.html", "application/octet-stream"),
        ("a", "application/octet-stream"),
        (".csv", "application/octet-stream"),
        ("a.csv", "text/csv"),
        ("a.TIF", "image/tiff"),
    ],
)
def test_no_file_has_a_type_that_a_browser_runs(name, kind):
    assert passive_type(name) == kind


@pytest.mark.parametrize(
    "name", ["a\"; filename=evil.html; x=\".csv", "<img src=x>.csv", "ä\u202egpj.csv"]
)  # fmt: skip
def test_an_upload_is_a_download_under_its_name(client, published, name):
    published("toys.WriteFile", uploads=True)
    base = f"{ROOT}/Toys/Service/GPServer/uploads"
    file = SimpleUploadedFile(name, b"<script>1</script>,x\n1,2\n")
    answer = client.post(f"{base}/upload", {"f": "json", "file": file}).json()
    if "error" in answer:  # what is not printable is no name
        return
    response = client.get(f"{base}/{answer['item']['itemID']}/download")
    assert_passive(response)
    assert response["Content-Type"] == "application/octet-stream"
    header = response["Content-Disposition"]
    assert header.startswith("attachment; filename")
    assert "\n" not in header
    assert "filename=evil.html" not in header.replace('\\"', "")[:30]


@pytest.mark.parametrize(
    "path",
    ["?f=json", "?f=pjson", "?f=sitemap", "/Toys/Service/GPServer/info/metadata",
     "/Toys/Service/GPServer/info/thumbnail", "?f=json&callback=a", "/nowhere?f=json"],
)  # fmt: skip
def test_documents_and_pictures_are_passive(client, published, path):
    published("toys.WriteFile")
    assert_passive(client.get(f"{ROOT}{path}"))


@pytest.mark.parametrize(
    "path", [f"{ROOT}?f=html", "/admin/login/", f"{ROOT}/nowhere?f=html", "/nowhere"]
)
def test_pages_run_only_files_of_the_portal(client, db, path):
    policy = client.get(path)["Content-Security-Policy"]
    rules = dict(one.split(" ", 1) for one in policy.split("; "))
    assert rules["script-src"] == rules["style-src"] == "'self'"
    assert rules["object-src"] == rules["frame-ancestors"] == "'none'"
    assert "unsafe" not in policy


def test_an_answer_to_a_foreign_host_is_passive(client, db, settings):
    settings.ALLOWED_HOSTS = ["portal.example"]
    response = client.get("/", headers={"Host": "evil.example"})
    assert response.status_code == 400
    assert_passive(response)


@pytest.mark.parametrize(
    "path",
    ["//evil.example/..", "/\\evil.example", "///evil.example/%2e%2e", "/%5cevil.example",
     "/admin/login/?next=//evil.example", "/admin/?next=https://evil.example",
     f"{ROOT}//evil.example", f"/{settings.CONTEXT}/tokens?redirect=//evil.example"],
)  # fmt: skip
def test_no_address_leads_away(client, db, path):
    location = client.get(path).get("Location", "")
    assert not location.startswith(("//", "/\\", "http"))
    assert "evil.example" not in location.partition("?")[0]


def test_the_login_leads_nowhere_else(client, db, owner):
    owner.is_staff = owner.is_superuser = True
    owner.save()
    form = {"username": "owner", "password": "owner-pass-1", "next": "//evil.example/"}
    response = client.post("/admin/login/?next=//evil.example/", form)
    assert "evil.example" not in response.get("Location", "")


def test_with_https_cookies_are_secure_and_browsers_stay_with_it():
    code = (
        "import django; django.setup()\n"
        "from django.conf import settings; settings.ALLOWED_HOSTS = ['*']\n"
        "from django.test import Client\n"
        "page = Client().get('/admin/login/', secure=True)\n"
        "cookie = page.cookies['csrftoken']\n"
        "print(page['Strict-Transport-Security'], bool(cookie['secure']),"
        " cookie['samesite'], settings.SESSION_COOKIE_SECURE,"
        " settings.SESSION_COOKIE_HTTPONLY, settings.SESSION_COOKIE_SAMESITE)\n"
        "print(Client().get('/admin/login/')['Location'])\n"
    )
    env = os.environ | {
        "CAIRN_HTTPS": "1", "CAIRN_SECRET_KEY": "x" * 60,
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "CAIRN_DATA_DIR": str(settings.DATA_DIR),
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, cwd=HERE,
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    told, location = done.stdout.splitlines()
    assert told == (
        "max-age=31536000; includeSubDomains; preload True Lax True True Lax"
    )
    assert location == "https://testserver/admin/login/"
