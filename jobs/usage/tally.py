"""Tally: a sum over runs, of jobs that have ended or of rows of the usage."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from jobs.models import Job, Usage
from jobs.queueing.reasons import reason_kind
from jobs.status import JobStatus
from jobs.usage.durations import (
    Histogram,
    bucket,
    quantile,
    read_histogram,
    write_histogram,
)

#: The counter of each end of a job.
ENDS = {
    JobStatus.SUCCEEDED: "succeeded",
    JobStatus.FAILED: "failed",
    JobStatus.TIMED_OUT: "timed_out",
    JobStatus.CANCELLED: "cancelled",
}


class Ended(NamedTuple):
    """What counts of a job that has ended; the names are those of its fields."""

    id: str
    service_id: int | None
    service_path: str
    task_name: str
    mode: str
    status: str
    error: str
    user_id: int | None
    size: int
    submitted_at: datetime
    started_at: datetime | None
    ended_at: datetime


@dataclass(slots=True)
class Tally:
    """Counts of runs by end and reason, their durations, users and bytes.

    Waits are those of jobs, from submit to start; runs last from start to end.
    """

    ends: Counter[str] = field(default_factory=Counter)
    modes: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    waits: Histogram = field(default_factory=Counter)
    runs: Histogram = field(default_factory=Counter)
    users: set[int] = field(default_factory=set)
    strangers: int = 0
    size: int = 0

    def add_job(self, job: Ended) -> None:
        """Count a job."""
        status = JobStatus(job.status)
        self.ends[ENDS[status]] += 1
        self.modes[job.mode] += 1
        self.size += job.size
        if status in (JobStatus.FAILED, JobStatus.TIMED_OUT):
            self.failures[reason_kind(status, job.error)] += 1
        if job.user_id is None:
            self.strangers += 1
        else:
            self.users.add(job.user_id)
        if job.started_at is None:
            return  # it was cancelled, or timed out, while it waited
        self.runs[bucket((job.ended_at - job.started_at).total_seconds())] += 1
        if job.mode == Job.Mode.ASYNC:
            waited = (job.started_at - job.submitted_at).total_seconds()
            self.waits[bucket(waited)] += 1

    def add_row(self, row: Usage) -> None:
        """Count what a row stands for."""
        ends = {name: getattr(row, name) for name in ENDS.values()}
        self.ends.update(ends)
        self.modes[row.mode] += sum(ends.values())
        self.failures.update(row.failures)
        self.waits.update(read_histogram(row.waits))
        self.runs.update(read_histogram(row.runs))
        self.users.update(row.users)
        self.strangers += row.strangers
        self.size += row.size

    def add(self, other: Tally) -> None:
        """Count all of another one."""
        for name in ("ends", "modes", "failures", "waits", "runs", "users"):
            getattr(self, name).update(getattr(other, name))
        self.strangers += other.strangers
        self.size += other.size

    def write_to(self, row: Usage) -> None:
        """Give a row these values, instead of its own."""
        for name in ENDS.values():
            setattr(row, name, self.ends[name])
        row.failures = dict(sorted(self.failures.items()))
        row.waits = write_histogram(self.waits)
        row.runs = write_histogram(self.runs)
        row.users = sorted(self.users)
        row.strangers, row.size = self.strangers, self.size

    @property
    def total(self) -> int:
        """How many runs ended."""
        return sum(self.ends.values())

    @property
    def failed(self) -> int:
        """How many runs failed or took too long."""
        return self.ends["failed"] + self.ends["timed_out"]

    @property
    def success(self) -> float | None:
        """The share of runs that succeeded, of all but those that were cancelled."""
        decided = self.total - self.ends["cancelled"]
        return self.ends["succeeded"] / decided if decided else None

    def wait(self, share: float) -> float | None:
        """Return a quantile of the waits, in seconds."""
        return quantile(self.waits, share)

    def run(self, share: float) -> float | None:
        """Return a quantile of the run times, in seconds."""
        return quantile(self.runs, share)
