"""What must hold after a storm; each check returns what is wrong, in words."""

from __future__ import annotations

import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from tests.chaos.clients import Told
from tests.chaos.mix import CANCELLED, ENDS, FAILED, SUCCEEDED
from tests.chaos.site import LEASE_SECONDS, SWEEP_SECONDS, Site
from tests.chaos.storm import Storm

Rows = list[dict[str, Any]]

RECOVERY_SECONDS = LEASE_SECONDS + SWEEP_SECONDS + 30
#: Then every lease would have lapsed, and a sweep have seen it.
QUIET_SECONDS = LEASE_SECONDS + 2 * SWEEP_SECONDS
#: What a job is told last, and when.
LAST_WORDS = {"Succeeded.": SUCCEEDED, "Failed.": FAILED, "Cancelled.": CANCELLED}
_NOT_COUNTED = "The worker is stopping; the job will run again."
#: A good job that lost this many runs is not run again.
_LOST_TWICE = ("lost in 2 attempts", "signal 9", "the process for this run")
_ATTEMPTS = 2


def problems(storm: Storm, quiet_seconds: float = QUIET_SECONDS) -> list[str]:
    """Return all that is wrong after a storm; stops the portal on the way."""
    rows = _settled(storm.site)
    found = [
        *told_problems(storm),
        *row_problems(rows),
        *lost(storm, rows),
        *run_problems(storm, rows),
        *recovery_problems(storm),
        *leftovers(storm.site, rows),
    ]
    found += changes(storm.site, rows, quiet_seconds)
    storm.site.stop()
    return found


def _settled(site: Site) -> Rows:
    """Return the rows once all jobs have ended, also those nobody was told of."""
    deadline = time.monotonic() + 60
    while True:
        rows = site.rows()
        if all(row["status"] in ENDS for row in rows) or time.monotonic() > deadline:
            return rows
        time.sleep(1)


def changes(site: Site, rows: Rows, seconds: float) -> list[str]:
    """G2: return what changes after all jobs have ended, for a while."""
    before = {row["id"]: row for row in rows}
    deadline = time.monotonic() + seconds
    while True:
        changed = [row for row in site.rows() if row != before.get(row["id"])]
        if changed or time.monotonic() > deadline:
            return [f"changed after its end: {row}" for row in changed]
        time.sleep(1)


def told_problems(storm: Storm) -> list[str]:
    """Each client got an answer in Esri's form, the end it had to get, and a result."""
    found = [f"a strange answer: {one}" for one in storm.strange]
    for told in storm.told:
        found += [f"{told.wish.label} {told.job_id}: {one}" for one in told.problems]
        found += _end_problems(told) + order_problems(told)
    return found


def _end_problems(told: Told) -> list[str]:
    text = " ".join(text for _, text in told.messages)
    if told.was_too_late:  # nobody could be asked to cancel it before it had ended
        return [] if told.end == SUCCEEDED else [f"{told.job_id} left its end"]
    is_unlucky = told.end == FAILED and any(one in text for one in _LOST_TWICE)
    if told.end != told.wish.end and not is_unlucky:
        return [f"{told.wish.label} ended as {told.end}, not {told.wish.end}: {text}"]
    if told.end == FAILED and not is_unlucky and told.wish.word not in text:
        return [f"{told.wish.label} does not say '{told.wish.word}': {text}"]
    return []


def order_problems(told: Told) -> list[str]:
    """G27: states only move forward, and back to submitted only with a warning."""
    rank = {"esriJobSubmitted": 0, "esriJobExecuting": 1, "esriJobCancelling": 2}
    found, back = [], 0
    for (before, _), (after, warnings) in pairwise(told.states):
        back += rank.get(after, 3) < rank.get(before, 3)
        if before in ENDS:
            found.append(f"{told.job_id} left its end: {told.states}")
        elif warnings < back:
            found.append(f"{told.job_id} went back without a word: {told.states}")
    return found


def row_problems(rows: Rows) -> list[str]:
    """G2: each job has one end and one last word, which go together."""
    found = []
    for row in rows:
        words = [text for _, text in row["messages"] if text in LAST_WORDS]
        state = FAILED if row["status"] == "esriJobTimedOut" else row["status"]
        if row["status"] not in ENDS:
            found.append(f"no end: {row}")
        elif [LAST_WORDS[word] for word in words] != [state] or (
            row["messages"][-1][1] != words[0]
        ):
            found.append(f"last words {words} of {row['status']}: {row}")
        elif row["attempt"] > _ATTEMPTS:
            found.append(f"too many attempts: {row}")
        if (row["status"] == SUCCEEDED) != bool(row["outputs"]):
            found.append(f"results and state do not go together: {row}")
    return found


