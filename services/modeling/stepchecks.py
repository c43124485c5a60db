"""Everything that is wrong with one step of a model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from services.confidential import without_tokens
from services.errors import InvalidValue
from services.files import Source
from services.modeling.definition import (
    Binding,
    Condition,
    Constant,
    Definition,
    FirstOf,
    Iteration,
    Step,
    sources,
)
from services.modeling.faults import Fault
from services.modeling.fitting import FEATURES, TABLE, fits
from services.modeling.offers import (
    Offer,
    Tools,
    input_of,
    item_of,
    made_by,
    offer_of,
)
from services.schema import Parameter
from services.tool import Tool

_COUNTED = (FEATURES, TABLE)
_COMPARED = ("GPString", "GPLong", "GPDouble", "GPBoolean")


def faults_of_step(step: Step, model: Definition, tools: Tools) -> Iterator[Fault]:
    """Yield the faults of a step."""
    yield from _of_preconditions(step, model)
    yield from _of_condition(step, model, tools)
    tool = tools.get(step.id)
    if tool is None:
        return
    yield from _of_iteration(step, tool)
    for name, binding in step.inputs.items():
        wanted = input_of(tool, name)
        if wanted is None:
            yield Fault(f"the tool {tool.id} has no such input", step.id, name)
            continue
        try:
            _check_binding(step, wanted, binding, model, tools)
        except InvalidValue as exc:
            yield Fault(str(exc), step.id, name)
    for one in tool.schema.inputs:
        if one.required and one.name not in step.inputs:
            told = "a value is required: a constant, an input of the model or an output"
            yield Fault(f"{told} of another step", step.id, one.name)


def _of_preconditions(step: Step, model: Definition) -> Iterator[Fault]:
    for name in step.after:
        if model.step(name) is None:
            yield Fault(f"it waits for the step '{name}', which is not there", step.id)
    if not step.otherwise:
        return
    told = f"it stands in for the step '{step.otherwise}', which"
    other = model.step(step.otherwise)
    if other is None:
        yield Fault(f"{told} is not there", step.id)
    elif other.condition is None:
        yield Fault(f"{told} has no condition", step.id)


def _of_condition(step: Step, model: Definition, tools: Tools) -> Iterator[Fault]:
    if step.condition is None:
        return
    try:
        offer = offer_of(step.condition.of, model, tools)
        _check_condition(step.condition, offer)
    except InvalidValue as exc:
        yield Fault(f"its condition: {exc}", step.id)


def _check_condition(condition: Condition, offer: Offer | None) -> None:
    """Raise InvalidValue if a condition looks at what cannot be looked at so."""
    kind = offer.kind.name if offer else ""
    if condition.measure == "count":
        if not isinstance(condition.to, int | float):
            raise InvalidValue("it compares a count, but not with a number")
        if offer and kind not in _COUNTED and not _is_list(offer):
            raise InvalidValue(f"it counts a {kind}; features, rows and lists can be")
    elif offer and kind not in _COMPARED:
        told = "texts, numbers and truth values can be"
        raise InvalidValue(f"it compares a {kind}; {told}")
    elif offer and (kind == "GPString") != isinstance(condition.to, str):
        raise InvalidValue(f"it compares a {kind} with {condition.to!r}")


def _is_list(offer: Offer) -> bool:
    return offer.kind.name.startswith("GPMultiValue:")


def _of_iteration(step: Step, tool: Tool) -> Iterator[Fault]:
    if step.each is None:
        return
    if input_of(tool, step.each.input) is None:
        yield Fault(f"it iterates over '{step.each.input}', no input of it", step.id)
    elif step.each.input not in step.inputs:
        told = "it iterates over an input that has no value"
        yield Fault(told, step.id, step.each.input)
    if step.each.by == "field" and not step.each.field:
        yield Fault("it iterates over a field, but does not name one", step.id)
    try:
        made_by(step, tool)
    except InvalidValue as exc:
        yield Fault(f"its outputs cannot be gathered: {exc}", step.id)


def _check_binding(
    step: Step, wanted: Parameter, binding: Binding, model: Definition, tools: Tools
) -> None:
    """Raise InvalidValue if an input cannot be given what it is bound to."""
    each = step.each if step.each and step.each.input == wanted.name else None
    for one in binding.bindings if isinstance(binding, FirstOf) else (binding,):
        if isinstance(one, Constant):
            _check_constants(wanted, one.value, each)
    if any(one.step == step.id for one in sources(binding)):
        raise InvalidValue("it is bound to an output of its own step")
    offer = offer_of(binding, model, tools)
    if offer is not None:
        _check_offer(wanted, offer, each)


def _check_offer(wanted: Parameter, offer: Offer, each: Iteration | None) -> None:
    kind = item_of(offer.kind, each.by) if each else offer.kind
    if not fits(kind, wanted.data_type):
        raise InvalidValue(
            f"it takes {wanted.data_type.name}, and is bound to {kind.name}"
        )
    admitted, given = set(wanted.geometry_types), set(offer.geometry_types)
    if admitted and given and not admitted & given:
        takes, is_bound = " or ".join(sorted(admitted)), " or ".join(sorted(given))
        raise InvalidValue(f"it takes {takes}, and is bound to {is_bound}")
    if offer.may_be_missing and wanted.required:
        raise InvalidValue(
            "it needs a value, and is bound to an optional input without a default"
        )


def _check_constants(wanted: Parameter, value: Any, each: Iteration | None) -> None:
    is_list = each is not None and each.by == "value" and isinstance(value, list)
    for one in value if is_list else [value]:
        _check_constant(wanted, one)


def _check_constant(wanted: Parameter, constant: Any) -> None:
    if wanted.data_type.is_secret:
        raise InvalidValue(
            "a hidden text is no constant: make it an input of the model"
        )
    if without_tokens(constant) != constant:
        raise InvalidValue("a constant can hold no token: descriptions show it")
    value = wanted.parse(constant, [])
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, Source) or getattr(one, "source", None):
            raise InvalidValue(
                "a constant names no source: make it an input of the model, which can"
                " have it as its default"
            )
