"""The language of pages: that of the reader. Documents of the REST API stay English."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.cache import patch_vary_headers

Answer = Callable[[HttpRequest], HttpResponseBase]

#: Below the context clients compare texts; the administration speaks one language.
_ENGLISH = (
    f"/{settings.CONTEXT}/rest/",
    f"/{settings.CONTEXT}/tokens",
    f"/{settings.CONTEXT}/admin/",
    f"/{settings.ADMIN_PATH}/",
    "/static/",
    "/health/",
)


def page_language(get_response: Answer) -> Answer:
    """Return middleware that answers pages in the language of their reader."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        if request.path.lower().startswith(_ENGLISH):
            return get_response(request)
        language = translation.get_language_from_request(request)
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = get_response(request)
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        response.headers.setdefault("Content-Language", language)
        return response

    return answer
