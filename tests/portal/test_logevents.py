"""Records of the log in the database and in the admin."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from django.test import RequestFactory
from django.utils import timezone

from jobs import trace
from jobs.models import Job
from portal import logevents
from portal.logevents import EventHandler, kept, store, trim
from portal.models import LogEvent

LIST = "/admin/portal/logevent/"


def record(text, level=logging.WARNING, name="portal.test", **extra):
    made = logging.LogRecord(name, level, __file__, 1, text, None, None)
    made.__dict__.update(extra)
    return made


@pytest.fixture
def log():
    """A logger whose records are stored by a thread, and its handler."""
    logger, handler = logging.getLogger("tests.logevents"), EventHandler()
    logger.addHandler(handler)
    yield logger, handler
    logger.removeHandler(handler)


def test_a_record_is_kept_with_its_names_and_without_secrets(db, owner):
    job = Job.objects.create(service_path="Toys/Sleep", task_name="Sleep", mode="async",
                             user=owner, submitted_at=timezone.now())  # fmt: skip
    with trace.of_job(job.pk, "request-7"):
        entry = kept(record("fetching https://h/?token=abc123secret failed\0"))
    store([entry])
    event = LogEvent.objects.get()
    assert "abc123secret" not in event.text
    assert event.text.startswith("fetching https://h/?token=")
    assert (event.level, event.logger, event.service, event.user) == (
        logging.WARNING, "portal.test", "Toys/Sleep", "owner",
    )  # fmt: skip
    assert (event.job_id, event.request_id) == (job.pk, "request-7")


def test_a_traceback_is_kept_without_secrets(db):
    try:
        raise ValueError("password=hunter2hunter2")
    except ValueError as exc:
        info = (type(exc), exc, exc.__traceback__)
    store([kept(record("it failed", logging.ERROR, exc_info=info))])
    event = LogEvent.objects.get()
    assert "ValueError" in event.exception
    assert "hunter2" not in event.exception


@pytest.mark.django_db(transaction=True)
def test_what_is_logged_is_stored_by_a_thread_and_costs_the_logger_no_query(
    log, django_assert_num_queries
):
    logger, handler = log
    with django_assert_num_queries(0):
        logger.info("not this")
        logger.warning("one %s", "thing")
        logger.error("another")
    handler.flush()
    texts = LogEvent.objects.order_by("pk").values_list("text", flat=True)
    assert list(texts) == ["one thing", "another"]


def test_a_database_that_fails_breaks_nothing_and_what_is_lost_is_counted(
    log, monkeypatch
):
    logger, handler = log
    stored = []

    def fail(batch):
        logger.error("nor does what storing says come here")
        raise RuntimeError("locked")

    monkeypatch.setattr(logevents, "store", fail)
    logger.warning("lost")
    handler.flush()
    monkeypatch.setattr(logevents, "store", stored.extend)
    logger.warning("kept")
    handler.flush()
    (entry,) = stored
    assert entry["text"] == "kept (and 1 records that were not kept)"


def test_refused_requests_do_not_fill_the_list_and_failed_ones_are_in_it(
    log, monkeypatch
):
    _, handler = log
    stored = []
    monkeypatch.setattr(logevents, "store", stored.extend)
    failed, watched = (RequestFactory().get(path) for path in ("/a", "/health/ready"))
    failed.request_id = "request-7"
    for request, status in (
        (failed, 404),
        (failed, 403),
        (watched, 503),
        (failed, 500),
    ):
        handler.emit(record(f"status {status}", name="django.request",
                            status_code=status, request=request))  # fmt: skip
    handler.flush()
    kept_ones = [(one["text"], one["request_id"]) for one in stored]
    assert kept_ones == [("status 500", "request-7")]


def test_the_oldest_records_go_by_number_and_by_age(db, settings):
    settings.KEEP_LOG_EVENTS, settings.KEEP_LOG_EVENT_DAYS = 3, 14
    store(kept(record(f"record {number}")) for number in range(5))
    trim()
    texts = LogEvent.objects.order_by("pk").values_list("text", flat=True)
    assert list(texts) == ["record 2", "record 3", "record 4"]
    last = LogEvent.objects.filter(text="record 4")
    last.update(at=timezone.now() - timedelta(days=15))
    trim()
    assert not last.exists()


def test_the_list_shows_level_and_text_and_is_only_read(
    admin_client, django_assert_max_num_queries
):
    with trace.of_request("request-7"):
        store([kept(record("<b>first</b>\nline", logging.ERROR))])
    store(kept(record(f"record {number}")) for number in range(60))
    with django_assert_max_num_queries(15):
        page = admin_client.get(LIST, {"q": "request-7"}).content.decode()
    assert 'pill-failed">Error</span>' in page
    assert "&lt;b&gt;first&lt;/b&gt;</span>" in page
    event = LogEvent.objects.get(request_id="request-7")
    detail = admin_client.get(f"{LIST}{event.pk}/change/").content.decode()
    assert f'href="{LIST}?q=request-7"' in detail
    assert admin_client.get(f"{LIST}add/").status_code == 403
    data = {"text": "changed"}
    assert admin_client.post(f"{LIST}{event.pk}/change/", data).status_code == 403


def test_old_records_are_deleted_up_to_the_newest_of_those_ticked(admin_client):
    store(kept(record(f"record {number}")) for number in range(5))
    ticked = LogEvent.objects.get(text="record 2")
    data = {"action": "delete_older", "_selected_action": [ticked.pk], "index": "0"}
    assert b"3 log events" in admin_client.post(LIST, data).content
    admin_client.post(LIST, data | {"confirmed": "yes"})
    texts = LogEvent.objects.order_by("pk").values_list("text", flat=True)
    assert list(texts) == ["record 3", "record 4"]
