"""What a file of another program holds, read in the child; no Django in here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jobs.child.call import Call, Reply
from jobs.child.writing import json_reply
from services.errors import InvalidParameters, InvalidValue, Problem
from services.geometry.attributes import dump_fields


def contents_reply(call: Call) -> Reply:
    """Answer how many features or rows a file has, and of what kind."""
    from services.reading.readers import read_features, read_table  # GDAL

    entry, most = call.outputs[0], call.limits.max_features
    path, notes = Path(entry["path"]), list[str]()
    try:
        if entry["isTable"]:
            table = read_table(path, notes, max_features=most)
            found: dict[str, Any] = {"count": len(table)}
            fields = table.fields
        else:
            features = read_features(path, notes, max_features=most)
            fields = features.fields
            found = {
                "count": len(features),
                "geometryType": features.geometry_type,
                "spatialReference": features.spatial_reference.to_json(),
            }
    except InvalidValue as exc:
        raise InvalidParameters([Problem("itemID", str(exc))]) from None
    return json_reply(found | {"fields": dump_fields(fields), "notes": notes}, call)