def lost(storm: Storm, rows: Rows) -> list[str]:
    """G1: each id that was answered has a row with its inputs."""
    kept = {row["id"]: row["inputs"] for row in rows}
    return [
        f"{told.job_id} has inputs {kept.get(told.job_id)}"
        for told in storm.told
        if told.job_id and kept.get(told.job_id) != told.wish.fields
    ]


def runs(storm: Storm) -> dict[str, list[tuple[str, int, float]]]:
    """Return what the tools noted, by label: start or end, pid, moment."""
    found: dict[str, list[tuple[str, int, float]]] = defaultdict(list)
    for line in storm.site.traces.read_text("ascii").splitlines():
        what, label, pid, moment = line.split()
        found[label].append((what, int(pid), float(moment)))
    return found


def run_problems(storm: Storm, rows: Rows) -> list[str]:
    """G6: a job runs once for each time that it was begun, never twice at once."""
    begun: Counter[str] = Counter()
    done: Counter[str] = Counter()
    for row in rows:
        label = row["inputs"].get("Label", "")
        begun[label] += row["attempt"]
        begun[label] += sum(text == _NOT_COUNTED for _, text in row["messages"])
        done[label] += row["status"] == SUCCEEDED
    found = []
    for label, notes in runs(storm).items():
        starts = sum(what == "start" for what, _, _ in notes)
        ends = len(notes) - starts
        if starts > begun[label]:
            found.append(f"{label} ran {starts} times, begun {begun[label]} times")
        if ends < done[label]:
            found.append(f"{label} succeeded {done[label]} times but ran {ends}")
    return found


def recoveries(storm: Storm) -> list[float]:
    """Return seconds from the end of each interrupted run to the next one's start.

    A run that left no second note was ended by the first wound after its start, as
    far as is known from outside; a later one would make the time shorter.
    """
    found = []
    for notes in runs(storm).values():
        for (what, _, began), (following, _, again) in pairwise(notes):
            if what == following == "start":
                after = [at for at, _ in storm.wounds if began <= at <= again]
                if after:
                    found.append(again - after[0])
    return found


def recovery_problems(storm: Storm) -> list[str]:
    """G3: interrupted work is taken up again soon after its lease."""
    return [f"taken up again after {one:.1f} s" for one in recoveries(storm)
            if one > RECOVERY_SECONDS]  # fmt: skip


def leftovers(site: Site, rows: Rows) -> list[str]:
    """Return files and folders that nobody will fetch, once there was time to go."""
    deadline = time.monotonic() + LEASE_SECONDS + 5 * SWEEP_SECONDS
    while (left := list(_left(site, rows))) and time.monotonic() < deadline:
        time.sleep(0.5)
    return [f"left behind: {one}" for one in left]


def _left(site: Site, rows: Rows) -> Iterable[str]:
    kept = {row["id"]: row for row in rows}
    for folder in (site.data / "jobs").iterdir():
        row = kept.get(folder.name)
        if row is None:
            yield f"{folder} of no job"
            continue
        results = f"a{row['attempt']}" if row["status"] == SUCCEEDED else ""
        yield from (str(one) for one in folder.iterdir()
                    if one.is_dir() and one.name != results)  # fmt: skip
    yield from (
        str(one) for one in site.spool.iterdir() if not one.name.startswith("requests-")
    )  # counts of a web server
    yield from (str(one) for one in site.temporary.rglob("*")
                if not one.is_dir() and not one.is_socket())  # fmt: skip


def figures(storm: Storm, rows: Rows) -> str:
    """Return what was measured, in lines."""
    times = recoveries(storm)
    ends = Counter(told.end for told in storm.told)
    unlucky = sum(told.wish.end == SUCCEEDED != told.end for told in storm.told)
    took = statistics.quantiles((told.seconds for told in storm.told), n=100)
    lines = [
        f"{len(storm.told)} jobs in {storm.seconds:.0f} s, {len(rows)} rows: {dict(ends)}",
        f"good jobs that lost two runs: {unlucky}",
        f"seconds to the end: median {took[49]:.2f}, 99th percentile {took[98]:.1f}",
        f"interrupted runs: {len(times)}",
        f"answers that were errors: {dict(storm.errors)}",
        f"wounds: {dict(Counter(name.rstrip(' 0123456789') for _, name in storm.wounds))}",
    ]
    if times:
        lines.append(
            f"seconds to the next run: median {statistics.median(times):.1f},"
            f" longest {max(times):.1f}"
        )
    return "\n".join(lines)
