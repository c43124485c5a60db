"""Changes of a model, each of which gives a new one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from services.modeling.definition import (
    Binding,
    Definition,
    FirstOf,
    FromParameter,
    FromStep,
    ModelOutput,
    Step,
)
from services.schema import Parameter
from services.tool import Tool

T = TypeVar("T")


def free_id(wanted: str, taken: Iterable[str]) -> str:
    """Return a name that nothing has yet, in any case: ``wanted``, and so on."""
    lowered = {one.lower() for one in taken}
    name, number = wanted, 1
    while name.lower() in lowered:
        number += 1
        name = f"{wanted}_{number}"
    return name


def with_tool(model: Definition, tool: Tool) -> tuple[Definition, Step]:
    """Return a model with a step more that runs a tool, and the step."""
    step_id = free_id(tool.name.lower(), (one.id for one in model.steps))
    step = Step(step_id, tool.id, tool.title)
    return replace(model, steps=(*model.steps, step)), step


def with_step(model: Definition, step: Step) -> Definition:
    """Return a model with a step in the place of the one of the same id."""
    return replace(model, steps=_put(model.steps, step, [x.id for x in model.steps],
                                     step.id))  # fmt: skip


def without_step(model: Definition, step_id: str) -> Definition:
    """Return a model without a step, and without what is bound to it."""
    kept = tuple(_unbound(one, FromStep(step_id, "")) for one in model.steps
                 if one.id != step_id)  # fmt: skip
    outputs = tuple(one for one in model.outputs if not _names(one.source, step_id))
    return replace(model, steps=kept, outputs=outputs)


def moved(model: Definition, step_id: str, by: int) -> Definition:
    """Return a model whose step stands so many places further down."""
    steps = [one for one in model.steps if one.id != step_id]
    at = next((n for n, one in enumerate(model.steps) if one.id == step_id), None)
    if at is None:
        return model
    steps.insert(max(0, at + by), model.steps[at])
    return replace(model, steps=tuple(steps))


def with_input(model: Definition, parameter: Parameter) -> Definition:
    """Return a model with an input, or with another one of the same name."""
    names = [one.name for one in model.inputs]
    return replace(model, inputs=_put(model.inputs, parameter, names, parameter.name))


def without_input(model: Definition, name: str) -> Definition:
    """Return a model without an input, and without what is bound to it."""
    gone = FromParameter(name)
    return replace(
        model,
        inputs=tuple(one for one in model.inputs if one.name != name),
        steps=tuple(_unbound(one, gone) for one in model.steps),
    )


def names_in(model: Definition) -> list[str]:
    """Return the names of all inputs and outputs of a model."""
    return [one.name for one in model.inputs] + [one.name for one in model.outputs]


def input_like(model: Definition, wanted: Parameter) -> Parameter:
    """Return an input for a model by which a client gives what a step takes."""
    taken = names_in(model)
    return replace(wanted, name=free_id(wanted.name, taken), depends_on="")


def with_output(model: Definition, output: ModelOutput) -> Definition:
    """Return a model with an output, or with another one of the same name."""
    names = [one.name for one in model.outputs]
    return replace(model, outputs=_put(model.outputs, output, names, output.name))


def without_output(model: Definition, name: str) -> Definition:
    """Return a model without an output."""
    outputs = tuple(one for one in model.outputs if one.name != name)
    return replace(model, outputs=outputs)


def _put(rows: tuple[T, ...], row: T, names: list[str], name: str) -> tuple[T, ...]:
    if name not in names:
        return (*rows, row)
    at = names.index(name)
    return (*rows[:at], row, *rows[at + 1 :])


def _unbound(step: Step, gone: FromStep | FromParameter) -> Step:
    """Return a step without what is bound to a step or an input that is gone."""
    inputs = {name: rest for name, one in step.inputs.items()
              if (rest := _rest(one, gone)) is not None}  # fmt: skip
    condition = step.condition
    if condition and _rest(condition.of, gone) != condition.of:
        condition = None
    name = gone.step if isinstance(gone, FromStep) else ""
    return replace(
        step,
        inputs=inputs,
        condition=condition,
        after=tuple(one for one in step.after if one != name),
        otherwise="" if step.otherwise == name else step.otherwise,
        each=step.each if step.each and step.each.input in inputs else None,
    )


def _rest(binding: Binding, gone: FromStep | FromParameter) -> Binding | None:
    if isinstance(binding, FirstOf):
        kept = tuple(one for one in binding.bindings if not _is(one, gone))
        if len(kept) == len(binding.bindings):
            return binding
        return FirstOf(kept) if len(kept) > 1 else next(iter(kept), None)
    return None if _is(binding, gone) else binding


def _is(binding: object, gone: FromStep | FromParameter) -> bool:
    if isinstance(gone, FromStep):
        return isinstance(binding, FromStep) and binding.step == gone.step
    return binding == gone


def _names(binding: Binding, step_id: str) -> bool:
    return _rest(binding, FromStep(step_id, "")) is None
