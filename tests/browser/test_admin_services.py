"""Services in the admin as administrators manage them: edit, stop, publish, restrict, run."""

from __future__ import annotations

import re
import time

import pytest
import requests
from django.conf import settings
from django.contrib.auth.models import Group, User
from playwright.sync_api import Browser, Locator, Page, expect

from jobs.models import Job
from jobs.queueing import queue
from jobs.runs import execution
from services.models import Service, Task

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
]

REST = f"/{settings.CONTEXT}/rest/services"
MOST_ACTIONS = 25


class Person:
    """Somebody at a page, whose clicks and entries are counted."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.actions = 0

    def click(self, where: Locator) -> None:
        self.actions += 1
        where.click()

    def fill(self, where: Locator, text: str) -> None:
        self.actions += 1
        where.fill(text)

    def choose(self, where: Locator, text: str) -> None:
        self.actions += 1
        where.select_option(label=text)

    def button(self, name: str) -> None:
        self.click(self.page.get_by_role("button", name=name, exact=True).first)

    def link(self, name: str) -> None:
        self.click(self.page.get_by_role("link", name=name, exact=True).first)


@pytest.fixture
def person(page: Page, live_server) -> Person:
    """An administrator who has just signed in, for the first time."""
    User.objects.create_superuser("ada", password="ada-pass-1")
    found = Person(page)
    page.goto(f"{live_server.url}/admin/")
    found.fill(page.get_by_label("Username"), "ada")
    found.fill(page.get_by_label("Password"), "ada-pass-1")
    found.button("Log in")
    return found


def parameter(page: Page, name: str) -> Locator:
    """Return the part of a task's page that is about one input."""
    said = re.compile(rf"Input:\s*{name}\b")
    return page.locator(".inline-related").filter(
        has=page.get_by_role("heading", name=said)
    )


def document(live_server, path: str):
    return requests.get(
        f"{live_server.url}{REST}/{path}", {"f": "json"}, timeout=60
    ).json()


def told_of(live_server, path: str, name: str):
    parameters = document(live_server, path)["parameters"]
    return next(one for one in parameters if one["name"] == name)


def test_edits_of_a_parameter_are_in_the_task_json_at_the_next_load(
    person, page: Page, live_server, published
):
    task = published("samples.Echo", "Toys/Echo").tasks.get()
    path = "Toys/Echo/GPServer/Echo"
    page.goto(f"{live_server.url}/admin/services/task/{task.pk}/change/")
    number, text = parameter(page, "In_Long"), parameter(page, "In_String")
    number.get_by_label("Default:").fill("50")
    number.get_by_text("Choice list and bounds").click()
    number.get_by_label("Maximum:").fill("40")
    text.get_by_label("Mode:").select_option(value="choice")
    text.get_by_text("Choice list and bounds").click()
    text.get_by_label("Choice list:").fill("north\nsouth")
    # What users would see is there before it is saved.
    expect(page.locator("#preview option", has_text="south")).to_have_count(1)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(number.locator(".errorlist")).to_contain_text("out of range")
    assert told_of(live_server, path, "In_Long")["defaultValue"] is None
    number.get_by_label("Default:").fill("30")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".messagelist .success")).to_contain_text(
        "changed successfully"
    )
    shown = told_of(live_server, path, "In_Long")
    assert (shown["defaultValue"], shown["filter"]["maximum"]) == (30, 40)
    assert told_of(live_server, path, "In_String")["choiceList"] == ["north", "south"]


def test_a_service_is_stopped_with_two_clicks_and_clients_are_told_why(
    person, page: Page, live_server, published
):
    published("samples.Sleep", "Toys/Sleep")
    published("samples.Echo", "Toys/Echo")
    page.goto(f"{live_server.url}/admin/services/service/")
    person.actions = 0
    person.button("Stop Toys/Sleep")
    assert person.actions <= 2
    page.get_by_label("Reason:").fill("New data until Friday.")
    page.get_by_role("button", name="Stop these services").click()
    expect(page.locator(".messagelist")).to_contain_text("1 service stopped.")
    began = time.monotonic()
    told = document(live_server, "Toys/Sleep/GPServer/Sleep")["error"]["message"]
    assert told == "Service Toys/Sleep/GPServer not started: New data until Friday."
    assert "error" not in document(live_server, "Toys/Echo/GPServer/Echo")
    assert time.monotonic() - began < 5
    first = page.locator("#result_list tbody tr").first
    expect(first).to_contain_text("Stopped")
    expect(first).to_contain_text("Sleep")
    page.get_by_role("button", name="Start Toys/Sleep").click()
    expect(page.locator(".messagelist")).to_contain_text("1 service started.")
    assert document(live_server, "Toys/Sleep/GPServer/Sleep")["name"] == "Sleep"


