"""A definition and the tools of its steps to a tool, which travels as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Any

import orjson

from services.errors import InvalidValue, NotFound
from services.modeling.checking import FindTool, kept_name
from services.modeling.definition import Definition, FromStep, ModelOutput
from services.modeling.offers import Tools, made_by, offer_of
from services.modeling.reading import read_definition
from services.modeling.running import run_model
from services.registry import installed
from services.schema import Parameter, Schema
from services.tool import Context, Tool
from services.wire import encode


@dataclass(frozen=True, slots=True)
class Plan:
    """A model with the tools of its steps: what the function of its tool is."""

    id: str
    model: Definition
    tools: Tools
    outputs: tuple[ModelOutput, ...]

    def __call__(self, /, *, context: Context, **values: Any) -> tuple[Any, ...]:
        """Run the steps; return the outputs in their order."""
        return run_model(self.model, self.tools, self.outputs, values, context)


def model_tool(tool_id: str, model: Definition, find: FindTool) -> Tool:
    """Return a model as a tool. Raises NotFound if a tool of a step is gone.

    Also if such a tool has changed so that it does not make any more what the model
    takes of it.
    """
    tools = {step.id: find(step.tool) for step in model.steps}
    outputs = _outputs(model, tools)
    try:
        made = [_output(one, model, tools) for one in outputs]
    except InvalidValue as exc:
        raise NotFound(f"the model {tool_id} does not fit its tools: {exc}") from None
    summary, _, description = model.description.strip().partition("\n")
    return Tool(
        id=tool_id,
        name=model.name,
        title=model.title or model.name.replace("_", " "),
        category="Models",
        summary=summary or f"Runs the {len(model.steps)} steps of a model.",
        description=description.strip(),
        schema=Schema((*model.inputs, *made)),
        function=Plan(tool_id, model, tools, outputs),
        arguments={one.name: one.name for one in model.inputs},
        wants_context=True,
        is_tuple=True,
        model=_bundle(tool_id, model, tools),
    )


def _outputs(model: Definition, tools: Tools) -> tuple[ModelOutput, ...]:
    """Return the outputs of a model, those of kept steps last."""
    kept = (
        ModelOutput(
            kept_name(step, one),
            FromStep(step.id, one.name),
            f"{step.title or step.id}: {one.label or one.name}",
        )
        for step in model.steps
        if step.keep
        for one in made_by(step, tools[step.id])
    )
    return (*model.outputs, *kept)


def _output(output: ModelOutput, model: Definition, tools: Tools) -> Parameter:
    """Return an output as a parameter: as the step declares it, under its own name."""
    offer = offer_of(output.source, model, tools)
    if offer is None:
        raise InvalidValue(f"the output {output.name} is bound to no step")
    told = Parameter(
        output.name,
        offer.kind,
        output.label,
        output.description,
        required=False,
        is_output=True,
        geometry_types=offer.geometry_types,
    )
    if not isinstance(output.source, FromStep):
        return told
    step = next(one for one in model.steps if one.id == output.source.step)
    made = {one.name: one for one in made_by(step, tools[step.id])}
    one = made[output.source.output]
    label, about = told.label or one.label, told.description or one.description
    return replace(told, label=label, description=about, fields=one.fields)


def _bundle(tool_id: str, model: Definition, tools: Tools) -> bytes:
    """Return the JSON of a model with those of the models that it runs."""
    models: dict[str, Any] = {}
    for tool in tools.values():
        if tool.model:
            models |= orjson.loads(tool.model)["models"]
    return encode({"id": tool_id, "models": models | {tool_id: model.to_json()}})


def outermost(bundle: bytes) -> Definition:
    """Return the model that ``Tool.model`` holds, without those that it runs."""
    document = orjson.loads(bundle)
    return read_definition(document["models"][document["id"]])


@lru_cache(maxsize=32)
def bundled_tool(bundle: bytes) -> Tool:
    """Return the tool that ``Tool.model`` was made of. Raises NotFound."""
    document = orjson.loads(bundle)
    models: Mapping[str, Any] = document["models"]

    @cache  # of models that run others there would be more with each level
    def find(tool_id: str) -> Tool:
        if tool_id in models:
            return model_tool(tool_id, read_definition(models[tool_id]), find)
        return installed(tool_id)

    return find(document["id"])
