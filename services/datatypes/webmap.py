"""GPString that is a web map: the text may name layers, which the run then has."""

from __future__ import annotations

from typing import Any

from services.datatypes.base import DataType, Find, plain_text
from services.errors import InvalidValue
from services.files import Source, StoredFile
from services.maptext import Place, WebMapText, checked_document, sources_in
from services.wire import decode, encode

MAX_TEXT = 50_000_000


class WebMapString(DataType[WebMapText]):
    """The JSON text of a web map; clients see a GPString.

    A layer that cannot be had is no error: the map is drawn without it.
    """

    name = "GPString"
    form = "WebMap"
    python_type = WebMapText
    widget = "json"
    takes_sources = True
    is_text = True
    has_comma_lists = False

    def parse(self, raw: Any, notes: list[str] | None = None) -> WebMapText:
        if isinstance(raw, WebMapText):
            return raw
        if isinstance(raw, str | bytes):
            raw = decode(plain_text(raw, "the JSON of a web map", MAX_TEXT))
        return WebMapText(checked_document(raw))

    def resolve(self, raw: Any, find: Find) -> WebMapText:
        text = self.parse(raw)
        contents: dict[Place, StoredFile | Source | str] = {}
        for place, source in sources_in(text):
            try:
                contents[place] = find(source)
            except InvalidValue as exc:
                contents[place] = str(exc)
        return WebMapText(text.document, contents)

    def dump(self, value: WebMapText) -> str:
        return encode(value.document).decode()

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string"}
