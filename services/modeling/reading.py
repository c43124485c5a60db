"""The JSON of a model to its definition; everything that is wrong is told at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar, get_args

from services.errors import InvalidValue
from services.modeling.definition import (
    FORMAT,
    USUAL,
    Binding,
    Condition,
    Constant,
    Definition,
    FirstOf,
    FromParameter,
    FromStep,
    Iteration,
    Measure,
    ModelOutput,
    Operator,
    Step,
    Way,
)
from services.schema import Parameter

T = TypeVar("T")

_STEP_KEYS = ("id", "tool", "title", "inputs", "after", "condition", "otherwise",
              "each", "keep", "place")  # fmt: skip
_MODEL_KEYS = ("format", "name", "title", "description", "inputs", "steps", "outputs")


class InvalidDefinition(InvalidValue):
    """A JSON is no model; ``problems`` are sentences, one for each fault."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(" ".join(self.problems))


def read_definition(document: Any) -> Definition:
    """Return the model that a JSON document is. Raises InvalidDefinition.

    Only the form is looked at: whether tools are there and values fit is a question
    for ``checking``.
    """
    reader = _Reader()
    model = reader.model(document)
    if reader.problems:
        raise InvalidDefinition(reader.problems)
    return model


def read_step(document: Any) -> Step:
    """Return the step that a JSON document is. Raises InvalidDefinition."""
    reader = _Reader()
    step = reader.step(document)
    if reader.problems or step is None:
        raise InvalidDefinition(reader.problems)
    return step


def read_parameter(document: Any) -> Parameter:
    """Return the model's input that a JSON document is. Raises InvalidDefinition."""
    reader = _Reader()
    parameter = reader.parameter(document)
    if reader.problems or parameter is None:
        raise InvalidDefinition(reader.problems)
    return parameter


