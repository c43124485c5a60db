"""Pages of errors: what each says, and that REST clients get what they always got."""

from __future__ import annotations

import re

import pytest
from django.core.exceptions import PermissionDenied
from django.db import OperationalError, connection
from django.test import Client, RequestFactory

from portal.pages import catalogue, errors, home
from services.errors import Busy, TooManyRequests


@pytest.fixture
def browser():
    """A browser that is answered whatever a view raises."""
    return Client(raise_request_exception=False)


def broken(monkeypatch, exc, page=home.HomePage):
    def fail(*_args, **_names):
        raise exc

    monkeypatch.setattr(page, "get", fail)


def test_what_is_not_there_has_a_page_with_its_id_and_a_way_back(client, db):
    answer = client.get("/nowhere/")
    page = answer.content.decode()
    assert answer.status_code == 404
    assert "There is no page at this address." in page
    assert answer["X-Request-ID"] in page
    assert 'href="/tools/"' in page


@pytest.fixture
def no_database(db):
    """A database that answers nothing."""

    def refuse(*_args):
        raise OperationalError("password=secret")

    with connection.execute_wrapper(refuse):
        yield


@pytest.mark.usefixtures("no_database")
def test_a_failure_of_ours_is_told_without_the_database(browser, monkeypatch):
    broken(monkeypatch, RuntimeError("secret detail"))
    answer = browser.get("/")
    page = answer.content.decode()
    assert answer.status_code == 500
    assert "The fault is ours" in page
    assert answer["X-Request-ID"] in page
    assert "secret detail" not in page


@pytest.mark.usefixtures("no_database")
def test_a_database_that_is_away_is_said_so_and_when_to_come_back(browser):
    answer = browser.get("/")
    assert answer.status_code == 503
    assert answer["Retry-After"] == "10"
    assert b"The database does not answer" in answer.content
    assert b"secret" not in answer.content


@pytest.mark.parametrize(
    ("exc", "status", "text"),
    [
        (TooManyRequests("Wait 9 seconds.", 9), 429, "Wait 9 seconds."),
        (Busy("All are busy."), 503, "All are busy."),
    ],
    ids=["429", "503"],
)
def test_a_refusal_of_a_page_says_its_reason(
    client, db, monkeypatch, exc, status, text
):
    broken(monkeypatch, exc, catalogue.CataloguePage)
    answer = client.get("/tools/")
    assert answer.status_code == status
    assert text in answer.content.decode()


def test_a_body_larger_than_the_portal_takes_is_413(db, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    body = "theme=" + "x" * 500
    answer = Client().post("/theme/", body, "application/x-www-form-urlencoded")
    assert answer.status_code == 413
    assert b"more than this portal takes" in answer.content


def test_a_form_of_another_page_is_refused_with_a_way_back(db):
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post("/theme/", {"theme": "dark"})
    assert answer.status_code == 403
    assert b"send the form once more" in answer.content
    assert b'href="/theme/"' in answer.content


def test_who_may_not_is_told(rf: RequestFactory):
    answer = errors.permission_denied(rf.get("/tools/"), PermissionDenied())
    assert answer.status_code == 403
    assert b"no right to this page" in answer.content


def test_clients_of_rest_get_no_page_of_ours(client, db):
    for path in ("/server/rest/nowhere", "/server/nowhere"):
        answer = client.get(path, {"f": "json"})
        assert b"portal.css" not in answer.content
    assert client.get("/server/rest/services/Nowhere", {"f": "json"}).json()["error"]


def test_error_pages_name_nothing_of_other_hosts(client, db):
    page = client.get("/nowhere/").content.decode()
    found = re.findall(r'(?:href|src)="([^"]+)"', page)
    assert all(one.startswith("/") for one in found)
    assert "style=" not in page
