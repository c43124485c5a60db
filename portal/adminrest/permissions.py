"""Who may use a service or folder: read and changed as permissions of principals.

A principal is everyone, everybody with an account, a group by its name, or a user as
``user:`` and the name. Groups and users only count once the wider two are taken away.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group, User
from rest_framework.request import Request
from rest_framework.response import Response

from portal.adminrest.access import Act
from portal.adminrest.base import AdminView, ChangeView, log_change, refused
from portal.adminrest.catalogue import CHANGE, VIEW, folder_at
from services.errors import NotFound
from services.models import Folder, Service

EVERYONE = "esriEveryone"
SIGNED_IN = "esriAuthenticated"
_USER = "user:"
_ACCESS = Service.Access
_WIDE: dict[str, str] = {_ACCESS.EVERYONE: EVERYONE, _ACCESS.SIGNED_IN: SIGNED_IN}
_HINT = (
    f"expected {EVERYONE}, {SIGNED_IN}, the name of a group,"
    f" or {_USER} and the name of a user"
)


def permissions_document(row: Service | Folder) -> dict[str, Any]:
    """Return who may use a service, or the services that go with a folder."""
    return {
        "permissions": [
            {
                "principal": one,
                "permission": {"isAllowed": True, "constraint": ""},
                "childURL": None,
                "operation": None,
            }
            for one in principals(row)
        ]
    }


def principals(row: Service | Folder) -> list[str]:
    """Return the principals of a row; of its folder, if it goes with that."""
    if row.access == _ACCESS.FOLDER and isinstance(row, Service) and row.folder:
        return principals(row.folder)
    wide = [_WIDE[row.access]] if row.access in _WIDE else []
    groups = row.allowed_groups.values_list("name", flat=True).order_by("name")
    users = row.allowed_users.values_list("username", flat=True).order_by("username")
    return [*wide, *groups, *(_USER + one for one in users)]


class PermissionsView(AdminView):
    """Who may use the service."""

    acts = (VIEW,)

    def get(self, request: Request, **names: str) -> Response:
        return Response(permissions_document(self.row()))


class FolderPermissionsView(AdminView):
    """Who may use the services that go with the folder."""

    acts = (VIEW,)

    def get(self, request: Request, **names: str) -> Response:
        return Response(permissions_document(folder_of(self)))


class AddPermissionView(ChangeView):
    """Give a principal the permission to use the service, or take it away."""

    acts = (CHANGE,)

    def change(self, request: Request, **names: str) -> None:
        set_permission(self, self.row())


class AddFolderPermissionView(ChangeView):
    """Give a principal the permission to use a folder, or take it away."""

    acts = (Act(Folder, "change"),)

    def change(self, request: Request, **names: str) -> None:
        folder = folder_of(self)
        self.require(folder)
        set_permission(self, folder)


def folder_of(view: AdminView) -> Folder:
    """Return the folder of the path. Raises NotFound."""
    folder = folder_at(view, view.kwargs["folder"])
    if folder is None:
        raise NotFound("the root folder has no permissions of its own")
    return folder


def set_permission(view: ChangeView, row: Service | Folder) -> None:
    """Do what a request says of a principal. Raises InvalidParameters."""
    principal = view.required("principal")
    is_allowed = view.flag("isAllowed", default=True)
    if principal.lower() == EVERYONE.lower():
        told = _set_everyone(row, is_allowed)
    elif principal.lower() == SIGNED_IN.lower():
        told = _set_signed_in(row, is_allowed)
    else:
        told = _set_chosen(row, principal, is_allowed)
    if told:
        row.save(update_fields=["access"])
        log_change(view.request, row, told)


def _set_everyone(row: Service | Folder, is_allowed: bool) -> str:
    if is_allowed == (row.level == _ACCESS.EVERYONE):
        return ""
    _let_go(row)
    row.access = _ACCESS.EVERYONE if is_allowed else _ACCESS.SIGNED_IN
    return "Made public." if is_allowed else "Closed to strangers."


def _set_signed_in(row: Service | Folder, is_allowed: bool) -> str:
    if not is_allowed and row.level == _ACCESS.EVERYONE:
        raise refused("isAllowed", f"it is open to all: take {EVERYONE} away first")
    if is_allowed == (row.level in _WIDE):
        return ""
    _let_go(row)
    row.access = _ACCESS.SIGNED_IN if is_allowed else _ACCESS.CHOSEN
    return "Opened to signed-in users." if is_allowed else "Closed to all but chosen."


def _let_go(row: Service | Folder) -> None:
    """Give a service that goes with its folder the same access for its own."""
    if isinstance(row, Service) and row.access == _ACCESS.FOLDER:
        row.access = row.level
        if row.folder is not None:
            row.allowed_groups.set(row.folder.allowed_groups.all())
            row.allowed_users.set(row.folder.allowed_users.all())


def _set_chosen(row: Service | Folder, principal: str, is_allowed: bool) -> str:
    """Add a group or user to those of a row, or take it away; then these count."""
    members: Any
    if principal.lower().startswith(_USER):
        name = principal[len(_USER) :].strip()
        found: Any = User.objects.filter(username=name).first()
        members = row.allowed_users
    else:
        found = Group.objects.filter(name=principal).first()
        members = row.allowed_groups
    if found is None:
        raise refused("principal", f"there is no {principal[:150]}; {_HINT}")
    _let_go(row)
    (members.add if is_allowed else members.remove)(found)
    return f"{'Allowed' if is_allowed else 'Not allowed any more'}: {principal}."