class _Reader:
    """Reads part after part, and collects what is wrong in ``problems``."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self._where = "The model"

    def model(self, document: Any) -> Definition:
        given = self._object(document, _MODEL_KEYS)
        if given.get("format", FORMAT) != FORMAT:
            self._say(f"its format is not {FORMAT}: it was made for another version")
        inputs = self._each(given, "inputs", self.parameter)
        steps = self._each(given, "steps", self.step)
        outputs = self._each(given, "outputs", self._output)
        self._where = "The model"
        name, title = self._text(given, "name"), self._text(given, "title")
        about = self._text(given, "description")
        return Definition(name, title, about, inputs, steps, outputs)

    def parameter(self, document: Any) -> Parameter | None:
        name = document.get("name") if isinstance(document, dict) else None
        self._where = f"Input '{name or '?'}'"
        given = self._object(document, USUAL)
        if not isinstance(name, str) or not name:
            self._say("needs a name")
            return None
        if "dataType" not in given:
            self._say("needs a dataType")
            return None
        if given.get("output"):
            self._say("is an output: those have a list of their own")
            return None
        odd = [key for key in given if not _is_like(given[key], key)]
        if odd:
            self._say(f"'{odd[0]}' is of another type than it must be")
            return None
        try:
            return Parameter.from_json({**USUAL, **given})
        except (KeyError, TypeError, ValueError, AttributeError):
            kind = str(given["dataType"])[:60]
            self._say(f"cannot be read; its dataType is {kind}")
            return None

    def step(self, document: Any) -> Step | None:
        named = document.get("id") if isinstance(document, dict) else None
        self._where = f"Step '{named or '?'}'"
        given = self._object(document, _STEP_KEYS)
        step_id, tool = self._text(given, "id"), self._text(given, "tool")
        if not step_id or not tool:
            self._say("needs an id and a tool")
            return None
        inputs = self._object(given.get("inputs", {}), None)
        after = given.get("after", [])
        if not isinstance(after, list) or not all(isinstance(x, str) for x in after):
            self._say("'after' must be a list of ids of steps")
            return None
        bound = {name: self.binding(one, name) for name, one in inputs.items()}
        return Step(
            id=step_id,
            tool=tool,
            title=self._text(given, "title"),
            inputs={name: one for name, one in bound.items() if one is not None},
            after=tuple(after),
            condition=self._condition(given.get("condition")),
            otherwise=self._text(given, "otherwise"),
            each=self._iteration(given.get("each")),
            keep=given.get("keep") is True,
            place=_place(given.get("place")),
        )

    def binding(self, document: Any, name: str) -> Binding | None:
        keys = set(document) if isinstance(document, dict) else set()
        if keys == {"value"}:
            return Constant(document["value"])
        if keys == {"parameter"}:
            return FromParameter(str(document["parameter"]))
        if keys == {"step", "output"}:
            return FromStep(str(document["step"]), str(document["output"]))
        if keys == {"first"} and isinstance(document["first"], list):
            inner = [self.binding(one, name) for one in document["first"]]
            plain = [one for one in inner if one and not isinstance(one, FirstOf)]
            if len(plain) == len(inner) > 0:
                return FirstOf(tuple(plain))
        self._say(
            f"{name}: expected {{'value'}}, {{'parameter'}}, {{'step', 'output'}} or"
            " {'first'} of a list of these"
        )
        return None

    def _condition(self, document: Any) -> Condition | None:
        if document is None:
            return None
        given = self._object(document, ("of", "measure", "is", "to"))
        measure: Any = given.get("measure", "value")
        operator: Any = given.get("is")
        of = self.binding(given.get("of"), "condition")
        if operator not in get_args(Operator) or measure not in get_args(Measure):
            signs, measures = " ".join(get_args(Operator)), get_args(Measure)
            self._say(
                f"its condition needs 'is', one of {signs}, and 'measure', one of"
                f" {' '.join(measures)}"
            )
            return None
        return Condition(of, operator, given.get("to"), measure) if of else None

    def _iteration(self, document: Any) -> Iteration | None:
        if document is None:
            return None
        given = self._object(document, ("input", "by", "field"))
        by = given.get("by", "feature")
        if by not in get_args(Way):
            ways = ", ".join(get_args(Way))
            self._say(f"'each' needs 'by', one of {ways}")
            return None
        return Iteration(self._text(given, "input"), by, self._text(given, "field"))

    def _output(self, document: Any) -> ModelOutput | None:
        name = document.get("name") if isinstance(document, dict) else None
        self._where = f"Output '{name or '?'}'"
        given = self._object(document, ("name", "label", "description", "source"))
        name = self._text(given, "name")
        source = self.binding(given.get("source"), "source")
        if source is None:
            return None
        label, about = self._text(given, "label"), self._text(given, "description")
        return ModelOutput(name, source, label, about)

    def _each(
        self, given: Mapping[str, Any], key: str, read: Callable[[Any], T | None]
    ) -> tuple[T, ...]:
        listed = given.get(key, [])
        self._where = "The model"
        if not isinstance(listed, list):
            self._say(f"'{key}' must be a list")
            return ()
        return tuple(one for one in map(read, listed) if one is not None)

    def _object(self, document: Any, keys: Iterable[str] | None) -> dict[str, Any]:
        if not isinstance(document, dict):
            self._say("expected a JSON object")
            return {}
        unknown = sorted(set(document) - set(document if keys is None else keys))
        if unknown:
            self._say(f"has members that nobody knows: {', '.join(unknown)[:200]}")
        return document

    def _text(self, given: Mapping[str, Any], key: str) -> str:
        value = given.get(key, "")
        if not isinstance(value, str):
            self._say(f"'{key}' must be a text")
            return ""
        return value

    def _say(self, problem: str) -> None:
        self.problems.append(f"{self._where}: {problem}.")


def _is_like(value: Any, key: str) -> bool:
    """Tell if a member of an input has the type that it must have."""
    if key in ("minimum", "maximum"):
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return value is None or is_number
    if key in ("choices", "geometryTypes", "fieldTypes", "extensions"):
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    usual = USUAL.get(key)
    return not isinstance(usual, str | bool) or isinstance(value, type(usual))


def _place(document: Any) -> tuple[int, int] | None:
    is_pair = isinstance(document, list) and len(document) == 2
    if not is_pair or not all(isinstance(one, int | float) for one in document):
        return None
    return round(document[0]), round(document[1])
