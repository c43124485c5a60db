"""The one path from a request to a result: check, execute, submit, run, cancel."""

from __future__ import annotations

import logging
import os
import secrets
import socket
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError, transaction
from django.utils import timezone

from jobs import trace
from jobs.child.call import Call, Reply
from jobs.child.context import INFORMATIVE
from jobs.child.mask import hiding
from jobs.child.running import scratch_of
from jobs.featureservices import wishes
from jobs.files import storage
from jobs.files.disk import require_room, size_of
from jobs.files.spool import spooled
from jobs.models import Job, new_job_id
from jobs.processes.runner import InternalError, runner
from jobs.queueing import policy, queue
from jobs.queueing.moves import (
    drop_stale_connections,
    forget_files,
    insist,
    move,
    remove,
    say,
)
from jobs.runs.calls import (
    Request,
    check_call,
    fetched_of,
    gathered,
    own_content,
    request_call,
    snapshot_of,
    stored_call,
    unsealed_call,
)
from jobs.runs.ends import give_up, reason_of, status_after, succeed
from jobs.runs.sealing import concealed, seal
from jobs.runs.supervision import Supervisor
from jobs.status import JobStatus
from services.errors import Busy, GPError, InvalidParameters

logger = logging.getLogger(__name__)

#: This worker, all its processes together.
WORKER = secrets.token_hex(8)  # random for each boot: pids come back
_HOST = socket.gethostname()


@hiding()
def execute(request: Request) -> Reply:
    """Run a task while the client waits; leave a record of the run.

    Raises the GPError that the run ended with; bad input leaves no record.
    """
    job = _new_job(request, Job.Mode.SYNC)
    job.started_at, job.attempt = job.submitted_at, 1
    call = request_call(request, "execute", job.results_folder)
    call = replace(call, file_url=f"{call.file_url}/{job.pk}")
    try:
        own = own_content(request)
        found = gathered(job, call, own=own)
        call = replace(call, files=found.files, refused=found.refused)
        with spooled(call) as call:
            reply = runner().run(call, wait=settings.RUN_WAIT_SECONDS)
        job.outputs, job.provenance = list(reply.manifest), reply.provenance
        job.steps = list(reply.steps)
        if job.outputs:
            storage.push(job.results_folder)
    except (InvalidParameters, Busy):
        raise
    except (GPError, InternalError) as exc:
        _record(job, status_after(exc), reason_of(exc, job))
        raise
    finally:
        # what was fetched for the tool, and what it wrote beside its results
        remove(fetched_of(job) if job.outputs else job.folder)
    _record(job, JobStatus.SUCCEEDED)
    return reply


def _new_job(request: Request, mode: Job.Mode) -> Job:
    row = request.service.row
    return Job(
        id=new_job_id(),
        service=row,
        service_path=row.path,
        task_name=request.task.name,
        mode=mode,
        user=request.owner,
        address="" if request.owner else request.client.address,
        source=request.source,
        priority=row.priority,
        submission_key=request.submission_key or None,
        rerun_of_id=request.rerun_of or None,
        batch_id=request.batch or None,
        batch_row=request.batch_row,
        submitted_at=timezone.now(),
    )


def _record(job: Job, status: JobStatus, error: str = "") -> None:
    """Store what became of a run; its client is answered even if that fails."""
    job.status, job.error, job.ended_at = status, error, timezone.now()
    job.size = size_of(job.folder) if job.outputs else 0
    drop_stale_connections()  # the run may have outlived them
    try:
        job.save(force_insert=True)
    except DatabaseError:
        logger.exception("run %s of %s left no record", job.pk, job.service_path)


@hiding()
def submit(request: Request) -> Job:
    """Check the inputs and store a job; a worker will run it.

    When this returns, row and inputs are committed. Raises InvalidParameters for
    bad input (no job is left), Busy when the job may not wait or the disk is full.
    """
    require_room("jobs", [settings.JOBS_DIR, settings.DATA_DIR])
    job = _new_job(request, Job.Mode.ASYNC)
    policy.admit(job)  # before the work of the check
    text = request.form.get(wishes.PARAMETER)
    wish = wishes.wish_of(text, request.service.row, job, request.user)
    try:
        asked, items = check_call(request, job.folder)
        hidden = concealed(request.task.schema, asked.small, asked.large)
        with spooled(asked) as call:
            reply = runner().run(call, wait=settings.RUN_WAIT_SECONDS)
        storage.push(job.folder)
        job.inputs = reply.inputs | dict(hidden.shown)
        job.provenance = reply.provenance  # until the run says what it had
        job.sealed = seal(hidden.originals)
        job.snapshot = _snapshot(request, call) | {"items": items}
        if wish:
            job.snapshot["hosted"] = wish.to_json()
        drop_stale_connections()  # the check may have outlived them
        job.wait_until, job.size = _wait_until(request), size_of(job.folder)
        with policy.alone():
            policy.admit(job)
            job.save(force_insert=True)
            say(job.pk, (INFORMATIVE, "Submitted."))
            queue.ring(job.pk)
    except BaseException:
        forget_files(job)
        raise
    logger.info("submitted for %s", job.service_path, extra={"job_id": job.pk})
    return job


