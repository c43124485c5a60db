"""Running a job again: a new job of the same stored inputs, linked to the old one."""

from __future__ import annotations

import logging
import shutil
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from jobs import trace
from jobs.child.context import INFORMATIVE
from jobs.documents import secret_inputs
from jobs.files import storage
from jobs.files.disk import require_room, size_of
from jobs.models import Job, new_job_id
from jobs.queueing import policy, queue
from jobs.queueing.moves import forget_files, say
from jobs.runs.calls import limits_of, snapshot_of
from jobs.status import UNSUCCESSFUL
from services.errors import ToolFailed

logger = logging.getLogger(__name__)

#: A repetition of a repetition may repair the first one too, so far back.
_LONGEST_CHAIN = 20


def run_again(job: Job, source: str = Job.Source.ADMIN) -> Job:
    """Store a new job with the inputs of one that has ended; a worker will run it.

    It is of the same user and runs the tool as it was, within the limits that its
    service sets now. Raises ToolFailed with the reason if it cannot be repeated, Busy
    if the queue is full.
    """
    _require_inputs(job)
    require_room("jobs", [settings.JOBS_DIR, settings.DATA_DIR])
    again = _copy_of(job, source)
    try:
        for name in _files_of(job):
            again.folder.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(storage.here(job.folder / name), again.folder / name)
        storage.push(again.folder)
        again.size = size_of(again.folder)
        with policy.alone():
            policy.admit(again)
            again.save(force_insert=True)
            say(again.pk, (INFORMATIVE, f"Submitted again, as {job.pk} was."))
            queue.ring(again.pk)
    except BaseException as exc:
        forget_files(again)
        if isinstance(exc, FileNotFoundError):
            raise ToolFailed(f"job {job.pk}: its inputs are gone") from None
        raise
    logger.info("submitted again as %s", job.pk, extra={"job_id": again.pk})
    return again


def _require_inputs(job: Job) -> None:
    """Raise ToolFailed for a job that cannot be repeated."""
    if not job.is_final:
        raise ToolFailed(f"job {job.pk} has not ended yet")
    if job.mode == Job.Mode.SYNC or "tool" not in job.snapshot:
        raise ToolFailed(f"run {job.pk} was synchronous: its inputs were not kept")
    if job.service is None:
        raise ToolFailed(f"the service of job {job.pk} is gone")
    hidden = sorted(secret_inputs(job) & job.inputs.keys())
    if hidden:
        names = ", ".join(hidden)
        raise ToolFailed(f"job {job.pk} had secret inputs that are not kept: {names}")


def _files_of(job: Job) -> list[str]:
    return [one["file"] for one in job.inputs.values() if isinstance(one, dict)]


def _copy_of(job: Job, source: str) -> Job:
    service = job.service
    assert service is not None  # noqa: S101  (looked at before)
    waits = service.max_wait_seconds
    now = timezone.now()
    snapshot: dict[str, Any] = job.snapshot | snapshot_of(limits_of(service))
    snapshot["request_id"] = trace.request_id.get()
    return Job(
        id=new_job_id(), rerun_of=job, source=source, title=job.title,
        batch_id=job.batch_id, batch_row=job.batch_row,
        service=service, service_path=service.path, task_name=job.task_name,
        mode=job.mode, user=job.user, owner_gone=job.owner_gone, address=job.address,
        priority=service.priority, inputs=job.inputs, snapshot=snapshot,
        submitted_at=now, wait_until=now + timedelta(seconds=waits) if waits else None,
    )  # fmt: skip


def repair(job: Job) -> None:
    """Mark the failures that a job has repeated, now that it has succeeded."""
    earlier = job.rerun_of_id
    for _ in range(_LONGEST_CHAIN):
        if earlier is None:
            return
        rows = Job.objects.filter(pk=earlier)
        open_ones = rows.filter(status__in=UNSUCCESSFUL, repaired_at=None)
        open_ones.update(repaired_at=timezone.now())
        earlier = rows.values_list("rerun_of_id", flat=True).first()