def test_a_first_time_administrator_publishes_restricts_runs_and_finds_the_job(
    person, page: Page, live_server, monkeypatch
):
    monkeypatch.setattr(queue, "push", execution.run)
    Group.objects.create(name="Planners")
    person.link("Services")
    person.link("Publish tools")
    person.fill(page.get_by_label("Search"), "proximity.Buffer")
    person.button("Search")
    person.click(page.get_by_label("Buffer", exact=True))
    person.button("Next: the service")
    person.fill(page.get_by_label("Name:"), "Reach")
    expect(page.get_by_role("status")).to_contain_text(
        "Free: /server/rest/services/Reach"
    )
    person.choose(page.get_by_label("Who can run it:"), "Chosen groups and users")
    person.click(page.get_by_label("Planners"))
    person.button("Next: the parameters")
    person.fill(parameter(page, "Distance").get_by_label("Default:"), "5 Kilometers")
    side = parameter(page, "Line_Side")
    person.click(side.get_by_text("Choice list and bounds"))
    person.fill(side.get_by_label("Choice list:"), "FULL\nOUTSIDE_ONLY")
    person.button("Save")
    person.button("Publish")
    expect(page.locator(".messagelist .success")).to_contain_text("Reach is published")
    person.link("Test run")
    person.button("Run")
    person.link("Reach")
    person.link("Jobs of this service")
    person.click(page.locator("#result_list").get_by_role("link").first)
    expect(page.locator("#content")).to_contain_text("Reach")
    expect(page.locator("#content")).to_contain_text("Succeeded")
    assert person.actions <= MOST_ACTIONS
    _is_as_she_wanted()


def _is_as_she_wanted() -> None:
    service, job = Service.objects.get(), Job.objects.get()
    assert (service.state, service.access) == ("STARTED", "chosen")
    assert [one.name for one in service.allowed_groups.all()] == ["Planners"]
    rows = {one.name: one for one in Task.objects.get().parameters.all()}
    assert rows["Distance"].default == {"distance": 5, "units": "esriKilometers"}
    assert rows["Line_Side"].choices == ["FULL", "OUTSIDE_ONLY"]
    assert (job.user.username, job.status) == ("ada", "esriJobSucceeded")


def test_all_of_it_works_without_a_script(
    browser: Browser, person, page: Page, live_server
):
    expect(page.get_by_role("link", name="Services", exact=True).first).to_be_visible()
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies(page.context.cookies())
    plain = context.new_page()
    plain.goto(f"{live_server.url}/admin/services/service/publish/?q=samples.Sleep")
    plain.get_by_label("Sleep", exact=True).check()
    plain.get_by_role("button", name="Next: the service").first.click()
    plain.get_by_label("Name:").fill("a/b")
    plain.get_by_role("button", name="Next: the parameters").click()
    expect(plain.locator(".errorlist")).to_contain_text("Use letters, digits")
    plain.get_by_label("Name:").fill("Nap")
    plain.get_by_role("button", name="Next: the parameters").click()
    parameter(plain, "Seconds").get_by_label("Default:").fill("7.5")
    plain.get_by_role("button", name="Show unsaved edits here").click()
    expect(plain.locator("#preview input").first).to_have_value("7.5")
    plain.go_back()
    parameter(plain, "Seconds").get_by_label("Default:").fill("7.5")
    plain.get_by_role("button", name="Save", exact=True).click()
    plain.get_by_role("button", name="Publish", exact=True).click()
    expect(plain.locator(".messagelist")).to_contain_text("Nap is published")
    plain.get_by_role("button", name="Stop…").click()
    plain.get_by_role("button", name="Stop these services").click()
    expect(plain.locator(".messagelist")).to_contain_text("1 service stopped.")
    assert Service.objects.get().state == "STOPPED"
    context.close()


PAGES = {
    "list": "service/", "service": "service/{service}/change/", "task": "task/{task}/change/",
    "tools": "service/publish/?q=buffer", "where": "service/publish/service/?tools=samples.Sleep",
    "look": "service/{service}/publish/", "test run": "service/{service}/test/{task}/",
    "import": "service/import/",
}  # fmt: skip


def test_pages_fit_every_width(person, page: Page, live_server, published):
    service = published("samples.Echo", "Toys/Echo")
    task = service.tasks.get()
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 800})
        for name, path in PAGES.items():
            tail = path.format(service=service.pk, task=task.pk)
            page.goto(f"{live_server.url}/admin/services/{tail}")
            over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert over <= 0, (name, width)
