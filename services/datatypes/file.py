"""GPDataFile: a file by URL or by the id of an uploaded item."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from services.datatypes.base import DataType, plain_text, shown
from services.errors import InvalidValue
from services.files import DataFile
from services.wire import decode

_KEYS = ("url", "itemID", "portalItemID")
_TEXT_URL = re.compile(r"https?://\S+", re.IGNORECASE)


class GPDataFile(DataType[DataFile]):
    """A file: ``{"url": …}`` or ``{"itemID": …}``; the run fetches it."""

    name = "GPDataFile"
    python_type = DataFile
    widget = "file"
    has_comma_lists = False
    missing: ClassVar[Any] = {}

    def parse(self, raw: Any, notes: list[str] | None = None) -> DataFile:
        if isinstance(raw, str | bytes):
            text = plain_text(raw, 'an object {"url": …} or {"itemID": …}').strip()
            if _TEXT_URL.fullmatch(text):
                raw = {"url": text}
            elif text.startswith("{"):
                raw = decode(text)
        if not isinstance(raw, dict):
            raise InvalidValue(
                f'expected an object {{"url": …}} or {{"itemID": …}}, not {shown(raw)}'
            )
        for key in _KEYS:
            if isinstance(raw.get(key), str) and raw[key]:
                return DataFile(None, ((key, raw[key]),))
        raise InvalidValue('expected an object {"url": …} or {"itemID": …}')

    def dump(self, value: DataFile) -> dict[str, Any]:
        return dict(value.source or ())

    def json_schema(self) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": {key: {"type": "string"} for key in _KEYS},
            "minProperties": 1,
        }
