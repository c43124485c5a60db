"""RunContext: what a tool may ask of the run around it, in the child process."""

from __future__ import annotations

import time
from pathlib import Path
from typing import IO, Any

from jobs.child.mask import masked
from services.wire import encode

INFORMATIVE = "esriJobMessageTypeInformative"
WARNING = "esriJobMessageTypeWarning"
ERROR = "esriJobMessageTypeError"

#: Types that each message level of a service lets through.
LEVELS: dict[str, frozenset[str]] = {
    "None": frozenset(),
    "Error": frozenset({ERROR}),
    "Warning": frozenset({ERROR, WARNING}),
    "Info": frozenset({ERROR, WARNING, INFORMATIVE}),
}
#: Bounds of what a run may say, in messages and in characters of all of them.
MAX_MESSAGES = 1000
MAX_CHARACTERS = 2**20
_MAX_TEXT = 10_000
_ENOUGH = (
    f"No more messages of this run are kept: it has said {MAX_MESSAGES:,} of them, or"
    f" {MAX_CHARACTERS:,} characters."
)
_PROGRESS_SECONDS = 0.2


class RunContext:
    """Collects messages and, with a log, writes them and the progress as they come.

    The log is a file of JSON lines that only grows; the supervisor reads it while
    the tool runs, so what was said before a crash is not lost.
    """

    def __init__(self, scratch: Path, log: Path | None = None) -> None:
        self.messages: list[tuple[str, str]] = []
        #: The newest state of each step of a model, by its id.
        self.steps: dict[str, dict[str, Any]] = {}
        self._scratch = scratch
        self._path = log
        self._log: IO[bytes] | None = None
        self._last_progress = 0.0
        self._characters = 0
        self._is_full = False

    @property
    def scratch(self) -> Path:
        """A folder of this run alone, made at the first use."""
        self._scratch.mkdir(parents=True, exist_ok=True)
        return self._scratch

    def message(self, text: str) -> None:
        """Tell the user something."""
        self._say(INFORMATIVE, text)

    def warn(self, text: str) -> None:
        """Tell the user of something odd."""
        self._say(WARNING, text)

    def progress(self, percent: float, text: str = "") -> None:
        """Say how far the run is; at most five times a second is written."""
        now = time.monotonic()
        if now - self._last_progress >= _PROGRESS_SECONDS:
            self._last_progress = now
            share = min(max(float(percent), 0.0), 100.0)
            self._write({"progress": [share, masked(str(text))[:200]]})

    def step(self, record: dict[str, Any]) -> None:
        """Keep the newest state of a step of a model."""
        self.steps[record["id"]] = record
        self._last_progress = 0.0  # what a new step says first is not passed over
        self._write({"step": record})

    def close(self) -> None:
        """Close the log."""
        if self._log:
            self._log.close()

    def _say(self, kind: str, text: str) -> None:
        if self._is_full:
            return
        text = masked(str(text))[:_MAX_TEXT]
        self._characters += len(text)
        if len(self.messages) >= MAX_MESSAGES or self._characters > MAX_CHARACTERS:
            self._is_full = True
            kind, text = WARNING, _ENOUGH
        self.messages.append((kind, text))
        self._write({"message": (kind, text)})

    def _write(self, entry: dict[str, Any]) -> None:
        if self._path is None:
            return
        if self._log is None:
            self._log = self._path.open("ab", buffering=0)
        self._log.write(encode(entry) + b"\n")
