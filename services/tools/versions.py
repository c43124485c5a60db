"""Versions of a database that has one."""

from __future__ import annotations

from typing import Annotated

import pyarrow as pa

from services.geometry.features import Field, RecordSet
from services.tool import Param, tool

_FIELDS = (
    Field("ObjectID", "esriFieldTypeOID", nullable=False),
    Field("name", "esriFieldTypeString", "Name", 64),
    Field("created", "esriFieldTypeDate", "Created"),
    Field("access", "esriFieldTypeString", "Access", 16),
    Field("description", "esriFieldTypeString", "Description", 64),
    Field("isowner", "esriFieldTypeString", "Is owner", 8),
    Field("lastmodified", "esriFieldTypeDate", "Last modified"),
    Field("parentversionname", "esriFieldTypeString", "Parent version", 64),
)
_MADE = 1_709_164_800_000  # 2024-02-29


@tool(title="ListVersions", category="Samples")
def list_versions() -> Annotated[
    RecordSet, Param("Versions", name="Versions", fields=_FIELDS)
]:
    """List the versions of a database.

    A table that is always the same, for clients to try: there is no database behind
    it, and its one version is called sde.DEFAULT, as everywhere.
    """
    moment = pa.array([_MADE], pa.timestamp("ms", tz="UTC"))
    return RecordSet.from_columns(
        {
            "ObjectID": [1],
            "name": ["sde.DEFAULT"],
            "created": moment,
            "access": ["Public"],
            "description": ["Instance default version."],
            "isowner": ["False"],
            "lastmodified": moment,
            "parentversionname": pa.array([None], pa.string()),
        },
        _FIELDS,
    )
