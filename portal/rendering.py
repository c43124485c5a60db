"""``f`` to a renderer; HTML shows the same document as JSON.

GeoJSON, KMZ and protocol buffers are written by child processes; their renderers
here only write refusals.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
from django.conf import settings
from django.template.loader import render_to_string
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from portal import site
from portal.security import form_of
from services import environment, jsonp
from services.errors import InvalidValue

_OPTIONS = orjson.OPT_SERIALIZE_NUMPY
#: What an administrator switches off together with the Services Directory.
_PAGES = ("html", "help", "sitemap", "geositemap")
_OFF = "The Services Directory has been disabled."


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
        """Return the renderer that ``f`` names.

        Raises ValidationError for what is unknown, PermissionDenied for pages that
        are switched off; asked once more, for the error, it returns what tells it.
        """
        view = (request.parser_context or {}).get("view")
        known = getattr(view, "formats", ())
        by_name = {one.format: one for one in renderers
                   if one.format in (*known, "help")}  # fmt: skip
        form = form_of(request)
        name = (form.get("f") or _default(request)).strip().lower()
        if name in _PAGES and name in by_name and _are_pages_off(view):
            if getattr(request, "refused_format", False):
                return by_name["help"], str(by_name["help"].media_type)
            request.refused_format = True  # type: ignore[attr-defined]
            raise PermissionDenied(_OFF)
        problem = ""
        if name not in by_name and getattr(view, "is_file", False):
            name = "json"  # of its errors: the file comes whatever f says
        if name not in by_name:
            named = [one for one in by_name if one in known]
            problem = f"f must be one of {', '.join(map(str, named))}"
        elif isinstance(by_name[name], JsonRenderer):
            problem = _problem_with(form.get("callback"))
        if not problem:
            return by_name[name], str(by_name[name].media_type)
        if getattr(request, "refused_format", False):  # the error itself is asked
            return by_name["json"], str(by_name["json"].media_type)
        request.refused_format = True  # type: ignore[attr-defined]
        raise ValidationError(problem)


def _are_pages_off(view: Any) -> bool:
    return not site.has_directory() and not getattr(view, "is_file", False)


def _problem_with(callback: str) -> str:
    if callback and not settings.JSONP:
        return "callback is disabled on this server"
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


class SitemapRenderer(RefusalRenderer):
    """Addresses for search engines."""

    format = "sitemap"


class GeoSitemapRenderer(RefusalRenderer):
    """Addresses of KML for search engines; there are none."""

    format = "geositemap"


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
            response.status_code = failure.status or failure.code
        template = self.template(view) if failure is None else _error_template()
        page = {
            "document": data,
            "failure": failure,
            "view": view,
            "json_text": orjson.dumps(data, option=PrettyJsonRenderer.options).decode(),
        }
        if failure is None:
            page |= self.context(view)
        return render_to_string(template, page, request=request._request)

    def template(self, view: Any) -> str:
        """Return the name of the page of a view's document."""
        return str(view.template)

    def context(self, view: Any) -> dict[str, Any]:
        """Return what the page needs besides the document."""
        found: dict[str, Any] = view.html_context()
        return found


class HelpRenderer(HtmlRenderer):
    """What a resource is and takes."""

    format = "help"

    def template(self, view: Any) -> str:
        return "directory/help.html"

    def context(self, view: Any) -> dict[str, Any]:
        names = [one for one in environment.NAMES if not one.startswith("end:")]
        return {"surroundings": names, "has_callbacks": settings.JSONP}


def _error_template() -> str:
    is_on = site.has_directory()
    return "directory/error.html" if is_on else "directory/off.html"
