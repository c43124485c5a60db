"""Tools of the data types that are made of others, or must not be shown."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NamedTuple

from services.errors import ToolFailed
from services.files import DataFile
from services.geometry.features import FeatureSet, Field
from services.texts import HiddenText
from services.tool import Context, Param, tool


class Templates(NamedTuple):
    """JSON where a text is declared."""

    layouts: Annotated[list[dict[str, Any]], Param("Layouts")]
    service: Annotated[dict[str, Any], Param("A service")]


@tool()
def layouts() -> Templates:
    """Answer JSON in the place of texts."""
    sheet = {"layoutTemplate": "A4", "pageSize": [21.0, 29.7]}
    return Templates([sheet], {"url": "https://e.org/FeatureServer"})


class Named(NamedTuple):
    """A row with a layer."""

    name: Annotated[str, Param("Name")]
    layer: Annotated[FeatureSet | None, Param("Layer")] = None


class Nested(NamedTuple):
    """Data sets inside lists and rows."""

    out_sets: Annotated[list[FeatureSet], Param("Sets")]
    out_rows: Annotated[list[Named], Param("Rows")]
    files: Annotated[list[DataFile], Param("Files")]


@tool()
def nest(
    sets: Annotated[list[FeatureSet], Param("Sets")],
    rows: Annotated[list[Named], Param("Rows")],
    context: Context,
) -> Nested:
    """Return lists as they came, and two files of one name."""
    files = []
    for number, text in enumerate(("first", "second")):
        folder = context.scratch / str(number)
        folder.mkdir()
        (folder / "a.txt").write_text(text, "utf-8")
        files.append(DataFile(folder / "a.txt"))
    return Nested(sets, [Named(row.name, row.layer) for row in rows], files)


class Weight(NamedTuple):
    """A row with a default."""

    name: Annotated[str, Param("Name")]
    weight: Annotated[int, Param("Weight", minimum=0)] = 1


@tool()
def weigh(
    weights: Annotated[list[Weight], Param("Weights")],
) -> Annotated[str, Param("What was read", name="Report")]:
    """Tell the rows."""
    return ", ".join(f"{row.name} {row.weight}" for row in weights)


@tool()
def blab(
    password: Annotated[HiddenText, Param("A password")],
    context: Context,
    how: Annotated[Literal["message", "failed", "bug"], Param("How")] = "message",
) -> None:
    """Tell a secret."""
    if how == "failed":
        raise ToolFailed(f"wrong password {password.text}")
    if how == "bug":
        raise RuntimeError(password.text)
    context.message(f"{password} is {password.text}")
    context.progress(50, password.text)


@tool()
def choose(
    layer: Annotated[
        FeatureSet,
        Param("A layer", geometry_type=("esriGeometryPoint", "esriGeometryPolygon")),
    ],
    field: Annotated[
        Field,
        Param(
            "A field",
            depends_on="layer",
            field_types=("esriFieldTypeDouble", "esriFieldTypeInteger"),
        ),
    ],
    table: Annotated[
        DataFile | None, Param("A file", extensions=("csv", "txt"))
    ] = None,
    size: Annotated[
        Annotated[int, Param("A number", minimum=1, maximum=9)]
        | Literal["small", "large"],
        Param("A number or a word"),
    ] = 3,
    sizes: Annotated[
        list[Annotated[int, Param("A number", minimum=1, maximum=9)] | bool] | None,
        Param("Numbers or flags"),
    ] = None,
    weights: Annotated[list[Weight] | None, Param("Weights")] = None,
    kind: Annotated[Literal["A", "B"], Param("A or B")] = "A",
) -> None:
    """Have a filter of every type."""


@tool()
def either(
    given: Annotated[FeatureSet | float, Param("Features or a number")],
) -> Annotated[FeatureSet | float, Param("The same", name="Out")]:
    """Return features or a number as they came."""
    return given


class Numbered(NamedTuple):
    """A row with a file."""

    number: Annotated[int, Param("Number")]
    file: Annotated[DataFile | None, Param("File")] = None


@tool()
def read_all(
    rows: Annotated[list[Numbered], Param("Rows")],
    files: Annotated[list[DataFile], Param("Files")],
    mixed: Annotated[DataFile | float, Param("A file or a number")],
) -> Annotated[list[str], Param("What the files hold", name="Texts")]:
    """Read the files of rows, of a list, and of a composite."""
    found = [row.file for row in rows if row.file] + files
    if isinstance(mixed, DataFile):
        found.append(mixed)
    return [file.path.read_text("utf-8") for file in found if file.path]


class Opened(NamedTuple):
    """A row with a file and what opens it."""

    file: Annotated[DataFile, Param("A file")]
    password: Annotated[HiddenText | None, Param("What opens it")] = None


@tool()
def open_all(
    rows: Annotated[list[Opened], Param("Rows")],
) -> Annotated[int, Param("Bytes in all", name="Bytes")]:
    """Return the size of all files."""
    return sum(row.file.path.stat().st_size for row in rows if row.file.path)
