"""The page of a job: who opens it, what it tells in each state, what one changes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from jobs.access.ownership import is_mine
from jobs.access.sharing import revoke, share
from jobs.models import Job, ShareLink, Worker
from jobs.queueing.moves import forget_files
from portal.pages.changing import MOST_PINNED
from portal.pages.reasons import one_sentence
from services.models import Service
from tests.conftest import Rest
from tests.jobs.maps import SQUARE

FAIL, SLEEP = "/Toys/Fail/GPServer/Fail", "/Toys/Sleep/GPServer/Sleep"


@pytest.fixture
def services(published):
    published("samples.Fail", "Toys/Fail", sync=False)
    published("samples.Sleep", "Toys/Sleep", sync=False)
    published("samples.Echo", "Toys/Echo", sync=False)


@pytest.fixture
def mine(services, owner, tokened) -> Rest:
    return Rest(tokened(owner))


@pytest.fixture
def reader(owner) -> Client:
    """The browser of the owner."""
    return browser(owner)


def browser(user: User | None = None) -> Client:
    client = Client()
    if user:
        client.force_login(user)
    return client


def job_of(path: str) -> Job:
    return Job.objects.get(pk=path.rpartition("/")[2])


def waiting(rest: Rest) -> Job:
    return Job.objects.get(pk=rest.post(f"{SLEEP}/submitJob", Seconds=0)["jobId"])


def living_worker() -> None:
    now = timezone.now()
    Worker.objects.create(
        id="w1", host="here", pid=1, slots=1, started_at=now, seen_at=now
    )


def text_of(client: Client, job: Job) -> str:
    answer = client.get(f"/jobs/{job.pk}/")
    assert answer.status_code == 200
    return answer.content.decode()


# --- Who opens it ---------------------------------------------------------------------


def test_the_job_of_another_user_is_as_if_it_were_not_there(mine, stranger):
    job = waiting(mine)
    answer = browser(stranger).get(f"/jobs/{job.pk}/")
    unknown = browser(stranger).get(f"/jobs/j{'0' * 32}/")
    assert (answer.status_code, unknown.status_code) == (404, 404)
    assert answer.context["reasons"] == unknown.context["reasons"]


def test_who_is_not_signed_in_is_asked_to(mine):
    answer = browser().get(f"/jobs/{waiting(mine).pk}/")
    assert answer.url.startswith("/server/account/login?next=/jobs/j")


def test_the_address_of_a_stranger_s_job_opens_it_and_changes_nothing(services, rest):
    job = waiting(rest)
    assert is_mine(User(pk=1), job)
    assert 'data-state="queued"' in text_of(browser(), job)
    for tail in ("edit/", "delete/"):
        assert browser().get(f"/jobs/{job.pk}/{tail}").status_code == 403
    assert "has no owner" in browser().get(f"/jobs/{job.pk}/share/").content.decode()


def test_the_browser_that_has_run_a_stranger_s_job_renames_and_deletes_it(services):
    client = browser()
    url = client.post("/tools/Toys/Sleep/Sleep/", {"Seconds": "0"}).url
    client.post(f"{url}edit/", {"title": "Nap", "note": "short"})
    job = Job.objects.get()
    assert (job.title, job.note) == ("Nap", "short")
    assert client.post(f"{url}delete/").url == "/jobs/"
    assert not Job.objects.exists()


def test_a_job_of_a_service_that_one_may_not_use_any_more_is_not_shown(mine, reader):
    job = waiting(mine)
    Service.objects.update(access="chosen")
    assert reader.get(f"/jobs/{job.pk}/").status_code == 404


def test_the_job_of_a_deleted_service_says_so(mine, reader):
    job = job_of(mine.run_job(SLEEP, Seconds=0))
    Service.objects.all().delete()
    text = text_of(reader, job)
    assert "The service of this job was deleted" in text
    assert "Change and run again" not in text


# --- What it tells --------------------------------------------------------------------


def test_a_waiting_job_says_that_no_worker_runs(mine, reader):
    assert "No worker is running" in text_of(reader, waiting(mine))


def test_a_waiting_job_says_how_many_are_ahead(mine, reader):
    living_worker()
    jobs = [waiting(mine) for _ in range(3)]
    assert "Waiting: 2 jobs ahead of you." in text_of(reader, jobs[2])
    assert "Waiting: 1 job ahead of you." in text_of(reader, jobs[1])
    assert "Waiting: you are next." in text_of(reader, jobs[0])


def test_what_is_usual_is_the_median_of_the_successes(mine, reader):
    now = timezone.now()
    for seconds in (10, 16, 300):
        job = job_of(mine.run_job(SLEEP, Seconds=0))
        Job.objects.filter(pk=job.pk).update(
            started_at=now, ended_at=now + timedelta(seconds=seconds)
        )
    assert "usually about 16 seconds" in text_of(reader, waiting(mine))


def test_a_failure_is_one_sentence_with_advice_and_the_request_behind_it(mine, reader):
    path = mine.run_job(FAIL, Message="the lake /srv/data/lake.gpkg is dry. Look there")
    job = job_of(path)
    text = text_of(reader, job)
    assert '<p class="job-reason">The lake lake.gpkg is dry.</p>' in text
    assert "Change the inputs and run it again." in text
    head, _, details = text.partition('<details class="technical">')
    assert job.snapshot["request_id"] in details
    assert "/srv/data" not in head


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("on purpose", "On purpose."),
        ("First thing. Second thing.", "First thing."),
        ("no file /data/a b/c.txt", "No file a b/c.txt."),
        ("cannot open /tmp/x/y.shp: gone", "Cannot open y.shp: gone."),
        ("one line\nTraceback (most recent call last):", "One line."),
        ("at most 10 km/h and 1/2", "At most 10 km/h and 1/2."),
        ("see https://example.org/a/b", "See https://example.org/a/b."),
        ("", ""),
    ],
)
def test_a_reason_is_a_sentence_without_folders(said, shown):
    assert one_sentence(said) == shown


def test_a_job_that_took_too_long_says_the_limit(mine, reader):
    job = waiting(mine)
    job.snapshot["seconds"] = 600
    Job.objects.update(
        status="esriJobTimedOut", snapshot=job.snapshot, ended_at=timezone.now(),
        started_at=timezone.now(), error="the run took longer than 600 s",
    )  # fmt: skip
    assert "Stopped after the limit of 10 minutes." in text_of(reader, job)


def test_results_whose_files_are_gone_are_said_to_be(mine, reader):
    job = job_of(mine.run_job("/Toys/Echo/GPServer/Echo", In_Features=SQUARE))
    assert "not there any more" not in text_of(reader, job)
    forget_files(job)
    assert "not there any more" in text_of(reader, job)
    Job.objects.update(ended_at=timezone.now() - timedelta(days=400))
    assert "as announced. Run again." in text_of(reader, job)


def test_inputs_are_told_in_words_and_secrets_are_not(mine, reader):
    path = mine.run_job(
        "/Toys/Echo/GPServer/Echo", In_Features=SQUARE, In_Unit="5 Kilometers",
        In_Boolean="true", In_Hidden="open sesame", In_String="<b>bold</b>",
    )  # fmt: skip
    text = text_of(reader, job_of(path))
    assert 'data-input="In_Features">1 polygon</dd>' in text
    assert "<dd>5 Kilometres</dd>" in text
    assert "<dd>Yes</dd>" in text
    assert "&lt;b&gt;bold&lt;/b&gt;" in text
    assert "open sesame" not in text


def test_the_worker_is_told_to_staff_alone(mine, reader, admin_client):
    job = job_of(mine.run_job(SLEEP, Seconds=0))
    assert job.worker
    assert job.worker not in text_of(reader, job)
    assert job.worker in text_of(admin_client, job)


@pytest.mark.parametrize(
    "status",
    ["esriJobSucceeded", "esriJobFailed", "esriJobCancelled", "esriJobTimedOut"],
)
def test_every_job_that_has_ended_can_be_changed_and_run_again(mine, reader, status):
    job = waiting(mine)
    Job.objects.update(status=status, error="dry", ended_at=timezone.now())
    text = text_of(reader, job)
    assert f'href="/tools/Toys/Sleep/Sleep/?from={job.pk}">Change and run again' in text


def test_the_page_costs_few_queries(mine, reader):
    job = job_of(mine.run_job("/Toys/Echo/GPServer/Echo", In_Features=SQUARE))
    text_of(reader, job)
    with CaptureQueriesContext(connection) as asked:
        text_of(reader, job)
    assert len(asked) <= 13


# --- What its owner changes -----------------------------------------------------------


def test_a_job_is_cancelled_by_the_plain_page(mine, reader):
    job = waiting(mine)
    page = reader.get(f"/jobs/{job.pk}/cancel/").content.decode()
    assert "Cancel job" in page
    assert "Keep running" in page
    assert reader.post(f"/jobs/{job.pk}/cancel/").url == f"/jobs/{job.pk}/"
    assert 'data-state="cancelled"' in text_of(reader, job)
    assert reader.get(f"/jobs/{job.pk}/cancel/").url == f"/jobs/{job.pk}/"


def test_a_title_that_is_too_long_is_refused_by_name(mine, reader):
    job = waiting(mine)
    answer = reader.post(f"/jobs/{job.pk}/edit/", {"title": "x" * 201, "note": "kept"})
    assert answer.status_code == 422
    assert "at most 200 characters" in answer.content.decode()
    assert "kept" in answer.content.decode()


def test_a_pinned_job_has_no_end_and_not_all_can_be_pinned(mine, reader, owner):
    job = job_of(mine.run_job(SLEEP, Seconds=0))
    reader.post(f"/jobs/{job.pk}/pin/", {"pinned": "yes"})
    job.refresh_from_db()
    assert job.expires_at is None
    reader.post(f"/jobs/{job.pk}/pin/", {"pinned": "no"})
    job.refresh_from_db()
    assert job.expires_at is not None
    now = timezone.now()
    Job.objects.bulk_create(
        Job(user=owner, pinned=True, submitted_at=now) for _ in range(MOST_PINNED)
    )
    assert reader.post(f"/jobs/{job.pk}/pin/", {"pinned": "yes"}).status_code == 400


def test_a_job_is_deleted_with_its_files(mine, reader):
    job = job_of(mine.run_job("/Toys/Echo/GPServer/Echo", In_Features=SQUARE))
    assert job.folder.exists()
    reader.post(f"/jobs/{job.pk}/delete/")
    assert not Job.objects.exists()
    assert not job.folder.exists()


def test_nobody_changes_the_job_of_another(mine, stranger):
    job = waiting(mine)
    for tail in ("cancel/", "edit/", "pin/", "delete/", "share/"):
        answer = browser(stranger).post(f"/jobs/{job.pk}/{tail}", {"title": "Mine"})
        assert answer.status_code == 404
    job.refresh_from_db()
    assert (job.title, job.status) == ("", "esriJobSubmitted")


# --- Sharing --------------------------------------------------------------------------


@pytest.fixture
def shared(mine, owner):
    """A job with inputs, and the row of a link to it whose secret is at the end."""
    job = job_of(mine.run_job("/Toys/Echo/GPServer/Echo", In_Long=41, In_String="deep"))
    secret, row = share(job, owner, 60, shows_inputs=True)
    return job, row, f"/s/{secret}/"


def test_a_link_is_made_told_once_and_opens_the_job_for_anybody(mine, reader):
    job = job_of(mine.run_job(SLEEP, Seconds=0))
    answer = reader.post(
        f"/jobs/{job.pk}/share/", {"hours": "24", "label": "Omar", "inputs": "on"}
    )
    url = answer.context["made"].removeprefix("http://testserver")
    page = browser().get(url)
    assert (page.status_code, page["Cache-Control"]) == (200, "no-store")
    listed = reader.get(f"/jobs/{job.pk}/share/").content.decode()
    assert "Omar" in listed
    assert url not in listed


def test_a_link_does_not_work_longer_than_the_site_allows(mine, reader, settings):
    job = waiting(mine)
    settings.MAX_SHARE_HOURS = 24
    assert reader.post(f"/jobs/{job.pk}/share/", {"hours": "168"}).status_code == 422
    assert not ShareLink.objects.exists()


def test_a_shared_job_is_read_and_nothing_in_it_can_be_changed(shared):
    _, _, url = shared
    text = browser().get(url).content.decode()
    assert "<dd>41</dd>" in text
    assert "<dd>deep</dd>" in text
    assert "Succeeded." in text
    main = text.partition("<main")[2].partition("</main>")[0]
    assert "<form" not in main
    for word in ("Change and run again", "Cancel job", "Delete", "Rename", '/script"'):
        assert word not in main
    assert f'data-share="{url.split("/")[2]}"' in main
    assert browser().post(url).status_code == 405


def test_a_link_without_inputs_shows_none(shared, owner):
    job, _, _ = shared
    secret, _ = share(job, owner, 60)
    text = browser().get(f"/s/{secret}/").content.decode()
    assert "Succeeded." in text
    assert "<dd>deep</dd>" not in text


def test_a_revoked_link_is_not_found(shared, reader):
    job, row, url = shared
    answer = reader.post(f"/jobs/{job.pk}/share/{row.pk}/revoke/")
    assert answer.url == f"/jobs/{job.pk}/share/"
    assert browser().get(url).status_code == 404


def test_a_link_that_has_expired_is_not_found(shared):
    _, _, url = shared
    ShareLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert browser().get(url).status_code == 404


def test_nobody_revokes_the_links_of_another(shared, stranger):
    job, row, url = shared
    path = f"/jobs/{job.pk}/share/{row.pk}/revoke/"
    assert browser(stranger).post(path).status_code == 404
    assert browser().get(url).status_code == 200
    revoke(row)
    assert browser().get(url).status_code == 404
