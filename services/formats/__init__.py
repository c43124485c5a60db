"""Results in other formats than Esri JSON: GeoJSON, KMZ and protocol buffers.

``execute`` and a result answer these for features only. Of several feature outputs
``execute`` puts all into one GeoJSON or KMZ; a protocol buffer holds one. Values of
other types are left out of them: JSON has everything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from services.errors import InvalidParameters, Problem

DOCUMENTS = ("html", "json", "pjson")
FEATURE_FORMATS = ("geojson", "kmz", "pbf")
IMAGE = "image"

#: Media type of what a child process writes.
MEDIA_TYPES = {
    "json": "application/json; charset=utf-8",
    "pjson": "application/json; charset=utf-8",
    "geojson": "application/geo+json",
    "kmz": "application/vnd.google-earth.kmz",
    "pbf": "application/x-protobuf",
}
_FEATURES = "GPFeatureRecordSetLayer"


def feature_names(outputs: Mapping[str, str]) -> list[str]:
    """Return the names of the outputs (name -> data type) that hold features."""
    return [name for name, kind in outputs.items() if kind == _FEATURES]


def refuse_format(format_name: str, outputs: Mapping[str, str]) -> None:
    """Raise InvalidParameters if outputs (name -> data type) cannot be written so."""
    if format_name in DOCUMENTS:
        return
    found = feature_names(outputs)
    if format_name == IMAGE:
        why = "needs a result map service, which this service does not have"
    elif not found:
        kinds = ", ".join(f"{name} is a {kind}" for name, kind in outputs.items())
        why = f"is for features, and {kinds or 'there is no output'}"
    elif format_name == "pbf" and len(found) > 1:
        why = f"holds the features of one output, and there are {', '.join(found)}"
    else:
        return
    raise InvalidParameters(
        [Problem("f", f"{format_name} {why}; use {_listed(_usable(found))}")]
    )


def _usable(found: Sequence[str]) -> tuple[str, ...]:
    """Return the formats that results with these feature outputs have."""
    if not found:
        return DOCUMENTS
    return DOCUMENTS + (FEATURE_FORMATS if len(found) == 1 else FEATURE_FORMATS[:2])


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"
