"""CSV and its like: everything is read as text first, then typed column by column."""

from __future__ import annotations

import codecs
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import shapely

from services.errors import InvalidValue
from services.geometry.crs import WGS84, SpatialReference, outside
from services.reading.columns import MAX_FIELDS, inferred
from services.reading.ogr import table_of
from services.reading.shapes import Shapes, of_one_type

_BLOCK = 4 * 2**20  # no line may be longer
_DELIMITERS = (",", ";", "\t")
#: Names of the columns with x and y; the first two say that these are degrees.
_PAIRS = (
    ("longitude", "latitude"), ("lon", "lat"), ("long", "lat"), ("lng", "lat"),
    ("x", "y"), ("point_x", "point_y"), ("easting", "northing"), ("east", "north"),
    ("xcoord", "ycoord"), ("x_coord", "y_coord"),
)  # fmt: skip
_DEGREES = 4  # pairs at the head of that list
_WKT = "wkt"
#: What no feature set holds; parsers crash on deep nesting.
_NO_SHAPE = r"(?i)collection|curve|surface|compound|tin|(\(\s*){4}"
_Z_NAMES = ("z", "point_z", "elevation", "altitude")


def read_delimited(path: Path, notes: list[str], max_features: int | None) -> pa.Table:
    """Return the rows with types that all values of a column have.

    The first row names the columns. Raises InvalidValue for what is no text, for a
    row of another length, and above ``max_features`` rows.
    """
    encoding = _encoding(path, notes)
    with path.open("rb") as file:
        first = file.readline(_BLOCK)
    delimiter = max(_DELIMITERS, key=first.decode(encoding, "replace").count)
    if first.count(delimiter.encode()) >= 4 * MAX_FIELDS:
        raise _too_wide()
    try:
        table = _texts(path, encoding, delimiter, max_features)
    except pa.ArrowInvalid as exc:
        raise InvalidValue(f"expected delimited text: {_reason(str(exc))}") from None
    if table.num_columns > MAX_FIELDS:
        raise _too_wide()
    if not table.num_rows:
        raise InvalidValue("expected a row with the names of the columns")
    names = [column[0].as_py() or "" for column in table.columns]
    rows = table.slice(1)
    return pa.table([inferred(column) for column in rows.columns], names=names)


def _too_wide() -> InvalidValue:
    return InvalidValue(f"has too many columns; at most {MAX_FIELDS} are accepted")


def _texts(
    path: Path, encoding: str, delimiter: str, max_features: int | None
) -> pa.Table:
    options = pa.csv.ReadOptions(
        block_size=_BLOCK, encoding=encoding, autogenerate_column_names=True
    )
    with path.open("rb") as file:
        width = len(pa.csv.open_csv(file, options, _parse(delimiter)).schema)
    convert = pa.csv.ConvertOptions(
        column_types={f"f{index}": pa.string() for index in range(width)},
        strings_can_be_null=True,
        null_values=[""],
    )
    with path.open("rb") as file:
        reader = pa.csv.open_csv(file, options, _parse(delimiter), convert)
        most = None if max_features is None else max_features + 1  # and the names
        return table_of(reader, reader.schema, most)


def _parse(delimiter: str) -> pa.csv.ParseOptions:
    return pa.csv.ParseOptions(delimiter=delimiter, newlines_in_values=True)


def _reason(text: str) -> str:
    if "straddling" in text:
        return "a line is longer than 4 MB in size"
    return text.partition("CSV parse error: ")[2].split(":")[0][:80] or "it is broken"


