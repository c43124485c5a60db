"""What describes a service or task besides its documents: item, XML, JSON Schema."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from xml.etree import ElementTree as ET

from services.catalog import PublishedService, PublishedTask
from services.datatypes import DATA_TYPES
from services.itemtexts import tags_of
from services.prose import cleaned
from services.schema import Parameter

#: The children of a service's ``info``.
RESOURCES = ("iteminfo", "metadata", "thumbnail")
_WORLD = [[-180.0, -90.0], [180.0, 90.0]]
_DRAFT = "http://json-schema.org/draft-07/schema#"


def info_document() -> dict[str, Any]:
    """Return the list of what ``info`` holds."""
    return {"resources": list(RESOURCES)}


def iteminfo_document(service: PublishedService, url: str) -> dict[str, Any]:
    """Return the item of a service, in the words of portal items."""
    row = service.row
    first = row.summary or (row.description or "").strip().partition("\n")[0]
    categories = {task.category for task in service.tasks if task.category}
    return {
        "culture": "en-US",
        "name": row.name,
        "guid": None,
        "catalogPath": None,
        "snippet": first,
        "summary": first,
        "description": cleaned(row.description),
        "title": row.title or row.name,
        "tags": sorted({*tags_of(row.tags), *categories}),
        "type": "Geoprocessing Service",
        "typeKeywords": ["Geoprocessing", "Service", "Cairn"],
        "thumbnail": "thumbnail/thumbnail.png",
        "url": url,
        "extent": _WORLD,
        "spatialReference": "GCS_WGS_1984",
        "accessInformation": row.access_information,
        "licenseInfo": row.license_info,
    }


def service_metadata(service: PublishedService) -> bytes:
    """Return the metadata of a service as XML, ArcGIS format 1.0."""
    root = _metadata(service.row.title or service.row.name, service.row.description)
    for task in service.tasks:
        _add_tool(root, task)
    return _text(root)


def task_metadata(task: PublishedTask) -> bytes:
    """Return the metadata of a task as XML, ArcGIS format 1.0."""
    root = _metadata(task.title, task.description)
    _add_tool(root, task)
    return _text(root)


def _metadata(title: str, abstract: str) -> ET.Element:
    root = ET.Element("metadata", {"xml:lang": "en"})
    ET.SubElement(ET.SubElement(root, "Esri"), "ArcGISFormat").text = "1.0"
    identification = ET.SubElement(root, "dataIdInfo")
    citation = ET.SubElement(identification, "idCitation")
    ET.SubElement(citation, "resTitle").text = title
    ET.SubElement(identification, "idAbs").text = abstract
    return root


def _add_tool(root: ET.Element, task: PublishedTask) -> None:
    names = {"name": task.name, "displayname": task.title}
    tool = ET.SubElement(root, "tool", names)
    ET.SubElement(tool, "summary").text = task.description
    parameters = ET.SubElement(tool, "parameters")
    for one in task.visible:
        element = ET.SubElement(
            parameters,
            "param",
            {
                "name": one.name,
                "displayname": one.label or one.name,
                "type": "Required" if one.required else "Optional",
                "direction": "Output" if one.is_output else "Input",
                "datatype": one.data_type.name,
            },
        )
        ET.SubElement(element, "dialogReference").text = one.description


def _text(root: ET.Element) -> bytes:
    made: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return made


def json_schema(service: PublishedService) -> dict[str, Any]:
    """Return the JSON Schema (draft 7) of all data types and of each task's values.

    ``definitions`` has one entry a data type; ``properties`` one a task, with its
    inputs and outputs.
    """
    return {
        "$schema": _DRAFT,
        "title": service.row.path,
        "type": "object",
        "definitions": {kind.name: kind.json_schema() for kind in DATA_TYPES},
        "properties": {task.name: _task_schema(task) for task in service.tasks},
    }


def _task_schema(task: PublishedTask) -> dict[str, Any]:
    inputs = [one for one in task.visible if not one.is_output]
    outputs = [one for one in task.visible if one.is_output]
    return {
        "type": "object",
        "title": task.title,
        "properties": {"inputs": _values(inputs), "outputs": _values(outputs)},
    }


def _values(parameters: Iterable[Parameter]) -> dict[str, Any]:
    found = list(parameters)
    required = [one.name for one in found if one.required and not one.is_output]
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {one.name: _value(one) for one in found},
    }
    return schema | ({"required": required} if required else {})


def _value(parameter: Parameter) -> dict[str, Any]:
    name = parameter.data_type.name
    is_plain = name in {kind.name for kind in DATA_TYPES}
    schema: dict[str, Any] = (
        {"$ref": f"#/definitions/{name}"}
        if is_plain
        else parameter.data_type.json_schema()
    )
    bounds = {"minimum": parameter.minimum, "maximum": parameter.maximum}
    number = name in ("GPLong", "GPDouble")
    limits: dict[str, Any] = {
        key: one for key, one in bounds.items() if number and one is not None
    }
    if parameter.choices and name == "GPString":
        limits["enum"] = list(parameter.choices)
    # Draft 7 ignores what stands beside a $ref.
    return {"allOf": [schema, limits]} if limits else schema
