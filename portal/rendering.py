"""``f`` to a renderer; HTML shows the same document as JSON.

GeoJSON, KMZ and protocol buffers are written by child processes; their renderers
here only write refusals.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
from django.template.loader import render_to_string
from rest_framework.exceptions import ValidationError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from portal.security import form_of
from services import jsonp
from services.errors import InvalidValue

_OPTIONS = orjson.OPT_SERIALIZE_NUMPY


def _default(request: Request) -> str:
    """Return html; json to a client whose form was refused, unless it is a browser."""
    view = (request.parser_context or {}).get("view")
    is_browser = "text/html" in request.META.get("HTTP_ACCEPT", "")
    return "html" if getattr(view, "knows_form", True) or is_browser else "json"


class FormatNegotiation(BaseContentNegotiation):
    """Chooses by ``f`` in query or body, never by Accept; HTML if there is none."""

    def select_parser(self, request: Request, parsers: Iterable[Any]) -> None:
        """Return nothing: views read the form themselves."""

    def select_renderer(  # type: ignore[override]
        self,
        request: Request,
        renderers: Sequence[BaseRenderer],
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str]:
        """Return the renderer that ``f`` names. Raises ValidationError."""
        known = getattr((request.parser_context or {}).get("view"), "formats", ())
        by_name = {one.format: one for one in renderers if one.format in known}
        form = form_of(request)
        name = (form.get("f") or _default(request)).strip().lower()
        problem = ""
        if name not in by_name:
            problem = f"f must be one of {', '.join(map(str, by_name))}"
        elif isinstance(by_name[name], JsonRenderer):
            problem = _problem_with(form.get("callback"))
        if not problem:
            return by_name[name], str(by_name[name].media_type)
        if getattr(request, "refused_format", False):  # the error itself is asked
            return by_name["json"], str(by_name["json"].media_type)
        request.refused_format = True  # type: ignore[attr-defined]
        raise ValidationError(problem)


def _problem_with(callback: str) -> str:
    try:
        jsonp.check_callback(callback or "none")
    except InvalidValue as exc:
        return str(exc)
    return ""


class JsonRenderer(BaseRenderer):
    """JSON, or a call of ``callback`` with it."""

    media_type = "application/json"
    format = "json"
    charset = "utf-8"
    options = _OPTIONS

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        body = orjson.dumps(data, option=self.options)
        context = renderer_context or {}
        callback = form_of(context["request"]).get("callback") if context else ""
        if not callback or _problem_with(callback):
            return body
        context["response"]["Content-Type"] = jsonp.MEDIA_TYPE
        before, after = jsonp.around(callback)
        return before + body + after


class PrettyJsonRenderer(JsonRenderer):
    """JSON for eyes."""

    format = "pjson"
    options = _OPTIONS | orjson.OPT_INDENT_2


class RefusalRenderer(BaseRenderer):
    """JSON for what cannot be said in the format that was asked for."""

    media_type = "application/json"
    charset = "utf-8"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        return orjson.dumps(data, option=_OPTIONS)


class GeoJsonRenderer(RefusalRenderer):
    """Features as GeoJSON."""

    format = "geojson"


class KmzRenderer(RefusalRenderer):
    """Features as KML in a zip."""

    format = "kmz"


class PbfRenderer(RefusalRenderer):
    """Features as a protocol buffer."""

    format = "pbf"


class ImageRenderer(RefusalRenderer):
    """A map of features."""

    format = "image"


class HtmlRenderer(BaseRenderer):
    """The Services Directory: a page for the document."""

    media_type = "text/html"
    format = "html"
    charset = "utf-8"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> str:
        context = renderer_context or {}
        view, request, response = (
            context["view"],
            context["request"],
            context["response"],
        )
        failure = getattr(response, "failure", None)
        if failure is not None:
            response.status_code = failure.code if failure.code < 600 else 400
        template = "directory/error.html" if failure else view.template
        page = {
            "document": data,
            "failure": failure,
            "view": view,
            "json_text": orjson.dumps(data, option=PrettyJsonRenderer.options).decode(),
        }
        if failure is None:
            page |= view.html_context()
        return render_to_string(template, page, request=request._request)
