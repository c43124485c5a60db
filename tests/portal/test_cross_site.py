"""What pages of other sites can make a browser do: nothing that changes, nor read."""

from __future__ import annotations

import pytest
from django.test import Client

from jobs.models import Job, Upload
from portal.tokens import issue
from tests.conftest import ROOT

SERVICE = f"{ROOT}/Toys/Service/GPServer"
EVIL = "https://evil.example"


@pytest.fixture
def victim(published, owner) -> Client:
    """The browser of somebody whose cookie opens a secured service."""
    published("toys.WriteFile", sync=False, access="signed_in", uploads=True)
    client = Client()
    client.cookies["agstoken"] = issue(owner, 5)[0]
    return client


def changes(job: Job, item: Upload) -> list[str]:
    """Return the address of each operation that changes something."""
    task = f"{SERVICE}/WriteFile"
    uploads = f"{SERVICE}/uploads"
    return [
        f"{task}/submitJob?Text=x", f"{task}/execute?Text=x", f"{task}/validate?Text=x",
        f"{task}/jobs/{job.pk}/cancel", f"{uploads}/upload", f"{uploads}/register",
        f"{uploads}/{item.pk}/uploadPart", f"{uploads}/{item.pk}/commit",
        f"{uploads}/{item.pk}/delete",
    ]  # fmt: skip


@pytest.fixture
def targets(victim) -> list[str]:
    job = victim.post(f"{SERVICE}/WriteFile/submitJob", {"f": "json", "Text": "x"})
    named = {"f": "json", "itemName": "a.csv"}
    item = victim.post(f"{SERVICE}/uploads/register", named).json()["item"]
    rows = (
        Job.objects.get(pk=job.json()["jobId"]),
        Upload.objects.get(pk=item["itemID"]),
    )
    return changes(*rows)


FOREIGN = [
    ("post", {"Origin": EVIL}), ("post", {"Origin": "null"}),
    ("post", {"Origin": "http://testserver.evil.example"}),
    ("post", {"Sec-Fetch-Site": "cross-site"}), ("post", {"Sec-Fetch-Site": "same-site"}),
    ("get", {"Referer": f"{EVIL}/page"}), ("get", {}),
    ("get", {"Sec-Fetch-Site": "cross-site"}),
    ("get", {"Sec-Fetch-Site": "cross-site", "Referer": "http://testserver/"}),
    ("get", {"Referer": "http://testserver@evil.example/"}),
]  # fmt: skip


@pytest.mark.parametrize(("method", "headers"), FOREIGN)
def test_a_foreign_page_changes_nothing_by_a_cookie(victim, targets, method, headers):
    for url in targets:
        if "/validate" in url:
            continue  # it changes nothing
        if method == "get" and "/uploads/" in url:
            continue  # an operation by POST alone
        before = Job.objects.values_list("pk", "status"), Upload.objects.count()
        given = {"f": "json"}
        answer = getattr(victim, method)(url, given, headers=headers).json()
        assert answer["error"]["code"] == 403, url
        assert "page of another site" in answer["error"]["message"]
        assert (
            list(Job.objects.values_list("pk", "status")),
            Upload.objects.count(),
        ) == (
            list(before[0]),
            before[1],
        )


OWN = [
    ("post", {}),  # a program: browsers name the origin of each foreign POST
    ("post", {"Origin": "http://testserver"}),
    ("post", {"Sec-Fetch-Site": "same-origin"}),
    ("get", {"Referer": "http://testserver/server/rest/services"}),
    ("get", {"Sec-Fetch-Site": "same-origin"}),
    ("get", {"Sec-Fetch-Site": "none"}),  # typed, or a bookmark
]


@pytest.mark.parametrize(("method", "headers"), OWN)
def test_the_portals_own_pages_and_programs_work_by_cookie(victim, method, headers):
    ask = getattr(victim, method)
    url = f"{SERVICE}/WriteFile/submitJob"
    assert "jobId" in ask(url, {"f": "json", "Text": "x"}, headers=headers).json()


@pytest.mark.parametrize("place", ["token", "header"])
def test_a_token_that_the_client_gives_counts_from_anywhere(victim, place):
    token = victim.cookies.pop("agstoken").value
    headers = {"Origin": EVIL, "Sec-Fetch-Site": "cross-site"}
    fields = {"f": "json", "Text": "x"}
    if place == "token":
        fields["token"] = token
    else:
        headers["X-Esri-Authorization"] = f"Bearer {token}"
    url = f"{SERVICE}/WriteFile/submitJob"
    assert "jobId" in victim.post(url, fields, headers=headers).json()


def test_a_named_origin_that_may_use_cookies_may_change(victim, settings):
    settings.CORS_ALLOWED_ORIGIN_REGEXES = [r"(?:https://maps\.example)\Z"]
    settings.CORS_ALLOW_CREDENTIALS = True
    url, fields = f"{SERVICE}/WriteFile/submitJob", {"f": "json", "Text": "x"}
    for origin, key in (("https://maps.example", "jobId"), (EVIL, "error")):
        answer = victim.post(url, fields, headers={"Origin": origin}).json()
        assert key in answer


def test_the_form_opens_by_cookie_from_anywhere(victim):
    url = f"{SERVICE}/WriteFile/submitJob"
    page = victim.get(url, headers={"Sec-Fetch-Site": "cross-site"})
    assert page.status_code == 200
    assert "<form" in page.content.decode()


def test_a_script_of_another_site_reads_nothing_by_cookie(victim):
    """JSONP is what any page may include: the cookie does not count for it."""
    document = {"f": "json", "callback": "steal"}
    told = victim.get(SERVICE, document).content.decode()
    assert told.startswith("/**/steal(")
    assert "WriteFile" not in told
    assert "499" in told
    token = victim.cookies["agstoken"].value
    told = victim.get(SERVICE, document | {"token": token}).content.decode()
    assert "WriteFile" in told
    assert "WriteFile" in victim.get(SERVICE, {"f": "json"}).content.decode()
