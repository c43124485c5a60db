"""GPDataFile, and the rasters, which are files as well."""

from __future__ import annotations

import re
from typing import Any, ClassVar, Generic, TypeVar

from services.datatypes.base import DataType, Find, plain_text, shown
from services.errors import InvalidValue
from services.files import (
    DataFile,
    Raster,
    RasterData,
    Source,
    StoredFile,
    Wanted,
)
from services.rasters.grid import Grid
from services.wire import decode

_KEYS = ("url", "itemID", "portalItemID")
_TEXT_URL = re.compile(r"https?://\S+", re.IGNORECASE)
_EXPECTED = 'expected an object {"url": …} or {"itemID": …}'

F = TypeVar("F", bound=DataFile)


class _FileType(DataType[F], Generic[F]):
    """What all files share: they are named, and fetched for the run."""

    widget = "file"
    has_comma_lists = False
    missing: ClassVar[Any] = {}
    takes_sources = True
    wanted: ClassVar[Wanted]

    def parse(self, raw: Any, notes: list[str] | None = None) -> F:
        if isinstance(raw, StoredFile):
            return self.made(raw.source, raw)
        return self.made(self._source(raw), None)

    def resolve(self, raw: Any, find: Find) -> Any:
        return find(self._source(raw))

    def made(self, source: Source, content: StoredFile | None) -> F:
        """Return the value for a source; without content its path is None."""
        raise NotImplementedError

    def _source(self, raw: Any) -> Source:
        if isinstance(raw, str | bytes):
            text = plain_text(raw, 'an object {"url": …} or {"itemID": …}').strip()
            if _TEXT_URL.fullmatch(text):
                raw = {"url": text}
            elif text.startswith("{"):
                raw = decode(text)
        if not isinstance(raw, dict | Source):
            raise InvalidValue(f"{_EXPECTED}, not {shown(raw)}")
        source = Source.of(raw, self.wanted)
        if source is None:
            raise InvalidValue(_EXPECTED)
        return source

    def dump(self, value: F) -> dict[str, Any]:
        return dict(value.source or ())

    def json_schema(self) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": {key: {"type": "string"} for key in _KEYS},
            "minProperties": 1,
        }


class GPDataFile(_FileType[DataFile]):
    """A file: ``{"url": …}`` or ``{"itemID": …}``; the run fetches it."""

    name = "GPDataFile"
    python_type = DataFile
    wanted = "file"

    def made(self, source: Source, content: StoredFile | None) -> DataFile:
        named = {k: v for k, v in source.to_json().items() if k in _KEYS}
        return DataFile(content.path if content else None, tuple(named.items()))


class GPRasterDataLayer(_FileType[Raster]):
    """A raster: ``{"url": …, "format": …}``, an image service, or ``{"itemID": …}``."""

    name = "GPRasterDataLayer"
    python_type: ClassVar[Any] = Raster
    wanted = "raster"

    def made(self, source: Source, content: StoredFile | None) -> Raster:
        return _raster(Raster, source, content)


class GPRasterGrid(GPRasterDataLayer):
    """A raster that the tool gets or gives as a grid of numbers, not as a file."""

    python_type: ClassVar[Any] = Grid

    def native(self, value: Raster | Grid) -> Grid:
        if isinstance(value, Grid):  # made by a step before, in the same run
            return value
        if value.path is None:
            raise InvalidValue("its content is not here")
        from services.rasters.reading import read_grid  # GDAL: loaded for rasters only

        return read_grid(value.path)


class GPRasterData(_FileType[RasterData]):
    """The older name of GPRasterDataLayer."""

    name = "GPRasterData"
    python_type = RasterData
    wanted = "raster"

    def made(self, source: Source, content: StoredFile | None) -> RasterData:
        return _raster(RasterData, source, content)


R = TypeVar("R", bound=Raster)


def _raster(kind: type[R], source: Source, content: StoredFile | None) -> R:
    named = {k: v for k, v in source.to_json().items() if k in (*_KEYS, "format")}
    path = content.path if content else None
    return kind(path, tuple(named.items()), source.format)
