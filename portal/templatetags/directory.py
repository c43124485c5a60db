"""Tags and filters of the Services Directory: places, links, values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from django import template
from django.conf import settings
from django.template import Context
from django.utils.html import linebreaks
from django.utils.safestring import SafeString, mark_safe

from jobs.access.sharing import PARAMETER as SHARE
from jobs.status import FINAL
from portal.security import form_of
from services.confidential import without_tokens
from services.errors import NotFound
from services.pages import (
    Crumb,
    OperationForm,
    form_text,
    operation_form,
    place_of,
    root_path,
)
from services.prose import clean, is_markup
from services.request import MAX_QUERY

register = template.Library()

#: Rows of a feature set that a page shows; the JSON has them all.
MAX_ROWS = 100
_MAX_CELL = 200
_MAX_TEXT = 20_000
#: Above this many characters a page does not repeat its document.
_MAX_DOCUMENT = 50_000
_BAD_TOKEN = 498


@dataclass(frozen=True, slots=True)
class Page:
    """What every page knows of itself; paths in here are not quoted yet."""

    path: str
    crumbs: tuple[Crumb, ...]
    token: str
    share: str
    root: str
    token_path: str
    task_path: str
    job_path: str
    json_url: str
    is_inputs: bool
    is_refreshing: bool

    @property
    def title(self) -> str:
        """The name of the page's own step of the breadcrumb."""
        return self.crumbs[-1].text


@register.simple_tag(takes_context=True)
def page(context: Context) -> Page:
    """Return the page of a view."""
    request, failure = context["request"], context.get("failure")
    place, form = place_of(request.path), form_of(context["view"].request)
    token = form.get("token").strip()
    # Links of a page that has refused a token must not carry it on.
    is_bad = failure is not None and failure.code == _BAD_TOKEN
    return Page(
        path=request.path.rstrip("/"),
        crumbs=place.crumbs,
        token="" if is_bad else token,
        share=form.get(SHARE).strip(),
        root=root_path(),
        token_path=f"/{settings.CONTEXT}/tokens/generateToken",
        task_path=place.task_path,
        job_path=place.job_path,
        json_url=_json_url(context, token),
        is_inputs="/inputs" in request.path.lower()[len(place.job_path) :],
        is_refreshing=form.get("refresh").lower() != "off",
    )


def _json_url(context: Context, token: str) -> str:
    """Return the URL of the same document as JSON; "" if only a POST has it.

    Also if it would repeat the token of an input.
    """
    request, document = context["request"], context["document"]
    place, path = place_of(request.path), request.path
    if isinstance(document, dict) and list(document) == ["help"]:
        return ""
    if place.job_path and path.rstrip("/").lower().endswith("/cancel"):
        return _link(place.job_path, {"f": "pjson", "token": token})
    if request.method == "POST":
        return ""
    if isinstance(document, dict) and list(document) == ["form"]:
        path = place.task_path  # a form is no document: its task describes it
    query = parse_qsl(request.META.get("QUERY_STRING", "")[:MAX_QUERY], True)
    kept = [pair for pair in query if pair[0].lower() not in ("f", "refresh")]
    if any(without_tokens(text) != text for _, text in kept):
        return ""
    return f"{quote(path)}?{urlencode([*kept, ('f', 'pjson')])}"


def _link(path: str, query: Mapping[str, str]) -> str:
    asked = urlencode({name: value for name, value in query.items() if value})
    return f"{quote(path)}?{asked}" if asked else quote(path)


@register.simple_tag(takes_context=True)
def href(context: Context, *parts: Any, **query: str) -> str:
    """Return the URL of path parts; carries the token that opened the page.

    A share link only opens what is below its job, so its secret goes nowhere else.
    """
    path = "/".join(str(part) for part in parts)
    page = context["page"]
    share = page.share if "/jobs/" in path else ""
    return _link(path, {"token": page.token, SHARE: share} | query)


@register.simple_tag(takes_context=True)
def file_href(context: Context, url: Any) -> str:
    """Return the URL of a file value if a browser may follow it, else "".

    Only files of this portal get token and share: any other server could keep them.
    Those are in its folders of files, or below the page or its job.
    """
    if not isinstance(url, str) or not url.lower().startswith(("http://", "https://")):
        return ""
    page, absolute = context["page"], context["request"].build_absolute_uri
    folder = absolute(f"/{settings.CONTEXT}/rest/directories/")
    places = [absolute(quote(one)).lower() for one in (page.path, page.job_path) if one]
    is_ours = url.startswith(folder) or url.lower().startswith(tuple(places))
    held = {"token": page.token, SHARE: page.share}
    asked = urlencode({name: value for name, value in held.items() if value})
    return f"{url}{'&' if '?' in url else '?'}{asked}" if asked and is_ours else url


