"""A context that keeps what tools say."""

from __future__ import annotations


class Told:
    """What a tool told its user."""

    def __init__(self) -> None:
        self.messages: list[str] = []
        self.warnings: list[str] = []
        self.shares: list[float] = []

    def message(self, text: str) -> None:
        self.messages.append(text)

    def warn(self, text: str) -> None:
        self.warnings.append(text)

    def progress(self, percent: float, text: str = "") -> None:
        self.shares.append(percent)
