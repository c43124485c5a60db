"""Clients that insist: they submit jobs, watch them to their ends, and take notes."""

from __future__ import annotations

import hashlib
import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import requests

from tests.chaos.mix import ENDS, SUCCEEDED, Wish
from tests.chaos.site import Site
from tests.toys.traces import content

#: A job that has not ended by then never will.
PATIENCE_SECONDS = 180.0
_LOST = "Invalid URL"


@dataclass
class Told:
    """What a client was told of one job."""

    wish: Wish
    job_id: str = ""
    #: Each state as it was first seen, with the warnings that the job had then.
    states: list[tuple[str, int]] = field(default_factory=list)
    messages: list[tuple[str, str]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    seconds: float = 0.0
    #: True if the job had succeeded before a server could be asked to cancel it.
    was_too_late: bool = False

    @property
    def end(self) -> str:
        """The last state that was seen."""
        return self.states[-1][0] if self.states else ""


class Client:
    """One client with a connection of its own; counts the answers that were none."""

    def __init__(self, site: Site, poll_seconds: float = 0.2) -> None:
        self._site = site
        self._poll_seconds = poll_seconds
        self._session = requests.Session()
        self.errors: Counter[str] = Counter()
        self.strange: list[str] = []

    def ask(self, url: str, **fields: str) -> dict[str, Any] | None:
        """Return the document of an answer; None if nobody answered."""
        try:
            answer = self._session.post(url, {"f": "json", **fields}, timeout=60)
        except requests.RequestException as exc:
            self.errors[type(exc).__name__] += 1
            return None
        try:
            document = answer.json()
        except ValueError:
            self.strange.append(f"{answer.status_code}: {answer.text[:200]}")
            return None
        if not isinstance(document, dict):
            self.strange.append(answer.text[:200])
            return None
        if error := document.get("error"):
            self.errors[f"{error['code']} {error['message']}"] += 1
        return document

    def insist(self, url: str, **fields: str) -> dict[str, Any]:
        """Ask until there is an answer that is no error of the moment."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            document = self.ask(url, **fields)
            if document is not None and not _is_of_the_moment(document):
                return document
            time.sleep(self._poll_seconds)
        return {"error": {"code": 0, "message": "nobody answered", "details": []}}

    def submit(self, wish: Wish) -> Told:
        """Submit a job; return its id, or why there is none."""
        told = Told(wish)
        task = self._site.task(wish.task, wish.service)
        answer = self.insist(f"{task}/submitJob", **wish.fields)
        told.job_id = answer.get("jobId", "")
        if not told.job_id:
            told.problems.append(f"submitJob answered {answer}")
        return told

    def bring_to_end(self, wish: Wish) -> Told:
        """Submit a job, cancel it if that is its fate, and watch it to its end."""
        told = self.submit(wish)
        if told.job_id:
            began = time.monotonic()
            if wish.cancel_after is not None:
                self.watch(told, wish.cancel_after)
                if told.end not in ENDS:
                    answer = self.insist(f"{self.url(told)}/cancel")
                    told.was_too_late = answer.get("jobStatus") == SUCCEEDED
            self.watch(told, PATIENCE_SECONDS)
            told.seconds = time.monotonic() - began
            if told.end == SUCCEEDED:
                self.check_result(told)
        return told

    def url(self, told: Told) -> str:
        """Return the address of a job."""
        task = self._site.task(told.wish.task, told.wish.service)
        return f"{task}/jobs/{told.job_id}"

    def watch(self, told: Told, seconds: float) -> None:
        """Poll a job until it has ended, or so long."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.look(told)
            if told.end in ENDS:
                return
            time.sleep(self._poll_seconds)
        if seconds >= PATIENCE_SECONDS:
            told.problems.append(f"no end after {seconds:g} s: {told.states}")

    def look(self, told: Told) -> None:
        """Note the state of a job."""
        document = self.ask(self.url(told))
        if document is None:
            return
        if "error" in document:
            if document["error"]["message"] == _LOST:
                told.problems.append(f"the job is not there: {document['error']}")
            return
        told.messages = [(one["type"], one["description"])
                         for one in document["messages"]]  # fmt: skip
        warnings = sum(kind.endswith("Warning") for kind, _ in told.messages)
        if document["jobStatus"] != told.end:
            told.states.append((document["jobStatus"], warnings))
        if ("results" in document) != (document["jobStatus"] == SUCCEEDED):
            told.problems.append(f"results while {document['jobStatus']}")

    def check_result(self, told: Told) -> None:
        """Compare the result of a job with what follows from its inputs."""
        wish, results = told.wish, f"{self.url(told)}/results"
        if wish.task == "Trace":
            value = self.insist(f"{results}/Out_Text").get("value")
            if value != f"did {wish.label}":
                told.problems.append(f"the result is {value}")
        elif wish.task == "TraceFile":
            self._check_file(told, self.insist(f"{results}/Out_File"))
        elif wish.task == "TracePoints":
            answer = self.insist(f"{results}/Out_Points")
            found = [one["attributes"]["number"]
                     for one in answer.get("value", {}).get("features", ())]  # fmt: skip
            asked = int(wish.fields["Count"])
            if found != list(range(asked)):
                told.problems.append(f"{len(found)} points of {asked}: {answer}"[:500])

    def _check_file(self, told: Told, answer: dict[str, Any]) -> None:
        made = content(told.wish.label, int(told.wish.fields["Kilobytes"]))
        if "value" not in answer:
            told.problems.append(f"the file is {answer}")
            return
        digest = hashlib.sha256(self.download(answer["value"]["url"])).digest()
        if digest != hashlib.sha256(made).digest():
            told.problems.append("the file is another one")

    def download(self, url: str) -> bytes:
        """Return a whole file; try again if the connection breaks."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                answer = self._session.get(url, timeout=60)
                if answer.status_code < 500 or time.monotonic() > deadline:
                    return answer.content
            except requests.RequestException as exc:
                self.errors[type(exc).__name__] += 1
                if time.monotonic() > deadline:
                    raise
            time.sleep(self._poll_seconds)


def warm_up(site: Site) -> None:
    """Let every process have started its child once, which takes seconds."""

    def run(number: int) -> str:
        fields = {"Label": f"warm{number}", "Seconds": "1"}
        client = Client(site)
        client.insist(f"{site.task('Trace', 'ToysNow')}/execute", **fields)
        return client.bring_to_end(Wish("warm", "slow", "Trace", SUCCEEDED, fields)).end

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(run, range(6))) == {SUCCEEDED}


def _is_of_the_moment(document: dict[str, Any]) -> bool:
    """Tell if an answer says: not now."""
    return document.get("error", {}).get("code") in (429, 500, 503)


def moments(
    count: int, seed: int, begin: float = 0.03, end: float = 0.92
) -> list[float]:
    """Return random shares of a run, in order; the same for the same seed."""
    chance = random.Random(seed)
    return sorted(chance.uniform(begin, end) for _ in range(count))
