"""The one path from a request to a result: check, execute, submit, run, cancel."""

from __future__ import annotations

import logging
import os
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.utils import timezone

from jobs import queue
from jobs.call import INLINE, Call, Limits, RawValue, Reply
from jobs.context import ERROR, INFORMATIVE, WARNING
from jobs.models import Job, JobMessage, new_job_id
from jobs.moves import claim, forget_files, move, say
from jobs.runner import InternalError, runner
from jobs.status import JobStatus
from jobs.supervision import Supervisor
from services import environment
from services.catalog import PublishedService, PublishedTask
from services.datatypes.multivalue import GPMultiValue
from services.errors import (
    Busy,
    Cancelled,
    Crashed,
    GPError,
    InvalidParameters,
    TimedOut,
)
from services.form import Form, given_twice
from services.models import Service
from services.wire import encode

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 2
_WORKER = secrets.token_hex(8)  # random for each boot: pids come back


@dataclass(frozen=True, slots=True)
class Request:
    """Who asks for which task with which form."""

    service: PublishedService
    task: PublishedTask
    form: Form
    user: User | AnonymousUser
    file_url: str = ""
    format: str = "json"

    @property
    def owner(self) -> User | None:
        """The user for the job row; None for a stranger."""
        return self.user if isinstance(self.user, User) else None


def limits_of(service: Service) -> Limits:
    """Return the bounds that a service sets for each run."""
    return Limits(
        seconds=service.max_run_seconds,
        memory_mb=service.max_memory_mb,
        max_features=service.max_features,
        max_vertices=service.max_vertices,
        maximum_records=service.maximum_records,
    )


def _fields(request: Request) -> tuple[dict[str, str], dict[str, RawValue]]:
    """Return the small and large raw values that belong to the task.

    Everything else (token, f, unknown names) stays behind.
    """
    known = {one.name.lower(): one.name for one in request.task.visible}
    known |= {name.lower(): name for name in environment.NAMES}
    lists = {one.name for one in request.task.visible
             if isinstance(one.data_type, GPMultiValue)}  # fmt: skip
    small = {known[name.lower()]: value for name, value in request.form.small.items()
             if name.lower() in known}  # fmt: skip
    for name, values in request.form.repeated.items():
        if known.get(name.lower()) in lists:
            small[known[name.lower()]] = encode(list(values)).decode()
        elif name.lower() in known:
            raise given_twice(known[name.lower()])
    large = {
        known[name.lower()]: RawValue(data, encoded=name in request.form.encoded)
        for name, data in request.form.large.items()
        if name.lower() in known
    }
    return small, large


def _spooled(large: dict[str, RawValue]) -> dict[str, RawValue]:
    """Write values too large for the pipe to files that the child reads."""
    moved = {}
    for name, value in large.items():
        moved[name] = value
        if len(value.data) > INLINE:
            path = Path(settings.SPOOL_DIR) / secrets.token_hex(16)
            path.write_bytes(value.data)
            moved[name] = RawValue(path=str(path), encoded=value.encoded)
    return moved


def _drop(large: Mapping[str, RawValue]) -> None:
    for value in large.values():
        if value.path:
            Path(value.path).unlink(missing_ok=True)


def _call(request: Request, kind: Any, folder: Path) -> Call:
    small, large = _fields(request)
    return Call(
        kind=kind,
        tool_id=request.task.tool_id,
        schema=request.task.schema_text,
        small=small,
        large=_spooled(large),
        limits=limits_of(request.service.row),
        message_level=request.service.row.message_level,
        folder=str(folder),
        spool=str(settings.SPOOL_DIR),
        file_url=request.file_url,
        format=request.format,
    )


def execute(request: Request) -> Reply:
    """Run a task while the client waits; leave a record of the run.

    Raises the GPError that the run ended with; bad input leaves no record.
    """
    job = _new_job(request, Job.Mode.SYNC)
    job.started_at = job.submitted_at
    call = _call(request, "execute", job.folder)
    try:
        reply = runner().run(call, wait=settings.RUN_WAIT_SECONDS)
    except (InvalidParameters, Busy):
        raise
    except (GPError, InternalError) as exc:
        _record(job, _status_after(exc), _reason(exc, job))
        raise
    finally:
        _drop(call.large)
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
        submitted_at=timezone.now(),
    )


def _record(job: Job, status: JobStatus, error: str = "") -> None:
    job.status, job.error, job.ended_at = status, error, timezone.now()
    job.attempt = 1
    job.save(force_insert=True)


def submit(request: Request) -> Job:
    """Check the inputs and store a job; a worker will run it.

    When this returns, row and inputs are committed. Raises InvalidParameters for
    bad input (no job is left) and Busy when the queue of the service is full.
    """
    waiting = Job.objects.filter(
        service=request.service.row, status=JobStatus.SUBMITTED
    )
    if waiting.count() >= request.service.row.max_queued:
        raise Busy("the queue of this service is full; try again in a moment")
    job = _new_job(request, Job.Mode.ASYNC)
    call = _call(request, "check", job.folder)
    try:
        reply = runner().run(call, wait=settings.RUN_WAIT_SECONDS)
        job.inputs = reply.inputs
        job.snapshot = {
            "tool": request.task.tool_id,
            "schema": request.task.schema.to_json(),
            "seconds": call.limits.seconds,
            "memory_mb": call.limits.memory_mb,
            "max_features": call.limits.max_features,
            "max_vertices": call.limits.max_vertices,
            "message_level": call.message_level,
        }
        with transaction.atomic():
            job.save(force_insert=True)
            JobMessage.objects.create(
                job=job, sequence=1, type=INFORMATIVE, text="Submitted."
            )
            queue.ring(job.pk)
    except BaseException:
        forget_files(job)
        raise
    finally:
        _drop(call.large)
    return job


