"""GPSQLExpression and GPStringHidden: texts that are more than texts."""

from __future__ import annotations

import re
from typing import Any

from services.datatypes.base import DataType, plain_text, shown
from services.errors import InvalidValue
from services.texts import HiddenText, SQLExpression

MAX_EXPRESSION = 16_384

#: What is left of an expression once all closed quotes are taken out.
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")


class GPSQLExpression(DataType[SQLExpression]):
    """The where clause of an SQL query; only its length and quotes are looked at."""

    name = "GPSQLExpression"
    python_type = SQLExpression
    is_text = True
    has_comma_lists = False

    def parse(self, raw: Any, notes: list[str] | None = None) -> SQLExpression:
        text = plain_text(raw, "an SQL where clause", MAX_EXPRESSION)
        if not text.strip():
            raise InvalidValue("expected an SQL where clause, not white space")
        if re.search("['\"]", _QUOTED.sub("", text)):
            raise InvalidValue(
                f"expected an SQL where clause with closed quotes, not {shown(text)}"
            )
        return SQLExpression(text)

    def dump(self, value: SQLExpression) -> str:
        return value.text

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string"}


class GPStringHidden(DataType[HiddenText]):
    """A text that is not shown: no refusal, message or page repeats it."""

    name = "GPStringHidden"
    python_type = HiddenText
    widget = "secret"
    is_text = True
    has_comma_lists = False

    def parse(self, raw: Any, notes: list[str] | None = None) -> HiddenText:
        if isinstance(raw, int | float) and not isinstance(raw, bool):
            raw = str(raw)
        if not isinstance(raw, str | bytes):
            raise InvalidValue("expected a text")
        return HiddenText(plain_text(raw, "a text"))

    def dump(self, value: HiddenText) -> str:
        return value.text

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string"}

    @property
    def is_secret(self) -> bool:
        return True
