"""The Services Directory: pages of documents, forms that run, nothing unescaped."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest

from jobs.models import Job
from portal import tokens
from services.catalog import bump
from services.models import Service, TaskParameter
from tests.conftest import ROOT

EVIL = "<script>alert(1)</script>"
SERVICE = f"{ROOT}/Toys/Service/GPServer"
ECHO = f"{SERVICE}/Echo"
POINTS = {
    "geometryType": "esriGeometryPoint",
    "spatialReference": {"wkid": 102100, "latestWkid": 3857},
    "fields": [{"name": "Name", "type": "esriFieldTypeString", "alias": "Name"}],
    "features": [
        {"attributes": {"Name": f"{EVIL}{i}"}, "geometry": {"x": i, "y": i}}
        for i in range(120)
    ],
}


class FormReader(HTMLParser):
    """What a browser would send of a page's form if nobody touched it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.choices: dict[str, list[str]] = {}
        self.buttons: list[str] = []
        self.action = ""
        self._in = self._select = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        found = {name: value or "" for name, value in attrs}
        name = found.get("name", "")
        if tag == "form":
            self.action = found["action"]
        elif tag == "input" and name:
            self.fields[name] = found.get("value", "")
        elif tag == "textarea":
            self.fields[name], self._in = "", name
        elif tag == "select":
            self._select = name
        elif tag == "option":
            self.choices.setdefault(self._select, []).append(found["value"])
            if "selected" in found or self._select not in self.fields:
                self.fields[self._select] = found["value"]
        elif tag == "button":
            self.buttons.append(found.get("formmethod", ""))

    def handle_endtag(self, tag):
        self._in = "" if tag == "textarea" else self._in

    def handle_data(self, data):
        if self._in:
            self.fields[self._in] += data


def page(client, url: str, **fields: str) -> str:
    return str(client.get(url, {"f": "html"} | fields).content, "utf-8")


def edit(service, name: str, **changes) -> None:
    TaskParameter.objects.filter(task__service=service, name=name).update(**changes)
    bump(service.pk)


@pytest.mark.protocol("11 title and banner text")
@pytest.mark.django_db
def test_the_catalogue_has_the_strings_that_detectors_look_for(client):
    html = page(client, ROOT)
    assert "<title>Folder: /</title>" in html
    assert "ArcGIS REST Services Directory" in html


PAGES = ("", "/Toys", "/Toys/Service/GPServer", "/Toys/Service/GPServer/Echo",
         "/Toys/Service/GPServer/Echo/execute", "/Toys/Nothing/GPServer")  # fmt: skip


@pytest.mark.protocol("11 banner")
@pytest.mark.parametrize("path", PAGES)
def test_every_page_has_the_banner_and_no_inline_code(client, published, path):
    published("samples.Echo")
    html = page(client, ROOT + path)
    assert "ArcGIS REST Services Directory" in html
    assert not re.search(
        r"<script|<style|\sstyle=|\son\w+=|javascript:", html, re.IGNORECASE
    )
    assert html.count("<h1") == 1


@pytest.mark.protocol("11 links")
@pytest.mark.parametrize("path", PAGES[:5])
def test_every_link_of_a_page_leads_somewhere(client, published, path):
    published("samples.Echo")
    links = re.findall(r'<a[^>]* href="(/[^"]*)"', page(client, ROOT + path))
    answers = {link: client.get(link).status_code for link in links}
    assert set(answers.values()) <= {200, 302}, answers


@pytest.mark.protocol("0.1 names with spaces")
def test_names_with_spaces_are_linked_quoted(client, published):
    published("samples.Echo", "Two Words")
    html = page(client, ROOT)
    assert f'href="{ROOT}/Two%20Words/GPServer"' in html
    assert "Two Words</a> <span" in html
    assert "(GPServer)" in html


@pytest.mark.protocol("11 breadcrumb")
def test_the_breadcrumb_links_every_level_above(client, published):
    published("samples.Echo")
    html = page(client, f"{ECHO}/execute")
    crumbs = html.partition('<ol class="crumbs">')[2].partition("</ol>")[0]
    texts = re.findall(r"<(?:a|span)[^>]*>([^<&]+)</", crumbs)
    assert texts == [
        "Home", "services", "Toys", "Service (GPServer)", "Echo", "execute",
    ]  # fmt: skip
    assert f'href="{SERVICE}"' in crumbs


