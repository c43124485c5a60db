"""How far the steps of a model are, and the context that a step has of the run."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from services.modeling.definition import Definition, Step
from services.tool import Context

WAITING, RUNNING, SUCCEEDED = "waiting", "running", "succeeded"
SKIPPED, FAILED = "skipped", "failed"


@runtime_checkable
class StepListener(Protocol):
    """A context that keeps what becomes of each step."""

    def step(self, record: dict[str, Any]) -> None:
        """Take the newest state of a step; ``record["id"]`` names it."""


class Progress:
    """The records of a run's steps: state, seconds, how many messages.

    Only a context that listens is told: the one of a whole run, so what a model inside
    a model does is told by messages alone.
    """

    def __init__(self, model: Definition, context: Context) -> None:
        self.model = model
        self.context = context
        self._began = 0.0
        self._records = {
            step.id: {
                "id": step.id,
                "title": step.title or step.id,
                "tool": step.tool,
                "state": WAITING,
                "seconds": None,
                "messages": 0,
            }
            for step in model.steps
        }
        for record in self._records.values():
            self._tell(record)

    def begin(self, step: Step) -> StepContext:
        """Say that a step runs; return its context."""
        self._began = time.monotonic()
        done = sum(
            one["state"] not in (WAITING, RUNNING) for one in self._records.values()
        )
        self._tell(self._records[step.id] | {"state": RUNNING})
        context = StepContext(self.context, self.model, step, done)
        context.progress(0)
        return context

    def end(self, context: StepContext, state: str) -> float:
        """Say how a step that ran has ended; return its seconds."""
        seconds = round(time.monotonic() - self._began, 3)
        ended = {"state": state, "seconds": seconds, "messages": context.messages}
        self._tell(self._records[context.step_id] | ended)
        return seconds

    def skip(self, step: Step, why: str) -> None:
        """Say that a step does not run, and why."""
        self._tell(self._records[step.id] | {"state": SKIPPED, "messages": 1})
        self.context.message(f"{self.model.heading(step)}: skipped: {why}.")

    def _tell(self, record: dict[str, Any]) -> None:
        self._records[record["id"]] = record
        if isinstance(self.context, StepListener):
            self.context.step(record)


class StepContext:
    """The context of one step: its messages name it, its progress is a share.

    All steps weigh the same; ``scratch`` is a folder of its own.
    """

    def __init__(
        self, context: Context, model: Definition, step: Step, done: int
    ) -> None:
        self.step_id = step.id
        self.heading = model.heading(step)
        self.messages = 0
        self._context = context
        self._done, self._steps = done, len(model.steps)
        #: Which of how many runs of the step this is, and its folder.
        self._turn: tuple[int, int] = (0, 1)

    def turn(self, number: int, of: int) -> None:
        """Begin the run ``number``, from 0, of a step that runs many times."""
        self._turn = (number, of)
        self.progress(0)

    @property
    def scratch(self) -> Path:
        """A folder of this step, and of this run of it, alone."""
        number, of = self._turn
        folder = self._context.scratch / self.step_id
        folder = folder / str(number) if of > 1 else folder
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def message(self, text: str) -> None:
        """Tell the user something."""
        self.messages += 1
        self._context.message(f"{self._named()}: {text}")

    def warn(self, text: str) -> None:
        """Tell the user of something odd."""
        self.messages += 1
        self._context.warn(f"{self._named()}: {text}")

    def progress(self, percent: float, text: str = "") -> None:
        """Say how far the step is, 0 to 100."""
        number, of = self._turn
        share = (number + min(max(percent, 0.0), 100.0) / 100) / of
        told = f": {text}" if text else ""
        percents = 100 * (self._done + share) / self._steps
        self._context.progress(percents, f"{self._named()}{told}")

    def _named(self) -> str:
        number, of = self._turn
        return f"{self.heading} ({number + 1} of {of})" if of > 1 else self.heading
