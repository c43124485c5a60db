"""The documents of the catalogue: what each resource answers as JSON."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from services.catalog import PublishedService, PublishedTask
from services.infos import parameter_infos
from services.models import Service
from services.prose import cleaned
from services.schema import Parameter

CURRENT_VERSION = 11.3
FULL_VERSION = "11.3.0"

#: Name of the input that asks for a hosted feature service.
HOSTED_NAME = "esri_out_feature_service_name"
#: The input that a service has which hosts its outputs (gpserver-rest 3.3).
HOSTED_PARAMETER: dict[str, Any] = {
    "name": HOSTED_NAME,
    "dataType": "GPString",
    "displayName": "Output Feature Service Name",
    "description": "Name of the feature service for the outputs; blank: one is made.",
    "direction": "esriGPParameterDirectionInput",
    "defaultValue": "",
    "parameterType": "esriGPParameterTypeOptional",
    "category": "",
}

_DIRECTION = "esriGPParameterDirection"
_TYPE = "esriGPParameterType"


def catalog_document(
    folders: list[str], services: Iterable[Service], others: Iterable[Any] = ()
) -> dict[str, Any]:
    """Return the catalogue: folders and the services of one level.

    A service with a result map service stands there twice.
    """
    found = [
        {"name": one.path, "type": kind}
        for one in services
        for kind in ("GPServer", *(("MapServer",) if one.has_result_maps else ()))
    ]
    return {
        "currentVersion": CURRENT_VERSION,
        "folders": folders,
        "services": [*found, *others],
    }


def info_document(root_url: str, token_minutes: int) -> dict[str, Any]:
    """Return ``/rest/info``: version and where tokens come from."""
    return {
        "currentVersion": CURRENT_VERSION,
        "fullVersion": FULL_VERSION,
        "soapUrl": f"{root_url}/services",
        "secureSoapUrl": f"{root_url}/services",
        "authInfo": {
            "isTokenBasedSecurity": True,
            "tokenServicesUrl": f"{root_url}/tokens/generateToken",
            "shortLivedTokenValidity": token_minutes,
        },
    }


def service_document(service: PublishedService, schema_url: str) -> dict[str, Any]:
    """Return the GPServer resource."""
    row = service.row
    return {
        "currentVersion": CURRENT_VERSION,
        "cimVersion": "3.3.0",
        "serviceDescription": cleaned(row.description),
        "tasks": [task.name for task in service.tasks],
        "executionType": row.execution_type,
        "resultMapServerName": row.path if row.has_result_maps else "",
        "maximumRecords": row.maximum_records,
        "capabilities": "Uploads" if row.uploads else "",
        "schema": {"json-schema": {"url": schema_url}},
    }


def task_document(service: PublishedService, task: PublishedTask) -> dict[str, Any]:
    """Return the task resource with its parameters, hidden ones left out."""
    names = {one.name for one in task.visible}
    hosted = [HOSTED_PARAMETER] if service.row.hosts_outputs else []
    return {
        # without the blanks of its address: print widgets know a task by that
        "name": task.name.replace(" ", ""),
        "displayName": task.title,
        "description": cleaned(task.description),
        "category": task.category,
        "helpUrl": task.help_url,
        "executionType": service.row.execution_type,
        "parameters": [parameter_document(one, names) for one in task.visible] + hosted,
    }


def parameter_document(
    parameter: Parameter, names: Collection[str] = ()
) -> dict[str, Any]:
    """Return one parameter of a task, in GPServer's words.

    ``names`` are those of the parameters that clients see: one that is hidden is
    nothing to depend on.
    """
    direction = "Output" if parameter.is_output else "Input"
    kind = "Required" if parameter.required else "Optional"
    if parameter.is_output:
        kind = "Derived"
    document = {
        "name": parameter.name,
        "dataType": parameter.data_type.name,
        "displayName": parameter.label or parameter.name.replace("_", " "),
        "description": cleaned(parameter.description),
        "direction": _DIRECTION + direction,
        "defaultValue": parameter.default_document,
        "parameterType": _TYPE + kind,
        "category": parameter.category,
    }
    if parameter.depends_on in names:
        document["dependency"] = parameter.depends_on
    if parameter.choices:
        document["choiceList"] = list(parameter.choices)
    found = None if parameter.is_output else parameter.rule.filter(parameter.data_type)
    if found:
        document["filter"] = found
    infos = parameter_infos(parameter.data_type, parameter.rule)
    if infos:
        document["parameterInfos"] = infos
    return document


def stopped_text(row: Service) -> str:
    """Return what a client is told of a stopped service, with the reason if given."""
    told = f"Service {row.path}/GPServer not started"
    return f"{told}: {row.stop_reason}" if row.stop_reason else told
