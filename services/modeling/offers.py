"""What a binding offers to an input: its type, and if it may be missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from services.datatypes import data_type
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
from services.modeling.fitting import FEATURES, TABLE, gathered
from services.schema import Parameter
from services.tool import Tool

#: Tools of the steps by their ids; a step whose tool is not there has none.
Tools = Mapping[str, Tool]

_TEXT = data_type("GPString")


@dataclass(frozen=True, slots=True)
class Offer:
    """A type, the geometry types if they are known, and if it may be missing."""

    kind: DataType[object]
    geometry_types: tuple[str, ...] = ()
    may_be_missing: bool = False


def input_of(tool: Tool, name: str) -> Parameter | None:
    """Return the input of a tool by its name, or None."""
    return next((one for one in tool.schema.inputs if one.name == name), None)


def made_by(step: Step, tool: Tool) -> tuple[Parameter, ...]:
    """Return the outputs of a step; of one that runs many times they are gathered.

    Raises InvalidValue if there is no list of what it makes.
    """
    if step.each is None:
        return tool.schema.outputs
    return tuple(replace(one, data_type=gathered(one.data_type))
                 for one in tool.schema.outputs)  # fmt: skip


def output_of(step: Step, tool: Tool, name: str) -> Parameter | None:
    """Return an output of a step by its name, or None. Raises InvalidValue."""
    return next((one for one in made_by(step, tool) if one.name == name), None)


def offer_of(binding: Binding, model: Definition, tools: Tools) -> Offer | None:
    """Return what a binding offers; None for a constant, and for an unknown tool.

    Raises InvalidValue for a binding to what is not there, or joins what differs.
    """
    if isinstance(binding, Constant):
        return None
    if isinstance(binding, FirstOf):
        return _joined(binding, model, tools)
    if isinstance(binding, FromParameter):
        parameter = model.input(binding.name)
        if parameter is None:
            raise InvalidValue(f"the model has no input '{binding.name}'")
        is_optional = not parameter.required and parameter.default is None
        return Offer(parameter.data_type, parameter.geometry_types, is_optional)
    return _from_step(binding, model, tools)


def _from_step(binding: FromStep, model: Definition, tools: Tools) -> Offer | None:
    step = model.step(binding.step)
    if step is None:
        raise InvalidValue(f"the model has no step '{binding.step}'")
    if step.id not in tools:
        return None
    made = output_of(step, tools[step.id], binding.output)
    if made is None:
        names = ", ".join(one.name for one in tools[step.id].schema.outputs)
        raise InvalidValue(
            f"step '{step.id}' has no output '{binding.output}'; it has {names}"
        )
    return Offer(made.data_type, made.geometry_types)


def _joined(binding: FirstOf, model: Definition, tools: Tools) -> Offer | None:
    offers = [offer_of(one, model, tools) for one in binding.bindings]
    found = [one for one in offers if one is not None]
    if not found:
        return None
    kinds = {one.kind for one in found}
    if len(kinds) > 1:
        names = " and ".join(sorted(kind.name for kind in kinds))
        raise InvalidValue(f"joins values of different types: {names}")
    types = (
        found[0].geometry_types if len({x.geometry_types for x in found}) == 1 else ()
    )
    missing = all(one.may_be_missing for one in found) and len(found) == len(offers)
    return Offer(found[0].kind, types, missing)


def item_of(kind: DataType[object], way: str) -> DataType[object]:
    """Return the type of what one of many runs gets of a value of this type.

    Raises InvalidValue for what there is no way to go through.
    """
    if way == "value":
        if isinstance(kind, GPMultiValue):
            return kind.member
        raise InvalidValue(f"to iterate over values it needs a list, not {kind.name}")
    if kind.name not in (FEATURES, TABLE):
        raise InvalidValue(
            f"to iterate over {way}s it needs features or a table, not {kind.name}"
        )
    return kind
