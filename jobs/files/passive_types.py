"""Media types of files that tools have made: none that a browser would run."""

from __future__ import annotations

from pathlib import PurePosixPath

from services.formats import FILES

_BYTES = "application/octet-stream"
#: By extension; HTML, SVG, XML and scripts are bytes like all that is unknown.
_TYPES = {
    **{one.extension: one.media_type for one in FILES.values()},
    "txt": "text/plain", "tsv": "text/tab-separated-values",
    "tif": "image/tiff", "tiff": "image/tiff", "png": "image/png", "gif": "image/gif",
    "jpg": "image/jpeg", "jpeg": "image/jpeg", "pdf": "application/pdf",
}  # fmt: skip


def passive_type(name: str) -> str:
    """Return the media type of a file by its name."""
    return _TYPES.get(PurePosixPath(name).suffix[1:].lower(), _BYTES)
