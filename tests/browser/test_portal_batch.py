"""Batches as a person starts and follows them."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_a_table_of_twenty_points_becomes_twenty_jobs_and_rings_the_bell(visit):
    page = visit("/tools/Samples/BufferAsync/Buffer/batch/", user="maria")
    lines = [f"{10 + n / 10},{50 + n / 10}" for n in range(20)]
    page.get_by_label("CSV file").set_input_files(
        {"name": "p.csv", "mimeType": "text/csv",
         "buffer": "\n".join(["x,y", *lines]).encode()}
    )  # fmt: skip
    page.get_by_role("button", name="Start the batch").click()
    page.wait_for_url(re.compile("/batches/b"))
    expect(page.locator(".batch-cell")).to_have_count(20)
    done = page.get_by_text("100 %: 20 of 20 have ended, 20 succeeded, 0 failed.")
    expect(done).to_be_visible(timeout=30_000)
    page.goto("/notifications/")
    expect(page.locator(".told")).to_contain_text("20 of 20 rows succeeded.")
