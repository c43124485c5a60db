"""Section 11: what people and detectors look for in the Services Directory."""

from __future__ import annotations

import json
import re

import pytest
from django.conf import settings
from django.test import override_settings

from jobs.runs import execution
from tests.conftest import ROOT

SERVER = f"/{settings.CONTEXT}"
SERVICE = f"{ROOT}/Toys/Service/GPServer"
OFF = override_settings(SERVICES_DIRECTORY=False)


def page(client, url: str, **form: str) -> str:
    answer = client.get(url, {"f": "html"} | form)
    assert answer["Content-Type"].startswith("text/html")
    return str(answer.content, "utf-8")


def fact(html: str, name: str) -> str:
    """Return the value of a line ``name: value``."""
    found = re.search(rf"<dt>{name}:</dt> <dd>(.*?)</dd>", html, re.DOTALL)
    assert found, f"no {name}"
    return re.sub(r"<[^>]+>", "", found[1]).strip()


@pytest.mark.protocol("11 title and banner text", "11 catalogue page")
def test_the_catalogue_page(client, published):
    published("samples.Echo")
    published("samples.Echo", "Root")
    html = page(client, ROOT)
    assert "<title>Folder: /</title>" in html
    assert "<h1>Folder: /</h1>" in html
    assert ">ArcGIS REST Services Directory</a>" in html
    assert fact(html, "Current Version") == "11.3"
    for heading in ("Folders:", "Services:", "Supported Interfaces:"):
        assert f"<h2>{heading}</h2>" in html
    for name in ("REST", "Sitemap", "Geo Sitemap"):
        assert f">{name}</a>" in html
    assert "<h1>Folder: Toys</h1>" in page(client, f"{ROOT}/Toys")


@pytest.mark.protocol(
    "1.1 formats of the catalogue", "2 formats of a service", "3 formats of a task"
)
@pytest.mark.protocol("11 format links")
def test_every_page_links_its_json_and_the_reference(client, published):
    published("samples.Echo")
    for path in (ROOT, f"{ROOT}/Toys", SERVICE, f"{SERVICE}/Echo", f"{SERVICE}/info"):
        html = page(client, path)
        assert f'<a href="{path}?f=pjson">JSON</a>' in html
        assert f'<a href="{path}?f=help">API Reference</a>' in html
        assert client.get(path, {"f": "pjson"}).content.startswith(b"{\n")


@pytest.mark.protocol("11 service page")
def test_the_service_page(client, published):
    published("samples.Echo", description="Says it again.", maximum_records=7,
              uploads=True)  # fmt: skip
    html = page(client, SERVICE)
    assert "<h1>Toys/Service (GPServer)</h1>" in html
    assert "Says it again." in html
    assert fact(html, "Execution Type") == "esriExecutionTypeSynchronous"
    assert fact(html, "MaximumRecords") == "7"
    assert fact(html, "Result Map Server Name") == "none"
    for heading in ("Service Description:", "Tasks:", "Child Resources:"):
        assert f"<h2>{heading}</h2>" in html
    for link in ("Echo", "info", "uploads"):
        assert f'href="{SERVICE}/{link}"' in html


@pytest.mark.protocol("11 task page", "11 Supported Operations")
@pytest.mark.parametrize(
    ("sync", "tail", "text"),
    [(True, "execute", "Execute Task"), (False, "submitJob", "Submit Job")],
)
def test_the_task_page_links_its_operation(client, published, sync, tail, text):
    published("samples.Echo", sync=sync)
    html = page(client, f"{SERVICE}/Echo")
    assert "<h1>Task: Echo</h1>" in html
    for name in ("Display Name", "Category", "Help URL", "Execution Type"):
        fact(html, name)
    assert "<h2>Supported Operations:</h2>" in html
    assert f'href="{SERVICE}/Echo/{tail}">{text}</a>' in html
    assert "Parameter: In_Long</h3>" in html
    assert f'href="{SERVICE}/Echo/metadata"' in html


@pytest.mark.protocol("11 form: options, format, GET and POST buttons")
@pytest.mark.parametrize(
    ("sync", "tail", "text"),
    [(True, "execute", "Execute Task"), (False, "submitJob", "Submit Job")],
)
def test_the_form_has_both_buttons_and_all_options(client, published, sync, tail, text):
    published("samples.Echo", sync=sync)
    html = page(client, f"{SERVICE}/Echo/{tail}")
    for method in ("GET", "POST"):
        assert f'formmethod="{method.lower()}">{text} ({method})</button>' in html
    for name in ("env:outSR", "env:processSR", "returnZ", "returnM", "context", "f",
                 "returnTrueCurves", "returnFeatureCollection", "returnColumnName",
                 "simplifyFeatures"):  # fmt: skip
        assert f'name="{name}"' in html