@pytest.mark.protocol("11 task page: a block for each parameter")
def test_the_task_page_shows_the_document(client, published, rest):
    edit(
        published("samples.Echo"),
        "In_Unit",
        default={"distance": 5, "units": "esriFeet"},
    )
    html = page(client, ECHO)
    for parameter in rest.get("/Toys/Service/GPServer/Echo")["parameters"]:
        for key in ("name", "displayName", "dataType", "direction", "parameterType"):
            assert parameter[key] in html
    assert "&quot;distance&quot;: 5" in html
    assert "<code>Blue</code>" in html


@pytest.mark.protocol("11 all text is escaped")
def test_descriptions_are_plain_text_with_paragraphs(client, published):
    service = published("samples.Echo", description=f"{EVIL}\n\nSecond")
    edit(service, "In_String", default=f'">{EVIL}', description=f"<b>{EVIL}")
    for path in ("", "/Echo", "/Echo/execute"):
        assert EVIL not in page(client, SERVICE + path)
    assert "<p>Second</p>" in page(client, SERVICE)


@pytest.mark.protocol("11 form: options, format, GET and POST buttons")
def test_the_form_has_a_field_for_every_input_and_option(client, published):
    published("samples.Echo")
    form = FormReader(page(client, f"{ECHO}/execute"))
    expected = {"In_String", "In_Features", "In_File", "env:outSR", "env:processSR",
                "context", "returnZ", "returnM", "returnFeatureCollection", "f"}  # fmt: skip
    assert expected <= set(form.fields)
    assert not [name for name in form.fields if name.startswith("out_")]
    assert form.choices["In_Choice"] == ["", "Red", "Green", "Blue"]
    assert form.choices["f"] == ["html", "json", "pjson", "geojson", "kmz"]
    assert form.action == f"{ECHO}/execute"
    assert form.buttons == ["get", "post"]


@pytest.mark.protocol("11 form: defaults are filled in")
def test_defaults_are_prefilled_texts_bare_and_the_rest_as_json(client, published):
    service = published("samples.Echo")
    edit(service, "In_String", default="bare")
    edit(service, "In_Unit", default={"distance": 5, "units": "esriFeet"})
    edit(service, "In_Boolean", default=True)
    edit(service, "In_Choice", default="Green")
    edit(service, "In_Features", default=POINTS)
    form = FormReader(page(client, f"{ECHO}/execute"))
    assert form.fields["In_String"] == "bare"
    assert json.loads(form.fields["In_Unit"]) == {"distance": 5, "units": "esriFeet"}
    assert form.fields["In_Boolean"] == "true"
    assert form.fields["In_Choice"] == "Green"
    assert json.loads(form.fields["In_Features"]) == POINTS


def test_hidden_inputs_are_left_out_and_constants_cannot_be_typed(client, published):
    service = published("samples.Echo")
    edit(service, "In_Long", mode="hidden", default=7)
    edit(service, "In_Double", mode="constant", default=2.5)
    html = page(client, f"{ECHO}/execute")
    assert 'name="In_Long"' not in html
    assert "In_Double" not in FormReader(html).fields
    assert "<code>2.5</code>" in html


@pytest.mark.protocol("11 form and operation have one address")
def test_an_execute_form_runs_untouched(client, published):
    published("samples.Sleep")
    edit_url = f"{SERVICE}/Sleep/execute"
    form = FormReader(page(client, edit_url))
    html = page(client, edit_url, **form.fields | {"Seconds": "0"})
    assert form.fields["Seconds"] == "2.0"
    assert "Slept 0 seconds." in html
    assert "esriJobMessageTypeInformative:" in html


@pytest.mark.protocol(
    "5.1 f=html leads to the job page", "11 submitJob leads to the job page"
)
def test_a_submit_form_runs_untouched_and_leads_to_the_job(client, published):
    published("samples.Sleep", sync=False)
    form = FormReader(page(client, f"{SERVICE}/Sleep/submitJob"))
    answer = client.post(form.action, form.fields)
    assert answer.status_code == 302
    html = page(client, answer["Location"])
    assert "esriJobSubmitted" in html
    assert '<meta http-equiv="refresh" content="3; url=' in html


def test_a_refusal_keeps_what_was_sent_and_points_to_the_fields(client, published):
    published("samples.Echo")
    html = page(client, f"{ECHO}/execute", In_Long=f"7{EVIL}", In_String="kept")
    form = FormReader(html)
    assert form.fields["In_Long"] == f"7{EVIL}"
    assert form.fields["In_String"] == "kept"
    assert '<a href="#p-In_Long">' in html
    assert 'aria-invalid="true" aria-describedby="w-In_Long' in html
    assert EVIL not in html


