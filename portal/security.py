"""DRF authentication by token, and the permission to use a service."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.contrib.auth.models import User
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from portal import rates
from portal.models import AccessToken
from portal.proxy import address_of
from portal.tokens import row_of
from services.access import may_use, missing, refusal
from services.catalog import service_not_found
from services.errors import NO_RIGHT, GPError, InvalidToken, NotAllowed
from services.form import Form, parse_form

if TYPE_CHECKING:
    from rest_framework.views import APIView

    from services.views import RestView

_BEARER = "bearer "


def form_of(request: Request) -> Form:
    """Return the form that the view has read; the query alone before that.

    A query that was refused counts as empty: its error still has to be answered.
    """
    form = getattr(_view_of(request), "form", None)
    if isinstance(form, Form) and (form.small or form.large):
        return form
    query = request.META.get("QUERY_STRING", "")[:65536]
    try:
        return parse_form(query.encode("latin-1"))
    except GPError:
        return Form()


def _view_of(request: Request) -> RestView | None:
    return (request.parser_context or {}).get("view")


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
    """The user of the request's token; a bad token is refused, none is a stranger.

    ``request.auth`` is the row of the token. Requests are counted here, where it is
    first known whose they are.
    """

    def authenticate(self, request: Request) -> tuple[User, AccessToken] | None:
        is_poll = getattr(_view_of(request), "is_poll", False)
        rates.count_address(request._request, is_poll=is_poll)
        token = self.token(request)
        if not token:
            return None
        if len(token) > 500:
            raise InvalidToken("Invalid Token")
        referer = request.META.get("HTTP_REFERER", "")
        row = row_of(token, referer=referer, ip=address_of(request._request))
        user: User = row.user
        rates.count_user(user.pk, is_poll=is_poll)
        return user, row

    def token(self, request: Request) -> str:
        """Return the token that counts, "" if there is none."""
        return token_of(request)


class PortalSession(BaseAuthentication):
    """The user who has signed in to the portal's pages, for what these pages ask.

    Only where no token came. A call of a function (JSONP) is no place for a cookie:
    any page may ask for one. What changes something has to come from a page of the
    portal (portal/cross_site.py).
    """

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        if form_of(request).get("callback"):
            return None
        user = getattr(request._request, "user", None)
        if not isinstance(user, User) or not user.is_active:
            return None
        is_poll = getattr(_view_of(request), "is_poll", False)
        rates.count_user(user.pk, is_poll=is_poll)
        return user, None


class MayUseService(BasePermission):
    """Lets a request pass that may use the service of its path.

    With an API key, the service has to be in the key's scope too.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        names, resource = view.kwargs, cast("RestView", view)
        if "service" not in names:
            if not _is_for(request, resource):
                raise NotAllowed(NO_RIGHT)
            return True
        not_found = service_not_found(names.get("folder"), names["service"])
        if resource.service is None:
            refused = missing(request.user, not_found)
            if refused is not not_found:  # of which the view has its own
                raise refused
            return True
        is_usable = may_use(request.user, resource.service.row)
        if (is_usable and _is_for(request, resource)) or resource.is_shared():
            return True
        raise NotAllowed(NO_RIGHT) if is_usable else refusal(request.user, not_found)


def _is_for(request: Request, view: RestView) -> bool:
    """Tell if the key of a request, if it has one, is for what a view does."""
    token = request.auth
    if not isinstance(token, AccessToken) or not token.is_key:
        return True
    service = view.service
    is_open = service is None and view.limits_itself
    is_inside = is_open or token.opens(service.row.pk if service else None)
    return is_inside and (token.may_run or not view.runs)
