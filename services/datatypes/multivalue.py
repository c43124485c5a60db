"""GPMultiValue:<type>: several values of one data type."""

from __future__ import annotations

from typing import Any, ClassVar

from services.datatypes.base import DataType, Find, Leaf, decoded, plain_text
from services.errors import InvalidValue

MAX_VALUES = 10_000
#: Form controls that suit several values as they suit one.
_OWN = ("json", "secret")


class GPMultiValue(DataType[list[Any]]):
    """A JSON array of one member type.

    Also read: a comma list of scalars, and a single bare value. Text that starts
    with ``[`` must be JSON. An empty array is a value: none of them.
    """

    python_type = list
    missing: ClassVar[Any] = []

    def __init__(self, member: DataType[Any]) -> None:
        self.member = member
        self.columns = member.columns
        self.name = f"GPMultiValue:{member.name}"  # type: ignore[misc]
        self.takes_sources = member.takes_sources
        self.has_comma_lists = member.has_comma_lists  # type: ignore[misc]
        self.widget = member.widget if member.widget in _OWN else "text"  # type: ignore[misc]

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
                raw = decoded(text, is_secret=self.is_secret)
            elif text.startswith("{") or not self.member.has_comma_lists:
                raw = [text]
            else:
                return [part.strip() for part in text.split(",")]
        if isinstance(raw, list):
            if None in raw:
                raise InvalidValue("a value is null")
            return raw
        if raw is None:
            raise InvalidValue("expected a JSON array of values, not null")
        return [raw]

    @property
    def is_secret(self) -> bool:
        return self.member.is_secret

    def write(self, value: list[Any], leaf: Leaf) -> list[Any]:
        return [self.member.write(one, leaf) for one in value]

    def dump(self, value: list[Any]) -> list[Any]:
        return [self.member.dump(one) for one in value]

    def json_schema(self) -> dict[str, Any]:
        return {"type": "array", "items": self.member.json_schema()}
