"""@tool and Param: a typed function becomes a tool; everything else is derived."""

from __future__ import annotations

import inspect
import keyword
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol, TypeVar, get_type_hints

from services import environment
from services.datatypes.base import DataType, shown
from services.errors import InvalidParameters, InvalidValue, Problem
from services.hints import resolve
from services.param import Param, unwrapped, wire_name
from services.quotable import DOCSTRING, check_quotable
from services.schema import Parameter, Schema, check_parameter
from services.wire import decode, encode

__all__ = ["Context", "DeclarationError", "Param", "Tool", "tool"]

F = TypeVar("F", bound=Callable[..., Any])

#: What the protocol or a Python client of ours takes for itself, in lower case.
_RESERVED = {"f", "token", "callback", "gis", "future", "estimate"} | {
    name.lower() for name in environment.NAMES
}


class Context(Protocol):
    """What a tool may ask of the run around it."""

    @property
    def scratch(self) -> Path:
        """A folder of this run alone; files written here can be outputs."""

    def message(self, text: str) -> None:
        """Tell the user something."""

    def warn(self, text: str) -> None:
        """Tell the user of something odd."""

    def progress(self, percent: float, text: str = "") -> None:
        """Say how far the run is, 0 to 100, and what it does."""


class DeclarationError(Exception):
    """A tool is declared wrongly; the message names the tool and the parameter."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A function with its declaration.

    ``id`` is ``<toolbox>.<Name>``, stable across versions. ``schema`` holds inputs
    and outputs as declared; a published task may narrow it, never widen it. ``model``
    is what a model is made of, as JSON that travels to the child; empty for code.
    """

    id: str
    name: str
    title: str
    category: str
    summary: str
    description: str
    schema: Schema
    function: Callable[..., Any]
    arguments: Mapping[str, str]
    wants_context: bool
    is_tuple: bool
    model: bytes = b""

    def run(self, values: Mapping[str, Any], context: Context) -> dict[str, Any]:
        """Call the function; return its typed outputs by name.

        ``values`` maps wire names to typed values; an omitted one takes the Python
        default.
        """
        arguments = self.arguments_of(values)
        if self.wants_context:
            arguments["context"] = context
        return self.named(self.function(**arguments))

    def arguments_of(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the function's arguments for typed values by wire name."""
        kinds = {one.name: one.data_type for one in self.schema.inputs}
        return {
            self.arguments[name]: _native(name, kinds[name], value)
            for name, value in values.items()
        }

    def named(self, result: Any) -> dict[str, Any]:
        """Return typed outputs by wire name, of what the function has returned."""
        outputs = self.schema.outputs
        if self.is_tuple:
            return dict(zip((out.name for out in outputs), result, strict=True))
        return {outputs[0].name: result} if outputs else {}


def tool(*, title: str = "", name: str = "", category: str = "") -> Callable[[F], F]:
    """Declare a function as a tool; the function itself stays as it is.

    Raises DeclarationError at import if the declaration is wrong.
    """

    def declare(function: F) -> F:
        function.tool = _describe(function, title, name, category)  # type: ignore[attr-defined]
        return function

    return declare


def _native(name: str, kind: DataType[Any], value: Any) -> Any:
    try:
        return None if value is None else kind.native(value)
    except InvalidValue as exc:  # a file that is not what was expected
        raise InvalidParameters([Problem(name, str(exc))]) from None


def _describe(
    function: Callable[..., Any], title: str, name: str, category: str
) -> Tool:
    module = function.__module__.rpartition(".")[2]
    name = name or _camel(function.__name__)
    where = f"tool {module}.{name}"
    hints = get_type_hints(function, include_extras=True)
    outputs, is_tuple = _outputs(hints.pop("return", None), where)
    signature = inspect.signature(function).parameters
    inputs, arguments = [], {}
    for argument, parameter in signature.items():
        if argument == "context":
            continue
        made = _parameter(argument, hints.get(argument), where, parameter.default)
        inputs.append(made)
        arguments[made.name] = argument
    schema = _linked(Schema((*inputs, *outputs)), arguments, where)
    _check_names(schema, where)
    summary, _, description = (inspect.getdoc(function) or "").partition("\n") \
        if function.__doc__ else ("", "", "")  # fmt: skip
    if not summary:
        raise DeclarationError(
            f"{where}: needs a docstring whose first line sums it up"
        )
    try:
        check_quotable(f"{summary}\n{description}", DOCSTRING, "docstring")
    except InvalidValue as exc:
        raise DeclarationError(f"{where}: {exc}") from None
    return Tool(
        f"{module}.{name}", name, title or _spaced(name), category, summary,
        _paragraphs(description), schema, function, arguments, "context" in signature,
        is_tuple,
    )  # fmt: skip


def _linked(schema: Schema, arguments: Mapping[str, str], where: str) -> Schema:
    """Return the schema with wire names where parameters depend on others."""
    known = {name.lower(): name for name in (one.name for one in schema)}
    known |= {argument.lower(): name for name, argument in arguments.items()}
    linked = []
    for one in schema:
        other = known.get(one.depends_on.lower(), "")
        if one.depends_on and (not other or other == one.name):
            raise DeclarationError(
                f"{where}: '{one.name}' depends on '{one.depends_on}', which is no"
                " other parameter"
            )
        linked.append(replace(one, depends_on=other))
    return Schema(tuple(linked))


def _check_names(schema: Schema, where: str) -> None:
    for problem in name_problems([parameter.name for parameter in schema]):
        raise DeclarationError(f"{where}: {problem.message}")


def name_problems(names: Sequence[str]) -> Iterator[Problem]:
    """Yield what is wrong with the names of parameters of one tool."""
    lowered = [name.lower() for name in names]
    for at, one in enumerate(names):
        is_taken = one.lower() in _RESERVED or keyword.iskeyword(one.lower())
        if is_taken or not one.isidentifier():
            yield Problem(one, f"'{one}' is not a usable parameter name")
        if one.lower() in lowered[:at]:
            yield Problem(one, f"two parameters are named '{one}'")


def _outputs(hint: Any, where: str) -> tuple[list[Parameter], bool]:
    if hint in (None, type(None)):
        return [], False
    if inspect.isclass(hint) and issubclass(hint, tuple):
        fields = get_type_hints(hint, include_extras=True)
        return [_parameter(one, kind, where, None, is_output=True)
                for one, kind in fields.items()], True  # fmt: skip
    return [_parameter("output", hint, where, None, is_output=True)], False


def _parameter(
    argument: str, hint: Any, where: str, default: Any, *, is_output: bool = False
) -> Parameter:
    param, hint = unwrapped(hint)
    if param is None:
        raise DeclarationError(f"{where}: '{argument}' needs Annotated[…, Param(…)]")
    options = param.options
    name = options.name or wire_name(argument)
    required = default is inspect.Parameter.empty and not is_output
    try:
        found = resolve(hint, is_output=is_output)
        if found.kind is None:
            raise DeclarationError(f"{where}: '{argument}' has no data type for {hint}")
        if required and found.is_optional:
            raise InvalidValue("what may be None needs a default")
        parameter = Parameter(
            name=name,
            data_type=found.kind,
            label=param.label,
            description=options.description,
            required=required,
            is_output=is_output,
            default=None if required else _dumped(found.kind, default),
            example=_example(found.kind, options.example),
            minimum=options.minimum,
            maximum=options.maximum,
            choices=found.choices,
            geometry_types=options.geometry_types,
            field_types=options.field_types,
            extensions=options.extensions,
            fields=options.fields,
            depends_on=options.depends_on,
            category=options.category,
        )
        check_parameter(parameter)
    except InvalidValue as exc:
        raise DeclarationError(f"{where}: '{name}': {exc}") from None
    return parameter


def _dumped(kind: DataType[Any], value: Any) -> Any:
    try:
        # plain JSON: features are dumped with arrays, which only the wire writes
        return None if value is None else decode(encode(kind.dump(value)))
    except (AttributeError, TypeError):
        raise InvalidValue(f"{shown(value)} is no value of {kind.name}") from None


def _example(kind: DataType[Any], example: Any) -> Any:
    """An example may be declared as a typed value or in wire form."""
    return example if isinstance(example, dict | list) else _dumped(kind, example)


def _paragraphs(text: str) -> str:
    """Undo the line wraps inside each paragraph of a docstring."""
    blocks = re.split(r"\n\s*\n", text.strip())
    return "\n\n".join(" ".join(block.split()) for block in blocks)


def _camel(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


def _spaced(name: str) -> str:
    return "".join(f" {c}" if c.isupper() else c for c in name).strip()
