"""Small requests that cost a machine: each ends in time, with a word on its limit."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from jobs.models import Job
from jobs.runs import execution
from tests.bad_input_gen import build
from tests.conftest import ROOT
from tests.corpus import BUFFER, FORM, Case, cases, content, form

BOMBS = cases("geometry-bomb")
SECONDS, MEGABYTES = 20, 1024

_DEGREES = '{"distance": %s, "units": "esriDecimalDegrees"}'
#: Tool, name of its features, other values; by the first word of the operation.
_TOOLS: dict[str, tuple[str, str, dict[str, str]]] = {
    "buffer": ("proximity.Buffer", "Input_Features", {"Distance": _DEGREES % 0.001}),
    "MultiPoint.buffer(0.05)": (
        "proximity.Buffer", "Input_Features", {"Distance": _DEGREES % 0.05},
    ),
    "MultiPoint.buffer(1)": (
        "proximity.Buffer", "Input_Features", {"Distance": _DEGREES % 1},
    ),
    "intersection": ("overlay.Intersect", "Input_Features", {}),
    "union": ("dissolve.Dissolve", "Input_Features", {}),
    "dissolve": ("dissolve.Dissolve", "Input_Features", {}),
    "simplify": ("generalize.Simplify", "Input_Features", {"Tolerance": _DEGREES % 0.1}),
    "make_valid": ("dissolve.Dissolve", "Input_Features", {}),
    "is_valid": ("dissolve.Dissolve", "Input_Features", {}),
}  # fmt: skip
LIMITS = (
    f"the time limit of {SECONDS} s was reached",
    f"more memory than its limit of {MEGABYTES} MB",
    "the tool ended unexpectedly (signal",
    "the size of the request is",
    "this service accepts",
    "has more than 10000 rings",
)


def request_of(case: Case) -> tuple[str, dict[str, str]]:
    """Return the tool that the case hurts, and the fields of its request."""
    tool_id, name, others = _TOOLS[case["op"].split(" ")[0]]
    fields = {"f": "json", name: build(case), **others}
    if "each + union" in case["op"]:
        fields |= {"Dissolve": "true", "Distance": _DEGREES % 0.05}
    if tool_id == "overlay.Intersect":
        fields["Intersect_Features"] = fields[name]
    return tool_id, fields


def outcome(client: Any, tool_id: str, fields: dict[str, str], kind: str) -> str:
    """Return the error that a request ends with; "" for a result."""
    name = tool_id.partition(".")[2]
    url = f"{ROOT}/Toys/Service/GPServer/{name}/{kind}"
    response = client.post(url, form(fields), content_type=FORM)
    document = json.loads(content(response))
    if "error" in document:
        return " ".join(document["error"]["details"])
    if kind == "submitJob":
        execution.run(document["jobId"])
        job = Job.objects.get(pk=document["jobId"])
        if job.status == "esriJobSubmitted":  # it crashed, and has a second attempt
            execution.run(job.pk)
            job.refresh_from_db()
        assert job.status in ("esriJobSucceeded", "esriJobFailed", "esriJobTimedOut")
        return job.error
    return ""


@pytest.mark.soak
@pytest.mark.parametrize("case", BOMBS, ids=[one["id"] for one in BOMBS])
def test_a_bomb_ends_within_its_limits(client, published, case):
    tool_id, fields = request_of(case)
    must_succeed = case["expect"] == "ok" and "alt" not in case
    published(
        tool_id,
        sync=case["target"] == "execute",
        max_run_seconds=4 * SECONDS if must_succeed else SECONDS,
        max_memory_mb=MEGABYTES,
    )
    began = time.monotonic()
    error = outcome(client, tool_id, fields, case["target"])
    elapsed = time.monotonic() - began
    if must_succeed:
        assert not error
    else:  # what fits into the limits may succeed as well
        assert not error or any(limit in error for limit in LIMITS)
        # Submitting checks the input before the job runs: two times the limit.
        assert elapsed < 2 * SECONDS + 15
    published(BUFFER.tool_id, "Toys/Next")
    url = BUFFER.url.replace("Service", "Next", 1)
    began = time.monotonic()
    answer = client.post(url, form({"f": "json", **BUFFER.good}), content_type=FORM)
    assert "results" in json.loads(content(answer))
    assert time.monotonic() - began < 15
