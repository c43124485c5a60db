"""Fault: what is wrong with a model, and where."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and where: in a step, at a parameter of it, or of the model."""

    message: str
    step: str = ""
    parameter: str = ""

    def __str__(self) -> str:
        place = f"Step '{self.step}'" if self.step else "The model"
        at = f", {self.parameter}" if self.parameter else ""
        return f"{place}{at}: {self.message}."
