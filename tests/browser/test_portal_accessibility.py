"""WCAG 2.2 A and AA on every page, in both themes, as axe-core finds it."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

#: Style sheets are not fetched a second time, which the policy would report.
OPTIONS = {"preload": False, "resultTypes": ["violations"]}
RULES = OPTIONS | {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    }
}
#: All that a theme can change of a page.
COLOURS = OPTIONS | {
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
}
REST = "/server/rest/services"

#: Pages that need no job.
PAGES = (
    "/",
    "/tools/",
    "/tools/?q=nothing-like-this",
    "/tools/Samples/Buffer/",
    "/tools/Samples/Buffer/Buffer/",
    "/tools/Samples/Types/Echo/",
    "/tools/Samples/Buffer/Buffer/batch/",
    "/jobs/",
    "/batches/",
    "/notifications/",
    "/schedules/",
    "/nothing-here/",
    "/server/account",
    f"{REST}/Samples/Buffer/GPServer/Buffer",
)
#: Long lists are narrowed: each row is like the others.
ADMIN_PAGES = (
    "/admin/",
    "/admin/services/service/?q=Buffer",
    "/admin/services/service/1/change/",
    "/admin/services/service/publish/?q=buffer",
    "/admin/services/service/1/test/1/",
    "/admin/services/task/1/change/",
    "/admin/jobs/job/",
    "/admin/jobs/usage/",
    "/admin/jobs/worker/",
    "/admin/portal/logevent/",
    "/admin/portal/announcement/add/",
)


def violations(page: Page) -> list[str]:
    """Return what axe-core finds wrong in light and dark, each with the element."""
    wrong = []
    for theme, rules in (("light", RULES), ("dark", COLOURS)):
        page.emulate_media(color_scheme=theme)
        if page.locator("html[data-follows-system]").count():
            expect(page.locator("html")).to_have_attribute("data-bs-theme", theme)
        found = Axe().run(page, options=rules).response["violations"]
        wrong += [f"{page.url} {theme} {one['id']}: {node['html'][:160]}"
                  for one in found for node in one["nodes"]]  # fmt: skip
    return wrong


def run(page: Page, path: str, state: str, **fields: str) -> None:
    """Run a tool with its defaults but for fields, and wait for a state of the job."""
    page.goto(path)
    for label, text in fields.items():
        page.get_by_label(label).first.fill(text)
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator(f"[data-state={state}]").first).to_be_visible(timeout=20_000)


@pytest.mark.parametrize("pages", [PAGES, ADMIN_PAGES], ids=["portal", "admin"])
def test_no_page_breaks_a_rule(visit, pages):
    page = visit("/", user="admin", reduced_motion="reduce", ignores=("status of 404",))
    wrong = []
    for path in pages:
        page.goto(path)
        page.wait_for_load_state("networkidle")
        wrong += violations(page)
    assert not wrong, "\n".join(wrong)


def test_no_state_of_a_job_breaks_a_rule(visit):
    page = visit("/", user="maria", reduced_motion="reduce")
    run(page, "/tools/Samples/Slow/Sleep/", "running", Seconds="8")
    wrong = violations(page)
    run(page, "/tools/Samples/Slow/Fail/", "failed")
    wrong += violations(page)
    run(page, "/tools/Samples/Buffer/Buffer/", "succeeded")
    page.wait_for_load_state("networkidle")
    wrong += violations(page)
    assert not wrong, "\n".join(wrong)


def test_the_page_of_a_job_in_the_administration_breaks_no_rule(visit):
    page = visit("/", user="admin", reduced_motion="reduce")
    run(page, "/tools/Samples/Slow/Fail/", "failed")
    page.goto("/admin/jobs/job/?state=failed")
    page.locator("#result_list .field-name a").first.click()
    expect(page.get_by_role("button", name="Run again")).to_be_visible()
    wrong = violations(page)
    assert not wrong, "\n".join(wrong)


def test_the_sign_in_breaks_no_rule(visit):
    assert not violations(visit("/server/account/login", reduced_motion="reduce"))
