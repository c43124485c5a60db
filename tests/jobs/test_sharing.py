"""Share links: what whoever has one reads, who makes them, and how they end."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from jobs.access.sharing import share
from jobs.models import Job, ShareLink
from tests.conftest import Rest
from tests.jobs.maps import SQUARE, map_of

TASK = "/Maps/Echo/GPServer/Echo"


@pytest.fixture
def mine(published, owner, tokened):
    """The owner, as a client, of a service with maps that only the owner may use."""
    service = published("samples.Echo", "Maps/Echo", sync=False, result_map_server=True)
    service.access = "chosen"
    service.save()
    service.allowed_users.add(owner)
    return Rest(tokened(owner))


@pytest.fixture
def job(mine):
    return mine.run_job(TASK, In_Features=SQUARE, In_Long=5)


def link(mine, job, **fields):
    return mine.post(f"{job}/shares/create", **fields)


def test_whoever_has_the_link_reads_the_job_and_its_results(mine, job, rest):
    share = link(mine, job)["share"]
    seen = rest.get(job, share=share)
    assert seen["jobStatus"] == "esriJobSucceeded"
    assert rest.get(f"{job}/results/Out_Long", share=share)["value"] == 5
    everything = rest.get(f"{job}/results", share=share)
    assert everything == mine.get(f"{job}/results")
    assert rest.get(f"{map_of(job)}/0/query", share=share, where="1=1")["features"]


def test_the_url_that_is_told_opens_the_job(mine, job, client):
    url = link(mine, job)["url"]
    assert url.startswith(f"http://testserver/server/rest/services{job}?share=")
    assert client.get(f"{url}&f=json").json()["jobId"] == job.rpartition("/")[2]


@pytest.mark.parametrize(
    "tail", ["/inputs", "/inputs/In_Long", "/cancel", "/shares", "/shares/create"]
)
def test_the_link_opens_nothing_else_below_the_job(mine, job, rest, tail):
    share = link(mine, job)["share"]
    assert rest.post(job + tail, share=share) == rest.post(job + tail)
    assert rest.post(job + tail, share=share)["error"]["code"] == 499


def test_the_link_opens_nothing_above_or_beside_the_job(mine, job, rest):
    share = link(mine, job)["share"]
    other = mine.run_job(TASK, In_Long=6)
    for path in ("/Maps/Echo/GPServer", TASK, other, f"{other}/results", map_of(other)):
        assert rest.get(path, share=share) == rest.get(path)
        assert "error" in rest.get(path, share=share)


def test_the_inputs_are_not_named_to_who_comes_by_the_link(mine, job, rest):
    share = link(mine, job)["share"]
    assert "inputs" not in rest.get(job, share=share)
    assert "inputs" in mine.get(job, share=share)


def test_a_link_that_shows_the_inputs_opens_them_too(mine, job, rest, owner):
    row = Job.objects.get(pk=job.rpartition("/")[2])
    secret, _ = share(row, owner, 60, shows_inputs=True)
    assert "In_Long" in rest.get(job, share=secret)["inputs"]
    assert rest.get(f"{job}/inputs/In_Long", share=secret)["value"] == 5
    assert rest.get(f"{job}/inputs", share=secret) == mine.get(f"{job}/inputs")


def test_the_pages_carry_the_link_to_the_results_and_not_elsewhere(mine, job, client):
    answer = link(mine, job)
    page = client.get(answer["url"]).content.decode()
    assert f"{job}/results/Out_Long?share={answer['share']}" in page
    assert "/inputs/" not in page
    assert "Share Links" not in page
    assert f'/server/rest/services?share={answer["share"]}"' not in page


def test_a_revoked_link_opens_nothing_any_more(mine, job, rest):
    made = link(mine, job)
    answer = mine.post(f"{job}/shares/{made['shareId']}/revoke")
    assert answer["success"] is True
    assert rest.get(job, share=made["share"]) == rest.get(job)
    assert [one["state"] for one in mine.get(f"{job}/shares")["shares"]] == ["revoked"]


def test_an_expired_link_opens_nothing_any_more(mine, job, rest):
    made = link(mine, job)
    ShareLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert rest.get(job, share=made["share"])["error"]["code"] == 499
    assert mine.get(f"{job}/shares")["shares"][0]["state"] == "expired"


def test_the_link_of_who_was_dismissed_opens_nothing(mine, job, rest):
    made = link(mine, job)
    User.objects.update(is_active=False)
    assert rest.get(job, share=made["share"])["error"]["code"] == 499


def test_a_picture_that_came_by_a_link_ends_with_it(mine, job, rest, client):
    made = link(mine, job)
    href = rest.get(f"{map_of(job)}/export", share=made["share"])["href"]
    assert client.get(href)["Content-Type"] == "image/png"
    mine.post(f"{job}/shares/{made['shareId']}/revoke")
    assert client.get(f"{href}&f=json").json()["error"]["code"] == 404


def test_the_owner_sees_the_links_without_their_secrets(mine, job, rest):
    made = link(mine, job, label="For the council", expiration="90")
    rest.get(job, share=made["share"])
    (listed,) = mine.get(f"{job}/shares")["shares"]
    assert listed == {
        "shareId": made["shareId"], "label": "For the council", "state": "live",
        "created": made["created"], "expires": made["expires"],
        "lastUsed": listed["lastUsed"],
    }  # fmt: skip
    assert made["expires"] - made["created"] == pytest.approx(90 * 60_000, abs=1000)
    assert listed["lastUsed"] >= made["created"]


def test_only_the_digest_of_a_link_is_kept(mine, job):
    secret = link(mine, job)["share"]
    row = ShareLink.objects.get()
    assert len(row.digest) == 64
    assert secret not in (row.digest, row.pk, row.label)


def test_a_link_lives_a_week_unless_told_otherwise_and_thirty_days_at_most(mine, job):
    for asked, days in (("", 7), ("99999999", 30)):
        made = link(mine, job, expiration=asked)
        lives = (made["expires"] - made["created"]) / 86_400_000
        assert lives == pytest.approx(days, abs=0.001)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"expiration": "soon"}, "expiration"),
        ({"expiration": "-5"}, "expiration"),
        ({"expiration": "0"}, "expiration"),
        ({"expiration": "9" * 40}, "expiration"),
        ({"label": "x" * 101}, "label"),
        ({"label": "a\nb"}, "label"),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_by_name(mine, job, fields, named):
    assert f"'{named}'" in link(mine, job, **fields)["error"]["details"][0]
    assert not ShareLink.objects.exists()


def test_a_get_makes_and_revokes_nothing(mine, job):
    assert mine.get(f"{job}/shares/create")["error"]["code"] == 405
    made = link(mine, job)
    assert mine.get(f"{job}/shares/{made['shareId']}/revoke")["error"]["code"] == 405
    assert ShareLink.objects.live().count() == 1


def test_a_job_has_only_so_many_links_that_work(mine, job, monkeypatch):
    monkeypatch.setattr("jobs.access.sharing.MAX_LIVE", 2)
    first = link(mine, job)
    link(mine, job)
    assert "at most 2" in link(mine, job)["error"]["details"][0]
    mine.post(f"{job}/shares/{first['shareId']}/revoke")
    assert "share" in link(mine, job)


def test_a_link_of_another_job_cannot_be_revoked_here(mine, job):
    other = mine.run_job(TASK, In_Long=6)
    made = link(mine, other)
    answer = mine.post(f"{job}/shares/{made['shareId']}/revoke")
    assert answer["error"]["details"] == ["Share link not found"]
    assert ShareLink.objects.live().count() == 1


def test_a_job_that_has_no_owner_needs_no_link(rest, published):
    published("samples.Echo", "Maps/Echo", sync=False)
    job = rest.run_job(TASK, In_Long=5)
    assert rest.get(f"{job}/shares")["error"]["code"] == 403
    assert "without signing in" in link(rest, job)["error"]["message"]


def test_links_go_with_their_job(mine, job):
    link(mine, job)
    Job.objects.all().delete()
    assert not ShareLink.objects.exists()


def test_an_administrator_revokes_links_in_the_admin(mine, job, rest, admin_client):
    made = link(mine, job)
    page = admin_client.get("/admin/jobs/sharelink/").content.decode()
    assert made["shareId"] in page
    assert made["share"] not in page
    form = {"action": "revoke", "_selected_action": [made["shareId"]]}
    assert (
        b"cannot be undone" in admin_client.post("/admin/jobs/sharelink/", form).content
    )
    admin_client.post("/admin/jobs/sharelink/", form | {"confirmed": "yes"})
    assert rest.get(job, share=made["share"])["error"]["code"] == 499
