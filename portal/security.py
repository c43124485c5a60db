"""DRF authentication by token, and the permission to use a service."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.contrib.auth.models import User
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from portal.tokens import user_of
from services.access import may_use, missing, refusal
from services.catalog import service_not_found
from services.errors import GPError, InvalidToken
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
    X-Esri-Authorization and Authorization, the cookie ``agstoken``.
    """
    return given_token(request) or request.COOKIES.get("agstoken", "")


def given_token(request: Request) -> str:
    """Return the token that the client itself has put into a request, not a cookie."""
    given = form_of(request).get("token")
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
        names, resource = view.kwargs, cast("RestView", view)
        if "service" not in names:
            return True
        not_found = service_not_found(names.get("folder"), names["service"])
        if resource.service is None:
            refused = missing(request.user, not_found)
            if refused is not not_found:  # of which the view has its own
                raise refused
            return True
        row = resource.service.row
        if may_use(request.user, row) or resource.is_shared():
            return True
        raise refusal(request.user, not_found)
