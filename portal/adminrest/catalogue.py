"""Folders and lists of services: to read, to create, to delete, in bulk."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from portal.adminrest import documents
from portal.adminrest.access import Act
from portal.adminrest.base import (
    AdminView,
    ChangeView,
    delete_logged,
    log_addition,
    log_change,
    refused,
)
from portal.adminrest.creation import NewService, new_service
from portal.adminrest.edits import check
from portal.adminrest.members import TYPE, flat
from portal.adminrest.operations import rename, set_state
from services.catalog import find_service, service_not_found
from services.editing import may_edit, shown
from services.errors import NO_RIGHT, NotAllowed, NotFound
from services.models import Folder, Service, Task

VIEW = Act(Service, "view")
CHANGE = Act(Service, "change")
#: A service comes and goes with its tasks.
CREATE = (Act(Service, "add"), Act(Task, "add"))
DELETE = (Act(Service, "delete"), Act(Task, "delete"))


def folder_at(view: AdminView, name: str) -> Folder | None:
    """Return the folder of a name in any case, None for the root. Raises NotFound."""
    if name.strip() in ("", documents.ROOT):
        return None
    folder = Folder.objects.filter(name__iexact=name.strip()).first()
    if folder is None or not view.sees(folder):
        raise NotFound(f"folder {name[:100]} not found")
    return folder


def services_in(view: AdminView, folder: Folder | None) -> QuerySet[Service]:
    """Return the services of a folder, or of the root, that the user sees."""
    rows = Service.objects.filter(shown(view.request.user, Service), folder=folder)
    return rows.select_related("folder")


def service_at(view: AdminView, folder_name: str, name: str) -> Service:
    """Return a service of a name that the user sees. Raises NotFound."""
    folder = folder_at(view, folder_name)
    path = folder.name if folder else None
    row = find_service(path, name)
    if not view.sees(row):
        raise service_not_found(path, name)
    return row


def named_services(view: AdminView, given: Any) -> list[Service]:
    """Return the services that a list of names and types says.

    Raises NotFound if one is not there, NotAllowed if it is not to be acted on.
    """
    listed = given.get("services") if isinstance(given, dict) else given
    if not isinstance(listed, list) or not all(isinstance(x, dict) for x in listed):
        hint = 'expected [{"folderName": …, "serviceName": …, "type": "GPServer"}, …]'
        raise refused("services", hint)
    found = []
    for one in listed:
        name = str(one.get("serviceName") or "")
        if str(one.get("type") or TYPE).lower() != TYPE.lower():
            raise NotFound(f"service {name[:100]}.{one['type']} not found")
        row = service_at(view, str(one.get("folderName") or ""), name)
        view.require(row)
        found.append(row)
    return found


class FolderView(AdminView):
    """The root, or a folder, with its services."""

    acts = (VIEW,)

    def get(self, request: Request, **names: str) -> Response:
        folder = folder_at(self, names.get("folder", ""))
        own = Folder.objects.filter(shown(request.user, Service, "pk"))
        folders = own if folder is None else ()
        services = services_in(self, folder)
        return Response(documents.listing_document(folder, folders, services))


class CreateFolderView(ChangeView):
    """Make a folder."""

    acts = (Act(Folder, "add"),)

    def change(self, request: Request, **names: str) -> None:
        folder = Folder(
            name=self.required("folderName"), description=self.text("description")
        )
        check(folder, {"name": "folderName"})
        folder.save()
        log_addition(request, folder)


class EditFolderView(ChangeView):
    """Describe a folder."""

    acts = (Act(Folder, "change"),)

    def change(self, request: Request, **names: str) -> None:
        folder = folder_at(self, names["folder"])
        if folder is None:
            raise NotFound("the root folder has no description to edit")
        self.require(folder)
        folder.description = self.text("description")
        check(folder, {})
        folder.save(update_fields=["description"])
        log_change(request, folder, ["Description"])


class DeleteFolderView(ChangeView):
    """Delete a folder with all its services."""

    acts = (Act(Folder, "delete"), *DELETE)

    def change(self, request: Request, **names: str) -> None:
        folder = folder_at(self, names["folder"])
        if folder is None:
            raise NotFound("the root folder cannot be deleted")
        self.require(folder)
        for row in services_in(self, folder):
            delete_logged(request, row)
        delete_logged(request, folder)


class ExistsView(AdminView):
    """Tell if there is a folder or service of a name."""

    acts = (VIEW,)

    def get(self, request: Request, **names: str) -> Response:
        name, kind = self.text("serviceName").strip(), self.text("type") or TYPE
        try:
            folder_name = self.text("folderName")
            if name:
                service_at(self, folder_name, name)
            else:
                folder_at(self, folder_name)
        except NotFound:
            return Response({"exists": False})
        return Response({"exists": not name or kind.lower() == TYPE.lower()})


class CreateServiceView(ChangeView):
    """Publish tools as a service."""

    acts = CREATE

    def proposed(self, folder_name: str) -> NewService:
        """Return the service of the request, checked. Raises InvalidParameters."""
        sent = self.json_object("service")
        if not isinstance(sent.get("properties") or {}, dict):
            raise refused("properties", "expected a JSON object")
        return new_service(self.folder(folder_name), flat(sent))

    def folder(self, name: str) -> Folder | None:
        """Return the folder to publish in. Raises NotFound, NotAllowed."""
        folder = folder_at(self, name)
        if not may_edit(self.request.user, folder):
            raise NotAllowed(NO_RIGHT)
        return folder

    def change(self, request: Request, **names: str) -> None:
        log_addition(request, self.proposed(names.get("folder", "")).save())


class CanCreateServiceView(CreateServiceView):
    """Tell if a service could be created; creates nothing."""

    def change(self, request: Request, **names: str) -> None:
        folder = names.get("folder") or self.text("folderName")
        kind = self.text("serviceType") or TYPE
        if kind.lower() != TYPE.lower():
            raise refused("serviceType", f"this portal only has {TYPE}")
        if self.text("service").strip() or not self.text("serviceType"):
            self.proposed(folder)
        else:
            self.folder(folder)


class RenameServiceView(ChangeView):
    """Give a service another name."""

    acts = (CHANGE,)

    def change(self, request: Request, **names: str) -> None:
        folder = names.get("folder", "")
        name = {"folderName": folder, "serviceName": self.required("serviceName"),
                "type": self.text("serviceType")}  # fmt: skip
        (row,) = named_services(self, [name])
        rename(request, row, self.required("serviceNewName"))


class BulkView(ChangeView):
    """An operation on several services: on all of them or on none."""

    acts: ClassVar[tuple[Act, ...]] = (CHANGE,)

    def change(self, request: Request, **names: str) -> None:
        for row in named_services(self, self.document("services")):
            self.one(request, row)

    def one(self, request: Request, row: Service) -> None:
        """Do it to one service."""
        raise NotImplementedError


class StartServicesView(BulkView):
    """Let services answer."""

    def one(self, request: Request, row: Service) -> None:
        set_state(request, row, Service.State.STARTED)


class StopServicesView(BulkView):
    """Let services answer no more."""

    def one(self, request: Request, row: Service) -> None:
        set_state(request, row, Service.State.STOPPED)


class DeleteServicesView(BulkView):
    """Delete services."""

    acts = DELETE

    def one(self, request: Request, row: Service) -> None:
        delete_logged(request, row)
