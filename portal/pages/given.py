"""The inputs of a job as its page shows them: values in words, features counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.utils.formats import date_format, get_format
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from jobs.documents import input_document, input_names
from jobs.files import storage
from jobs.models import Job
from portal.pages.form.units import unit_word
from services.pages import form_text
from services.schema import Parameter

_LONGEST = 500
_MANY = 200
_DRAWN = ("GPFeatureRecordSetLayer", "GPExtent", "GPEnvelope")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Given:
    """An input: what it is called, and what was given.

    ``is_code`` says that the text is no prose; ``is_drawn`` that scripts can fetch it
    and show it on the map.
    """

    name: str
    label: str
    text: str | Promise
    is_code: bool = False
    is_drawn: bool = False
    is_cut: bool = False
    is_nothing: bool = False


def given(job: Job) -> list[Given]:
    """Return the inputs of a job that its page shows, in order."""
    known = {one["name"]: Parameter.from_json(one)
             for one in job.snapshot.get("schema", [])}  # fmt: skip
    return [_given(job, known[name]) for name in input_names(job)]


def _given(job: Job, parameter: Parameter) -> Given:
    name, kind = parameter.name, parameter.data_type
    label = parameter.label or name.replace("_", " ")
    if kind.is_secret:
        return Given(name, label, _("(hidden)"))
    raw = job.inputs.get(name)
    if isinstance(raw, dict) and set(raw) == {"file"}:
        return Given(name, label, _size(job, raw["file"]), is_cut=True)
    value = input_document(job, name)["value"]
    if value in (None, "", []):
        return Given(name, label, _("(nothing)"), is_nothing=True)
    is_drawn = kind.name in _DRAWN and isinstance(value, dict) and _has_shape(value)
    told = _told(kind.name, value)
    if told is not None:
        return Given(name, label, told, is_drawn=is_drawn)
    text = form_text(value)
    is_cut = len(text) > _LONGEST
    shown = f"{text[:_LONGEST]}…" if is_cut else text
    return Given(name, label, shown, not isinstance(value, str), is_drawn, is_cut)


def _size(job: Job, name: str) -> str:
    path = job.folder / name
    if not storage.exists(path) or not path.exists():
        return gettext("(deleted)")
    size = filesizeformat(path.stat().st_size)
    return gettext("A large value of %(size)s") % {"size": size}


def _has_shape(value: Mapping[str, Any]) -> bool:
    return "features" in value or "xmin" in value


def _told(kind: str, value: Any) -> str | Promise | None:
    """Return a value in words, None for one that has none of its own."""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, int | float):
        return _date(value) if kind == "GPDate" else _number(value)
    if isinstance(value, dict):
        return _told_object(value)
    if isinstance(value, list) and len(value) <= _MANY and _is_plain(value):
        return ", ".join(str(one) for one in value)
    return None


def _is_plain(values: list[Any]) -> bool:
    return all(isinstance(one, str | int | float) for one in values)


def _told_object(value: Mapping[str, Any]) -> str | None:
    if isinstance(value.get("features"), list):
        return _features(value)
    if "units" in value:
        number = value.get("distance", value.get("area", value.get("time", "")))
        shown = _number(number) if isinstance(number, float) else form_text(number)
        return f"{shown} {unit_word(str(value['units']))}"
    if "xmin" in value:
        sides = (value.get(one) for one in ("xmin", "ymin", "xmax", "ymax"))
        return ", ".join(form_text(one) for one in sides)
    if isinstance(value.get("url"), str):
        return gettext("From %(address)s") % {"address": value["url"][:_LONGEST]}
    if isinstance(value.get("itemID"), str):
        return gettext("Uploaded file %(item)s") % {"item": value["itemID"][:100]}
    return None


def _features(value: Mapping[str, Any]) -> str:
    count = len(value["features"])
    if not value.get("geometryType"):
        return ngettext("%(n)d row", "%(n)d rows", count) % {"n": count}
    shapes = {
        "esriGeometryPoint": ngettext("%(n)d point", "%(n)d points", count),
        "esriGeometryMultipoint": ngettext(
            "%(n)d multipoint", "%(n)d multipoints", count),
        "esriGeometryPolyline": ngettext("%(n)d line", "%(n)d lines", count),
        "esriGeometryPolygon": ngettext("%(n)d polygon", "%(n)d polygons", count),
    }  # fmt: skip
    other = ngettext("%(n)d feature", "%(n)d features", count)
    return shapes.get(value["geometryType"], other) % {"n": count}


def _number(value: float) -> str:
    """Return a number with the decimal sign of the reader's language."""
    return f"{value:.12g}".replace(".", str(get_format("DECIMAL_SEPARATOR")))


def _date(milliseconds: float) -> str:
    try:
        moment = _EPOCH + timedelta(milliseconds=milliseconds)
    except OverflowError:
        return f"{milliseconds:.12g}"
    return f"{date_format(moment, 'SHORT_DATETIME_FORMAT')} UTC"
