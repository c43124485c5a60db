"""Runs the steps of a model, one after another, in the run of the model itself.

Values pass from step to step as they are: nothing is written and read between.
"""

from __future__ import annotations

from collections.abc import Mapping
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

from services.errors import (
    GPError,
    InvalidParameters,
    InvalidValue,
    LimitExceeded,
    ToolFailed,
)
from services.modeling.conditions import holds
from services.modeling.definition import (
    Binding,
    Constant,
    Definition,
    FirstOf,
    FromParameter,
    FromStep,
    Iteration,
    ModelOutput,
    Step,
    sources,
)
from services.modeling.fitting import handed_on
from services.modeling.iterating import items, put_together
from services.modeling.keeping import own_files
from services.modeling.offers import Tools, input_of, item_of, made_by, offer_of
from services.modeling.reporting import FAILED, SUCCEEDED, Progress, StepContext
from services.schema import Parameter
from services.tool import Context, Tool

#: Stands for a value that is not there.
MISSING = None


def run_model(
    model: Definition,
    tools: Tools,
    outputs: tuple[ModelOutput, ...],
    values: Mapping[str, Any],
    context: Context,
) -> tuple[Any, ...]:
    """Return the outputs of a model for typed values of its inputs.

    An input without a value takes its default. An output of a step that did not run is
    None. Raises ToolFailed or LimitExceeded that names the step that failed.
    """
    run = _Run(model, tools, values, context)
    for step in in_order(model):
        run.take(step)
    made = [run.value_of(one.source) for one in outputs]
    return tuple(own_files(made, context))


def in_order(model: Definition) -> list[Step]:
    """Return the steps so that each comes after what it needs; else as listed."""
    at = {step.id: number for number, step in enumerate(model.steps)}
    sorter = TopologicalSorter({step.id: step.needs() for step in model.steps})
    sorter.prepare()
    found: list[Step] = []
    ready: list[str] = []
    while sorter.is_active():
        ready = sorted([*ready, *sorter.get_ready()], key=at.__getitem__)
        first, *ready = ready
        found.append(model.steps[at[first]])
        sorter.done(first)
    return found


