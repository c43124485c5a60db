"""What is done to a service, and recorded as the Django admin records it."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request

from portal.adminrest.base import log_change
from portal.adminrest.documents import item_members, kept_of, service_members
from portal.adminrest.edits import Edit, apply_edit, check, read_edit
from portal.adminrest.members import ITEM_MEMBERS
from services.models import Service


def set_state(request: Request, row: Service, state: Service.State) -> None:
    """Start or stop a service; nothing happens if it is so already."""
    if row.state != state:
        row.state = state
        row.save(update_fields=["state", "updated_at"])
        log_change(request, row, f"{state.label}.")


def rename(request: Request, row: Service, name: str) -> None:
    """Give a service another name. Raises InvalidParameters."""
    row.name = name
    check(row, {"name": "serviceNewName"})
    row.save(update_fields=["name", "updated_at"])
    log_change(request, row, ["Name"])


def edit_service(request: Request, row: Service, sent: dict[str, Any]) -> None:
    """Change what members of a service JSON change. Raises InvalidParameters."""
    kept = kept_of(row)
    edit = read_edit(row, sent, service_members(row, kept))
    kept.properties |= edit.kept
    _save(request, row, edit)
    if edit.kept:
        kept.save()


def edit_item(request: Request, row: Service, sent: dict[str, Any]) -> None:
    """Change what members of an item information change. Raises InvalidParameters."""
    kept = kept_of(row)
    own = {"name", "type", "typeKeywords"}
    members = {name: value for name, value in sent.items() if name not in own}
    edit = read_edit(row, members, item_members(row, kept), ITEM_MEMBERS)
    kept.item_info |= edit.kept
    _save(request, row, edit)
    if edit.kept:
        kept.save()


def _save(request: Request, row: Service, edit: Edit) -> None:
    apply_edit(row, edit)
    labels = edit.labels()
    if labels:
        row.save(update_fields=[*edit.values, "updated_at"])
        log_change(request, row, labels)
