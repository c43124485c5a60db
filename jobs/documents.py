"""The documents of a job: status, messages, results, inputs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
from django.db.models import QuerySet

from jobs.child.context import LEVELS
from jobs.files import storage
from jobs.models import Job, JobMessage
from jobs.queueing.policy import position
from jobs.status import JobStatus
from services.confidential import without_tokens
from services.errors import InvalidURL, InvalidValue
from services.moments import milliseconds_of
from services.schema import Parameter

_CANCELLED = (JobStatus.CANCELLING, JobStatus.CANCELLED)

FEATURES, TABLE = "GPFeatureRecordSetLayer", "GPRecordSet"


def job_document(job: Job, *, with_messages: bool = True) -> dict[str, Any]:
    """Return the job resource; results and inputs only once it has succeeded.

    ``queuePosition``, of a job that waits, and ``steps``, of a model, are our own:
    clients pass them over.
    """
    document = _state_document(job)
    if job.status == JobStatus.SUBMITTED:
        document["queuePosition"] = position(job)
    if job.status == JobStatus.SUCCEEDED:
        document["results"] = {
            entry["name"]: {"paramUrl": f"results/{entry['name']}"}
            for entry in job.outputs
        }
        document["inputs"] = {
            name: {"paramUrl": f"inputs/{name}"} for name in input_names(job)
        }
    if job.steps:
        document["steps"] = step_documents(job)
    if with_messages:
        document["messages"] = message_documents(job)
    return document


def step_documents(job: Job) -> list[dict[str, Any]]:
    """Return what became of each step of a model, in the order they are listed.

    A step during which the job was cancelled, or ended otherwise without a word of
    its own, is ``cancelled`` or ``failed``.
    """
    ended = "cancelled" if job.status in _CANCELLED else "failed"
    is_over = job.is_final or job.status in _CANCELLED
    return [
        step | {"state": ended} if is_over and step["state"] == "running" else step
        for step in job.steps or ()
    ]


def _state_document(job: Job) -> dict[str, Any]:
    document: dict[str, Any] = {"jobId": job.pk, "jobStatus": job.status}
    if job.status == JobStatus.EXECUTING:
        document["progress"] = _progress(job)
    return document


def messages_document(job: Job, since: int) -> dict[str, Any]:
    """Return what a job has said after message ``since``, and how it is.

    ``since`` in the document is what to ask with next; nothing comes any more once
    ``hasEnded`` is true. Messages have their number, and when they were said.
    """
    rows = shown_messages(job).filter(sequence__gt=since)
    found = list(rows.values_list("sequence", "type", "text", "created_at"))
    return _state_document(job) | {
        "hasEnded": job.is_final,
        "since": found[-1][0] if found else since,
        "messages": [
            {
                "type": kind,
                "description": text,
                "id": number,
                "time": milliseconds_of(said),
            }
            for number, kind, text, said in found
        ],
    }


def _progress(job: Job) -> dict[str, Any]:
    if job.progress_percent is None:
        return {"type": "default", "message": job.progress_text or "Executing..."}
    return {
        "type": "step",
        "message": job.progress_text or "Executing...",
        "percent": round(job.progress_percent),
    }


def message_documents(job: Job) -> list[dict[str, str]]:
    """Return the messages that the service's level lets through, in order."""
    rows = shown_messages(job).values_list("type", "text")
    return [{"type": kind, "description": text} for kind, text in rows]


def shown_messages(job: Job) -> QuerySet[JobMessage]:
    """Return the messages that the service's level lets through, in order."""
    allowed = LEVELS[job.snapshot.get("message_level", "Info")]
    return job.messages.filter(type__in=allowed)


def _declared(job: Job) -> list[dict[str, Any]]:
    schema: list[dict[str, Any]] = job.snapshot.get("schema", [])
    return [one for one in schema if not one["output"]]


def input_names(job: Job) -> list[str]:
    """Return the names of the inputs that a client may see."""
    return [one["name"] for one in _declared(job) if not one["hidden"]]


def input_document(job: Job, name: str) -> dict[str, Any]:
    """Return one input as it was submitted; tokens are left out."""
    for one in _declared(job):
        if one["name"].lower() == name.lower() and not one["hidden"]:
            return {
                "paramName": one["name"],
                "dataType": one["dataType"],
                "value": without_tokens(_submitted(job, one)),
            }
    raise InvalidURL(f"job {job.pk} has no input '{name[:100]}'")


def is_secret(parameter: dict[str, Any]) -> bool:
    """Tell if a parameter of a snapshot can hold a text that must not be shown."""
    return Parameter.from_json(parameter).data_type.is_secret


def secret_inputs(job: Job) -> set[str]:
    """Return the names of the inputs whose values must not be shown."""
    return {one["name"] for one in _declared(job) if is_secret(one)}


def _submitted(job: Job, parameter: dict[str, Any]) -> Any:
    raw = job.inputs.get(parameter["name"])
    if is_secret(parameter):
        return ""
    if raw in (None, "") or parameter["constant"]:
        return parameter["default"]
    if isinstance(raw, dict):
        raw = _file_text(job, raw["file"])
    kind = Parameter.from_json(parameter).data_type
    try:
        if kind.widget in ("json", "file"):  # never parsed in the web process
            return orjson.loads(raw)
        return kind.dump(kind.parse(raw))  # "True" and "5 Miles" as clients read them
    except (orjson.JSONDecodeError, InvalidValue):
        return raw if isinstance(raw, str) else raw.decode(errors="replace")


def _file_text(job: Job, name: str) -> bytes:
    return storage.found(job.folder / name, f"the inputs of job {job.pk}").read_bytes()


def result_file(job: Job, name: str) -> Path:
    """Return the path of a file of a result on this host. Raises NotFound."""
    return storage.found(job.results_folder / name, f"the results of job {job.pk}")


def output_entry(job: Job, name: str) -> dict[str, Any]:
    """Return the manifest entry of a result. Raises InvalidURL."""
    for entry in job.outputs:
        if entry["name"].lower() == name.lower():
            found: dict[str, Any] = entry
            return found
    raise InvalidURL(f"job {job.pk} has no result '{name[:100]}'")


def mapped_outputs(job: Job) -> list[dict[str, Any]]:
    """Return the manifest entries that are layers of the job's map, by their numbers.

    One for each output of features or a table, and each raster that was made, in the
    order of the outputs.
    """
    return [one for one in job.outputs
            if one["dataType"] in (FEATURES, TABLE) or "raster" in one]  # fmt: skip