def run(job_id: str) -> None:
    """Run a waiting job in this worker to its end; called through the queue."""
    job = claim(job_id, _WORKER, socket.gethostname())
    if job is None:
        return  # another worker has it, or it was cancelled
    Path(settings.SPOOL_DIR).mkdir(parents=True, exist_ok=True)
    say(job.pk, (INFORMATIVE, "Executing..."))
    log = Path(settings.SPOOL_DIR) / f"{job.pk}-{job.attempt}-{os.getpid()}.log"
    supervisor = Supervisor(job, log)
    target = job.results_folder
    unfinished = target.with_name(f"{target.name}.tmp")
    try:
        reply = runner(1).run(_stored_call(job, unfinished, log), tick=supervisor)
        supervisor.pass_on()
        if unfinished.is_dir():
            unfinished.rename(target)
        _succeed(job, reply)
    except Exception as exc:  # noqa: BLE001  (any end of a run must end its job)
        supervisor.pass_on()
        _give_up(job, exc, supervisor.stop)
    finally:
        log.unlink(missing_ok=True)


def _stored_call(job: Job, folder: Path, log: Path) -> Call:
    snapshot = job.snapshot
    small = {k: v for k, v in job.inputs.items() if isinstance(v, str)}
    large = {k: RawValue(path=str(job.folder / v["file"]))
             for k, v in job.inputs.items() if isinstance(v, dict)}  # fmt: skip
    return Call(
        kind="run",
        tool_id=snapshot["tool"],
        schema=orjson.dumps(snapshot["schema"]),
        small=small,
        large=large,
        limits=Limits(
            snapshot["seconds"],
            snapshot["memory_mb"],
            snapshot["max_features"],
            snapshot["max_vertices"],
        ),
        folder=str(folder),
        spool=str(settings.SPOOL_DIR),
        log=str(log),
    )


def read_input(job: Job, name: str, format_name: str) -> Reply:
    """Return the features of a job's input in a format, read as they were sent."""
    call = _stored_call(job, job.folder, Path())
    limits = replace(call.limits, maximum_records=call.limits.max_features)
    asked = replace(call, kind="input", outputs=({"name": name},), limits=limits,
                    format=format_name, log="")  # fmt: skip
    return runner().run(asked, wait=settings.RUN_WAIT_SECONDS)


def _succeed(job: Job, reply: Reply) -> None:
    with transaction.atomic():
        done = move(
            job.pk,
            JobStatus.SUCCEEDED,
            fence=job.attempt,
            outputs=list(reply.manifest),
            progress_percent=100,
        )
        if done:
            say(job.pk, (INFORMATIVE, "Succeeded."))
    if not done:  # a cancel came first: it wins, and there are no results
        forget_files(job)
        if move(job.pk, JobStatus.CANCELLED, fence=job.attempt):
            say(job.pk, (INFORMATIVE, "Cancelled."))


def _give_up(job: Job, exc: Exception, stop: str) -> None:
    if stop == "lost":
        return  # the job belongs to another worker now
    if stop == "drain":
        put_back(job, "The worker is stopping; the job will run again.", count=False)
        return
    if isinstance(exc, Cancelled):
        with transaction.atomic():
            if move(job.pk, JobStatus.CANCELLED, fence=job.attempt):
                say(job.pk, (INFORMATIVE, "Cancelled."))
        forget_files(job)
        return
    if isinstance(exc, Crashed) and job.attempt < MAX_ATTEMPTS:
        put_back(job, f"{exc}; trying again.")
        return
    reason = _reason(exc, job)
    with transaction.atomic():
        status = _status_after(exc)
        if move(job.pk, status, fence=job.attempt, error=reason):
            say(job.pk, (ERROR, reason), (ERROR, "Failed."))
        elif move(job.pk, JobStatus.CANCELLED, fence=job.attempt):
            say(job.pk, (INFORMATIVE, "Cancelled."))


def put_back(job: Job, why: str, *, count: bool = True) -> None:
    """Let a job that lost its run wait again; its attempt counts unless not."""
    changes: dict[str, Any] = {"worker": "", "lease_until": None}
    if not count:
        changes["attempt"] = job.attempt - 1
    with transaction.atomic():
        if move(job.pk, JobStatus.SUBMITTED, fence=job.attempt, **changes):
            say(job.pk, (WARNING, why))
            queue.ring(job.pk)
        elif move(job.pk, JobStatus.CANCELLED, fence=job.attempt):
            say(job.pk, (INFORMATIVE, "Cancelled."))


def _status_after(exc: Exception) -> JobStatus:
    return JobStatus.TIMED_OUT if isinstance(exc, TimedOut) else JobStatus.FAILED


def _reason(exc: Exception, job: Job) -> str:
    """Return what the user is told; a stranger's exception only gets a number."""
    if isinstance(exc, GPError):
        return str(exc)
    reference = job.pk[-8:]
    logger.error(
        "run %s of %s failed [%s]: %s", job.pk, job.service_path, reference, exc
    )
    return (
        f"the tool failed inside; the administrator finds it in the log as {reference}"
    )


def cancel(job: Job) -> Job:
    """Ask for a job to stop; return it as it is then. A finished job stays.

    A waiting job is cancelled at once, a running one once its worker has killed
    the child process.
    """
    with transaction.atomic():
        waiting = Job.objects.filter(pk=job.pk, status=JobStatus.SUBMITTED)
        now = timezone.now()
        if waiting.update(status=JobStatus.CANCELLED, ended_at=now):
            say(job.pk, (INFORMATIVE, "Cancelled."))
        elif move(job.pk, JobStatus.CANCELLING):
            say(job.pk, (INFORMATIVE, "Cancelling..."))
    job.refresh_from_db()
    return job
