"""Maps on paper: what print widgets ask for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from services.drawing.files import encode
from services.drawing.frame import Frame
from services.errors import InvalidParameters, InvalidValue, Problem
from services.files import DataFile
from services.layout.elements import INCH, Sheet
from services.layout.fonts import unknown_characters
from services.layout.maps import map_image
from services.layout.pixels import to_image
from services.layout.svg import to_svg
from services.maptext import WebMapText
from services.tool import Context, Param, tool
from services.webmap.layers import Shown, shown_layers
from services.webmap.options import MAX_PIXELS, Wish, wish_of
from services.webmap.overlays import WORLD_CREDIT, world
from services.webmap.page import Printed, map_sheet, page
from services.webmap.stamps import put_stamps
from services.webmap.templates import CUSTOM_TEXTS, MAP_ONLY, TEMPLATES

Format = Literal["PNG8", "PNG32", "JPG", "GIF", "PDF", "SVG"]
Layout = Literal[
    "MAP_ONLY",
    "A3 Landscape",
    "A3 Portrait",
    "A4 Landscape",
    "A4 Portrait",
    "Letter ANSI A Landscape",
    "Letter ANSI A Portrait",
    "Tabloid ANSI B Landscape",
    "Tabloid ANSI B Portrait",
]
#: Dots an inch of the map in a file that has texts and lines as such.
_SHARP = 200.0
_EXAMPLE = WebMapText(
    {
        "mapOptions": {
            "extent": {
                "xmin": -20.0, "ymin": 30.0, "xmax": 50.0, "ymax": 72.0,
                "spatialReference": {"wkid": 4326},
            }
        },
        "operationalLayers": [],
        "baseMap": {"title": "World"},
        "layoutOptions": {"titleText": "Europe"},
    }
)  # fmt: skip


@tool(title="Export Web Map Task", name="ExportWebMap", category="Printing")
def export_web_map(
    web_map: Annotated[
        WebMapText,
        Param(
            "Web map as JSON",
            name="Web_Map_as_JSON",
            description="The state of the map to print: extent, layers, texts. Layers"
            " are feature collections, pictures, and layers and result maps of this"
            " server; of other servers, feature layers from hosts that are allowed.",
            example=_EXAMPLE,
        ),
    ],
    context: Context,
    format: Annotated[Format, Param("Format")] = "PNG8",
    layout_template: Annotated[
        Layout,
        Param(
            "Layout template",
            description="The sheet, or MAP_ONLY for a picture of the size that the"
            " web map asks for.",
        ),
    ] = "MAP_ONLY",
) -> Annotated[DataFile, Param("Output file", name="Output_File")]:
    """Print a web map on a sheet with title, legend, scale bar and north arrow.

    The scale bar is true in the middle of the map. What cannot be drawn is named in
    a warning. Tiles of basemaps are not fetched: the countries of Natural Earth stand
    in for them.
    """
    try:
        sheet, dpi, wish = laid_out(web_map, format, layout_template, context)
    except InvalidValue as exc:
        raise InvalidParameters([Problem("Web_Map_as_JSON", str(exc))]) from None
    target = context.scratch / f"map.{format.rstrip('0123456789').lower()}"
    target.write_bytes(_file(sheet, format, dpi, wish))
    return DataFile(target)


@tool(
    title="Get Layout Templates Info Task",
    name="GetLayoutTemplatesInfo",
    category="Printing",
)
def get_layout_templates_info(
    folder: Annotated[  # noqa: ARG001  (clients know it; there is one set)
        str | None,
        Param(
            "Layout templates folder",
            name="Layout_Templates_Folder",
            description="Not used: there is one set of layouts.",
        ),
    ] = None,
) -> Annotated[list[dict[str, Any]], Param("Layouts", name="Output_JSON")]:
    """List the layouts for printed maps: sizes, and the texts that each has."""
    return [one.to_json() for one in TEMPLATES.values()]


def laid_out(
    web_map: WebMapText, form: str, layout: str, context: Context
) -> tuple[Sheet, float, Wish]:
    """Return the sheet of a web map, its dots an inch, and what the map asks for.

    Raises InvalidValue for a web map that cannot be read.
    """
    wish = wish_of(web_map.document)
    frame = _frame(wish, layout, form, context)
    printed = _printed(web_map, wish, frame, context)
    if layout == MAP_ONLY:
        return map_sheet(printed), frame.dpi, wish
    _warn_of_texts(wish, context)
    return page(TEMPLATES[layout], printed, wish), frame.dpi, wish


def _frame(wish: Wish, layout: str, form: str, context: Context) -> Frame:
    """Return the frame of the map: as large as the layout has it, or as asked."""
    dpi = max(wish.dpi, _SHARP) if form in ("PDF", "SVG") else wish.dpi
    if layout == MAP_ONLY:
        millimetres = [side / wish.dpi * INCH for side in wish.size]
    else:
        millimetres = list(TEMPLATES[layout].map_size)
    pixels = _square_millimetres(millimetres, wish.rotation) * (dpi / INCH) ** 2
    if pixels > MAX_PIXELS:
        dpi *= (MAX_PIXELS / pixels) ** 0.5
        if dpi < wish.dpi:
            context.warn(f"The map has {dpi:.0f} dots an inch: more are too many.")
    width, height = (max(1, round(side * dpi / INCH)) for side in millimetres)
    return wish.frame((width, height), dpi)


def _square_millimetres(sides: Sequence[float], rotation: float) -> float:
    """Return the area that is drawn: of a turned map all that it is cut out of."""
    across, down = sides
    return across * down if rotation % 360.0 == 0 else across**2 + down**2


def _printed(
    web_map: WebMapText, wish: Wish, frame: Frame, context: Context
) -> Printed:
    """Draw the map."""
    notes: list[str] = []
    context.progress(10, "Reading the layers")
    shown = shown_layers(web_map, frame, notes)
    below = [world] if wish.basemaps else []
    if wish.basemaps:
        notes.append(
            f"The basemap '{wish.basemaps[0]}' cannot be had here: the countries of"
            " Natural Earth stand in for it."
        )
    context.progress(30, "Drawing")
    layers = [layer for one in shown for layer in one.layers]
    image = map_image([*layers, *below], frame, wish.rotation)
    stamps = [stamp for one in reversed(shown) for stamp in one.stamps]
    put_stamps(image, stamps, frame, wish.rotation)
    for note in notes:
        context.warn(note)
    credits = dict.fromkeys(one.credit for one in shown if one.credit)
    sources = [*credits, WORLD_CREDIT] if below else list(credits)
    return Printed(image, frame, _entries(shown, wish), ", ".join(sources))


def _entries(shown: list[Shown], wish: Wish) -> tuple[Any, ...]:
    wanted = wish.legend
    chosen = [one for one in shown if wanted is None or one.id in wanted]
    entries = [entry for one in chosen for entry in one.entries if entry.label]
    return tuple(dict.fromkeys(entries))


def _warn_of_texts(wish: Wish, context: Context) -> None:
    unknown = [name for name in wish.custom if name not in CUSTOM_TEXTS]
    if unknown:
        names = ", ".join(name[:40] for name in unknown[:10])
        context.warn(f"The layout has no texts of the names {names}.")
    texts = wish.title, wish.author, wish.copyright, *wish.custom.values()
    lacking = unknown_characters("".join(texts))
    if lacking:
        context.warn(f"The fonts here lack the characters {lacking[:20]}.")


def _file(sheet: Sheet, form: Format, dpi: float, wish: Wish) -> bytes:
    if form == "PDF":  # the library is only loaded by runs that need it
        from services.layout.pdf import sheet_document

        return sheet_document(sheet, wish.title or "Map", wish.author)
    if form == "SVG":
        return to_svg(sheet).encode()
    return encode(to_image(sheet, dpi), form.lower(), dpi)
