"""Addresses of jobs, results, inputs and files that are none, or another's."""

from __future__ import annotations

import time
from urllib.parse import quote

import pytest
from django.conf import settings

from tests.bad_input_gen import build
from tests.corpus import FORM, cases
from tests.hostile.expected import assert_said
from tests.hostile.site import LATER, LIMIT, SECURED, Answer, Site

ALL = {case["id"]: case for case in cases("job")}
TELL, FILES = f"{LATER}/Tell", f"{LATER}/WriteFile"


def named(parameter: str) -> list[object]:
    """Return the cases of a parameter."""
    return [pytest.param(case, id=case["id"]) for case in ALL.values()
            if case["param"] == parameter]  # fmt: skip


def job_of(site: Site, task: str, who: str = "", **fields: str) -> str:
    """Return a job that has ended; one is enough for all cases."""
    key = f"{task} {who}"
    if key not in site.known:
        token = site.tokens.get(who, "")
        site.known[key] = site.submit(task, fields, token)
        site.ended(site.known[key], token)
    return site.known[key]


def of_bob(site: Site, task: str = TELL) -> str:
    return job_of(site, task, "bob", In_Text="bob's own")


def address(site: Site, value: str) -> str:
    """Return the path of the job that a case means, under the public service."""
    if value.startswith("<job of user B"):
        return of_bob(site)
    if value.startswith("<secured job"):
        secured = of_bob(site, f"{SECURED}/Tell")
        return f"{TELL}/jobs/{secured.rpartition('/')[2]}"
    return f"{TELL}/jobs/{quote(value, safe='%')}"


@pytest.mark.parametrize("case", named("jobId"))
@pytest.mark.parametrize("form", ["json", "html"])
def test_a_job_that_is_not_ones_own_is_not_found(site, case, form):
    path = address(site, str(build(case)))
    for below in ("", "/results/Out_Text", "/inputs", "/cancel"):
        answer = site.get(path + below, site.tokens["alice"], f=form)
        said = answer.error if form == "json" else answer.text
        assert_said(case | {"says": "found"}, said)
        assert "bob's own" not in answer.text
        assert "<script>alert" not in answer.text
    too_long = len(path) > 8000  # the web server itself refuses the line
    assert answer.status == (414 if too_long else 200 if form == "json" else 404)


@pytest.mark.parametrize("case", named("inputName"))
def test_an_input_of_anothers_job_is_not_found(site, case):
    path = f"{address(site, case['value'])}/inputs/In_Text"
    answer = site.get(path, site.tokens["alice"])
    assert_said(case, answer.error)
    assert "bob's own" not in answer.text


@pytest.mark.parametrize("case", named("resultName"))
def test_a_result_that_is_not_there_shows_nothing(site, case):
    if case["value"] == "<running job>":
        job = site.submit(f"{LATER}/Sleep", {"Seconds": "30"})
        answer = site.get(f"{job}/results/Out_Text")
        site.get(f"{job}/cancel")
        assert "the job has no results: its status is esriJob" in answer.error
    else:
        job = job_of(site, TELL, In_Text="x")
        answer = site.get(f"{job}/results/{quote(case['value'], safe='')}")
        assert_said(case, answer.error)


@pytest.mark.parametrize("case", named("resultFile"))
def test_no_file_is_found_by_a_path(site, case):
    job = job_of(site, FILES, Text="written").rpartition("/")[2]
    folder = f"/{settings.CONTEXT}/rest/directories/arcgisjobs/later_gpserver/{job}"
    good = site.get(f"{folder}/scratch/written.txt")
    assert good.text == "written"
    for way in (case["value"], f"scratch/{case['value']}", quote(case["value"])):
        assert_said(case, site.get(f"{folder}/{way}").error)


def test_a_job_is_cancelled_once(site):
    job = site.submit(f"{LATER}/Sleep", {"Seconds": "30"})
    site.get(f"{job}/cancel")
    site.ended(job)
    case = ALL["JOB-023"]
    again = site.get(f"{job}/cancel")
    assert_said(case, again.error)
    assert again.document["jobStatus"] == "esriJobCancelled"


def test_a_job_that_has_ended_keeps_its_end(site):
    job = job_of(site, TELL, In_Text="x")
    answer = site.get(f"{job}/cancel")
    assert_said(ALL["JOB-024"], answer.error)
    assert site.get(job).document["jobStatus"] == "esriJobSucceeded"


def test_a_bomb_is_cancelled_in_time(site):
    """JOB-026"""
    for _ in range(2):  # the second one when the machine was busy
        job = site.submit(f"{LATER}/Grind", {})
        while site.get(job).document["jobStatus"] == "esriJobSubmitted":
            pass
        began = time.monotonic()
        site.get(f"{job}/cancel")
        assert site.ended(job)["jobStatus"] == "esriJobCancelled"
        if (seconds := time.monotonic() - began) < LIMIT:
            break
    assert seconds < LIMIT


def test_what_the_server_keeps_cannot_be_set(site):
    """JOB-027: the names are no parameters, and what is none is ignored."""
    fields = {"In_Text": "x", "status": "esriJobSucceeded", "owner": "admin",
              "attempt": "7", "jobId": "j1", "user": "1"}  # fmt: skip
    job = site.submit(TELL, fields)
    site.ended(job)
    told: Answer = site.ask("POST", job, b"f=json&status=esriJobFailed&owner=admin",
                            {"Content-Type": FORM})  # fmt: skip
    assert told.document["jobStatus"] == "esriJobSucceeded"
    assert not job.endswith("/j1")
    # It is a stranger's still: nobody's name is asked for.
    assert not site.get(job).error
