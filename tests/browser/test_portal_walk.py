"""The portal from its front door to a result."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_a_visitor_runs_a_tool_and_sees_its_result(visit):
    page = visit("/")
    page.get_by_role("listitem").filter(has_text="Draw a buffer").get_by_role(
        "link"
    ).click()
    page.get_by_role("button", name="Run", exact=True).click()
    page.wait_for_url("**/jobs/*/")
    expect(page.locator("[data-state=succeeded]").first).to_be_visible(timeout=15_000)
    expect(page.locator("[data-layer]")).to_contain_text("Buffer polygons")


def test_a_form_that_is_refused_says_why_and_keeps_what_was_typed(visit):
    page = visit("/tools/Samples/Buffer/Buffer/")
    page.get_by_label("Distance on the ground").fill("far")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator("[data-error-summary]")).to_be_focused()
    expect(page.get_by_label("Distance on the ground")).to_have_value("far")
