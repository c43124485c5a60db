"""The dashboard in a browser: it is new without a reload, and rests when unseen."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from jobs.models import Job
from jobs.workers.vitals import beat
from services.models import Service

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

#: What a page of the dashboard does on its own, in milliseconds of its clock.
EVERY = 5000


def store(state: str, mode: str = "async", **more) -> Job:
    service, now = Service.objects.get(name=mode.title()), timezone.now()
    ended = state in ("Succeeded", "Failed", "TimedOut", "Cancelled")
    return Job.objects.create(
        service=service, service_path=service.path, task_name="Sleep", mode=mode,
        status=f"esriJob{state}", submitted_at=now - timedelta(minutes=5),
        started_at=None if state == "Submitted" else now - timedelta(minutes=4),
        ended_at=now if ended else None, **more,
    )  # fmt: skip


@pytest.fixture
def jobs(published):
    """Jobs in all states of two services, one of them synchronous."""
    published("toys.Sleep", "Toys/Async", sync=False)
    published("toys.Sleep", "Toys/Sync")
    beat("a worker")
    states = {"Executing": 3, "Cancelling": 1, "Submitted": 7, "Failed": 4,
              "TimedOut": 2, "Succeeded": 12, "Cancelled": 1}  # fmt: skip
    for state, number in states.items():
        for at in range(number):
            is_repaired = state == "Failed" and at == 0
            store(state, repaired_at=timezone.now() if is_repaired else None)
    store("Failed", "sync")


@pytest.fixture
def signed_in(page: Page, live_server, jobs) -> Page:
    """The dashboard, with a clock that stands still unless it is told to run."""
    User.objects.create_superuser("admin", password="admin-pass-1")
    page.clock.install()
    page.goto(f"{live_server.url}/admin/")
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Password").fill("admin-pass-1")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Needs attention")).to_be_visible()
    return page


def tile(page: Page, name: str) -> str:
    return page.locator(f"#tile-{name} .tile-value").inner_text()


def test_tiles_equal_the_lists_that_they_link_to(signed_in: Page):
    wanted = {"running": "4", "queued": "7", "failed": "6"}
    for name, number in wanted.items():
        assert tile(signed_in, name) == number
        signed_in.locator(f"#tile-{name}").click()
        expect(signed_in.locator("#result_list tbody tr")).to_have_count(int(number))
        signed_in.go_back()
    assert tile(signed_in, "workers") == "1/1"
    signed_in.locator("#tile-workers").click()
    expect(signed_in.locator("#result_list tbody tr")).to_have_count(1)


def test_it_is_renewed_without_a_reload_and_counts_both_kinds_of_runs(signed_in: Page):
    page = signed_in
    page.evaluate("window.isStillHere = true")
    page.get_by_text("As a table").click()
    page.locator("#tile-running").focus()
    legend = page.locator(".legend")
    expect(legend).to_contain_text("Succeeded 12")
    store("Executing")
    store("Succeeded")
    store("Succeeded", "sync")
    page.clock.run_for(3000)
    expect(page.locator("#dashboard-age")).to_have_text("Updated 3 s ago")
    assert tile(page, "running") == "4"
    with page.expect_response("**/admin/dashboard/**"):
        page.clock.run_for(EVERY - 3000)
    expect(page.locator("#tile-running .tile-value")).to_have_text("5")
    expect(legend).to_contain_text("Succeeded 14")
    expect(page.locator("#dashboard-age")).to_have_text("Updated 0 s ago")
    expect(page.locator("#runs-table")).to_have_attribute("open", "")
    expect(page.locator("#tile-running")).to_be_focused()
    assert page.evaluate("window.isStillHere")


def test_it_asks_nothing_while_it_is_paused_or_the_tab_is_hidden(signed_in: Page):
    page, asked = signed_in, []
    page.on("request", lambda one: asked.append(one.url))
    show = """hidden => {
        Object.defineProperty(document, "hidden", {configurable: true, get: () => hidden});
        document.dispatchEvent(new Event("visibilitychange"));
    }"""
    page.evaluate(show, True)
    page.clock.run_for(10 * EVERY)
    assert asked == []
    store("Executing")
    with page.expect_response("**/admin/dashboard/**"):
        page.evaluate(show, False)
        page.clock.run_for(1)  # it is late
    expect(page.locator("#tile-running .tile-value")).to_have_text("5")
    asked.clear()
    page.get_by_role("button", name="Pause").click()
    page.clock.run_for(10 * EVERY)
    expect(page.locator("#dashboard-age")).to_have_text("Paused; updated 50 s ago")
    assert asked == []
    with page.expect_response("**/admin/dashboard/**"):
        page.get_by_role("button", name="Resume").click()
        page.clock.run_for(1)


def test_who_chooses_a_period_is_not_disturbed(signed_in: Page):
    page = signed_in
    page.get_by_label("Period").select_option("week")
    page.get_by_label("Period").focus()
    store("Executing")
    with page.expect_response("**/admin/dashboard/**"):
        page.clock.run_for(EVERY)
    expect(page.locator("#tile-running .tile-value")).to_have_text("5")
    expect(page.get_by_label("Period")).to_have_value("week")
    expect(page.get_by_label("Period")).to_be_focused()
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**/admin/?range=week*")
    expect(page.get_by_label("Period")).to_have_value("week")


def test_it_says_that_the_portal_is_gone_and_that_one_is_signed_out(
    browser: Browser, live_server, jobs, client
):
    user = User.objects.create_superuser("admin", password="admin-pass-1")
    client.force_login(user)
    context = browser.new_context()
    session = {"name": "sessionid", "value": client.cookies["sessionid"].value}
    context.add_cookies([session | {"url": live_server.url}])
    page = context.new_page()
    page.clock.install()
    page.goto(f"{live_server.url}/admin/")
    page.route("**/admin/dashboard/**", lambda route: route.abort())
    page.clock.run_for(EVERY)
    trouble = page.get_by_role("status")
    expect(trouble).to_contain_text("The portal does not answer; trying again.")
    page.unroute("**/admin/dashboard/**")
    with page.expect_response("**/admin/dashboard/**"):
        page.clock.run_for(EVERY)
    expect(trouble).to_be_empty()
    context.clear_cookies()
    page.clock.run_for(EVERY)
    expect(trouble).to_contain_text("You are signed out")
    context.close()


def test_it_stands_without_scripts_and_fits_every_width(
    browser: Browser, live_server, jobs, client
):
    client.force_login(User.objects.create_superuser("admin", password="admin-pass-1"))
    context = browser.new_context(java_script_enabled=False)
    session = {"name": "sessionid", "value": client.cookies["sessionid"].value}
    context.add_cookies([session | {"url": live_server.url}])
    page = context.new_page()
    for path in ("/admin/", "/admin/jobs/usage/", "/admin/jobs/worker/"):
        for width in (1280, 360):
            page.set_viewport_size({"width": width, "height": 800})
            page.goto(f"{live_server.url}{path}")
            root = page.locator("html")
            assert root.evaluate("one => one.scrollWidth") <= width
    page.goto(f"{live_server.url}/admin/")
    assert tile(page, "running") == "4"
    expect(page.get_by_role("link", name="Reload")).to_be_visible()
    expect(page.locator("#dashboard-pause")).to_be_hidden()
    page.get_by_label("Period").select_option("week")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_label("Period")).to_have_value("week")
    context.close()
