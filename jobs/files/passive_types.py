"""Media types of files that tools have made: none that a browser would run."""

from __future__ import annotations

from pathlib import PurePosixPath

_BYTES = "application/octet-stream"
#: By extension; HTML, SVG, XML and scripts are bytes like all that is unknown.
_TYPES = {
    "csv": "text/csv", "txt": "text/plain", "tsv": "text/tab-separated-values",
    "json": "application/json", "geojson": "application/geo+json",
    "zip": "application/zip", "kmz": "application/vnd.google-earth.kmz",
    "gpkg": "application/geopackage+sqlite3",
    "parquet": "application/vnd.apache.parquet",
    "tif": "image/tiff", "tiff": "image/tiff", "png": "image/png", "gif": "image/gif",
    "jpg": "image/jpeg", "jpeg": "image/jpeg", "pdf": "application/pdf",
}  # fmt: skip


def passive_type(name: str) -> str:
    """Return the media type of a file by its name."""
    return _TYPES.get(PurePosixPath(name).suffix[1:].lower(), _BYTES)
