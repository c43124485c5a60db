"""A job's values changed and run again; what a large result says to a reader."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from jobs.documents import input_document, input_names
from jobs.models import Job
from jobs.status import JobStatus
from tests.conftest import Rest
from tests.jobs.maps import SQUARE
from tests.portal.pages.test_form import Fields

ECHO = "/Toys/Echo/GPServer/Echo"
GIVEN = {
    "In_String": "deep & <old>", "In_Long": "41", "In_Double": "2.25",
    "In_Boolean": "true", "In_Date": "1700000000000",
    "In_LinearUnit": '{"distance":3,"units":"esriKilometers"}', "In_Features": SQUARE,
    "env__outSR": "25832",
}  # fmt: skip
ENDS = (JobStatus.SUCCEEDED, JobStatus.FAILED, JobStatus.CANCELLED, JobStatus.TIMED_OUT)


def values(job: Job) -> dict[str, object]:
    return {name: input_document(job, name)["value"] for name in input_names(job)}


@pytest.mark.parametrize("end", ENDS)
def test_a_job_that_has_ended_is_changed_and_run_again(end, owner, tokened, published):
    published("samples.Echo", "Toys/Echo", sync=False)
    path = Rest(tokened(owner)).run_job(ECHO, **GIVEN)
    Job.objects.update(status=end)
    old = Job.objects.get(pk=path.rpartition("/")[2])
    browser = Client()
    browser.force_login(owner)
    again = f"/tools/Toys/Echo/Echo/?from={old.pk}"
    assert f'href="{again}">Change and run again</a>' in text(browser, old)
    fields = Fields()
    fields.feed(browser.get(again).content.decode())
    sent = {**fields.sent.dict(), "In_Long": "42"}
    answer = browser.post(again.partition("?")[0], sent)
    new = Job.objects.get(pk=answer.url.split("/")[2])
    assert new.rerun_of_id == old.pk
    assert values(new) == {**values(old), "In_Long": 42}
    assert new.inputs["env:outSR"] == old.inputs["env:outSR"]
    said = text(browser, new).partition("Run again from")[2]
    assert f'href="/jobs/{old.pk}/"' in said.partition("</p>")[0]


def text(browser: Client, job: Job) -> str:
    return browser.get(f"/jobs/{job.pk}/").content.decode()


@pytest.mark.protocol("6.1 exceededTransferLimit")
def test_a_job_with_more_features_than_the_service_answers_says_so_in_words(
    rest, published
):
    published("samples.Echo", sync=False, maximum_records=1)
    two = json.loads(SQUARE)
    two["features"] *= 2
    job = rest.run_job("/Toys/Service/GPServer/Echo", In_Features=json.dumps(two))
    value = rest.get(f"{job}/results/Out_Features")["value"]
    assert (value["features"], value["exceededTransferLimit"]) == ([], True)
    page = rest.raw(f"{job}/results/Out_Features", f="html").content.decode()
    assert "more features than this service answers at once" in page
