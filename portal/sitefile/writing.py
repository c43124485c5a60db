"""From the database to the file of a site."""

from __future__ import annotations

from typing import Any

from portal.sitefile.fields import written
from portal.sitefile.tables import FORM, FORMAT, tables
from services.confidential import without_tokens
from services.errors import NotFound
from services.models import Folder, Model, Service, Task
from services.registry import installed
from services.version import VERSION

#: The type of parameters whose values nobody may read.
HIDDEN_TYPE = "GPStringHidden"


def exported_site() -> tuple[dict[str, Any], list[str]]:
    """Return the document of this site, and sentences on what is not in it."""
    services = Service.objects.select_related("folder").prefetch_related(
        "tasks__parameters", "allowed_groups", "allowed_users"
    )
    notes: list[str] = []
    document = {"format": FORMAT, "form": FORM, "program": VERSION}
    for table in tables():
        document[table.section] = [written(row) for row in table.rows()]
    document |= {
        "folders": [written(one) for one in Folder.objects.order_by("name")],
        "models": [_model(one, notes) for one in Model.objects.order_by("name")],
        "services": [_service(one, notes)
                     for one in sorted(services, key=lambda one: one.path)],
    }  # fmt: skip
    return document, notes


def _model(row: Model, notes: list[str]) -> dict[str, Any]:
    versions = [{"number": one.number, "bundle": without_tokens(one.bundle)}
                for one in row.versions.order_by("number")]  # fmt: skip
    bundles = [one.bundle for one in row.versions.order_by("number")]
    if [one["bundle"] for one in versions] != bundles:
        notes.append(f"model {row.name}: tokens in its values are left out")
    return {"name": row.name, "draft": without_tokens(row.draft), "versions": versions}


def _service(row: Service, notes: list[str]) -> dict[str, Any]:
    tasks = sorted(row.tasks.all(), key=lambda one: (one.position, one.name))
    folder = row.folder.name if row.folder else None
    return {"folder": folder, **written(row), "tasks": [_task(one, notes)
                                                        for one in tasks]}  # fmt: skip


def _task(row: Task, notes: list[str]) -> dict[str, Any]:
    rows = sorted(row.parameters.all(), key=lambda one: (one.position, one.name))
    hidden = hidden_parameters(row.tool_id)
    found = []
    for one in rows:
        members = {"name": one.name, **written(one)}
        if one.default is not None and (hidden is None or one.name in hidden):
            members["default"] = None
            notes.append(f"{row}, parameter {one}: its default is a secret")
        elif members["default"] != one.default:
            notes.append(f"{row}, parameter {one}: tokens in its default are left out")
        found.append(members)
    return {**written(row), "parameters": found}


def hidden_parameters(tool_id: str) -> frozenset[str] | None:
    """Return the parameters of a tool that hold secrets; None if it is not there."""
    try:
        schema = installed(tool_id).schema
    except NotFound:
        return None
    return frozenset(one.name for one in schema if one.data_type.name == HIDDEN_TYPE)
