"""The members of the service JSON and of the item information: one table each.

``docs/administrator-rest.md`` shows it to administrators. A path is a name, or
``properties.`` and a name. Sources: the service JSON of ArcGIS Server, edit service.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from portal.adminrest.values import Choice, Flag, Kind, Text, Whole, Words
from services.models import Service

TYPE = "GPServer"
TOOLBOX = "properties.toolbox"
_INSIDE = "properties."
_EXECUTION, _LEVEL = Service.Execution, Service.MessageLevel


@dataclass(frozen=True, slots=True)
class Member:
    """A member that shows and sets a field of Service.

    ``mirrors`` are other paths that clients write the same to; ``shown`` of them
    are answered, too, because some clients only edit what is there.
    """

    path: str
    field: str
    kind: Kind
    shown: tuple[str, ...] = ()
    mirrors: tuple[str, ...] = ()

    @property
    def paths(self) -> tuple[str, ...]:
        """All paths that set the field, the main one first."""
        return (self.path, *self.shown, *self.mirrors)


_UPLOAD_MB: int = Service._meta.get_field("max_upload_mb").default

MEMBERS = (
    Member("description", "description", Text(), mirrors=("serviceDescription",)),
    Member("capabilities", "uploads", Choice({"": False, "Uploads": True}),
           shown=("properties.webCapabilities",)),
    Member("configuredState", "state",
           Choice({one.value: one for one in Service.State})),
    Member("properties.stopReason", "stop_reason", Text()),
    Member("properties.access", "access",
           Choice({one.value: one for one in Service.Access})),
    Member("maxUsageTime", "max_run_seconds", Whole(),
           shown=("properties.usageTimeout",)),
    Member("maxUploadFileSize", "max_upload_mb", Whole(default=_UPLOAD_MB)),
    Member("allowedUploadFileTypes", "allowed_upload_types", Text()),
    Member("properties.executionType", "execution_type",
           Choice({"Synchronous": _EXECUTION.SYNCHRONOUS,
                   "Asynchronous": _EXECUTION.ASYNCHRONOUS},
                  {one.value: one for one in _EXECUTION})),
    Member("properties.resultMapServer", "result_map_server", Flag()),
    Member("properties.maximumRecords", "maximum_records", Whole(as_text=True)),
    Member("properties.showMessages", "message_level",
           Choice({one.value: one for one in _LEVEL},
                  {"false": _LEVEL.NONE, "true": _LEVEL.INFO})),
    Member("properties.maxMemoryMB", "max_memory_mb", Whole(as_text=True)),
    Member("properties.maxDiskMB", "max_disk_mb", Whole(as_text=True)),
    Member("properties.maxRequestMB", "max_request_mb", Whole(as_text=True)),
    Member("properties.maxInputFeatures", "max_features", Whole(as_text=True)),
    Member("properties.maxInputVertices", "max_vertices", Whole(as_text=True)),
    Member("properties.maxInputDepth", "max_depth", Whole(as_text=True)),
    Member("properties.inputExtent", "input_extent", Text()),
    Member("properties.maxZipEntries", "max_zip_entries", Whole(as_text=True)),
    Member("properties.maxZipRatio", "max_zip_ratio", Whole(as_text=True)),
    Member("properties.maxUnzippedMB", "max_unzipped_mb", Whole(as_text=True)),
    Member("properties.maxPageRows", "max_page_rows", Whole(as_text=True)),
    Member("properties.maxRunningJobsPerUser", "max_running_per_user",
           Whole(as_text=True)),
    Member("properties.maxQueuedJobsPerUser", "max_queued_per_user",
           Whole(as_text=True)),
    Member("properties.maxRunningJobs", "max_running", Whole(as_text=True)),
    Member("properties.maxQueuedJobs", "max_queued", Whole(as_text=True)),
    Member("properties.maxQueueSeconds", "max_wait_seconds", Whole(as_text=True)),
    Member("properties.jobPriority", "priority",
           Choice({one.label: one.value for one in Service.Priority})),
    Member("properties.keepJobsHours", "keep_jobs_hours", Whole(as_text=True)),
    Member("properties.keepJobsMB", "keep_jobs_mb", Whole(as_text=True)),
)  # fmt: skip

ITEM_MEMBERS = (
    Member("title", "title", Text()),
    Member("description", "description", Text()),
    Member("snippet", "summary", Text(), shown=("summary",)),
    Member("tags", "tags", Words()),
    Member("accessInformation", "access_information", Text()),
    Member("licenseInfo", "license_info", Text()),
)

#: What the portal says of itself: a client that sends something else is not heard.
FACTS: Mapping[str, Any] = MappingProxyType({
    "provider": "ArcObjects11",
    "clusterName": "default",
    "isolationLevel": "HIGH",
    "private": False,
    "isDefault": False,
    "properties.outputDir": "arcgisoutput",
    "properties.virtualOutputDir": "/rest/directories/arcgisoutput",
    "properties.jobsDirectory": "arcgisjobs",
    "properties.jobsVirtualDirectory": "/rest/directories/arcgisjobs",
})  # fmt: skip

#: What Cairn has no use for: kept as a client has set it. With what is answered
#: before that: the defaults of ArcGIS Server.
UNUSED: Mapping[str, Any] = MappingProxyType({
    "minInstancesPerNode": 1,
    "maxInstancesPerNode": 2,
    "instancesPerContainer": 1,
    "maxWaitTime": 60,
    "maxStartupTime": 300,
    "maxIdleTime": 1800,
    "loadBalancing": "ROUND_ROBIN",
    "recycleInterval": 24,
    "recycleStartTime": "00:00",
    "keepAliveInterval": -1,
    "frameworkProperties": {},
    "extensions": [],
    "datasets": [],
    "portalProperties": {},
    "properties.waitTimeout": "60",
    "properties.idleTimeout": "1800",
    "properties.localJobsDir": "false",
    "properties.progressMessageUpdateInterval": 5,
    "properties.cancellationCheckInterval": 5,
})  # fmt: skip


def flat(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members of a service JSON by their paths."""
    found = {name: one for name, one in document.items() if name != "properties"}
    inside = document.get("properties") or {}
    return found | {_INSIDE + name: one for name, one in inside.items()}


def nested(members: Mapping[str, Any]) -> dict[str, Any]:
    """Return the service JSON of members by their paths."""
    document: dict[str, Any] = {}
    inside: dict[str, Any] = {}
    for path, value in members.items():
        name = path.removeprefix(_INSIDE)
        (document if name == path else inside)[name] = value
    return document | {"properties": inside}