@pytest.mark.protocol("11 form and operation have one address")
def test_a_form_is_shown_only_while_no_parameter_is_there(client, published):
    published("samples.Echo")
    url = f"{SERVICE}/Echo/execute"
    assert "<form" in page(client, url)
    assert "<form" in page(client, url, token="", x="1")
    assert "<form" not in page(client, url, In_Long="7")
    assert "results" in client.get(url, {"f": "json"}).json()


@pytest.mark.protocol("11 job page", "11 job page refreshes itself and stops")
def test_the_job_page_looks_again_until_the_end(client, rest, published):
    published("rows.Speak", sync=False)
    job_id = rest.post("/Toys/Service/GPServer/Speak/submitJob")["jobId"]
    url = f"{SERVICE}/Speak/jobs/{job_id}"
    html = page(client, url)
    assert f'<meta http-equiv="refresh" content="3; url={url}">' in html
    assert (fact(html, "Job ID"), fact(html, "Job Status")) == (
        job_id, "esriJobSubmitted",
    )  # fmt: skip
    for text in ("Check Job Details Again", "Cancel Job", "Supported Operations:"):
        assert text in html
    execution.run(job_id)
    html = page(client, url)
    assert 'http-equiv="refresh"' not in html
    assert fact(html, "Job Status") == "esriJobSucceeded"
    assert "<h2>Job Messages:</h2>" in html
    assert re.search(r"esriJobMessageTypeWarning:</span> odd", html)
    assert "Cancel Job" not in html


@pytest.mark.protocol("11 servicesDirEnabled=false", "0.3 pages can be switched off")
def test_pages_can_be_switched_off_and_documents_stay(client, rest, published):
    published("toys.WriteFile", sync=False)
    path = rest.run_job("/Toys/Service/GPServer/WriteFile", Text="x")
    file = rest.get(f"{path}/results/Out_File")["value"]["url"]
    assert f'href="{ROOT}"' in client.get("/").text
    with OFF:
        assert f'href="{ROOT}"' not in client.get("/").text
        for url in (ROOT, SERVICE, f"{ROOT}{path}", f"{SERVER}/tokens/generateToken",
                    f"{SERVER}/rest/info", f"{ROOT}/Nothing"):  # fmt: skip
            for form in ({}, {"f": "html"}, {"f": "help"}):
                answer = client.get(url, form)
                assert answer.status_code == 403, url
                assert b"The Services Directory has been disabled." in answer.content
                assert b"<a " not in answer.content
        assert client.get(ROOT, {"f": "sitemap"}).status_code == 403
        assert rest.get(path)["jobStatus"] == "esriJobSucceeded"
        assert client.get(SERVICE, {"f": "pjson"}).status_code == 200
        assert b"".join(client.get(file).streaming_content) == b"x"
        for tail in ("/info/thumbnail", "/info/metadata", "/WriteFile/metadata"):
            answer = client.get(SERVICE + tail)
            assert answer.status_code == 200
            answer.close()


@pytest.mark.protocol("11 servicesDirEnabled=false")
def test_nothing_runs_for_a_page_that_is_switched_off(client, published, silent_queue):
    published("rows.Speak", sync=False)
    with OFF:
        answer = client.post(f"{SERVICE}/Speak/submitJob", {"f": "html"})
    assert answer.status_code == 403
    assert silent_queue == []


@pytest.mark.protocol("11 all text is escaped")
def test_what_a_client_sends_is_never_markup(client, rest, published):
    published("samples.Fail", sync=False)
    evil = '<img src=x onerror="alert(1)">'
    job = rest.run_job("/Toys/Service/GPServer/Fail", Message=evil)
    told = json.dumps(rest.get(job))
    assert "<img" in told
    for tail in ("", "/inputs", "/inputs/Message", "/results/Report"):
        assert "<img src=x" not in page(client, ROOT + job + tail)
    assert "<img src=x" not in page(client, f"{ROOT}/{evil}")
    assert "<img src=x" not in page(client, ROOT, f="help", x=evil)
