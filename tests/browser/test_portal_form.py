"""The form of a tool: refused with reasons, run once, as code, changed and run again."""

from __future__ import annotations

import json
import subprocess

import pytest
import requests
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

ECHO = "/tools/Samples/TypesAsync/Echo/"
BUFFER = "/tools/Samples/BufferAsync/Buffer/"
SLEEP = "/tools/Samples/Slow/Sleep/"


def run_button(page):
    return page.get_by_role("button", name="Run", exact=True)


def count_of_jobs(page) -> int:
    page.goto(SLEEP)
    shown = page.locator("[data-tab=jobs] .badge")
    return int(shown.text_content()) if shown.count() else 0


def test_three_wrong_fields_are_three_links_to_their_controls(visit):
    page = visit(ECHO, user="omar")
    page.locator("[name=In_Long]").fill("many")
    page.locator("[name=In_Double]").fill("1 000")
    page.locator("[name=In_Unit]").fill("far")
    run_button(page).click()
    summary = page.locator("[data-error-summary]")
    expect(summary).to_be_focused()
    assert page.title().startswith("Error:")
    links = summary.get_by_role("link")
    expect(links).to_have_count(3)
    for link in links.all():
        said, name = link.text_content(), link.get_attribute("data-to")
        control = page.locator(f"[data-control][data-name={name}]")
        assert control.locator(".problem").text_content() == said
        link.click()
        expect(control.locator("input").first).to_be_focused()
    page.goto(f"{ECHO}?tab=jobs")
    expect(page.get_by_text("Your runs will be listed here.")).to_be_visible()


def test_two_presses_and_enter_make_one_job(visit):
    page = visit(SLEEP, user="omar")
    before = count_of_jobs(page)
    page.locator("[name=Seconds]").fill("0,1")
    page.evaluate("""() => {
        const button = document.querySelector("[data-run-button]");
        button.click(); button.click(); button.form.requestSubmit();
    }""")
    page.wait_for_url("**/jobs/*/", timeout=5000)
    assert count_of_jobs(page) == before + 1


def test_the_keys_run_a_tool(visit):
    page = visit(SLEEP)
    page.locator("[name=Seconds]").fill("0.1")
    page.locator("[name=Seconds]").press("Control+Enter")
    page.wait_for_url("**/jobs/*/", timeout=5000)


def test_curl_with_the_values_of_the_form_makes_a_job_of_the_key_s_owner(visit, site):
    page = visit(BUFFER, user="maria")
    page.locator("[name=Distance]").fill("2.5")
    page.get_by_label("Unit", exact=True).select_option(label="Miles")
    page.get_by_role("link", name="API", exact=True).click()
    code = page.locator("#s-curl")
    expect(code).to_contain_text("2.5")
    answer = requests.post(f"{site}/server/tokens/generateToken", timeout=10, data={
        "username": "maria", "password": "maria-pass-123", "f": "json",
        "client": "requestip"}).json()  # fmt: skip
    script = code.text_content().replace("YOUR_TOKEN", answer["token"])
    done = subprocess.run(
        ["sh", "-c", script], capture_output=True, text=True, check=True
    )
    job = json.loads(done.stdout)["jobId"]
    page.goto(f"{BUFFER}?tab=jobs")
    page.locator(f"a[href='{BUFFER}?from={job}']").click()
    expect(page.locator("[name=Distance]")).to_have_value("2.5")
    expect(page.get_by_label("Unit", exact=True)).to_have_value("esriMiles")


def test_a_job_is_changed_and_run_again(visit):
    page = visit(f"{BUFFER}?Distance=3 Miles", user="maria")
    features = page.locator("[name=Input_Features]").input_value()
    page.get_by_text("Title and notes").click()
    page.get_by_label("Title of the job").fill("Three miles")
    run_button(page).click()
    page.wait_for_url("**/jobs/*/")
    first = page.url.rstrip("/").rpartition("/")[2]
    page.goto(f"{BUFFER}?from={first}")
    expect(page.locator("[name=Distance]")).to_have_value("3")
    expect(page.get_by_label("Title of the job")).to_have_value("Three miles")
    kept = page.locator("[name=Input_Features]").input_value()
    assert json.loads(kept) == json.loads(features)
    page.locator("[name=Distance]").fill("4")
    run_button(page).click()
    page.wait_for_url(lambda url: "/jobs/" in url and first not in url)


def test_a_field_is_checked_as_it_is_left_and_as_it_is_mended(visit):
    page = visit(ECHO)
    field, problem = page.locator("[name=In_Long]"), page.locator("#w-In_Long")
    field.fill("ten")
    field.blur()
    expect(problem).to_contain_text("Enter a whole number")
    field.fill("10")
    expect(problem).to_be_hidden()