class _Run:
    """One run of a model: what its steps have made so far."""

    def __init__(
        self, model: Definition, tools: Tools, values: Mapping[str, Any],
        context: Context,
    ) -> None:  # fmt: skip
        self._model, self._tools, self._context = model, tools, context
        self._values = {
            one.name: values[one.name] if one.name in values else _default(one)
            for one in model.inputs
        }
        self._made: dict[str, dict[str, Any]] = {}
        #: Steps that did not run because their condition does not hold.
        self._refused: set[str] = set()
        self._progress = Progress(model, context)

    def take(self, step: Step) -> None:
        """Run a step, or say why it is skipped."""
        why = self._reason_to_skip(step)
        if why:
            self._progress.skip(step, why)
            return
        context = self._progress.begin(step)
        try:
            made = self._run(step, context)
        except GPError as exc:
            self._progress.end(context, FAILED)
            raise _named(exc, context.heading) from exc
        except BaseException as exc:
            self._progress.end(context, FAILED)
            exc.add_note(f"in {context.heading}, of the model {self._model.name}")
            self._context.warn(f"{context.heading}: failed inside")
            raise
        self._made[step.id] = made
        seconds = self._progress.end(context, SUCCEEDED)
        self._context.message(f"{context.heading}: done in {seconds:.2f} seconds.")

    def _reason_to_skip(self, step: Step) -> str:
        if step.otherwise and step.otherwise not in self._refused:
            return (
                f"it stands in for the step '{step.otherwise}', which was not refused"
            )
        if step.condition and not holds(
            step.condition, self.value_of(step.condition.of)
        ):
            self._refused.add(step.id)
            return "its condition does not hold"
        for other in step.after:
            if other not in self._made:
                return f"the step '{other}' did not run"
        for one in self._tools[step.id].schema.inputs:
            binding = step.inputs.get(one.name)
            if one.required and binding and not self._can_have(binding):
                names = " and ".join(f"'{x.step}'" for x in sources(binding))
                return f"it takes what the step {names} makes, which did not run"
        if step.each and not self._whole(step, step.each):
            return "there is nothing to iterate over"
        return ""

    def _whole(self, step: Step, each: Iteration) -> Any:
        """Return what a step goes through; members of a constant list as constants."""
        value = self.value_of(step.inputs[each.input])
        if not isinstance(value, Constant):
            return value
        if each.by == "value":
            given = value.value if isinstance(value.value, list) else [value.value]
            return [Constant(one) for one in given]
        wanted = input_of(self._tools[step.id], each.input)
        return wanted.parse(value.value, []) if wanted else MISSING

    def _can_have(self, binding: Binding) -> bool:
        found = list(sources(binding))
        return (
            not found
            or any(one.step in self._made for one in found)
            or self.value_of(binding) is not MISSING
        )

    def value_of(self, binding: Binding) -> Any:
        """Return the typed value of a binding, a constant as it is; None for none."""
        if isinstance(binding, FirstOf):
            found = (self.value_of(one) for one in binding.bindings)
            return next((one for one in found if one is not MISSING), MISSING)
        if isinstance(binding, FromParameter):
            return self._values.get(binding.name)
        if isinstance(binding, FromStep):
            return self._made.get(binding.step, {}).get(binding.output)
        return binding

    def _run(self, step: Step, context: StepContext) -> dict[str, Any]:
        tool = self._tools[step.id]
        if step.each is None:
            values = {name: self._input(step, tool, name, context.scratch)
                      for name in step.inputs}  # fmt: skip
            return tool.run(_present(values), context)
        found = items(self._whole(step, step.each), step.each)
        rounds = []
        for number, item in enumerate(found):
            context.turn(number, len(found))
            values = {
                name: self._input(step, tool, name, context.scratch, item)
                for name in step.inputs
            }
            rounds.append(tool.run(_present(values), context))
        return put_together(made_by(step, tool), rounds)

    def _input(
        self, step: Step, tool: Tool, name: str, scratch: Path, item: Any = MISSING
    ) -> Any:
        """Return the typed value of an input, checked as the tool declares."""
        wanted = input_of(tool, name)
        if wanted is None:
            raise ToolFailed(f"the tool {tool.id} has no input {name} any more")
        try:
            return self._checked(step, wanted, scratch, item)
        except InvalidValue as exc:
            raise ToolFailed(f"{name}: {exc}") from None

    def _checked(self, step: Step, wanted: Parameter, scratch: Path, item: Any) -> Any:
        is_item = step.each is not None and step.each.input == wanted.name
        binding = step.inputs[wanted.name]
        value = item if is_item else self.value_of(binding)
        if isinstance(value, Constant):
            return wanted.parse(value.value, [])
        if value is MISSING and wanted.required:
            raise InvalidValue("there is no value for it")
        if value is MISSING:
            return MISSING
        offer = offer_of(self._found(binding), self._model, self._tools)
        if offer is not None:
            kind = offer.kind
            if is_item and step.each is not None:
                kind = item_of(kind, step.each.by)
            value = handed_on(value, kind, wanted.data_type, scratch)
        wanted.rule.check(value)
        return value

    def _found(self, binding: Binding) -> Binding:
        """Return the binding of several that has the value."""
        if not isinstance(binding, FirstOf):
            return binding
        return next(x for x in binding.bindings if self.value_of(x) is not MISSING)


def _present(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not MISSING}


def _default(parameter: Parameter) -> Any:
    """Return the typed default of an input of a model; None if it has none."""
    if parameter.default is None:
        return MISSING
    return parameter.data_type.parse(parameter.default)


def _named(exc: GPError, heading: str) -> GPError:
    """Return an error that names the step; its parameters are not the model's."""
    if isinstance(exc, LimitExceeded):
        return type(exc)(f"{heading}: {exc}")
    if isinstance(exc, ToolFailed | InvalidValue | InvalidParameters):
        return ToolFailed(f"{heading}: {exc}")
    return exc
