"""What has changed in a tool since a task published it, in words for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from services.errors import NotFound
from services.models import Task
from services.registry import installed
from services.tool import Tool
from services.wire import encode

_MOST = 100  # characters of a value
#: What is compared of a parameter, with the word for it.
_SAID = {
    "dataType": "type", "required": "required", "default": "default",
    "minimum": "minimum", "maximum": "maximum", "choices": "choice list",
    "geometryTypes": "geometry types", "fieldTypes": "field types",
    "extensions": "file extensions", "dependsOn": "depends on", "label": "display name",
    "category": "category", "description": "description", "example": "example",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Difference:
    """A parameter that a tool has gained or lost, or what has changed in one.

    ``what`` is added, removed, or what of it has changed: then ``was`` and ``now``.
    """

    name: str
    what: str
    was: str = ""
    now: str = ""

    def __str__(self) -> str:
        if self.what in ("added", "removed"):
            detail = self.now or self.was
            return f"{self.name}: {self.what}" + (f" ({detail})" if detail else "")
        return f"{self.name}: {self.what} was {self.was}, is {self.now}"


def newest_tool(task: Task) -> Tool:
    """Return the tool that a task would be renewed to: of a model the newest version.

    A draft that is tried out stays that draft. Raises NotFound.
    """
    name, _, version = task.tool_id.partition("@")
    return installed(task.tool_id if not version.isdecimal() else name)


def differences(task: Task, tool: Tool | None = None) -> list[Difference]:
    """Return how a tool differs from what a task has published of its own.

    Without ``tool`` it is the newest; raises NotFound if that is gone. Of a task that
    a former version published only the names of its parameters are known.
    """
    tool = tool or newest_tool(task)
    now = {one["name"]: one for one in tool.schema.to_json()}
    names = [row.name for row in task.parameters.all()]
    was = {one["name"]: one for one in task.declared or ()}
    unknown: dict[str, Any] = {}
    known = {name: was.get(name, unknown) for name in names}
    found = [*_gone(known, now), *_new(known, now), *_changed(known, now)]
    if tool.id != task.tool_id:
        one, other = (x.partition("@")[2] or x for x in (task.tool_id, tool.id))
        found.insert(0, Difference("Model", "version", one, other))
    return found


def differences_or_none(task: Task) -> list[Difference]:
    """Return the differences of a task, none if its tool is gone."""
    try:
        return differences(task)
    except NotFound:
        return []


def _gone(was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterable[Difference]:
    for name, one in was.items():
        if name not in now:
            yield Difference(name, "removed", was=one.get("dataType", ""))


def _new(was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterable[Difference]:
    for name, one in now.items():
        if name not in was:
            need = "required" if one["required"] else "optional"
            kind = "output" if one["output"] else f"{need} input"
            yield Difference(name, "added", now=f"{one['dataType']}, {kind}")


def _changed(was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterable[Difference]:
    for name, old in was.items():
        new = now.get(name)
        if new is None:
            continue
        for key, word in _SAID.items():
            if key in old and old[key] != new[key]:
                yield Difference(name, word, _shown(old[key]), _shown(new[key]))


def _shown(value: Any) -> str:
    """Return a value as people write it, in one short line."""
    if value in (None, "", []):
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        text = ", ".join(value)
    else:
        text = value if isinstance(value, str) else encode(value).decode()
    return text if len(text) <= _MOST else f"{text[: _MOST - 1]}…"
