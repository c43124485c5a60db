"""A context that keeps what a tool says."""

from __future__ import annotations

from pathlib import Path


class Recorder:
    """Messages, warnings and percents in lists; ``scratch`` is the folder given."""

    def __init__(self, scratch: Path = Path("nowhere")) -> None:
        self.messages: list[str] = []
        self.warnings: list[str] = []
        self.steps: list[float] = []
        self.scratch = scratch

    def message(self, text: str) -> None:
        self.messages.append(text)

    def warn(self, text: str) -> None:
        self.warnings.append(text)

    def progress(self, percent: float, text: str = "") -> None:
        self.steps.append(percent)
