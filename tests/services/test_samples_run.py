"""Every task of every sample service runs as its form in the Directory stands."""

from __future__ import annotations

from typing import Any

import pytest

from jobs.runs import execution
from services.models import Service, Task
from services.registry import TOOL_PACKAGES, discover, installed
from services.samples import load_samples
from tests.conftest import ROOT
from tests.services.test_directory import FormReader, page

SUCCEEDED = "esriJobSucceeded"
#: Typed into forms: a sleep that is over at once.
TYPED = {"Seconds": "0"}
FAILS = {"samples.Fail"}  # on purpose
#: Not the tools of tests, which are a package beside.
SHIPPED = set(discover(TOOL_PACKAGES))


@pytest.mark.timeout(300)
def test_every_form_runs_as_it_stands(db, client):
    load_samples()
    Service.objects.update(access=Service.Access.EVERYONE)
    ends = {}
    for task in Task.objects.select_related("service__folder"):
        if task.tool_id in SHIPPED or task.tool_id.startswith("models."):
            ends[f"{task.service.path}/{task.name}", task.tool_id] = ended(client, task)
    failed = {task for task, end in ends.items() if end != SUCCEEDED}
    wrong = {task: ends[task] for task in failed if task[1] not in FAILS}
    assert wrong == {}
    assert {tool for _, tool in failed} == FAILS
    # a step of the sample model, which no service publishes by itself
    assert SHIPPED - {tool for _, tool in ends} == {"reports.TableReport"}


def ended(client, task: Task) -> Any:
    """Send the form of a task; return how its run ends, or what it says."""
    name = "execute" if task.service.is_synchronous else "submitJob"
    url = f"{ROOT}/{task.service.path}/GPServer/{task.name}"
    fields = FormReader(page(client, f"{url}/{name}")).fields
    fields |= {key: TYPED[key] for key in fields.keys() & TYPED.keys()}
    answer = client.post(f"{url}/{name}", fields | {"f": "json"}).json()
    files = [one.name for one in installed(task.tool_id).schema.inputs
             if one.required and one.data_type.name == "GPDataFile"]  # fmt: skip
    if files:  # the user chooses one: nothing else may be missing
        details = answer["error"]["details"]
        missing = [f"Parameter '{one}': a value is required" for one in files]
        return SUCCEEDED if details == missing else details
    if "error" in answer:
        return answer["error"]
    if task.service.is_synchronous:
        return SUCCEEDED if answer["results"] else answer
    execution.run(answer["jobId"])
    told = client.get(f"{url}/jobs/{answer['jobId']}", {"f": "json"}).json()
    if told["jobStatus"] != SUCCEEDED:
        return [one["description"] for one in told["messages"]]
    return told["jobStatus"]
