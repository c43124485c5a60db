"""A large body tells no more than a small one: what is hidden answers as what is not."""

from __future__ import annotations

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from portal.tokens import issue
from services.models import Service
from tests.conftest import ROOT

MB = 2**20
#: What is asked for below a service: as a form with a file, or a plain one.
UPLOADS = ("uploads/upload", "uploads/register")
TASKS = ("Tell/execute", "Tell/submitJob", "Tell/validate")
HIDDEN, NOWHERE = "Toys/Hidden", "Toys/Nowhere"


@pytest.fixture
def hidden(published, owner, settings):
    """A service for its owner, with limits that the default does not have."""
    settings.MAX_REQUEST_BYTES = 6 * MB
    more = {
        "access": "chosen",
        "uploads": True,
        "max_upload_mb": 3,
        "max_request_mb": 3,
    }
    service = published("abuse.Tell", HIDDEN, **more)
    service.allowed_users.add(owner)
    return service


def answer(path: str, below: str, size: int, **sent: str) -> str:
    """Return what a body of a size gets; ``token`` is in it, ``header`` beside it."""
    url = f"{ROOT}/{path}/GPServer/{below}"
    header = {"HTTP_X_ESRI_AUTHORIZATION": f"Bearer {sent['header']}"} if (
        "header" in sent) else {}  # fmt: skip
    fields = {"f": "json"} | ({"token": sent["token"]} if "token" in sent else {})
    if below in UPLOADS:
        fields["file"] = SimpleUploadedFile("a.csv", b"x" * size)
    else:
        fields["In_Text"] = "x" * size
    said = Client().post(url, fields, **header).content.decode()
    return said.replace(path, "PATH").replace(path.lower(), "PATH")


@pytest.mark.parametrize("below", [*UPLOADS, *TASKS])
def test_a_hidden_service_answers_as_a_name_that_is_not_there(
    hidden, owner, stranger, below
):
    token = issue(stranger, 5)[0]
    for size in (10, 2 * MB, 4 * MB, 8 * MB):
        for sent in ({}, {"token": token}, {"header": token}):
            found = answer(HIDDEN, below, size, **sent)
            assert found == answer(NOWHERE, below, size, **sent)
            assert '"error"' in found or "<title>" in found


def test_who_may_use_the_service_is_told_its_limit(hidden, owner):
    token = issue(owner, 5)[0]
    for sent in ({"token": token}, {"header": token}):
        fits = json.loads(answer(HIDDEN, "uploads/upload", 2 * MB, **sent))
        assert "is not text" in str(fits) or fits["success"]
        said = answer(HIDDEN, "uploads/upload", 5 * MB, **sent)
        assert "above the limit of this service: 3 MB" in said
        said = answer(HIDDEN, "Tell/execute", 5 * MB, **sent)
        assert "this service accepts 3 MB" in said
    said = answer(HIDDEN, "Tell/execute", 8 * MB, header=token)
    assert "this service accepts 3 MB" in said


def test_an_open_service_is_known_by_its_limits_at_once(hidden):
    Service.objects.update(access="everyone")
    said = answer(HIDDEN, "Tell/execute", 4 * MB)
    assert "this service accepts 3 MB" in said
    said = answer(HIDDEN, "uploads/upload", 5 * MB)
    assert "above the limit of this service: 3 MB" in said