def _wait_until(request: Request) -> datetime | None:
    seconds = request.service.row.max_wait_seconds
    return timezone.now() + timedelta(seconds=seconds) if seconds else None


def _snapshot(request: Request, call: Call) -> dict[str, Any]:
    services = request.caller.services
    return {
        "tool": request.task.tool_id,
        "schema": request.task.schema.to_json(),
        **_model_of(request),
        **snapshot_of(call.limits),
        "message_level": call.message_level,
        "root_url": request.root_url,
        # The first of these two is for workers of an older version.
        "reads_as_stranger": isinstance(request.caller.reader, AnonymousUser),
        "reads_services": None if services is None else sorted(services),
        "request_id": trace.request_id.get(),
    }


def _model_of(request: Request) -> dict[str, Any]:
    """Return what a job keeps of a model: it runs as it was when it was accepted."""
    model = request.task.model
    return {"model": orjson.loads(model)} if model else {}


def run(job_id: str) -> None:
    """Run waiting jobs in this worker, the best first; called through the queue.

    Goes on while there are some: the end of one may let another start that has been
    rung for already. A worker that is to stop passes the ring on.
    """
    drop_stale_connections()
    while not queue.closing.is_set():
        job = policy.take(WORKER, _HOST)
        if job is None:
            return
        while job is not None:
            with trace.of_job(job.pk, job.snapshot.get("request_id", "")):
                job = _run(job)
        drop_stale_connections()
    queue.push(job_id)


def _take_next() -> Job | None:
    return None if queue.closing.is_set() else policy.take_next(WORKER, _HOST)


@hiding()
def _run(job: Job) -> Job | None:
    """Run a claimed job to its end; return the job that was taken with its success."""
    logger.info("attempt %d of %s begins", job.attempt, job.service_path)
    Path(settings.SPOOL_DIR).mkdir(parents=True, exist_ok=True)
    log = Path(settings.SPOOL_DIR) / f"{job.pk}-{job.attempt}-{os.getpid()}.log"
    supervisor = Supervisor(job, log)
    unfinished = job.results_folder.with_suffix(".tmp")
    try:
        call = unsealed_call(job, stored_call(job, unfinished, log))
        found = gathered(job, call, supervisor)
        call = replace(call, files=found.files, refused=found.refused)
        reply = runner(1).run(call, tick=supervisor)
        if unfinished.is_dir():
            remove(job.results_folder)  # of this very attempt, if it was put back
            unfinished.rename(job.results_folder)
            storage.push(job.results_folder, supervisor)
        return insist(lambda: succeed(job, reply, supervisor, _take_next))
    except Exception as exc:  # noqa: BLE001  (any end of a run must end its job)
        remove(unfinished, scratch_of(unfinished))  # before another attempt begins
        end = exc
        insist(lambda: give_up(job, end, supervisor))
        return None
    finally:
        log.unlink(missing_ok=True)
        remove(fetched_of(job))


def read_input(job: Job, name: str, format_name: str) -> Reply:
    """Return the features of a job's input in a format, read as they were sent."""
    call = stored_call(job, job.folder, Path())
    limits = replace(call.limits, maximum_records=call.limits.max_features)
    asked = replace(call, kind="input", outputs=({"name": name},), limits=limits,
                    format=format_name, log="")  # fmt: skip
    with spooled(asked) as ready:
        return runner().run(ready, wait=settings.RUN_WAIT_SECONDS)


def cancel(job: Job) -> Job:
    """Ask for a job to stop; return it as it is then. A finished job stays.

    A waiting job is cancelled at once, a running one once its worker has killed
    the child process.
    """
    while not _ask_to_stop(job):
        job.refresh_from_db()
        if job.is_final or job.status == JobStatus.CANCELLING:
            break  # else it was given back between the two questions
    job.refresh_from_db()
    if job.status == JobStatus.CANCELLED:
        forget_files(job)
    return job


def _ask_to_stop(job: Job) -> bool:
    with transaction.atomic():
        waiting = Job.objects.filter(pk=job.pk, status=JobStatus.SUBMITTED)
        now = timezone.now()
        ended = {"status": JobStatus.CANCELLED, "ended_at": now, "sealed": ""}
        if waiting.update(**ended, size=0):
            say(job.pk, (INFORMATIVE, "Cancelled."))
        elif move(job.pk, JobStatus.CANCELLING):
            say(job.pk, (INFORMATIVE, "Cancelling..."))
        else:
            return False
    return True
