"""The portal's pages in Chromium: what they transfer, and when they can be used.

Run alone with ``python -m tests.bench.pages``.
"""

from __future__ import annotations

import json
import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import requests
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.weighing import watch_load
from tests.server import portal

_SERVICES = "/server/rest/services"
_TIMES = 3
_SECONDS = 60
PAGES = {
    "home": "/",
    "catalogue": "/tools/",
    "run, Buffer": "/tools/Samples/Buffer/Buffer/",
    "run, Echo": "/tools/Samples/Types/Echo/",
}
#: Collects what moves by itself, and the tasks that keep a page from answering.
WATCH = """
window.shifts = 0;
window.tasks = [];
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) if (!one.hadRecentInput) window.shifts += one.value;
}).observe({ type: "layout-shift", buffered: true });
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) window.tasks.push(one.duration);
}).observe({ type: "longtask", buffered: true });
"""
INTERACTIVE = "performance.getEntriesByType('navigation')[0].domInteractive"
MAP = "performance.getEntriesByName('map-usable')[0]?.startTime"
#: Places for 50,000 points.
AREAS = {
    "geometryType": "esriGeometryPolygon",
    "spatialReference": {"wkid": 4326},
    "features": [
        {"geometry": {"rings": [[[x, 30], [x, 50], [x + 9, 50], [x + 9, 30], [x, 30]]]}}
        for x in range(-20, 30, 10)
    ],
}


def measured(address: str) -> dict[str, Any]:
    """Return what was measured at a portal with the samples; {} without Chromium."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        return {}
    job = _many_points(address)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"]
        )
        pages = {**PAGES, "job, 50,000": job}
        rows = [{"page": name, **_first_load(browser, address + one)}
                for name, one in pages.items()]  # fmt: skip
        found = {
            "loads": rows,
            "arriving": _arriving(browser, address),
            "many": _fifty_thousand(browser, address + job),
        }
        browser.close()
    return found


def _opened(browser: Browser) -> Page:
    page = browser.new_context().new_page()
    page.set_default_timeout(_SECONDS * 1000)
    page.add_init_script(WATCH)
    return page


def _first_load(browser: Browser, url: str) -> dict[str, Any]:
    """Return KB, requests and ms of a page that has never been seen before."""
    interactive, usable = [], []
    for _ in range(_TIMES):
        page = _opened(browser)
        load = watch_load(page)
        page.goto(url, wait_until="networkidle")
        interactive.append(page.evaluate(INTERACTIVE))
        if page.locator("[data-map]").count():
            page.wait_for_function(MAP)
            usable.append(page.evaluate(MAP))
        page.context.close()
    return {
        "kb": load.kilobytes,
        "requests": load.requests,
        "interactive_ms": statistics.median(interactive),
        "map_ms": statistics.median(usable) if usable else None,
    }


def _arriving(browser: Browser, address: str) -> dict[str, float]:
    """Return how much the page of a job moves while its results arrive."""
    page = _opened(browser)
    page.goto(f"{address}/tools/-/911CallsHotspot/911%20Calls%20Hotspot/")
    page.get_by_role("button", name="Run", exact=True).click()
    page.wait_for_url("**/jobs/*/")
    page.wait_for_selector("[data-drawn]")
    page.wait_for_load_state("networkidle")
    shifts = page.evaluate("shifts")
    page.context.close()
    return {"shift": shifts}


def _fifty_thousand(browser: Browser, url: str) -> dict[str, float]:
    """Return seconds to the layer on the map, and the ms of the longest task."""
    page = _opened(browser)
    began = time.perf_counter()
    page.goto(url)
    page.wait_for_selector("[data-drawn]")
    drawn = time.perf_counter() - began
    page.wait_for_load_state("networkidle")
    longest = max(page.evaluate("tasks"), default=0.0)
    page.context.close()
    return {"drawn_s": drawn, "longest_task_ms": longest}


def _many_points(address: str) -> str:
    """Run a job with 50,000 points; return its page."""
    task = f"{address}{_SERVICES}/Analysis/Sampling/GPServer/CreateRandomPoints"
    form = {"f": "json", "Constraining_Features": json.dumps(AREAS),
            "Number_Of_Points": "10000", "Seed": "1"}  # fmt: skip
    job = requests.post(f"{task}/submitJob", form, timeout=_SECONDS).json()["jobId"]
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        answer = requests.get(f"{task}/jobs/{job}", {"f": "json"}, timeout=_SECONDS)
        if answer.json()["jobStatus"] == "esriJobSucceeded":
            return f"/jobs/{job}/"
        time.sleep(0.1)
    raise RuntimeError(f"50,000 points: {answer.text}")


def report(found: dict[str, Any]) -> None:
    """Print the table."""
    if not found:
        print("\npages: not measured, Chromium is not installed")
        return
    print(f"\n{'page':14}{'KB':>7}{'requests':>10}{'interactive ms':>16}{'map ms':>8}")
    for row in found["loads"]:
        usable = f"{row['map_ms']:.0f}" if row["map_ms"] is not None else "-"
        print(f"{row['page']:14}{row['kb']:>7.0f}{row['requests']:>10}"
              f"{row['interactive_ms']:>16.0f}{usable:>8}")  # fmt: skip
    many = found["many"]
    print(f"job whose results arrive: layout shift {found['arriving']['shift']:.3f}")
    print(f"50,000 features: drawn after {many['drawn_s']:.2f} s,"
          f" longest task {many['longest_task_ms']:.0f} ms")  # fmt: skip


def main() -> None:
    """Measure a portal of its own."""
    setup = "from services.samples import load_samples; load_samples()\n"
    with (
        tempfile.TemporaryDirectory(prefix="cairn-bench-") as folder,
        portal(Path(folder), setup, "tests.bench.settings", patience=0) as (address, _),
    ):
        report(measured(address))


if __name__ == "__main__":
    main()
