"""The job list of the admin as an operator uses it."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from jobs.models import Job
from jobs.status import JobStatus
from services.management.commands.publish import service_at
from tests.browser.test_models import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WAITING = 70  # more than a page


@pytest.fixture
def jobs(db) -> None:
    """Jobs that wait for a user in one service, others elsewhere, and a failure."""
    now, user = timezone.now(), User.objects.create_user("ada")
    flood, other = service_at("Water/Flood"), service_at("Water/Other")

    def made(service, status, **fields):
        return Job(service=service, service_path=service.path, task_name="Run",
                   mode="async", status=status,
                   **{"submitted_at": now, "user": user} | fields)  # fmt: skip

    rows = [made(flood, JobStatus.SUBMITTED) for _ in range(WAITING)]
    rows += [
        made(other, JobStatus.SUBMITTED),
        made(flood, JobStatus.SUBMITTED, user=None),
        made(flood, JobStatus.SUBMITTED, submitted_at=now - timedelta(days=3)),
        made(flood, JobStatus.FAILED, ended_at=now, error="the gauge is <b>dry</b>"),
    ]
    Job.objects.bulk_create(rows)


@pytest.fixture
def filters(page: Page, live_server, jobs) -> Locator:
    """Sign in and open the list; return its filters."""
    sign_in(page, live_server.url)
    page.goto(f"{live_server.url}/admin/jobs/job/")
    return page.get_by_role("navigation", name="Filter")


def narrow(page: Page, filters: Locator) -> None:
    """Choose what waits of today, of one service and one user."""
    filters.get_by_role("link", name="Queued").click()
    filters.get_by_role("link", name="Last 24 hours").click()
    filters.get_by_text("By service").click()
    page.get_by_label("Service").select_option("Water/Flood")
    page.get_by_role("button", name="Apply service").click()
    filters.get_by_text("By user").click()
    field = page.get_by_label("User name")
    field.press_sequentially("a")
    expect(page.locator("datalist option")).to_have_attribute("value", "ada")
    field.fill("ada")
    page.get_by_role("button", name="Apply user").click()


def test_why_a_job_failed_is_in_its_row_and_a_filter_is_saved(page: Page, filters):
    filters.get_by_role("link", name="Failed").click()
    rows = page.locator("#result_list tbody tr")
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text("the gauge is <b>dry</b>")
    page.get_by_label("Save this filter as").fill("Failures")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("link", name="Clear all filters").click()
    page.get_by_role("link", name="Failures", exact=True).click()
    expect(rows).to_have_count(1)


def test_filters_in_the_url_outlive_reload_and_back(page: Page, filters):
    narrow(page, filters)
    rows = page.locator("#result_list tbody tr")
    expect(rows).to_have_count(50)
    url = page.url
    names = set(parse_qs(urlsplit(url).query))
    assert names == {"state", "period", "service", "user"}
    page.reload()
    expect(page.locator(".paginator")).to_contain_text(f"{WAITING} jobs")
    page.get_by_role("link", name="2", exact=True).click()
    expect(rows).to_have_count(WAITING - 50)
    page.go_back()
    expect(page).to_have_url(url)
    expect(rows).to_have_count(50)


def test_all_that_match_are_cancelled_on_every_page(page: Page, filters):
    narrow(page, filters)
    expect(page.locator(".paginator")).to_contain_text(f"{WAITING} jobs")
    page.locator("#action-toggle").check()
    page.get_by_text(f"Select all {WAITING} jobs").click()
    page.get_by_label("Action:").select_option("Cancel…")
    page.get_by_role("button", name="Go", exact=True).click()
    expect(page.get_by_role("heading", name=f"{WAITING} jobs")).to_be_visible()
    page.get_by_role("button", name="Cancel these jobs").click()
    expect(page.locator(".messagelist")).to_contain_text(f"{WAITING} jobs cancelled.")
    states = list(Job.objects.values_list("status", flat=True))
    assert states.count(JobStatus.CANCELLED) == WAITING
    assert states.count(JobStatus.SUBMITTED) == 3


def test_the_list_is_live_until_somebody_works_with_it(page: Page, filters):
    filters.get_by_role("link", name="Failed").click()
    row = page.locator("#result_list tbody tr")
    expect(row).to_contain_text("the gauge")
    page.evaluate("window.isStillHere = true")
    failed = Job.objects.filter(status=JobStatus.FAILED)
    failed.update(error="the gauge is wet")
    expect(row).to_contain_text("the gauge is wet", timeout=12_000)
    assert page.evaluate("window.isStillHere")
    row.locator("input.action-select").check()
    failed.update(error="nobody hears of this")
    with pytest.raises(AssertionError):
        expect(row).to_contain_text("nobody hears", timeout=6_000)
