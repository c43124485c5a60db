"""DRF authentication by token, and the permission to use a service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.models import User
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from portal.tokens import user_of
from services.catalog import may_use
from services.errors import GPError, InvalidToken, NotAllowed, TokenRequired
from services.form import Form, parse_form

if TYPE_CHECKING:
    from rest_framework.views import APIView

    from services.views import RestView

_BEARER = "bearer "


def form_of(request: Request) -> Form:
    """Return the form that the view has read; the query alone before that.

    A query that was refused counts as empty: its error still has to be answered.
    """
    view: RestView | None = (request.parser_context or {}).get("view")
    form = getattr(view, "form", None)
    if isinstance(form, Form) and (form.small or form.large):
        return form
    query = request.META.get("QUERY_STRING", "")[:65536]
    try:
        return parse_form(query.encode("latin-1"))
    except GPError:
        return Form()


def token_of(request: Request) -> str:
    """Return the token of a request, "" if there is none.

    Looked for in this order: parameter ``token``, the headers
    X-Esri-Authorization and Authorization, the cookie ``agstoken``. A call of a
    function (JSONP) is no place for the cookie: any page may ask for one.
    """
    given = given_token(request)
    if given or form_of(request).get("callback"):
        return given
    return request.COOKIES.get("agstoken", "")


def given_token(request: Request) -> str:
    """Return the token that the client itself has put into a request, not a cookie."""
    form = form_of(request)
    if any(name.lower() == "token" for name in form.large):
        raise InvalidToken("Invalid Token")  # far longer than any that we give
    given = form.get("token")
    if given:
        return given.strip()
    for header in ("HTTP_X_ESRI_AUTHORIZATION", "HTTP_AUTHORIZATION"):
        value = request.META.get(header, "")
        if value.lower().startswith(_BEARER):
            return str(value[len(_BEARER) :]).strip()
    return ""


class TokenAuthentication(BaseAuthentication):
    """The user of the request's token; a bad token is refused, none is a stranger."""

    def authenticate(self, request: Request) -> tuple[User, str] | None:
        token = self.token(request)
        if not token:
            return None
        if len(token) > 500:
            raise InvalidToken("Invalid Token")
        referer = request.META.get("HTTP_REFERER", "")
        ip = request.META.get("REMOTE_ADDR", "")
        return user_of(token, referer=referer, ip=ip), token

    def token(self, request: Request) -> str:
        """Return the token that counts, "" if there is none."""
        return token_of(request)


class MayUseService(BasePermission):
    """Lets a request pass that may use the service of its path."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        service = getattr(view, "service", None)
        if service is None or may_use(request.user, service.row):
            return True
        if not request.user.is_authenticated:
            raise TokenRequired("Token Required")
        raise NotAllowed(
            "You do not have permissions to access this resource"
            " or perform this operation."
        )
