"""The catalogue: tools to rows, rows to schemas, and what a user may see.

There is one way to a schema at run time: the declared one, narrowed by the rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.db.models import F, Q, QuerySet

from services.access import usable, usable_folders
from services.errors import InvalidURL, NotFound
from services.models import Folder, Service, Task, TaskParameter
from services.narrowing import narrowed
from services.registry import installed
from services.schema import Parameter, Schema
from services.tool import Tool
from services.wire import encode


@dataclass(frozen=True, slots=True)
class PublishedTask:
    """A task as clients see it: the tool, narrowed by what is in the database."""

    id: int
    name: str
    title: str
    description: str
    category: str
    help_url: str
    tool_id: str
    schema: Schema
    #: The schema as JSON text, the form in which it travels to a child process.
    schema_text: bytes
    #: What a model is made of; empty for a tool that is code.
    model: bytes = b""

    @property
    def visible(self) -> tuple[Parameter, ...]:
        """The parameters that clients are shown, inputs and outputs."""
        return tuple(one for one in self.schema if not one.hidden)


@dataclass(frozen=True, slots=True)
class PublishedService:
    """A service row with its tasks; cached by revision."""

    row: Service
    tasks: tuple[PublishedTask, ...]
    #: Why tasks cannot be used, by name: their tools are gone, or broken.
    unusable: Mapping[str, str] = field(default_factory=dict)

    def task(self, name: str) -> PublishedTask:
        """Return the task of that name, in any case.

        Raises InvalidURL, and NotFound for a task whose tool cannot be used.
        """
        for task in self.tasks:
            if task.name.lower() == name.lower():
                return task
        for one, reason in self.unusable.items():
            if one.lower() == name.lower():
                raise NotFound(f"task '{one}' cannot be run: {reason}")
        raise InvalidURL(f"task '{name[:100]}' not found in {self.row.path}")


_NAMES = [one.attname for one in Folder._meta.concrete_fields]
_COLUMNS = [one.column for one in Folder._meta.concrete_fields]
#: Composed by the ORM it takes as long as the rest of a short request.
_FIND = f"""
    SELECT service.*, {", ".join(f"folder.{one} AS its_{one}" for one in _COLUMNS)}
    FROM {Service._meta.db_table} service
    LEFT JOIN {Folder._meta.db_table} folder ON folder.id = service.folder_id
    WHERE UPPER(service.name) = UPPER(%s) AND {{}}
