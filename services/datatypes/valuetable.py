"""GPValueTable: rows of cells, each column of a data type of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from services.datatypes.base import DataType, Find, Leaf, decoded, plain_text, shown
from services.datatypes.column import Column
from services.errors import InvalidValue

MAX_ROWS = 10_000
_MAX_TEXT = 50_000_000

Row = tuple[Any, ...]


class GPValueTable(DataType[list[Row]]):
    """Rows as arrays of cells in the order of the columns, or as objects.

    null is an empty cell, None in Python; so is "" in a column that is no text.
    Column names match in any case; one that is missing is empty. ``row`` is the
    NamedTuple that the tool's annotation names, if the tool is at hand.
    """

    name = "GPValueTable"
    python_type = list
    widget = "json"
    missing: ClassVar[Any] = []
    has_comma_lists = False

    def __init__(
        self, columns: tuple[Column, ...], row: Callable[..., Row] | None = None
    ) -> None:
        self.columns = columns
        self.takes_sources = any(one.data_type.takes_sources for one in columns)
        self._row = row

    def parse(self, raw: Any, notes: list[str] | None = None) -> list[Row]:
        rows = []
        for index, one in enumerate(self._raw_rows(raw)):
            try:
                rows.append(self._parse_row(one, notes))
            except InvalidValue as exc:
                raise InvalidValue(f"row {index}: {exc}") from None
        return rows

    def resolve(self, raw: Any, find: Find) -> Any:
        if not self.takes_sources:
            return raw
        resolved = []
        for index, one in enumerate(self._raw_rows(raw)):
            try:
                resolved.append(self._resolved_row(one, find))
            except InvalidValue as exc:
                raise InvalidValue(f"row {index}: {exc}") from None
        return resolved

    def _raw_rows(self, raw: Any) -> list[Any]:
        if isinstance(raw, str | bytes):
            text = plain_text(raw, self._expected, _MAX_TEXT).strip()
            if text.startswith("["):
                raw = decoded(text, is_secret=self.is_secret)
        if not isinstance(raw, list):
            raise InvalidValue(f"expected {self._expected}, not {self._shown(raw)}")
        if len(raw) > MAX_ROWS:
            raise InvalidValue(f"{len(raw)} rows, at most {MAX_ROWS} are accepted")
        return raw

    def _resolved_row(self, raw: Any, find: Find) -> Any:
        cells = self._by_name(raw) if isinstance(raw, dict) else raw
        if not isinstance(cells, list) or len(cells) != len(self.columns):
            return raw  # parse says what is wrong with it
        return [
            column.data_type.resolve(cell, find) if cell not in (None, "") else cell
            for column, cell in zip(self.columns, cells, strict=True)
        ]

    @property
    def names(self) -> list[str]:
        """The names of the columns, in order."""
        return [column.name for column in self.columns]

    @property
    def _expected(self) -> str:
        return f"an array of rows, each with the columns {', '.join(self.names)}"

    def _shown(self, raw: Any) -> str:
        return "this" if self.is_secret else shown(raw)

    def _parse_row(self, raw: Any, notes: list[str] | None) -> Row:
        cells = self._by_name(raw) if isinstance(raw, dict) else raw
        if not isinstance(cells, list):
            raise InvalidValue(
                f"expected an array of cells or an object, not {self._shown(raw)}"
            )
        if len(cells) != len(self.columns):
            raise InvalidValue(
                f"has {len(cells)} cells; the {len(self.columns)} columns are"
                f" {', '.join(self.names)}"
            )
        return tuple(
            _parse_cell(column, cell, notes)
            for column, cell in zip(self.columns, cells, strict=True)
        )

    def _by_name(self, raw: dict[str, Any]) -> list[Any]:
        given = {name.lower(): value for name, value in raw.items()}
        cells = [given.pop(column.name.lower(), None) for column in self.columns]
        if given:
            raise InvalidValue(
                f"there is no column {shown(next(iter(given)))};"
                f" they are {', '.join(self.names)}"
            )
        return cells

    def native(self, value: list[Row]) -> list[Row]:
        """Return rows of the tool's own type; an empty cell takes its default."""
        if self._row is None:
            return value
        defaults = list(getattr(self._row, "_field_defaults", {}).values())
        padded = [None] * (len(self.columns) - len(defaults)) + defaults
        return [
            self._row(*(other if cell is None else cell
                        for cell, other in zip(one, padded, strict=True)))
            for one in value
        ]  # fmt: skip

    def write(self, value: list[Row], leaf: Leaf) -> list[list[Any]]:
        kinds = [column.data_type for column in self.columns]
        return [
            [None if cell is None else kind.write(cell, leaf)
             for kind, cell in zip(kinds, row, strict=True)]
            for row in value
        ]  # fmt: skip

    def dump(self, value: list[Row]) -> list[list[Any]]:
        return self.write(value, lambda kind, one: kind.dump(one))

    def json_schema(self) -> dict[str, Any]:
        cells = [_cell_schema(column) for column in self.columns]
        size = len(cells)
        row = {"type": "array", "items": cells, "minItems": size, "maxItems": size}
        return {"type": "array", "items": row}


def _parse_cell(column: Column, raw: Any, notes: list[str] | None) -> Any:
    if raw == "" and not column.data_type.is_text:
        raw = None
    try:
        if raw is None:
            if column.required:
                raise InvalidValue("a value is required")
            return None
        value = column.data_type.parse(raw, notes)
        column.rule.check(value)
    except InvalidValue as exc:
        raise InvalidValue(f"column {column.name}: {exc}") from None
    return value


def _cell_schema(column: Column) -> dict[str, Any]:
    schema = column.data_type.json_schema()
    return schema if column.required else {"anyOf": [schema, {"type": "null"}]}


def as_objects(rows: list[list[Any]], names: list[str]) -> list[dict[str, Any]]:
    """Return written rows as objects keyed by column names."""
    return [dict(zip(names, row, strict=True)) for row in rows]
