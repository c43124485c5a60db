"""A form comes quickly over a slow line: how much its first load transfers."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.browser.weighing import watch_load

pytestmark = pytest.mark.browser

MOST_KILOBYTES = 700


@pytest.mark.parametrize("path", ["Samples/Buffer/Buffer", "Samples/Types/Echo"])
def test_a_form_is_light_and_asks_no_other_host(browser: Browser, site: str, path: str):
    context = browser.new_context(base_url=site)
    try:
        page = context.new_page()
        load = watch_load(page)
        page.goto(f"/tools/{path}/", wait_until="networkidle")
    finally:
        context.close()
    addresses = " ".join(load.bytes_of)
    assert {"ol.js", "countries.json"} <= set(addresses.replace("/", " ").split())
    assert all(one.startswith(site) for one in load.bytes_of)
    assert load.kilobytes < MOST_KILOBYTES, load.bytes_of
