"""What a file will not carry of a result, known before it is written."""

from __future__ import annotations

from services.formats import Format
from services.geometry.features import Field
from services.stored import Description

_PREFIX = "esriFieldType"
_SHOWN = 5
#: Types of which a format does not know all values, and what becomes of the others.
_LIMITS: dict[str, tuple[set[str], str]] = {
    "xlsx": (
        {"BigInteger", "OID", "Date", "DateOnly"},
        "whole numbers of more than 15 digits and dates before March 1900 are texts",
    ),
    "flatgeobuf": ({"DateOnly"}, "days are moments at midnight"),
    "shapefile": ({"Single", "Double"}, "numbers have at most 15 decimals"),
}
_WGS84 = 4326


def remarks(target: Format, about: Description) -> list[str]:
    """Return a sentence for each thing of a data set that a format has no place for."""
    is_drawn = bool(about.geometry_type)
    found = _of_fields(target, about.fields)
    return (_of_geometries(target, about) if is_drawn else []) + found


def _of_geometries(target: Format, about: Description) -> list[str]:
    found = []
    reference = about.spatial_reference
    if target.reference == "wgs84" and reference and reference.latest_wkid != _WGS84:
        found.append("coordinates are degrees of WGS 84")
    if target.axes < 4 and about.has_m:
        found.append("measures (m) are left out")
    if not target.reference:
        found.append(_of_places(target, about))
    return found


def _of_places(target: Format, about: Description) -> str:
    """Return what is told of geometries where they are columns, or nowhere."""
    reference = about.spatial_reference
    named = f", in {reference.crs.name}" if reference else ""
    if about.geometry_type == "esriGeometryPoint":
        return f"places are the columns x and y{named}"
    if target.name == "xlsx":
        return "geometries are left out"
    return f"geometries are well-known text in the column wkt{named}"


def _of_fields(target: Format, fields: tuple[Field, ...]) -> list[str]:
    found = []
    texts = [one for one in fields if one.type.removeprefix(_PREFIX) in target.as_text]
    if texts:
        found.append(f"{_named(texts)}: values are texts")
    renamed = [one for one in fields if one.alias != one.name]
    if renamed and not target.has_aliases:
        found.append(f"{_named(renamed)}: aliases are left out")
    types = {one.type.removeprefix(_PREFIX) for one in fields}
    limited, sentence = _LIMITS.get(target.name, (set(), ""))
    if types & limited:
        found.append(sentence)
    if not target.has_nulls and any(one.nullable for one in fields):
        found.append("a text that is null is an empty one")
    return found


def _named(fields: list[Field]) -> str:
    names = [f"{one.name} ({one.type.removeprefix(_PREFIX)})" for one in fields]
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
