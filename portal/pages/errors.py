"""Pages of errors outside the REST API: what is wrong, its id, and the way back.

They are drawn without a context processor or the database, which may be what fails.
"""

from __future__ import annotations

import sys

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template import loader
from django.utils.translation import gettext as _
from django.views import csrf, defaults

from jobs import trace

#: Below it errors keep the form that clients know, but for the pages of people.
_CONTEXT = f"/{settings.CONTEXT}/"
_ACCOUNT = f"/{settings.CONTEXT}/account"
_RETRY_SECONDS = "10"


def refusal_page(status: int, reasons: list[str], *, back: str = "") -> HttpResponse:
    """Return the page of an error; ``back`` is an address that may help."""
    context = {
        "status": status,
        "heading": headings().get(status, headings()[500]),
        "reasons": reasons,
        "request_id": trace.request_id.get(),
        "back": back,
    }
    text = loader.get_template("portal/failure.html").render(context)
    return HttpResponse(text, status=status, headers={"Cache-Control": "no-store"})


def headings() -> dict[int, str]:
    """Return the heading of each status in the reader's language."""
    return {
        400: _("This request cannot be understood"),
        403: _("Not allowed"),
        404: _("Not found"),
        413: _("Too large"),
        429: _("Too many requests"),
        500: _("Something went wrong"),
        503: _("Not available at the moment"),
    }


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer what Django refuses to read."""
    if is_for_clients(request):
        return defaults.bad_request(request, exception)
    if isinstance(exception, RequestDataTooBig):
        return refusal_page(413, [_("The form holds more than this portal takes.")])
    return refusal_page(400, [_("Something in the address or the form is malformed.")])


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer who may not."""
    if is_for_clients(request):
        return defaults.permission_denied(request, exception)
    return refusal_page(403, [_("Your account has no right to this page.")])


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer an address where nothing is."""
    if is_for_clients(request):
        return defaults.page_not_found(request, exception)
    return refusal_page(404, [_("There is no page at this address.")])


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer a failure of the portal; one of its database as such."""
    if is_for_clients(request):
        return defaults.server_error(request)
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        text = _("The database does not answer. Try again in a moment.")
        response = refusal_page(503, [text], back=request.path)
        response["Retry-After"] = _RETRY_SECONDS
        return response
    return refusal_page(500, [_("The fault is ours, and it has been noted.")])


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form that does not show that it came from a page of the portal."""
    if is_for_clients(request):
        return csrf.csrf_failure(request, reason)
    texts = [
        _("The form was too old, or the browser keeps no cookies of this portal."),
        _("Open the page again, and send the form once more."),
    ]
    return refusal_page(403, texts, back=request.path)


def is_for_clients(request: HttpRequest) -> bool:
    """Tell if an address belongs to the REST API or the Services Directory."""
    path = request.path.lower()
    is_page = path.startswith(_ACCOUNT.lower())
    return path.startswith(_CONTEXT.lower()) and not is_page
