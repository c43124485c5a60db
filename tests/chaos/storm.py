"""A storm: clients bring a mix of jobs to their ends while processes are killed."""

from __future__ import annotations

import queue
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.chaos.clients import Client, Told, moments
from tests.chaos.killer import kill_one
from tests.chaos.mix import Wish, wishes
from tests.chaos.site import Site

#: Something that happens once so great a share of the jobs has ended.
Event = tuple[float, str, Callable[[], object]]


@dataclass(frozen=True)
class Scale:
    """How much happens in a storm."""

    jobs: int
    kills: int
    restarts: int
    clients: int = 8
    only: tuple[str, ...] = ()
    poll_seconds: float = 0.2


@dataclass
class Storm:
    """What happened: jobs as clients saw them, and when the portal was hurt."""

    site: Site
    told: list[Told] = field(default_factory=list)
    #: Moments (monotonic) and what was killed.
    wounds: list[tuple[float, str]] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    strange: list[str] = field(default_factory=list)
    seconds: float = 0.0
    _ended: int = 0

    def run(
        self, scale: Scale, seed: int, *events: Event, mix: list[Wish] | None = None
    ) -> Storm:
        """Bring all jobs to their ends; hurt the portal meanwhile."""
        began = time.monotonic()
        asked = wishes(scale.jobs, seed) if mix is None else mix
        waiting: queue.SimpleQueue[Wish] = queue.SimpleQueue()
        for wish in asked:
            waiting.put(wish)
        threads = [
            threading.Thread(
                target=self._serve, args=(waiting, scale.poll_seconds), daemon=True
            )
            for _ in range(scale.clients)
        ]
        for thread in threads:
            thread.start()
        self._hurt(len(asked), sorted((*self._plan(scale, seed), *events)), threads)
        for thread in threads:
            thread.join()
        self.seconds = time.monotonic() - began
        return self

    def _serve(self, waiting: queue.SimpleQueue[Wish], poll_seconds: float) -> None:
        client = Client(self.site, poll_seconds)
        while True:
            try:
                wish = waiting.get_nowait()
            except queue.Empty:
                break
            told = client.bring_to_end(wish)
            self.told.append(told)
            self._ended += 1
            if told.problems:
                break  # what comes after a defect tells nothing more
        self.errors += client.errors
        self.strange += client.strange

    def _plan(self, scale: Scale, seed: int) -> list[Event]:
        chance = random.Random(seed)

        def kill() -> str:
            return kill_one(self.site, chance, scale.only)

        plan: list[Event] = [(at, "kill", kill) for at in moments(scale.kills, seed)]
        for number in range(scale.restarts):
            polite = number % 2 == 1
            plan.append((
                (number + 1) / (scale.restarts + 1),
                "polite restart" if polite else "power cut",
                lambda polite=polite: self.site.restart(politely=polite),
            ))  # fmt: skip
        return plan

    def _hurt(
        self, count: int, plan: list[Event], threads: list[threading.Thread]
    ) -> None:
        """Do each thing of the plan once its share of the jobs has ended."""
        for share, name, do in plan:
            while self._ended < share * count and any(t.is_alive() for t in threads):
                time.sleep(0.02)
            if not any(t.is_alive() for t in threads):
                return
            self.wounds.append((time.monotonic(), name))
            said = do()
            if said:
                self.wounds[-1] = (self.wounds[-1][0], str(said))
