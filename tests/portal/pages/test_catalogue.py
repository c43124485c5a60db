"""The catalogue: what a reader finds there, and what narrows it."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal.models import Favourite
from services.models import Task


@pytest.fixture
def tools(published):
    """Buffer for everybody at once, Echo of a folder after signing in, as a job."""
    published("samples.Buffer", "Shapes/Grow")
    published("samples.Echo", "Tests/Echoes", sync=False, access="signed_in")


@pytest.fixture
def mine(owner):
    client = Client()
    client.force_login(owner)
    return client


def shown(client, **asked):
    """Return the titles of the tools on the page."""
    page = client.get("/tools/", asked).content.decode()
    found = re.findall(r'<h3 class="h[56]"><a href="[^"]*">([^<]*)</a>', page)
    return {unescape(one) for one in found}


def test_a_stranger_sees_what_is_for_everybody_and_a_member_all(client, mine, tools):
    assert shown(client) == {"Buffer"}
    assert shown(mine) == {"Buffer", "Echo"}


@pytest.mark.parametrize(
    "asked",
    [
        {"q": "buffer"},
        {"q": "BUFF grow"},
        {"q": "Shapes/Grow"},
        {"folder": "Shapes"},
        {"runs": "sync"},
        {"access": "public"},
        {"q": "buffer", "takes": "lines", "runs": "sync"},
        {"q": "buffer", "view": "list"},
    ],
    ids=repr,
)
def test_search_and_filters_leave_what_fits(mine, tools, asked):
    assert shown(mine, **asked) == {"Buffer"}


@pytest.mark.parametrize(
    "asked",
    [{"runs": "async"}, {"access": "secured"}, {"folder": "Tests"}, {"takes": "table"}],
    ids=repr,
)
def test_filters_leave_out_what_does_not_fit(mine, tools, asked):
    assert shown(mine, **asked) == {"Echo"}


def test_nothing_found_says_so_in_the_words_that_were_searched(client, tools):
    page = client.get("/tools/", {"q": "<xyz>"}).content.decode()
    assert "Nothing matches '&lt;xyz&gt;'." in page
    assert "Clear filters" in page
    assert "<xyz>" not in page


def test_an_empty_portal_tells_staff_what_to_do(client, admin_client, db):
    assert "No tools yet." in client.get("/tools/").content.decode()
    page = admin_client.get("/tools/").content.decode()
    assert "Load the samples or add your own." in page
    assert "manage.py load_samples" in page


def test_the_address_keeps_the_filters_of_the_form(client, tools):
    page = client.get("/tools/", {"q": "buffer", "runs": "sync"}).content.decode()
    assert re.search(r'name="q"[^>]*value="buffer"', page)
    assert re.search(r'<option value="sync" selected>', page)
    assert "view=list" in page
    assert "q=buffer&amp;runs=sync&amp;view=list" in page


def test_a_favourite_is_marked_found_and_unmarked(mine, owner, tools):
    asked = {"tool": "Shapes/Grow/Buffer", "next": "/tools/?q=b"}
    assert mine.post("/tools/favourites/", asked).url == "/tools/?q=b"
    assert Favourite.objects.get().user == owner
    assert shown(mine, favourites="yes") == {"Buffer"}
    assert 'aria-pressed="true"' in mine.get("/tools/").content.decode()
    mine.post("/tools/favourites/", asked)
    assert shown(mine, favourites="yes") == set()


def test_favourites_are_of_tools_that_one_may_run(stranger, published):
    published("samples.Echo", "Closed/Echo", access="chosen")
    client = Client()
    client.force_login(stranger)
    asked = {"tool": "Closed/Echo/Echo"}
    assert client.post("/tools/favourites/", asked).status_code == 404
    assert client.post("/tools/favourites/", {"tool": "x"}).status_code == 404
    assert not Favourite.objects.exists()


def test_a_mark_leads_to_no_other_host(mine, tools):
    asked = {"tool": "Shapes/Grow/Buffer", "next": "https://evil.example/"}
    assert mine.post("/tools/favourites/", asked).url == "/tools/"


def test_a_stranger_signs_in_first_and_comes_back(client, tools):
    asked = {"tool": "Shapes/Grow/Buffer", "next": "/tools/?q=b"}
    answer = client.post("/tools/favourites/", asked)
    assert answer.url == "/server/account/login?next=/tools/%3Fq%3Db"


def queries(client):
    """Return how many queries the list takes once its tools are known."""
    client.get("/tools/")
    with CaptureQueriesContext(connection) as found:
        client.get("/tools/")
    return len(found)


def test_the_list_takes_the_same_queries_however_many_tools(mine, tools, published):
    few = queries(mine)
    for number in range(5):
        published("samples.Echo", f"More/Echo{number}")
    assert queries(mine) == few


def test_a_large_category_is_shown_in_full_when_asked_for(mine, published):
    service = published("samples.Buffer", "Many/Buffers")
    first = service.tasks.get()
    for number in range(10):
        Task.objects.create(service=service, name=f"B{number}", title=f"B {number}",
                            tool_id=first.tool_id, category="Many")  # fmt: skip
    service.revision += 1
    service.save()
    assert len(shown(mine)) == 6 + 1
    assert len(shown(mine, category="Many")) == 10
    assert "All 10 of Many" in mine.get("/tools/").content.decode()


def test_a_service_page_says_who_may_run_it_and_how_much(mine, published):
    published("samples.Buffer", "Shapes/Grow", max_run_seconds=77, maximum_records=12)
    page = mine.get("/tools/Shapes/Grow/").content.decode()
    for text in ("Everyone, without signing in", "77 seconds", "at most 12;",
                 "/server/rest/services/Shapes/Grow/GPServer", "Started"):  # fmt: skip
        assert text in page


def test_a_stopped_service_says_why_it_cannot_be_run(mine, published):
    published("samples.Buffer", "Shapes/Grow", state="STOPPED",
              stop_reason="New <data> on Monday.")  # fmt: skip
    for address in ("/tools/Shapes/Grow/", "/tools/Shapes/Grow/Buffer/"):
        page = mine.get(address).content.decode()
        assert "switched off by the administrator" in page
        assert "New &lt;data&gt; on Monday." in page
    (button,) = re.findall("<button[^>]*data-run-button>", page)
    assert "disabled" in button


def test_home_offers_the_samples_that_are_there(client, published):
    assert "no-sign-in" not in client.get("/").content.decode()
    published("samples.Buffer", "Samples/Buffer")
    page = client.get("/").content.decode()
    assert 'href="/tools/Samples/Buffer/Buffer/"' in page
    assert "MessageInABottle" not in page
