"""What an input of a step can be bound to, for whoever chooses from a list."""

from __future__ import annotations

from collections.abc import Iterator

from services.datatypes.base import DataType
from services.datatypes.multivalue import GPMultiValue
from services.errors import InvalidValue
from services.modeling.definition import (
    Binding,
    Constant,
    Definition,
    FirstOf,
    FromParameter,
    FromStep,
    Step,
)
from services.modeling.fitting import fits
from services.modeling.offers import Tools, made_by
from services.schema import Parameter

Plain = FromParameter | FromStep


def key_of(binding: Binding | None) -> str:
    """Return a text that stands for a binding in a list; "" for what is in none."""
    if isinstance(binding, FromParameter):
        return f"input:{binding.name}"
    if isinstance(binding, FromStep):
        return f"step:{binding.step}:{binding.output}"
    return "constant" if isinstance(binding, Constant) else ""


def binding_of(key: str) -> Plain | None:
    """Return the binding that a key stands for; None for a constant and for nothing."""
    kind, _, rest = key.partition(":")
    if kind == "input":
        return FromParameter(rest)
    if kind == "step":
        return FromStep(*rest.split(":", 1))
    return None


def first_two(binding: Binding | None) -> tuple[Binding | None, Binding | None]:
    """Return a binding, and the one that stands in for it if it has no value."""
    if isinstance(binding, FirstOf):
        return binding.bindings[0], next(iter(binding.bindings[1:]), None)
    return binding, None


def joined(first: Binding | None, other: Plain | None) -> Binding | None:
    """Return the binding of two of which the first one that has a value counts."""
    if other is None or first is None or isinstance(first, FirstOf):
        return first if first is not None else other
    return FirstOf((first, other))


def offered(
    model: Definition, tools: Tools, wanted: DataType[object] | None = None,
    step: Step | None = None,
) -> Iterator[tuple[Plain, str]]:  # fmt: skip
    """Yield bindings that fit, with a text for each: inputs, then outputs of steps.

    A list of what fits is offered too: a step can go through it. Without ``wanted``
    everything is. What comes after ``step`` is left out, for it could not run.
    """
    for one in model.inputs:
        if suits(one.data_type, wanted):
            yield FromParameter(one.name), f"Input {one.label or one.name}"
    later = _after(model, step) if step else set()
    for number, other in enumerate(model.steps, 1):
        if other.id not in tools or other.id in later:
            continue
        for made in _made(other, tools):
            if suits(made.data_type, wanted):
                named = f"Step {number}, {other.title or other.id}"
                yield (
                    FromStep(other.id, made.name),
                    f"{named}: {made.label or made.name}",
                )


def _made(step: Step, tools: Tools) -> tuple[Parameter, ...]:
    try:
        return made_by(step, tools[step.id])
    except InvalidValue:  # told among the faults
        return ()


def suits(given: DataType[object], wanted: DataType[object] | None) -> bool:
    """Tell if a value of a type can be bound to an input, perhaps one after another."""
    if wanted is None or fits(given, wanted):
        return True
    return isinstance(given, GPMultiValue) and fits(given.member, wanted)


def _after(model: Definition, step: Step) -> set[str]:
    """Return a step and all that need it, near or far."""
    found = {step.id}
    for _ in model.steps:
        found |= {one.id for one in model.steps if one.needs() & found}
    return found
