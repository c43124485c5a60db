"""Param: what an annotation says of a parameter besides its type."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any, get_args, get_origin

from services.geometry.features import Field

_SIGNS = re.compile(r"\W", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class ParamOptions:
    """Everything an author may say; see CONTRIBUTING.md.

    ``depends_on`` is the name of another parameter, as argument or on the wire.
    """

    name: str = ""
    description: str = ""
    minimum: float | None = None
    maximum: float | None = None
    geometry_type: str | tuple[str, ...] = ()
    field_types: tuple[str, ...] = ()
    extensions: tuple[str, ...] = ()
    fields: tuple[Field, ...] = ()
    depends_on: str = ""
    example: Any = None
    category: str = ""

    @property
    def geometry_types(self) -> tuple[str, ...]:
        """The geometry types as a tuple, also of a single one."""
        given = self.geometry_type
        return (given,) if isinstance(given, str) else given


class Param:
    """Goes into ``Annotated[type, Param("Label", …)]``."""

    def __init__(self, label: str, **options: Any) -> None:
        self.label = label
        self.options = ParamOptions(**options)


def unwrapped(hint: Any) -> tuple[Param | None, Any]:
    """Return the Param of an annotation, if it has one, and the bare type."""
    if get_origin(hint) is not Annotated:
        return None, hint
    inner, *extras = get_args(hint)
    found = [extra for extra in extras if isinstance(extra, Param)]
    return (found[0] if found else None), inner


def wire_name(name: str) -> str:
    """Return the wire name of an argument: ``in_file`` is ``In_File``."""
    return "_".join(word.capitalize() for word in name.split("_"))


def plain_name(name: str) -> str:
    """Return a name in lower case, with underscores for what no Python name has.

    Names that are equal so name the same parameter.
    """
    return _SIGNS.sub("_", name).lower()
