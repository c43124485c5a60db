"""Annotations of tools to data types: what a type hint says of a parameter."""

from __future__ import annotations

import inspect
import types
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from services.datatypes import data_type, data_type_for
from services.datatypes.base import DataType
from services.datatypes.column import Column
from services.datatypes.composite import GPComposite
from services.datatypes.multivalue import GPMultiValue
from services.datatypes.rule import Rule
from services.datatypes.valuetable import GPValueTable
from services.errors import InvalidValue
from services.param import ParamOptions, unwrapped, wire_name


@dataclass(frozen=True, slots=True)
class Hint:
    """What a type hint says; ``kind`` is None if no data type fits."""

    kind: DataType[Any] | None
    choices: tuple[str, ...] = ()
    is_optional: bool = False


_NOTHING = Hint(None)


def resolve(hint: Any, *, is_output: bool = False) -> Hint:
    """Return what a hint without its Param says.

    An output that is a dict, or a list of dicts, is JSON in the place of a text.
    Raises InvalidValue for columns that are declared wrongly.
    """
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _union(inner, is_output=is_output)
    if origin is Literal:
        is_text = all(isinstance(one, str) for one in inner)
        return Hint(data_type_for(str), inner) if is_text else _NOTHING
    if is_output and dict in (hint, origin):
        return Hint(data_type_for(str))
    if origin is list and inner:
        return _list(inner[0], is_output=is_output)
    return Hint(data_type_for(hint)) if hint is not list else _NOTHING


def _union(members: Sequence[Any], *, is_output: bool) -> Hint:
    present = [one for one in members if one is not type(None)]
    is_optional = len(present) < len(members)
    if len(present) == 1:
        found = resolve(present[0], is_output=is_output)
        return Hint(found.kind, found.choices, is_optional)
    columns = tuple(_column(one) for one in present)
    names = [column.data_type.name for column in columns]
    if len(set(names)) < len(names):
        raise InvalidValue(f"two types of the union are {names[-1]} on the wire")
    return Hint(GPComposite(columns), (), is_optional)


def _list(hint: Any, *, is_output: bool) -> Hint:
    if _is_row(hint):
        return Hint(GPValueTable(_columns_of(hint), hint))
    if is_output and dict in (hint, get_origin(hint)):
        return Hint(data_type_for(str))
    member = resolve(hint)
    if member.kind is None or isinstance(member.kind, GPMultiValue | GPValueTable):
        return _NOTHING
    if isinstance(member.kind, GPComposite):
        return Hint(GPMultiValue(member.kind))
    return Hint(data_type(f"GPMultiValue:{member.kind.name}"), member.choices)


def _is_row(hint: Any) -> bool:
    return (
        inspect.isclass(hint) and issubclass(hint, tuple) and hasattr(hint, "_fields")
    )


def _columns_of(row: Any) -> tuple[Column, ...]:
    hints = get_type_hints(row, include_extras=True)
    columns = tuple(
        _column(hint, name, has_default=name in row._field_defaults)
        for name, hint in hints.items()
    )
    lowered = [column.name.lower() for column in columns]
    if len(set(lowered)) < len(lowered):
        raise InvalidValue(f"two columns of {row.__name__} have one name")
    return columns


def _column(hint: Any, name: str = "", *, has_default: bool = False) -> Column:
    """Return a column of a row, or without ``name`` a type of a union."""
    param, bare = unwrapped(hint)
    if name and param is None:
        raise InvalidValue(f"column '{name}' needs Annotated[…, Param(…)]")
    found = resolve(bare)
    if found.kind is None or isinstance(found.kind, GPValueTable):
        place = f"column '{name}'" if name else "the union"
        raise InvalidValue(f"{place} has no data type for {bare}")
    options = param.options if param else ParamOptions()
    return Column(
        found.kind,
        (options.name or wire_name(name)) if name else "",
        param.label if param and name else "",
        not (found.is_optional or has_default),
        rule_of(options, found.choices),
    )


def rule_of(options: ParamOptions, choices: tuple[str, ...]) -> Rule:
    """Return the rule that the options of a Param make."""
    return Rule(
        options.minimum,
        options.maximum,
        choices,
        options.geometry_types,
        options.field_types,
        options.extensions,
    )
