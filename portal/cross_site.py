"""Changes that a page of another site could make a browser ask for: refused.

A browser adds the cookie ``agstoken`` to each request to the portal, whoever's page
made it send one. What runs, makes or deletes something therefore does not count by
a cookie alone unless the request comes from a page of the portal, or from no page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from portal import site as portal_site
from portal.security import given_token
from services.errors import NotAllowed

if TYPE_CHECKING:
    from rest_framework.views import APIView

_REFUSED = (
    "A page of another site may have sent this: a cookie alone does not allow it."
    " Send the token as a parameter or in a header."
)


class OnlyFromOwnPages(BasePermission):
    """Refuses changes by a cookie alone that another site may have asked for."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not request.user.is_authenticated or not getattr(view, "runs", False):
            return True
        if given_token(request) or _shows_a_form(view):
            return True
        if not _is_from_own_page(request):
            raise NotAllowed(_REFUSED)
        return True


def _shows_a_form(view: APIView) -> bool:
    """Tell if the request only opens the page of an operation."""
    is_form_page = getattr(view, "is_form_page", None)
    return is_form_page is not None and bool(is_form_page())


def _is_from_own_page(request: Request) -> bool:
    """Tell if a page of the portal has sent this, or a program that is no browser.

    Browsers name the origin of each POST of another site. What they say of where a
    GET comes from is missing without TLS and at the will of the page that sends it,
    so a GET has to show that it is ours.
    """
    origin = request.headers.get("Origin")
    if origin is not None:
        return _is_own(request, origin)
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    referer = request.headers.get("Referer", "")
    return request.method == "POST" or _is_own(request, referer)


def _is_own(request: Request, url: str) -> bool:
    """Tell if a URL is of the portal, or of an origin that may use its cookies."""
    try:
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
    except ValueError:
        return False
    if origin == f"{request.scheme}://{request.get_host()}":
        return True
    if not settings.CORS_ALLOW_CREDENTIALS:
        return False
    return portal_site.lets_in(origin)
