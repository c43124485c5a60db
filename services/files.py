"""Files as tools see them, and the sources that a request names instead of values."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from services.confidential import without_tokens
from services.errors import InvalidValue

#: What a source is to be read as.
Wanted = Literal["features", "table", "raster", "file"]

_MAX_TEXT = 16_384


@dataclass(frozen=True, slots=True)
class Source:
    """Where a value lies that a request only names.

    Exactly one of ``url``, ``item_id`` (an upload to this service) and
    ``portal_item_id`` is set. ``where`` and ``time`` select from a layer;
    ``format`` is that of a raster. ``token`` opens a secured URL; it never shows.
    """

    wanted: Wanted
    url: str = ""
    item_id: str = ""
    portal_item_id: str = ""
    format: str = ""
    where: str = ""
    time: str = ""
    token: str = field(default="", repr=False)

    @classmethod
    def of(cls, raw: Any, wanted: Wanted) -> Source | None:
        """Return the source that a wire object names; None for any other value.

        Source of the forms: gpserver-rest 6.1 to 6.4 and 6.10. Raises InvalidValue
        for an object that names a source in a way that nobody can follow.
        """
        if isinstance(raw, Source):
            return raw
        if not isinstance(raw, dict):
            return None
        url = _text(raw, "url") or _text(raw, "uri")
        item_id, portal_item_id = _text(raw, "itemID"), _text(raw, "portalItemID")
        if not (url or item_id or portal_item_id):
            return None
        return cls(
            wanted=wanted,
            url=url,
            item_id="" if url else item_id,
            portal_item_id="" if url or item_id else portal_item_id,
            format=_text(raw, "format"),
            where=_text(raw, "filter"),
            time=_text(raw, "time"),
            token=_text(raw, "token") or _text(raw, "serviceToken"),
        )

    @property
    def key(self) -> str:
        """A name for this source in tables; tells nothing of the token."""
        parts = (
            self.wanted, self.url, self.item_id, self.portal_item_id, self.format,
            self.where, self.time, self.token,
        )  # fmt: skip
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    def to_json(self) -> dict[str, str]:
        """Return the wire object, without tokens."""
        named = {
            "url": without_tokens(self.url),
            "itemID": self.item_id,
            "portalItemID": self.portal_item_id,
            "format": self.format,
            "filter": self.where,
            "time": self.time,
        }
        return {key: text for key, text in named.items() if text}


def _text(raw: dict[str, Any], key: str) -> str:
    value = raw.get(key)
    if value is None:
        return ""
    if key == "time" and isinstance(value, int):
        value = str(value)  # a moment, in milliseconds
    if not isinstance(value, str):
        raise InvalidValue(f"expected a text for '{key}'")
    if len(value) > _MAX_TEXT or "\0" in value:
        raise InvalidValue(f"expected at most {_MAX_TEXT} characters for '{key}'")
    return value.strip()


@dataclass(frozen=True, slots=True)
class StoredFile:
    """The content of a source on this machine; a raw value like any other.

    A layer that was read in pages has one path for each page. At most
    ``max_features`` rows are to be read of it.
    """

    paths: tuple[Path, ...]
    source: Source
    max_features: int = 50_000

    @property
    def path(self) -> Path:
        """The file, or the first page."""
        return self.paths[0]


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file a tool reads or has written.

    ``path`` is where it lies on this machine during the run. ``source`` is the
    wire object it came from (``{"url": …}`` or ``{"itemID": …}``); None for files
    that a tool made.
    """

    path: Path | None = None
    source: tuple[tuple[str, str], ...] | None = None

    @property
    def name(self) -> str:
        """File name without folders."""
        return self.path.name if self.path else ""


@dataclass(frozen=True, slots=True)
class Raster(DataFile):
    """A raster file that a tool reads or has written: GeoTIFF unless it says else."""

    format: str = ""


@dataclass(frozen=True, slots=True)
class RasterData(Raster):
    """A raster whose parameter has the older type GPRasterData."""
