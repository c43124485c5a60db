"""Everything that is wrong with a model, in plain words, by step and parameter."""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Iterator
from graphlib import CycleError, TopologicalSorter

from services.errors import InvalidValue, NotFound
from services.modeling.definition import Definition, Step, sources
from services.modeling.faults import Fault
from services.modeling.offers import Tools, offer_of
from services.modeling.stepchecks import faults_of_step
from services.quotable import DOCSTRING, LINE, check_quotable
from services.schema import Parameter, check_parameter
from services.tool import Tool, name_problems

#: Returns the tool of an id. Raises NotFound.
FindTool = Callable[[str], Tool]

MAX_STEPS = 100
_NAME = "take letters, digits and _, and no word of Python"
#: As the database has it (services/modelrows.py), and addresses.
_USABLE = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,79}")


def tools_of(model: Definition, find: FindTool) -> tuple[dict[str, Tool], list[Fault]]:
    """Return the tools of the steps that are there, and faults for the others."""
    tools, faults = {}, []
    for step in model.steps:
        try:
            tools[step.id] = find(step.tool)
        except NotFound as exc:
            faults.append(Fault(str(exc), step.id))
    return tools, faults


def faults_of(model: Definition, find: FindTool) -> list[Fault]:
    """Return all faults of a model; none if it can be run."""
    tools, faults = tools_of(model, find)
    of_steps = [faults_of_step(step, model, tools) for step in model.steps]
    return [
        *_of_model(model),
        *_of_texts(model),
        *faults,
        *_of_names(model, tools),
        *_of_order(model),
        *(one for found in of_steps for one in found),
        *_of_outputs(model, tools),
    ]


def _of_model(model: Definition) -> Iterator[Fault]:
    if not _USABLE.fullmatch(model.name) or keyword.iskeyword(model.name.lower()):
        yield Fault(f"'{model.name[:100]}' is no usable name: {_NAME}, a letter first")
    if not model.steps:
        yield Fault("it has no steps")
    if len(model.steps) > MAX_STEPS:
        yield Fault(f"it has {len(model.steps)} steps, at most {MAX_STEPS} are run")
    if not model.outputs and not any(step.keep for step in model.steps):
        yield Fault("it has no outputs")


def _of_texts(model: Definition) -> Iterator[Fault]:
    title, about = (model.title, LINE, "title"), model.description
    for text, place, name in (title, (about, DOCSTRING, "description")):
        try:
            check_quotable(text, place, name)
        except InvalidValue as exc:
            yield Fault(str(exc))
    for parameter in model.inputs:
        try:
            check_parameter(parameter)
        except InvalidValue as exc:
            yield Fault(str(exc), parameter=parameter.name)


def _of_names(model: Definition, tools: Tools) -> Iterator[Fault]:
    named = [one.name for one in model.inputs] + [one.name for one in model.outputs]
    for step in model.steps:
        if step.keep and step.id in tools:
            named += [kept_name(step, one) for one in tools[step.id].schema.outputs]
    for problem in name_problems(named):
        yield Fault(problem.message, parameter=problem.parameter)
    ids = [step.id for step in model.steps]
    for at, step_id in enumerate(ids):
        if not step_id.isidentifier():
            yield Fault(f"its id is no name: {_NAME}", step_id)
        if step_id in ids[:at]:
            yield Fault("another step has the same id", step_id)


def kept_name(step: Step, output: Parameter) -> str:
    """Return the name under which the model gives an output of a step that is kept."""
    return f"{step.id}_{output.name}"


def _of_order(model: Definition) -> Iterator[Fault]:
    known = {step.id for step in model.steps}
    graph = {step.id: step.needs() & known for step in model.steps}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as exc:
        circle = ", ".join(reversed(exc.args[1]))
        yield Fault(f"steps wait for each other in a circle: {circle}")


def _of_outputs(model: Definition, tools: Tools) -> Iterator[Fault]:
    for output in model.outputs:
        if not any(True for _ in sources(output.source)):
            told = "an output of the model is bound to no output of a step"
            yield Fault(told, parameter=output.name)
        try:
            offer_of(output.source, model, tools)
            check_quotable(output.label, LINE, "label")
        except InvalidValue as exc:
            yield Fault(str(exc), parameter=output.name)