def test_features_become_a_table_of_the_first_hundred(client, published):
    service = published("samples.Echo")
    html = page(client, f"{ECHO}/execute", In_Features=json.dumps(POINTS))
    assert html.count("<tr>") == 101
    assert "The first 100 of 120 features" in html
    assert "102100 (3857)" in html
    assert EVIL not in html
    Service.objects.filter(pk=service.pk).update(maximum_records=10)
    html = page(client, f"{ECHO}/execute", In_Features=json.dumps(POINTS))
    assert "more features than this service answers" in html


@pytest.mark.protocol("11 job page: results and inputs")
def test_a_finished_job_links_results_and_inputs_and_rests(client, published, rest):
    published("samples.Echo", sync=False)
    job = rest.run_job("/Toys/Service/GPServer/Echo", In_String="hello")
    html = page(client, ROOT + job)
    assert f'href="{ROOT}{job}/results/Out_String"' in html
    assert f'href="{ROOT}{job}/inputs/In_String"' in html
    assert "http-equiv" not in html
    assert "hello" in page(client, f"{ROOT}{job}/results/Out_String")
    assert "<h1>Results of Job" in page(client, f"{ROOT}{job}/results")
    assert "<h1>Inputs of Job" in page(client, f"{ROOT}{job}/inputs")


@pytest.mark.protocol("11 job page: messages")
def test_a_failed_job_tells_why(client, published, rest):
    published("toys.Fail", sync=False)
    html = page(client, ROOT + rest.run_job("/Toys/Service/GPServer/Fail"))
    assert "esriJobFailed" in html
    assert "no feature has an area above 0" in html


@pytest.mark.protocol("11 job page: cancel")
def test_a_waiting_job_is_cancelled_by_its_button(client, published, rest):
    published("samples.Sleep", sync=False)
    job = rest.post("/Toys/Service/GPServer/Sleep/submitJob", Seconds="1")["jobId"]
    url = f"{SERVICE}/Sleep/jobs/{job}"
    assert "http-equiv" in page(client, url)
    assert "http-equiv" not in page(client, url, refresh="off")
    form = FormReader(page(client, url))
    assert form.action == f"{url}/cancel"
    assert "esriJobCancelled" in client.post(form.action, form.fields).content.decode()


@pytest.mark.protocol("11 a token stays in links and forms")
def test_a_token_in_the_address_stays_in_links_and_form(client, published, owner):
    published("samples.Echo", access="signed_in")
    token, _ = tokens.issue(owner, 5)
    html = page(client, f"{ECHO}/execute", token=token)
    assert FormReader(html).fields["token"] == token
    assert f'href="{ECHO}?token={token}"' in html
    assert "token" not in FormReader(page(client, ROOT)).fields


@pytest.mark.protocol("11 a secured page asks for a token")
def test_a_secured_page_asks_for_a_token(client, published):
    published("samples.Echo", access="signed_in")
    html = page(client, ECHO)
    assert "Token Required" in html
    assert "generateToken" in html
    assert FormReader(html).fields == {"token": ""}


@pytest.mark.protocol("8.1 token page", "11 Get Token")
@pytest.mark.django_db
def test_the_token_page_gives_a_token(client, owner):
    url = ROOT.replace("rest/services", "tokens/generateToken")
    form = FormReader(page(client, url))
    wrong = client.post(url, form.fields | {"username": "owner", "password": "x"})
    assert "Invalid username or password" in wrong.content.decode()
    answer = client.post(
        url, form.fields | {"username": "owner", "password": "owner-pass-1"}
    )
    assert "Your token is ready" in answer.content.decode()


def test_files_are_linked_only_where_a_browser_may_follow(client, published, rest):
    published("samples.Echo", sync=False)
    job = rest.post("/Toys/Service/GPServer/Echo/submitJob")["jobId"]
    hostile = {"In_File": '{"url": "javascript:alert(1)"}'}
    Job.objects.filter(pk=job).update(inputs=hostile)
    html = page(client, f"{ECHO}/jobs/{job}/inputs/In_File")
    assert 'href="javascript' not in html


@pytest.mark.parametrize("query", ["?a=%ff", "?" + "&".join(["a=1"] * 1001)])
@pytest.mark.django_db
def test_a_browser_whose_query_cannot_be_read_still_gets_a_page(client, query):
    html = client.get(ROOT + query, headers={"accept": "text/html"}).content.decode()
    assert "<h1>Error: " in html
