"""A new service from a service JSON: its toolbox names our tools."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portal.adminrest.documents import service_members
from portal.adminrest.edits import Edit, apply_edit, read_edit
from portal.adminrest.members import TOOLBOX, TYPE
from portal.models import KeptProperties
from services.catalog import publish
from services.errors import InvalidParameters, Problem
from services.models import Folder, Service
from services.registry import publishable
from services.tool import Tool

_HINT = (
    "expected tools of this portal, separated by commas, like"
    " proximity.Buffer,proximity.Near, or a toolbox like proximity;"
    " services/types lists them"
)


@dataclass(frozen=True, slots=True)
class NewService:
    """A service that may be created: checked, and not saved yet."""

    row: Service
    edit: Edit
    tools: tuple[Tool, ...]

    def save(self) -> Service:
        """Store the service with a task for each tool; return it."""
        self.row.save()
        if self.edit.kept:
            KeptProperties.objects.create(service=self.row, properties=self.edit.kept)
        for tool in self.tools:
            publish(tool, self.row)
        return self.row


def new_service(
    folder: Folder | None,
    sent: Mapping[str, Any],
    tools: tuple[Tool, ...] | None = None,
) -> NewService:
    """Return the service that members by path describe. Raises InvalidParameters.

    Without ``tools`` the toolbox among the members names them.
    """
    name, kind = sent.get("serviceName"), sent.get("type", TYPE)
    if not isinstance(name, str):
        raise InvalidParameters([Problem("serviceName", "a name is required")])
    if not isinstance(kind, str) or kind.lower() != TYPE.lower():
        raise InvalidParameters([Problem("type", f"this portal only has {TYPE}")])
    if tools is None:
        tools = tools_of(sent.get(TOOLBOX))
    row = Service(folder=folder, name=name)
    own = {"serviceName", "type", TOOLBOX}
    fields = {path: value for path, value in sent.items() if path not in own}
    current = service_members(row, KeptProperties(service=row))
    edit = read_edit(row, fields, current)
    edit.paths |= {"name": "serviceName"}
    apply_edit(row, edit)
    return NewService(row, edit, tools)


def tools_of(toolbox: Any) -> tuple[Tool, ...]:
    """Return the tools that a toolbox names, each once. Raises InvalidParameters."""
    named = toolbox.split(",") if isinstance(toolbox, str) else toolbox
    if not isinstance(named, list) or not all(isinstance(one, str) for one in named):
        raise InvalidParameters([Problem(TOOLBOX, _HINT)])
    found: dict[str, Tool] = {}
    for name in filter(None, (one.strip() for one in named)):
        tools = _named(name)
        if not tools:
            text = f"'{name[:100]}' is no tool of this portal; {_HINT}"
            raise InvalidParameters([Problem(TOOLBOX, text)])
        found |= {one.id: one for one in tools}
    if not found:
        raise InvalidParameters([Problem(TOOLBOX, _HINT)])
    return tuple(found.values())


def _named(name: str) -> list[Tool]:
    """Return the tool of an id, or all of a toolbox; in any case."""
    wanted = name.lower()
    return [
        one
        for one in publishable().values()
        if wanted in (one.id.lower(), one.id.partition(".")[0].lower())
    ]
