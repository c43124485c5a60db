"""The documents of services and folders, as administrator clients read them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from portal.adminrest.members import (
    FACTS,
    ITEM_MEMBERS,
    MEMBERS,
    TOOLBOX,
    TYPE,
    UNUSED,
    nested,
)
from portal.models import KeptProperties
from services.documents import CURRENT_VERSION, FULL_VERSION
from services.models import Folder, Service

ROOT = "/"


def site_document() -> dict[str, Any]:
    """Return the root of the Administrator API."""
    return {
        "resources": ["services", "info"],
        "currentVersion": CURRENT_VERSION,
        "fullVersion": FULL_VERSION,
    }


def site_info_document(user_name: str) -> dict[str, Any]:
    """Return version and time zone of the server, and who asks."""
    return {
        "currentversion": str(CURRENT_VERSION),
        "fullVersion": FULL_VERSION,
        "currentbuild": FULL_VERSION,
        "timezone": {
            "displayname": "UTC",
            "windowsid": "UTC",
            "olsonid": "Etc/UTC",
            "daylightsavings": False,
        },
        "loggedInUser": user_name,
        "loggedInUserPrivilege": "ADMINISTER",
    }


def types_document(tool_ids: Iterable[str]) -> dict[str, Any]:
    """Return the one type of service; its tools are what a toolbox may name."""
    defaults = {name: value for name, value in UNUSED.items() if "." not in name}
    return {
        "types": [
            {
                "Name": TYPE,
                "DisplayName": "Geoprocessing Service",
                "Description": "Runs tools.",
                "Properties": defaults | {"tools": list(tool_ids)},
                "Info": {"WebCapabilities": "Uploads"},
            }
        ]
    }


def folder_name(row: Service) -> str:
    """Return the name of a service's folder; the root is a slash."""
    return row.folder.name if row.folder else ROOT


def folder_document(folder: Folder) -> dict[str, Any]:
    """Return what a list says of a folder."""
    return {
        "folderName": folder.name,
        "description": folder.description or folder.title,
        "webEncrypted": False,
        "isDefault": False,
    }


def listing_document(
    folder: Folder | None, folders: Iterable[Folder], services: Iterable[Service]
) -> dict[str, Any]:
    """Return the root or one folder with its services, and the folders in it."""
    details = [folder_document(one) for one in folders]
    head = {
        "folderName": ROOT,
        "description": "Root folder",
        "webEncrypted": False,
        "isDefault": True,
    }
    return (head if folder is None else folder_document(folder)) | {
        "folders": [one["folderName"] for one in details],
        "foldersDetail": details,
        "services": [
            {
                "folderName": folder_name(row),
                "serviceName": row.name,
                "type": TYPE,
                "description": row.description,
            }
            for row in services
        ],
    }


def kept_of(row: Service) -> KeptProperties:
    """Return the kept properties of a service, an unsaved row if there are none."""
    found = KeptProperties.objects.filter(service=row).first()
    return found or KeptProperties(service=row)


def service_members(row: Service, kept: KeptProperties) -> dict[str, Any]:
    """Return all members of the service JSON by their paths."""
    members: dict[str, Any] = {"serviceName": row.name, "type": TYPE}
    members |= UNUSED | kept.properties
    for member in MEMBERS:
        value = member.kind.write(getattr(row, member.field))
        members[member.path] = value
        members |= {
            path: str(value) if path.startswith("properties.") else value
            for path in member.shown
        }
    tools = row.tasks.values_list("tool_id", flat=True) if row.pk else ()
    return {**members, **FACTS, TOOLBOX: ",".join(tools)}


def service_document(row: Service) -> dict[str, Any]:
    """Return the service JSON."""
    return nested(service_members(row, kept_of(row)))


def status_document(row: Service) -> dict[str, Any]:
    """Return the state that was asked for and the one that holds: always the same."""
    return {"configuredState": row.state, "realTimeState": row.state}


def item_members(row: Service, kept: KeptProperties) -> dict[str, Any]:
    """Return the members of the item information."""
    members: dict[str, Any] = {"culture": "en", "thumbnail": ""} | kept.item_info
    for one in ITEM_MEMBERS:
        value = one.kind.write(getattr(row, one.field))
        members |= dict.fromkeys((one.path, *one.shown), value)
    return members | {
        "name": row.name,
        "type": TYPE,
        "typeKeywords": ["Geoprocessing", "Service", TYPE],
    }


def item_document(row: Service) -> dict[str, Any]:
    """Return the item information of a service."""
    return item_members(row, kept_of(row))