def test_fields_of_the_features_fill_what_asks_for_one(visit):
    page = visit(ECHO)
    page.locator("[data-control][data-name=In_Features]").evaluate("""one =>
        one.dispatchEvent(new CustomEvent("fieldschange", {bubbles: true, detail: {
            fields: [{name: "POP", type: "esriFieldTypeDouble", alias: "People"}]}}))""")
    page.locator("[name=In_Field]").fill("POP")
    expect(page.locator("[name='In_Field.type']")).to_have_value("esriFieldTypeDouble")
    page.locator("#p-In_Sql-field").select_option("POP")
    page.get_by_role("button", name=">", exact=True).click()
    expect(page.locator("[name=In_Sql]")).to_have_value("POP > ")


def test_a_german_types_a_comma_and_reads_one(visit):
    page = visit(f"{BUFFER}?Distance=1.5 Miles", locale="de-DE")
    expect(page.locator("[name=Distance]")).to_have_value("1,5")
    page.locator("[name=Distance]").fill("2,5")
    page.get_by_role("link", name="API", exact=True).click()
    expect(page.locator("#s-curl")).to_contain_text('"distance":"2.5"')


def test_a_file_is_checked_uploaded_and_read_by_the_job(visit):
    page = visit("/tools/Samples/Files/ReverseLines/", user="maria")
    place = page.locator("input[type=file]")
    place.set_input_files({"name": "plan.dwg", "mimeType": "x/y", "buffer": b"x"})
    expect(page.locator("#w-In_File")).to_contain_text("plan.dwg is not accepted here")
    place.set_input_files(
        {"name": "lines.txt", "mimeType": "text/plain", "buffer": b"abc\n"}
    )
    expect(page.locator("[data-upload-said]")).to_contain_text("lines.txt is uploaded")
    run_button(page).click()
    page.wait_for_url("**/jobs/*/")
    expect(page.locator("[data-state=succeeded]").first).to_be_visible(timeout=15_000)


def test_without_scripts_a_file_and_a_row_are_sent_by_the_form(visit):
    page = visit("/tools/Samples/Files/ReverseLines/", java_script_enabled=False)
    page.locator("input[type=file]").set_input_files(
        {"name": "lines.txt", "mimeType": "text/plain", "buffer": b"abc\n"}
    )
    run_button(page).click()
    page.wait_for_url("**/jobs/*/")
    page.goto(ECHO)
    page.get_by_label("Name required").fill("roads")
    run_button(page).click()
    page.wait_for_url("**/jobs/*/")
    assert "roads" in page.content()


def test_rows_are_added_and_what_is_typed_into_them_is_sent(visit):
    page = visit(ECHO, user="maria")
    rows = page.locator("[data-control=rows][data-name=In_ValueTable]")
    rows.get_by_label("Name required").fill("roads")
    rows.get_by_role("button", name="Add a row").click()
    rows.get_by_label("Name required").nth(1).fill("rails")
    rows.get_by_label("Weight").nth(1).fill("2,5")
    run_button(page).click()
    page.wait_for_url("**/jobs/*/")
    page.goto(f"{ECHO}?from={page.url.rstrip('/').rpartition('/')[2]}")
    expect(rows.get_by_label("Name required")).to_have_count(2)
    expect(rows.get_by_label("Weight").nth(1)).to_have_value("2.5")


def test_coordinate_systems_are_found_by_words_with_the_keyboard(visit):
    page = visit(ECHO)
    field = page.locator("[name=In_SpatialReference]")
    field.press_sequentially("utm 32n etrs89")
    expect(page.locator(".crs-list [role=option]").first).to_be_visible()
    field.press("ArrowDown")
    field.press("Enter")
    assert field.input_value().isdecimal()


def test_a_default_comes_back_and_a_unit_converts_only_if_asked(visit):
    page = visit(f"{BUFFER}?Distance=5 Kilometers")
    number, unit = (
        page.locator("[name=Distance]"),
        page.get_by_label("Unit", exact=True),
    )
    unit.focus()
    unit.select_option(label="Metres")
    expect(number).to_have_value("5")
    page.get_by_role("button", name="Convert 5 Kilometres to Metres").click()
    expect(number).to_have_value("5000")
    control = page.locator("[data-control][data-name=Distance]")
    control.get_by_role("button", name="Reset to default").click()
    expect(number).to_have_value("1")
    expect(unit).to_have_value("esriKilometers")


def test_what_was_entered_outlives_a_session(visit):
    page = visit(SLEEP, user="omar")
    page.locator("[name=Seconds]").fill("0.2")
    kept = page.context.cookies()
    page.context.clear_cookies(name="sessionid")
    run_button(page).click()
    expect(page.get_by_role("dialog")).to_contain_text("You have been signed out")
    page.context.add_cookies(kept)
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/jobs/*/")
