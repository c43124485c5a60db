"""The sections of the catalogue: models with versions, services with tasks."""

from __future__ import annotations

from typing import Any

from portal.sitefile.visit import Visit
from portal.sitefile.writing import hidden_parameters
from services.catalog import publish
from services.confidential import without_tokens
from services.errors import InvalidValue, NotFound
from services.modeling.linking import bundled_tool
from services.modeling.reading import InvalidDefinition, read_definition
from services.models import Folder, Model, ModelVersion, Service, Task
from services.registry import installed
from services.wire import encode


def read_models(entries: list[dict[str, Any]], visit: Visit) -> None:
    """Read the models of a document."""
    for members in entries:
        name = visit.name_in(members, "model")
        if name:
            _read_model(name, members, visit)


def _read_model(name: str, members: dict[str, Any], visit: Visit) -> None:
    where = f"model {name}"
    row = Model.objects.filter(name=name).first() or Model(name=name)
    if not visit.keep(row, {"name": name}, where, "draft"):
        return
    unknown = set(members) - {"name", "draft", "versions"}
    visit.refuse(where, *(f"there is no property '{one[:60]}'" for one in unknown))
    draft = members.get("draft", {})
    if draft != without_tokens(row.draft):
        try:
            read_definition(draft)
        except InvalidDefinition as exc:
            visit.refuse(f"{where}, draft", *exc.problems)
        else:
            row.draft = draft
            row.save()
    for version in visit.members(members, "versions"):
        _read_version(row, version, visit)


def _read_version(row: Model, members: dict[str, Any], visit: Visit) -> None:
    number, bundle = members.get("number"), members.get("bundle")
    where = f"model {row.name}, version {str(number)[:20]}"
    if type(number) is not int or not 0 < number < 2**31:
        visit.refuse(where, "its number must be a whole number from 1")
        return
    here = row.versions.filter(number=number).first()
    if here is not None:
        if without_tokens(here.bundle) != bundle:
            visit.refuse(where, "another one with this number is here already")
        return
    problem = _problem_with_bundle(f"{row.tool_id}@{number}", bundle)
    if problem:
        visit.refuse(where, problem)
        return
    ModelVersion.objects.create(model=row, number=number, bundle=bundle)
    visit.counts["version added"] += 1


def _problem_with_bundle(tool_id: str, bundle: Any) -> str:
    """Return why a bundle cannot be run here as this tool, or nothing."""
    models = bundle.get("models") if isinstance(bundle, dict) else None
    if not isinstance(models, dict) or bundle.get("id") != tool_id:
        return f"its bundle must hold models, and {tool_id} as its id"
    if tool_id not in models:
        return f"its bundle does not hold {tool_id}"
    try:
        for one in models.values():
            read_definition(one)
        bundled_tool(encode(bundle))
    except InvalidDefinition as exc:
        return " ".join(exc.problems)
    except (NotFound, InvalidValue) as exc:
        return str(exc)
    except RecursionError:
        return "its models run each other in a circle"
    return ""


def read_services(entries: list[dict[str, Any]], visit: Visit) -> None:
    """Read the services of a document, with their tasks."""
    for members in entries:
        name = visit.name_in(members, "service")
        if name:
            _read_service(name, members, visit)


def _read_service(name: str, members: dict[str, Any], visit: Visit) -> None:
    within = members.get("folder")
    folder = Folder.objects.filter(name=str(within)).first() if within else None
    where = f"service {within}/{name}" if within else f"service {name}"
    if within and folder is None:
        visit.refuse(where, f"there is no folder '{str(within)[:60]}'")
        return
    row = Service.objects.filter(folder=folder, name=name).first()
    values = {key: value for key, value in members.items()
              if key not in ("folder", "tasks")}  # fmt: skip
    row = row or Service(folder=folder, name=name)
    if visit.keep(row, values, where):
        for task in visit.members(members, "tasks"):
            _read_task(row, task, visit)


def _read_task(service: Service, members: dict[str, Any], visit: Visit) -> None:
    name = visit.name_in(members, f"service {service}, a task")
    where = f"service {service}, task {name}"
    values = {key: value for key, value in members.items() if key != "parameters"}
    row = service.tasks.filter(name=name).first() or Task(service=service, name=name)
    try:
        tool = installed(str(members.get("tool_id", row.tool_id)))
    except NotFound as exc:
        visit.refuse(where, str(exc))
        return
    if not name or not visit.keep(row, values, where):
        return
    publish(tool, service, name)
    for one in visit.members(members, "parameters"):
        _read_parameter(row, one, visit)


def _read_parameter(task: Task, members: dict[str, Any], visit: Visit) -> None:
    name = visit.name_in(members, f"service {task.service}, task {task.name}")
    where = f"service {task.service}, task {task.name}, parameter {name}"
    row = task.parameters.filter(name=name).first()
    if row is None:
        visit.refuse(where, "its tool has no such parameter")
        return
    values = {key: value for key, value in members.items() if key != "name"}
    if name in (hidden_parameters(task.tool_id) or ()):
        values.pop("default", None)  # the file has none
    visit.keep(row, values, where)
