"""The editor of models as a person uses it: by forms, by mouse, by keyboard."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, Page, expect

from services.models import Model
from services.samples import load_samples

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

#: Where pictures of the pages are kept, if anywhere.
PICTURES = os.environ.get("MODEL_PICTURES", "")


def sign_in(page: Page, url: str) -> None:
    User.objects.create_superuser("admin", password="admin-pass-1")
    page.goto(f"{url}/admin/")
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Password").fill("admin-pass-1")
    page.get_by_role("button", name="Log in").click()


@pytest.fixture
def editor(page: Page, live_server) -> str:
    """Sign in and make an empty model; return the address of its page."""
    sign_in(page, live_server.url)
    page.goto(f"{live_server.url}/admin/services/model/add/")
    page.get_by_label("Name").fill("Drawn")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", name="Model Drawn")).to_be_visible()
    return (
        f"{live_server.url}/admin/services/model/{Model.objects.get(name='Drawn').pk}"
    )


def drag(page: Page, source: str, target: str) -> None:
    """Drag from one port to another, each ``part port``."""
    points = []
    for one in (source, target):
        part, port = one.split(" ")
        box = page.locator(f'[model-id="{part}"] [port="{port}"] circle, '
                           f'[model-id="{part}"] circle[port="{port}"]').first.bounding_box()  # fmt: skip
        points.append((box["x"] + box["width"] / 2, box["y"] + box["height"] / 2))
    (x, y), (to_x, to_y) = points
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move((x + to_x) / 2, (y + to_y) / 2, steps=4)
    page.mouse.move(to_x, to_y, steps=4)
    page.mouse.up()


def test_a_model_is_composed_in_the_graph(page: Page, editor):
    page.goto(f"{editor}/graph/")
    for word, name in (
        ("buffer distance", "Add Buffer"),
        ("clip polygons", "Add Clip"),
    ):
        page.get_by_label("Search").fill(word)
        page.get_by_role("button", name=name, exact=True).first.click()
    page.get_by_role("button", name="1. Buffer", exact=True).click()
    page.get_by_label("Features to buffer (required)").select_option("new")
    page.get_by_label("Distance on the ground (required)").select_option("constant")
    page.get_by_role("button", name="2. Clip", exact=True).click()
    page.get_by_label("Polygons to keep (required)").select_option("new")
    page.get_by_role("button", name="Make Clipped features an output").click()
    expect(page.locator("#model-problems")).to_contain_text(
        "Input_Features: a value is required"
    )
    first, second = (f"step:{one}" for one in ("buffer", "clip"))
    drag(page, f"{first} Output_Features", f"{second} Input_Features")
    expect(page.locator("#model-problems")).to_contain_text("None: it can be run.")
    page.get_by_role("button", name="Save the draft").click()
    expect(page.locator("#model-status")).to_contain_text("The draft is saved.")
    draft = Model.objects.get(name="Drawn").draft
    assert draft["steps"][1]["inputs"]["Input_Features"] == {
        "step": "buffer", "output": "Output_Features"}  # fmt: skip
    page.get_by_role("button", name="Save as a version").click()
    expect(page.locator("body")).to_contain_text("Saved as version 1.")
    assert Model.objects.get(name="Drawn").newest().number == 1


def test_what_does_not_fit_is_not_connected(page: Page, editor):
    page.goto(f"{editor}/graph/")
    for word, name in (
        ("table report", "Add Table Report"),
        ("clip polygons", "Add Clip"),
    ):
        page.get_by_label("Search").fill(word)
        page.get_by_role("button", name=name, exact=True).first.click()
    report, clip = "step:tablereport", "step:clip"
    drag(page, f"{report} Report", f"{clip} Input_Features")
    assert page.locator(".joint-link").count() == 0


def test_all_of_it_works_by_keyboard(page: Page, editor):
    page.goto(f"{editor}/graph/")
    page.get_by_label("Search").focus()
    page.keyboard.type("clip polygons")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#model-status")).to_contain_text("Clip is added.")
    part = page.get_by_role("button", name="1. Clip", exact=True)
    part.focus()
    before = page.locator('[model-id="step:clip"]').bounding_box()["x"]
    page.keyboard.press("Alt+ArrowRight")
    assert page.locator('[model-id="step:clip"]').bounding_box()["x"] == pytest.approx(
        before + 10, abs=2
    )
    expect(part).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Title")).to_have_value("Clip")
    part.focus()
    page.keyboard.press("Delete")
    expect(page.locator("#model-status")).to_contain_text("1. Clip is deleted.")
    expect(page.locator('[model-id="step:clip"]')).to_have_count(0)


def test_the_list_works_without_a_script(browser: Browser, page: Page, editor):
    """A page without scripts, with the session of the one that signed in."""
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies(page.context.cookies())
    plain = context.new_page()
    plain.goto(f"{editor}/tools/?q=buffer+distance")
    plain.get_by_role("button", name="Add Buffer", exact=True).first.click()
    expect(plain.get_by_role("heading", name="Step 1 of 1, Buffer")).to_be_visible()
    plain.locator("[name=from-Input_Features]").select_option("new")
    plain.locator("[name=from-Distance]").select_option("constant")
    plain.locator("details summary").nth(1).click()
    plain.locator("[name=value-Distance]").fill("5 esriKilometers")
    plain.get_by_role("button", name="Save").click()
    plain.get_by_role("link", name="Add an output").click()
    plain.locator("[name=name]").fill("Reach")
    plain.locator("[name=source]").select_option("step:buffer:Output_Features")
    plain.get_by_role("button", name="Save").click()
    expect(plain.locator("body")).to_contain_text("It can be run.")
    plain.get_by_role("button", name="Save as a version").click()
    expect(plain.locator("body")).to_contain_text("Saved as version 1.")
    context.close()


def test_pages_fit_every_width_and_scheme(page: Page, live_server, rest):
    load_samples()
    root = f"{live_server.url}/server/rest/services"
    job = rest.run_job("/Samples/ModelsAsync/GPServer/CityReach")
    sign_in(page, live_server.url)
    sample = Model.objects.get(name="CityReach")
    base = f"{live_server.url}/admin/services/model/{sample.pk}"
    task = f"{root}/Samples/Models/GPServer/CityReach"
    pages = {
        "page": f"{base}/change/", "step": f"{base}/steps/intersect/",
        "graph": f"{base}/graph/", "tools": f"{base}/tools/", "task": task,
        "job": f"{root}{job}",
        "list": f"{live_server.url}/admin/services/model/",
    }  # fmt: skip
    for name, url in pages.items():
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(url)
        if name == "graph":
            expect(page.locator(".joint-element")).to_have_count(12)
            page.get_by_role("button", name="Smaller").click()
            page.get_by_role("button", name="5. Report", exact=True).click()
            expect(page.get_by_label("Title", exact=True)).to_have_value("Report")
            expect(page.locator('[model-id="step:report"]')).to_be_in_viewport()
        for width in (1280, 360):
            for scheme in ("light", "dark") if PICTURES else ("light",):
                page.emulate_media(color_scheme=scheme)
                page.set_viewport_size({"width": width, "height": 900})
                wide = page.evaluate(
                    "document.documentElement.scrollWidth - innerWidth"
                )
                assert wide <= 0, (name, width)
                if PICTURES:
                    file = Path(PICTURES) / f"{name}-{width}-{scheme}.png"
                    page.screenshot(path=file, full_page=True)