"""  # noqa: S608  (no text of a user)
_IN_FOLDER = _FIND.format("UPPER(folder.name) = UPPER(%s)")
_IN_ROOT = _FIND.format("folder.id IS NULL")


def service_not_found(folder: str | None, name: str) -> NotFound:
    """Return the refusal of a path: the same for no service and a hidden one."""
    path = f"{folder}/{name}" if folder else name
    return NotFound(f"service {path[:200]}/GPServer not found")


def find_service(folder: str | None, name: str) -> Service:
    """Return the service row of a path, in any case. Raises NotFound."""
    found = (
        Service.objects.raw(_IN_FOLDER, [name, folder])
        if folder
        else Service.objects.raw(_IN_ROOT, [name])
    )
    for row in found:
        if row.folder_id is not None:
            values = [getattr(row, f"its_{one}") for one in _COLUMNS]
            row.folder = Folder.from_db(row._state.db, _NAMES, values)
        return row
    raise service_not_found(folder, name)


def published(row: Service) -> PublishedService:
    """Return the service with its tasks; reads them only after a change."""
    return PublishedService(row, *_tasks(row.pk, row.revision, row.created_at))


@lru_cache(maxsize=256)
def _tasks(
    service_id: int,
    revision: int,  # noqa: ARG001  (part of the cache's key)
    created_at: datetime,  # noqa: ARG001  (a deleted service's id may come back)
) -> tuple[tuple[PublishedTask, ...], Mapping[str, str]]:
    rows = Task.objects.filter(service_id=service_id, enabled=True)
    found, unusable = [], {}
    for row in rows.prefetch_related("parameters"):
        try:
            found.append(publish_task(row))
        except NotFound as exc:  # services.W002 says so too; the rest still works
            unusable[row.name] = str(exc)
    return tuple(found), unusable


def publish_task(
    row: Task, parameters: Iterable[TaskParameter] | None = None
) -> PublishedTask:
    """Return a task row with its schema, of its parameter rows or of other ones.

    Raises NotFound if its tool is gone.
    """
    tool = installed(row.tool_id)
    rows = row.parameters.all() if parameters is None else parameters
    schema = narrowed(tool, rows)
    return PublishedTask(
        id=row.pk,
        name=row.name,
        title=row.title or tool.title,
        description=row.description or f"{tool.summary}\n\n{tool.description}".strip(),
        category=row.category or tool.category,
        help_url=row.help_url,
        tool_id=tool.id,
        schema=schema,
        schema_text=encode(schema.to_json()),
        model=tool.model,
    )


@transaction.atomic
def publish(tool: Tool, service: Service, name: str = "") -> Task:
    """Publish a tool as a task of a service, or renew the task's parameter rows.

    Rows of new parameters are added, rows of removed ones deleted; what an
    administrator edited stays. A task of a model takes the version of the tool.
    """
    task, _ = Task.objects.get_or_create(
        service=service,
        name=name or tool.name,
        defaults={"tool_id": tool.id, "position": service.tasks.count()},
    )
    if _is_version_of(task.tool_id, tool.id):
        task.tool_id, task.declared = tool.id, tool.schema.to_json()
        task.save(update_fields=["tool_id", "declared"])
    names = [one.name for one in tool.schema]
    task.parameters.exclude(name__in=names).delete()
    known = set(task.parameters.values_list("name", flat=True))
    new = [row for row in _parameter_rows(task, tool) if row.name not in known]
    TaskParameter.objects.bulk_create(new, ignore_conflicts=True)
    bump(service.pk)
    return task


def publish_new(services: Iterable[tuple[Service, list[tuple[Tool, str]]]]) -> None:
    """Publish the tools of services that have no tasks yet, in a few statements.

    A name beside a tool is that of its task, an empty one means the tool's own.
    """
    pairs = [
        (Task(service=service, name=name or tool.name, tool_id=tool.id,
              position=position), tool)
        for service, tools in services
        for position, (tool, name) in enumerate(tools)
    ]  # fmt: skip
    Task.objects.bulk_create(task for task, _ in pairs)
    TaskParameter.objects.bulk_create(
        row for task, tool in pairs for row in _parameter_rows(task, tool)
    )


def _parameter_rows(task: Task, tool: Tool) -> list[TaskParameter]:
    return [TaskParameter(task=task, name=one.name, position=position)
            for position, one in enumerate(tool.schema)]  # fmt: skip


def _is_version_of(one: str, other: str) -> bool:
    return one.partition("@")[0] == other.partition("@")[0]


def bump(service_id: int | None) -> None:
    """Tell every process that a service has changed."""
    if service_id is not None:
        Service.objects.filter(pk=service_id).update(revision=F("revision") + 1)


def visible_services(user: User | AnonymousUser) -> QuerySet[Service]:
    """Return the started services that a user may see."""
    rows = Service.objects.select_related("folder").filter(usable(user))
    return rows.filter(state=Service.State.STARTED)


def visible_folders(user: User | AnonymousUser) -> list[str]:
    """Return the names of folders with a service that a user may see.

    Who has signed in sees those empty ones too that are open to them: that is where
    services will be.
    """
    inside = Q(services__in=visible_services(user))
    if user.is_authenticated:
        inside |= Q(services=None) & usable_folders(user)
    return list(Folder.objects.filter(inside).distinct().values_list("name", flat=True))
