"""What a model is: frozen values, and the versioned JSON that they are written as."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from services.datatypes import data_type
from services.schema import Parameter

#: The format of the JSON; a reader refuses a newer one.
FORMAT = 1
#: Ids of models as tools: ``models.<Name>``, or ``models.<Name>@<version>``.
TOOLBOX = "models"

Operator = Literal["==", "!=", "<", "<=", ">", ">="]
Measure = Literal["value", "count"]
Way = Literal["feature", "value", "field"]


@dataclass(frozen=True, slots=True)
class Constant:
    """A value in its wire form."""

    value: Any

    def to_json(self) -> dict[str, Any]:
        """Return ``{"value": …}``."""
        return {"value": self.value}


@dataclass(frozen=True, slots=True)
class FromParameter:
    """The value that whoever runs the model gives for one of its inputs."""

    name: str

    def to_json(self) -> dict[str, Any]:
        """Return ``{"parameter": name}``."""
        return {"parameter": self.name}


@dataclass(frozen=True, slots=True)
class FromStep:
    """What another step has made."""

    step: str
    output: str

    def to_json(self) -> dict[str, Any]:
        """Return ``{"step": id, "output": name}``."""
        return {"step": self.step, "output": self.output}


@dataclass(frozen=True, slots=True)
class FirstOf:
    """The first of some bindings that has a value: what joins two branches."""

    bindings: tuple[Constant | FromParameter | FromStep, ...]

    def to_json(self) -> dict[str, Any]:
        """Return ``{"first": […]}``."""
        return {"first": [one.to_json() for one in self.bindings]}


Binding = Constant | FromParameter | FromStep | FirstOf


@dataclass(frozen=True, slots=True)
class Condition:
    """What must hold for a step to run: a value, or how many there are of it."""

    of: Binding
    operator: Operator
    to: Any
    measure: Measure = "value"

    def to_json(self) -> dict[str, Any]:
        """Return ``{"of": …, "measure": …, "is": …, "to": …}``."""
        return {
            "of": self.of.to_json(),
            "measure": self.measure,
            "is": self.operator,
            "to": self.to,
        }


@dataclass(frozen=True, slots=True)
class Iteration:
    """A step that runs once for each feature, value, or value of a field of an input.

    Features and tables that it makes are put together, other outputs become lists.
    """

    input: str
    by: Way = "feature"
    field: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return ``{"input": name, "by": …}``, with ``field`` if it is by a field."""
        named = {"field": self.field} if self.field else {}
        return {"input": self.input, "by": self.by, **named}


@dataclass(frozen=True, slots=True)
class Step:
    """A tool, or another model, with a binding for each input that it is given.

    ``after`` names steps that must have run before, whose outputs it may not use.
    ``otherwise`` names a step with a condition: this one runs if that does not hold.
    ``keep`` makes all its outputs outputs of the model. ``place`` is where an editor
    draws it.
    """

    id: str
    tool: str
    title: str = ""
    inputs: Mapping[str, Binding] = field(default_factory=dict)
    after: tuple[str, ...] = ()
    condition: Condition | None = None
    otherwise: str = ""
    each: Iteration | None = None
    keep: bool = False
    place: tuple[int, int] | None = None

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON; what is as usual is left out."""
        inputs = {name: one.to_json() for name, one in self.inputs.items()}
        return {"id": self.id, "tool": self.tool} | _given(
            title=self.title,
            inputs=inputs,
            after=list(self.after),
            condition=self.condition and self.condition.to_json(),
            otherwise=self.otherwise,
            each=self.each and self.each.to_json(),
            keep=self.keep,
            place=list(self.place or ()),
        )

    def needs(self) -> set[str]:
        """Return the ids of the steps that come before this one."""
        bindings = [*self.inputs.values()]
        bindings += [self.condition.of] if self.condition else []
        found = {one.step for binding in bindings for one in sources(binding)}
        return found | set(self.after) | ({self.otherwise} if self.otherwise else set())


@dataclass(frozen=True, slots=True)
class ModelOutput:
    """A named output of the model: what one of its steps has made."""

    name: str
    source: Binding
    label: str = ""
    description: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON; what is as usual is left out."""
        told = _given(label=self.label, description=self.description)
        return {"name": self.name, **told, "source": self.source.to_json()}


@dataclass(frozen=True, slots=True)
class Definition:
    """A model: its inputs, steps in the order they are listed, and outputs.

    ``inputs`` are parameters as those of tools are. The first line of ``description``
    sums it up.
    """

    name: str
    title: str = ""
    description: str = ""
    inputs: tuple[Parameter, ...] = ()
    steps: tuple[Step, ...] = ()
    outputs: tuple[ModelOutput, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON from which ``read_definition`` makes an equal model."""
        return {
            "format": FORMAT,
            "name": self.name,
            "title": self.title,
            "description": self.description,
            "inputs": [parameter_json(one) for one in self.inputs],
            "steps": [one.to_json() for one in self.steps],
            "outputs": [one.to_json() for one in self.outputs],
        }

    def step(self, step_id: str) -> Step | None:
        """Return the step of that id, or None."""
        return next((one for one in self.steps if one.id == step_id), None)

    def input(self, name: str) -> Parameter | None:
        """Return the input of that name, or None."""
        return next((one for one in self.inputs if one.name == name), None)

    def heading(self, step: Step) -> str:
        """Return e.g. ``Step 2 of 5, Clip``."""
        at = self.steps.index(step) + 1
        return f"Step {at} of {len(self.steps)}, {step.title or step.id}"


def sources(binding: Binding) -> Iterator[FromStep]:
    """Yield the outputs of steps that a binding names."""
    for one in binding.bindings if isinstance(binding, FirstOf) else (binding,):
        if isinstance(one, FromStep):
            yield one


def _given(**members: Any) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value}


#: What a parameter is unless its JSON says else.
USUAL: Mapping[str, Any] = Parameter("", data_type("GPString")).to_json()


def parameter_json(parameter: Parameter) -> dict[str, Any]:
    """Return the JSON of a model's input; what is as usual is left out."""
    document = parameter.to_json()
    named = {"name": document.pop("name"), "dataType": document.pop("dataType")}
    return named | {k: v for k, v in document.items() if v != USUAL[k]}
