"""Moves of jobs: whatever the order, one end, which stays."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from jobs.child.call import Reply
from jobs.models import Job
from jobs.queueing.moves import renew
from jobs.runs import execution
from jobs.runs.ends import MAX_ATTEMPTS, give_up, put_back, succeed
from jobs.runs.supervision import Supervisor
from jobs.status import FINAL, MOVES, JobStatus
from jobs.workers import sweeper
from services.errors import Cancelled, Crashed, TimedOut, ToolFailed
from tests.jobs.claims import claim

LAST_WORDS = {
    "Succeeded.": {JobStatus.SUCCEEDED},
    "Cancelled.": {JobStatus.CANCELLED},
    "Failed.": {JobStatus.FAILED, JobStatus.TIMED_OUT},
}
EXCEPTIONS = [
    ToolFailed("no"), Crashed("gone"), TimedOut("late"), Cancelled("cancelled"),
    RuntimeError("a bug"),
]  # fmt: skip


class OneJob(RuleBasedStateMachine):
    """A job, two workers, a sweep and a client, in any order.

    Whoever has once claimed or read the job keeps that copy of it, and may act upon
    it at any later time: as a worker does that was cut off from the database.
    """

    copies = Bundle("copies")

    def __init__(self) -> None:
        super().__init__()
        self.pk = Job.objects.create(
            service_path="Toys/Service", task_name="Sleep", mode=Job.Mode.ASYNC,
            submitted_at=timezone.now(), snapshot={"tool": "toys.Sleep"},
        ).pk  # fmt: skip
        self.row = self.job()
        self.claims = 0
        self.claimed: dict[int, int] = {}

    def job(self) -> Job:
        return Job.objects.get(pk=self.pk)

    @rule(target=copies, worker=st.sampled_from(["one", "two"]))
    def claim(self, worker):
        taken = claim(self.pk, worker, "host")
        if taken is None:
            return multiple()
        self.claims += 1
        self.claimed[id(taken)] = self.claims
        return taken

    @rule(target=copies)
    def read(self):
        """As a sweep does that is slow to act."""
        return self.job()

    @rule(job=copies)
    def renew(self, job):
        renew(job)

    @rule()
    def cancel(self):
        execution.cancel(self.job())

    @rule(job=copies)
    def succeed(self, job):
        entry = {"name": "Out", "kind": "value", "value": self.claimed.get(id(job))}
        if id(job) in self.claimed:
            succeed(job, Reply(manifest=(entry,)), Supervisor(job, Path("no log")))

    @rule(job=copies, exc=st.sampled_from(EXCEPTIONS))
    def give_up(self, job, exc):
        if id(job) in self.claimed:
            give_up(job, exc, Supervisor(job, Path("no log")))

    @rule(job=copies)
    def drain(self, job):
        supervisor = Supervisor(job, Path("no log"))
        supervisor.stop = "drain"
        if id(job) in self.claimed:
            give_up(job, Cancelled("cancelled"), supervisor)

    @rule(job=copies)
    def put_back(self, job):
        if job.attempt < MAX_ATTEMPTS:
            put_back(job, "The worker was lost; the job will run again.")

    @rule()
    def let_the_lease_lapse(self):
        past = timezone.now() - timedelta(seconds=1)
        Job.objects.filter(lease_until__isnull=False).update(lease_until=past)

    @rule()
    def sweep(self):
        sweeper.take_back_lapsed()

    @invariant()
    def all_holds(self):
        before, self.row = self.row, self.job()
        self.each_move_is_in_the_table(before)
        self.an_end_has_one_last_word()
        self.results_are_those_of_the_last_claim()
        assert self.row.attempt <= MAX_ATTEMPTS

    def each_move_is_in_the_table(self, before):
        after = self.row.status
        assert after == before.status or after in MOVES[JobStatus(before.status)]
        if before.is_final:
            assert (after, self.row.ended_at, self.row.outputs, self.row.error) == (
                before.status, before.ended_at, before.outputs, before.error,
            )  # fmt: skip

    def an_end_has_one_last_word(self):
        said = list(self.row.messages.values_list("text", flat=True))
        last = [text for text in said if text in LAST_WORDS]
        if self.row.status in FINAL:
            assert last == said[-1:]
            assert self.row.status in LAST_WORDS[said[-1]]
            assert self.row.ended_at is not None
        else:
            assert last == []

    def results_are_those_of_the_last_claim(self):
        if self.row.status == JobStatus.SUCCEEDED:
            assert [one["value"] for one in self.row.outputs] == [self.claims]
        else:
            assert self.row.outputs == []

    def teardown(self):
        Job.objects.filter(pk=self.pk).delete()


@pytest.mark.django_db
def test_no_order_of_moves_reaches_two_ends_or_leaves_one():
    """G2"""
    run_state_machine_as_test(
        OneJob,
        settings=settings(
            max_examples=150, stateful_step_count=25, deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
