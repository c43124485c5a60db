"""GPMultiValue:<type>: several values of one data type."""

from __future__ import annotations

from typing import Any, ClassVar

from services.datatypes.base import DataType, Find, plain_text, shown
from services.errors import InvalidValue
from services.wire import decode

MAX_VALUES = 10_000


class GPMultiValue(DataType[list[Any]]):
    """A JSON array of one member type.

    Also read: a comma list of scalars, and a single bare value. Text that starts
    with ``[`` must be JSON. An empty array is a value: none of them.
    """

    python_type = list
    missing: ClassVar[Any] = []

    def __init__(self, member: DataType[Any]) -> None:
        self.member = member
        self.name = f"GPMultiValue:{member.name}"  # type: ignore[misc]
        self.takes_sources = member.takes_sources  # type: ignore[misc]
        self.widget = "json" if member.widget == "json" else "text"  # type: ignore[misc]

    def parse(self, raw: Any, notes: list[str] | None = None) -> list[Any]:
        values = self._split(raw)
        if len(values) > MAX_VALUES:
            raise InvalidValue(
                f"{len(values)} values, at most {MAX_VALUES} are accepted"
            )
        parsed = []
        for index, value in enumerate(values):
            try:
                parsed.append(self.member.parse(value, notes))
            except InvalidValue as exc:
                raise InvalidValue(f"value {index}: {exc}") from None
        return parsed

    def resolve(self, raw: Any, find: Find) -> Any:
        if not self.takes_sources:
            return raw
        return [self.member.resolve(one, find) for one in self._split(raw)]

    def _split(self, raw: Any) -> list[Any]:
        if isinstance(raw, str | bytes):
            text = plain_text(raw, "a JSON array", 50_000_000).strip()
            if text.startswith("["):
                raw = decode(text)
            elif text.startswith("{") or self.member.widget in ("json", "file"):
                raw = [text]
            else:
                return [part.strip() for part in text.split(",")]
        if isinstance(raw, list):
            if None in raw:
                raise InvalidValue("a value is null")
            return raw
        if raw is None or (isinstance(raw, dict) and self.member.widget not in (
            "json", "unit", "file"
        )):  # fmt: skip
            raise InvalidValue(f"expected a JSON array of values, not {shown(raw)}")
        return [raw]

    def dump(self, value: list[Any]) -> list[Any]:
        return [self.member.dump(one) for one in value]

    def json_schema(self) -> dict[str, Any]:
        return {"type": "array", "items": self.member.json_schema()}