@register.simple_tag(takes_context=True)
def task_form(context: Context) -> OperationForm | None:
    """Return the form of an operation's page; after a refusal, with what was sent."""
    view, failure = context["view"], context.get("failure")
    operation = getattr(view, "operation", "")
    if not operation:
        return None
    if failure is None:
        return operation_form(view.task(), operation)
    if failure.code != 400 or view.service is None:
        return None
    if view.service.row.is_synchronous != (operation == "execute"):
        return None
    try:
        sent = {name: without_tokens(text) for name, text in view.form.small.items()}
        return operation_form(view.task(), operation, sent, failure.details)
    except NotFound:
        return None


@register.filter
def is_final(status: str) -> bool:
    """Tell if a job of this status will not change any more."""
    return status in FINAL


@register.filter
def pairs(document: Any) -> list[tuple[str, Any]]:
    """Return the members of an object; ``.items`` could be a member itself."""
    return list(document.items()) if isinstance(document, dict) else []


@register.filter
def results_of(document: Any) -> list[Any]:
    """Return the results of an execute document or of a bare array."""
    found = document.get("results") if isinstance(document, dict) else document
    return found if isinstance(found, list) else []


@register.filter
def prose(text: str) -> SafeString:
    """Return a description as HTML: what is harmless of it, or lines of plain text."""
    if is_markup(text):
        return mark_safe(clean(text))
    return mark_safe(linebreaks(text, autoescape=True))


@register.filter
def is_short(text: str) -> bool:
    """Tell if a text stands in one line."""
    return len(text) <= _MAX_CELL and "\n" not in text


@register.filter
def moment(milliseconds: int) -> str:
    """Return epoch milliseconds as a date and time in UTC."""
    return f"{datetime.fromtimestamp(milliseconds / 1000, UTC):%Y-%m-%d %H:%M:%S} UTC"


@register.filter
def as_document(text: str) -> str:
    """Return a document's JSON text, "" if it is too long for a page."""
    return text if len(text) <= _MAX_DOCUMENT else ""


@register.filter
def shown_text(value: Any) -> str:
    """Return a value for reading: JSON with indents, a text bare; cut if very long."""
    if isinstance(value, str) and value:
        text = value
    else:
        text = json.dumps(value, ensure_ascii=False, indent=2)
    if len(text) <= _MAX_TEXT:
        return text
    return f"{text[:_MAX_TEXT]}\n… ({len(text)} characters in all: see the JSON)"


@dataclass(frozen=True, slots=True)
class FeatureTable:
    """The attributes of a feature set or table, as texts."""

    count: int
    geometry_type: str
    reference: str
    is_over_limit: bool
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@register.filter
def feature_table(value: Any) -> FeatureTable | None:
    """Return the table of a result's value; None if it is no set of features."""
    if isinstance(value, dict) and isinstance(value.get("featureSet"), dict):
        value = value["featureSet"]
    if not isinstance(value, dict) or not isinstance(value.get("features"), list):
        return None
    features = value["features"]
    attributes = [_attributes(one) for one in features[:MAX_ROWS]]
    columns = _columns(value.get("fields"), attributes)
    return FeatureTable(
        count=len(features),
        geometry_type=str(value.get("geometryType") or ""),
        reference=_reference(value.get("spatialReference")),
        is_over_limit=value.get("exceededTransferLimit") is True,
        columns=columns,
        rows=tuple(
            tuple(_cell(one[name]) if name in one else "" for name in columns)
            for one in attributes
        ),
    )


def _attributes(feature: Any) -> dict[str, Any]:
    if not isinstance(feature, dict):
        return {}
    found = feature.get("attributes", feature.get("properties"))
    return found if isinstance(found, dict) else {}


def _columns(fields: Any, attributes: list[dict[str, Any]]) -> tuple[str, ...]:
    declared = fields if isinstance(fields, list) else []
    named = [one for one in declared if isinstance(one, dict) and "name" in one]
    names = [str(one["name"]) for one in named]
    found = names or [name for one in attributes for name in one]
    return tuple(dict.fromkeys(found))


def _cell(value: Any) -> str:
    text = form_text(value) if value is not None else "null"
    return text if len(text) <= _MAX_CELL else f"{text[:_MAX_CELL]}…"


def _reference(given: Any) -> str:
    if not isinstance(given, dict):
        return ""
    wkid, latest = given.get("wkid"), given.get("latestWkid")
    if wkid is None:
        return str(given.get("wkt") or "")[:_MAX_CELL]
    return f"{wkid} ({latest})" if latest not in (None, wkid) else str(wkid)