def _encoding(path: Path, notes: list[str]) -> str:
    """Return utf-8, or cp1252 with a note for text that is not UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        head = file.read(4)
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise InvalidValue("expected text in the encoding UTF-8, not UTF-16")
        file.seek(0)
        try:
            while piece := file.read(2**20):
                if b"\0" in piece:
                    raise InvalidValue("expected text; NUL characters are not accepted")
                decoder.decode(piece)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            notes.append("the text is not UTF-8: Windows-1252 was assumed")
            return "cp1252"
    return "utf-8"


def places_of(
    table: pa.Table, reference: SpatialReference | None, notes: list[str]
) -> tuple[Shapes, SpatialReference]:
    """Return the points of the columns with coordinates, and where they are meant.

    Degrees by their name are WGS 84; other columns too, with a note, if they can be
    degrees and no ``reference`` is given. Without such columns, one of well-known
    text has the geometries. Raises InvalidValue.
    """
    names = _by_name(table)
    if _is_drawn(names):
        return _drawn_of(table, names[_WKT], reference, notes)
    at, pair = _pair(names)
    x, y = (_numbers(table, names[name]) for name in pair)
    odd = np.flatnonzero(np.isnan(x) != np.isnan(y))
    if len(odd):
        missing = pair[0] if np.isnan(x[odd[0]]) else pair[1]
        raise InvalidValue(f"row {odd[0] + 1}: there is no {names[missing]}")
    given = np.isfinite(x) & np.isfinite(y)
    if at >= _DEGREES and reference is None:
        if outside(np.column_stack([x, y])[given], WGS84).any():
            raise InvalidValue(
                f"the columns {names[pair[0]]} and {names[pair[1]]} are not degrees,"
                " and the file does not say its spatial reference: give longitude and"
                " latitude"
            )
        notes.append("no spatial reference was given: WGS 84 (4326) was assumed")
    geometries = np.full(len(x), None, dtype=object)
    axes = [x, y, *_heights(table, names)]
    geometries[given] = shapely.points(np.column_stack(axes)[given])
    is_degrees = at < _DEGREES or reference is None
    found = WGS84 if is_degrees or reference is None else reference
    return Shapes(geometries, "esriGeometryPoint"), found


def attributes_of(table: pa.Table) -> pa.Table:
    """Return the columns without the one that ``places_of`` reads geometries from."""
    names = _by_name(table)
    return table.drop_columns([names[_WKT]]) if _is_drawn(names) else table


def _by_name(table: pa.Table) -> dict[str, str]:
    return {name.strip().lower(): name for name in reversed(table.column_names)}


def _is_drawn(names: dict[str, str]) -> bool:
    has_pair = any(first in names and second in names for first, second in _PAIRS)
    return _WKT in names and not has_pair


def _drawn_of(
    table: pa.Table, name: str, reference: SpatialReference | None, notes: list[str]
) -> tuple[Shapes, SpatialReference]:
    """Return the geometries of a column of well-known text."""
    column = table[name]
    if not pa.types.is_string(column.type) and column.null_count < len(column):
        raise InvalidValue(f"the column {name} must hold well-known text")
    column = column.cast(pa.string())
    if pc.any(pc.match_substring_regex(column, _NO_SHAPE)).as_py():
        raise InvalidValue(
            f"the column {name} must hold points, lines or polygons, not nested in"
            " collections or deeper"
        )
    texts = column.to_numpy(zero_copy_only=False)
    made = np.asarray(shapely.from_wkt(texts, on_invalid="ignore"), dtype=object)
    bad = np.flatnonzero(shapely.is_missing(made) & np.asarray(column.is_valid()))
    if len(bad):
        raise InvalidValue(
            f"row {bad[0] + 1}: {str(texts[bad[0]])[:40]} is no well-known text"
        )
    if reference is None:
        if outside(shapely.get_coordinates(made), WGS84).any():
            raise InvalidValue(
                f"the column {name} is not in degrees, and the file does not say its"
                " spatial reference"
            )
        notes.append("no spatial reference was given: WGS 84 (4326) was assumed")
    return of_one_type(made), reference or WGS84


def _pair(names: dict[str, str]) -> tuple[int, tuple[str, str]]:
    for at, pair in enumerate(_PAIRS):
        if pair[0] in names and pair[1] in names:
            return at, pair
    known = ", ".join(f"{first}/{second}" for first, second in _PAIRS[:7])
    raise InvalidValue(f"expected two columns with coordinates, such as {known}")


def _numbers(table: pa.Table, name: str) -> np.ndarray:
    column = table[name]
    kind = column.type
    if pa.types.is_string(kind) and column.null_count < len(column):
        bad = next(iter(pc.drop_null(column))).as_py()
        raise InvalidValue(f"the column {name} must hold numbers, not '{bad[:40]}'")
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
        if column.null_count < len(column):
            raise InvalidValue(f"the column {name} must hold numbers")
        return np.full(len(column), np.nan)
    return np.asarray(column.cast(pa.float64()).to_numpy(), dtype=float)


def _heights(table: pa.Table, names: dict[str, str]) -> list[np.ndarray]:
    for name in _Z_NAMES:
        if name in names and not pa.types.is_string(table[names[name]].type):
            return [_numbers(table, names[name])]
    return []
