"""@tool and Param: a typed function becomes a tool; everything else is derived."""

from __future__ import annotations

import inspect
import keyword
import re
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import (
    Annotated,
    Any,
    Literal,
    Protocol,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from services import environment
from services.datatypes import data_type, data_type_for
from services.datatypes.base import DataType, shown
from services.datatypes.multivalue import GPMultiValue
from services.errors import InvalidValue
from services.geometry.features import Field
from services.quotable import DOCSTRING, check_quotable
from services.schema import Parameter, Schema, check_parameter

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


@dataclass(frozen=True, slots=True, kw_only=True)
class _ParamOptions:
    name: str = ""
    description: str = ""
    minimum: float | None = None
    maximum: float | None = None
    geometry_type: str | tuple[str, ...] = ()
    fields: tuple[Field, ...] = ()
    example: Any = None
    category: str = ""


class Param:
    """What an annotation says of a parameter besides its type."""

    def __init__(self, label: str, **options: Any) -> None:
        self.label = label
        self.options = _ParamOptions(**options)


class DeclarationError(Exception):
    """A tool is declared wrongly; the message names the tool and the parameter."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A function with its declaration.

    ``id`` is ``<toolbox>.<Name>``, stable across versions. ``schema`` holds inputs
    and outputs as declared; a published task may narrow it, never widen it.
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

    def run(self, values: Mapping[str, Any], context: Context) -> dict[str, Any]:
        """Call the function; return its typed outputs by name.

        ``values`` maps wire names to typed values; an omitted one takes the Python
        default.
        """
        arguments = {self.arguments[name]: value for name, value in values.items()}
        if self.wants_context:
            arguments["context"] = context
        result = self.function(**arguments)
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
    schema = Schema((*inputs, *outputs))
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


def _check_names(schema: Schema, where: str) -> None:
    names = [parameter.name for parameter in schema]
    lowered = [name.lower() for name in names]
    for one in names:
        is_taken = one.lower() in _RESERVED or keyword.iskeyword(one.lower())
        if is_taken or not one.isidentifier():
            raise DeclarationError(f"{where}: '{one}' is not a usable parameter name")
        if lowered.count(one.lower()) > 1:
            raise DeclarationError(f"{where}: two parameters are named '{one}'")


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
    param, hint = _unwrap(hint)
    if param is None:
        raise DeclarationError(f"{where}: '{argument}' needs Annotated[…, Param(…)]")
    options = param.options
    kind, choices, optional = _resolve(hint)
    if kind is None:
        raise DeclarationError(f"{where}: '{argument}' has no data type for {hint}")
    name, geometry = options.name or _title(argument), options.geometry_type
    required = default is inspect.Parameter.empty and not is_output
    try:
        if required and optional:
            raise InvalidValue("what may be None needs a default")
        parameter = Parameter(
            name=name,
            data_type=kind,
            label=param.label,
            description=options.description,
            required=required,
            is_output=is_output,
            default=None if required else _dumped(kind, default),
            example=_example(kind, options.example),
            minimum=options.minimum,
            maximum=options.maximum,
            choices=choices,
            geometry_types=(geometry,) if isinstance(geometry, str) else geometry,
            fields=options.fields,
            category=options.category,
        )
        check_parameter(parameter)
    except InvalidValue as exc:
        raise DeclarationError(f"{where}: '{name}': {exc}") from None
    return parameter


def _dumped(kind: DataType[Any], value: Any) -> Any:
    try:
        return None if value is None else kind.dump(value)
    except (AttributeError, TypeError):
        raise InvalidValue(f"{shown(value)} is no value of {kind.name}") from None


def _example(kind: DataType[Any], example: Any) -> Any:
    """An example may be declared as a typed value or in wire form."""
    return example if isinstance(example, dict | list) else _dumped(kind, example)


def _unwrap(hint: Any) -> tuple[Param | None, Any]:
    if get_origin(hint) is not Annotated:
        return None, hint
    inner, *extras = get_args(hint)
    found = [extra for extra in extras if isinstance(extra, Param)]
    return (found[0] if found else None), inner


def _resolve(hint: Any) -> tuple[DataType[Any] | None, tuple[str, ...], bool]:
    """Return data type, choices, and whether the hint admits None."""
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        inner = [one for one in get_args(hint) if one is not type(None)]
        kind, choices, _ = _resolve(inner[0]) if len(inner) == 1 else (None, (), False)
        return kind, choices, True
    if origin is Literal:
        is_text = all(isinstance(one, str) for one in get_args(hint))
        return (data_type_for(str) if is_text else None), get_args(hint), False
    if origin is list and get_args(hint):
        member, choices, _ = _resolve(get_args(hint)[0])
        if member is None or isinstance(member, GPMultiValue):
            return None, (), False
        return data_type(f"GPMultiValue:{member.name}"), choices, False
    return data_type_for(hint), (), False


def _paragraphs(text: str) -> str:
    """Undo the line wraps inside each paragraph of a docstring."""
    blocks = re.split(r"\n\s*\n", text.strip())
    return "\n\n".join(" ".join(block.split()) for block in blocks)


def _camel(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


def _title(name: str) -> str:
    return "_".join(word.capitalize() for word in name.split("_"))


def _spaced(name: str) -> str:
    return "".join(f" {c}" if c.isupper() else c for c in name).strip()
