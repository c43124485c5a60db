"""The Services Directory and the admin as a person uses them."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from jobs.queueing import queue
from jobs.runs import execution
from services.models import Task
from services.samples import load_samples

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def directory(live_server) -> str:
    load_samples()
    return f"{live_server.url}/{settings.CONTEXT}/rest/services"


@pytest.mark.protocol("11 form runs as it stands")
def test_every_synchronous_sample_runs_with_its_defaults(page: Page, directory):
    for path, task in (("Samples/Buffer", "Buffer"), ("Samples/Types", "Echo")):
        page.goto(f"{directory}/{path}/GPServer/{task}/execute")
        page.get_by_role("button", name="Execute Task (POST)").click()
        expect(page.locator("body")).to_contain_text("Succeeded.")


@pytest.mark.protocol("11 job page refreshes itself and stops")
def test_a_job_is_submitted_followed_and_its_result_opened(
    page: Page, directory, monkeypatch
):
    monkeypatch.setattr(queue, "push", execution.run)
    page.goto(f"{directory}/Samples/Slow/GPServer/Sleep/submitJob")
    page.get_by_label("Seconds", exact=False).first.fill("0")
    page.get_by_role("button", name="Submit Job (POST)").click()
    expect(page.locator("body")).to_contain_text("esriJobSucceeded")
    page.get_by_role("link", name="Report").click()
    expect(page.locator("body")).to_contain_text("Slept 0 seconds.")


def test_a_walk_from_the_catalogue_to_a_task(page: Page, directory):
    page.goto(directory)
    assert page.title() == "Folder: /"
    page.get_by_role("link", name="Samples", exact=True).click()
    page.get_by_role("link", name="Samples/Buffer", exact=True).click()
    page.get_by_role("link", name="Buffer", exact=True).last.click()
    expect(page.locator("body")).to_contain_text("Input_Features")


def test_a_default_edited_in_the_admin_shows_in_the_task(
    page: Page, directory, live_server
):
    User.objects.create_superuser("admin", password="admin-pass-1")
    page.goto(f"{live_server.url}/admin/")
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Password").fill("admin-pass-1")
    page.get_by_role("button", name="Log in").click()
    echo = Task.objects.get(service__name="Types")
    page.goto(f"{live_server.url}/admin/services/task/{echo.pk}/change/")
    row = (
        page.locator("#parameters-group, .inline-group")
        .filter(has_text="In_String")
        .first
    )
    row.locator("[name$=-default]").first.fill("from the admin")
    page.get_by_role("button", name="Save", exact=True).click()
    page.goto(f"{directory}/Samples/Types/GPServer/Echo?f=json")
    expect(page.locator("body")).to_contain_text("from the admin")
