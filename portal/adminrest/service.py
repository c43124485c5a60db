"""One service: its JSON, state, statistics, item information."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from portal.adminrest import documents
from portal.adminrest.base import AdminView, ChangeView, delete_logged, refused
from portal.adminrest.catalogue import (
    CHANGE,
    DELETE,
    VIEW,
    folder_at,
    named_services,
    services_in,
)
from portal.adminrest.members import flat
from portal.adminrest.operations import edit_item, edit_service, set_state
from portal.adminrest.permissions import permissions_document
from portal.adminrest.statistics import statistics_document
from services.models import Service

_REPORTED = ("description", "status", "instances", "iteminfo", "properties")


class ServiceView(AdminView):
    """The service JSON."""

    acts = (VIEW,)

    def get(self, request: Request, **names: str) -> Response:
        return Response(documents.service_document(self.row()))


class StatusView(AdminView):
    """Whether the service answers."""

    acts = (VIEW,)

    def get(self, request: Request, **names: str) -> Response:
        return Response(documents.status_document(self.row()))


class StatisticsView(AdminView):
    """How much the service has run."""

    acts = (VIEW,)

    def get(self, request: Request, **names: str) -> Response:
        return Response(statistics_document(self.row()))


class ItemInfoView(AdminView):
    """Title, description and other texts."""

    acts = (VIEW,)

    def get(self, request: Request, **names: str) -> Response:
        return Response(documents.item_document(self.row()))


class ManifestView(AdminView):
    """What the service was made of: nothing that lies outside of the portal."""

    acts = (VIEW,)

    def get(self, request: Request, **names: str) -> Response:
        self.row()
        return Response({"databases": [], "resources": []})


class ReportView(AdminView):
    """Several documents of each service of a folder at once."""

    acts = (VIEW,)

    def get(self, request: Request, **names: str) -> Response:
        folder = folder_at(self, names.get("folder", ""))
        wanted = self.document("services")
        rows = named_services(self, wanted) if wanted else services_in(self, folder)
        parts = self._parts()
        return Response({"reports": [_report(row, parts) for row in rows]})

    def _parts(self) -> list[str]:
        asked = self.text("parameters").strip()
        if asked.startswith("["):
            given = self.document("parameters")
        else:
            given = [one.strip() for one in asked.split(",") if one.strip()]
        return [one for one in _REPORTED if not given or one in given]


def _report(row: Service, parts: list[str]) -> dict[str, object]:
    members = documents.service_document(row)
    found = {
        "description": row.description,
        "status": documents.status_document(row),
        "instances": statistics_document(row)["summary"],
        "iteminfo": documents.item_document(row),
        "properties": members["properties"],
    }
    head = {
        "folderName": documents.folder_name(row),
        "serviceName": row.name,
        "type": members["type"],
        "isDefault": members["isDefault"],
        "isPrivate": members["private"],
    }
    permissions = permissions_document(row)["permissions"]
    return head | {one: found[one] for one in parts} | {"permissions": permissions}


class EditServiceView(ChangeView):
    """Change the service to what a service JSON says."""

    acts = (CHANGE,)

    def change(self, request: Request, **names: str) -> None:
        row, sent = self.row(), self.json_object("service")
        if not isinstance(sent.get("properties") or {}, dict):
            raise refused("properties", "expected a JSON object")
        edit_service(request, row, flat(sent))


class EditItemInfoView(ChangeView):
    """Change the texts of the service."""

    acts = (CHANGE,)

    def change(self, request: Request, **names: str) -> None:
        edit_item(request, self.row(), self.json_object("serviceItemInfo"))


class StartView(ChangeView):
    """Let the service answer."""

    acts = (CHANGE,)

    def change(self, request: Request, **names: str) -> None:
        set_state(request, self.row(), Service.State.STARTED)


class StopView(ChangeView):
    """Let the service answer no more; jobs that wait or run go on."""

    acts = (CHANGE,)

    def change(self, request: Request, **names: str) -> None:
        set_state(request, self.row(), Service.State.STOPPED)


class DeleteServiceView(ChangeView):
    """Delete the service."""

    acts = DELETE

    def change(self, request: Request, **names: str) -> None:
        delete_logged(request, self.row())
