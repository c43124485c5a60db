"""Tokens over HTTP, and the portal's front page."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.request import Request
from rest_framework.response import Response

from portal import audit, logins, rates, second_factor, site, tokens
from portal.models import AccessToken
from portal.proxy import address_of, canonical
from portal.tokens import Binding
from services.errors import InvalidParameters, LoginFailed, Problem
from services.views import RestView

_LONGEST_REFERER = 500
_CODE = "Invalid code of the authenticator app specified."
_LOGIN = "Invalid username or password specified."


class GenerateTokenView(RestView):
    """Issues a token for a user name and password."""

    permission_classes = ()
    authentication_classes = ()
    template = "directory/token.html"

    def get(self, request: Request, **names: str) -> Response:
        if settings.TOKENS_BY_GET and self.form.get("username"):
            answer: Response = self.post(request, **names)
            return answer
        if self.form.get("password"):
            raise MethodNotAllowed("GET")  # a password has no place in a URL
        return Response({})

    def post(self, request: Request, **names: str) -> Any:
        rates.count_address(request._request, is_poll=False)
        token, row = self._exchanged() or self._issued()
        audit.say_login(request._request, row.user, f"Got the token {row.prefix}….")
        return Response(
            {
                "token": token,
                "expires": int(row.expires_at.timestamp() * 1000),
                "ssl": request.is_secure(),
            },
            headers={"Cache-Control": "no-store"},
        )

    def _exchanged(self) -> tuple[str, AccessToken] | None:
        """Return a token for the token that came instead of a user name, if one did."""
        given = self.form.get("token")
        if not given or self.form.get("username"):
            return None
        referer, ip = self.request.headers.get("Referer", ""), self._address()
        return tokens.exchange(given.strip(), referer=referer, ip=ip)

    def _issued(self) -> tuple[str, AccessToken]:
        user = self._user()
        bound = self._binding()
        minutes = self._minutes()
        return tokens.issue(
            user, minutes, referer=bound.referer, ip=bound.ip,
            has_second_factor=self._shows_code(user),
        )  # fmt: skip

    def _shows_code(self, user: User) -> bool:
        """Tell if a code came with the password. Raises LoginFailed for a wrong one."""
        code = self.form.get("otp")
        if code.strip() and not second_factor.is_shown(
            self.request._request, user, code
        ):
            raise LoginFailed(_CODE)
        return bool(code.strip())

    def _user(self) -> User:
        """Return the user of the name and password. Raises LoginFailed."""
        # PostgreSQL cannot even look for a null character.
        name = self.form.get("username").replace("\0", "\ufffd")
        request = self.request._request
        user = authenticate(request, username=name, password=self.form.get("password"))
        if logins.is_refused(request):
            # the page of a login form must not take the place of our answer
            request.axes_locked_out = False  # type: ignore[attr-defined]
            raise logins.refusal(request, name)
        if not isinstance(user, User):
            raise LoginFailed(_LOGIN)
        logins.forgive(request, name)
        return user

    def _minutes(self) -> int:
        """Return the asked minutes, clamped; the default for none or nonsense."""
        asked = self.form.get("expiration").strip()
        minutes = int(asked) if asked.isdigit() and len(asked) < 9 else 0
        longest: int = settings.MAX_TOKEN_MINUTES
        return min(minutes or settings.TOKEN_MINUTES, longest)

    def _binding(self) -> Binding:
        client = self.form.get("client").strip().lower()
        if client in ("referer", "referrer"):  # the second one in texts of 10.0
            return Binding(referer=_referer(self.form.get("referer")))
        if client == "ip":
            return Binding(ip=_given_address(self.form.get("ip")))
        if client == "requestip":
            return Binding(ip=self._address())
        return tokens.ANYWHERE

    def _address(self) -> str:
        return address_of(self.request._request)


def _given_address(text: str) -> str:
    """Return an IP address as it is compared. Raises InvalidParameters."""
    try:
        return canonical(str(ip_address(text.strip())))
    except ValueError:
        problem = Problem("ip", "with client=ip, expected an IP address like 192.0.2.7")
        raise InvalidParameters([problem]) from None


def _referer(text: str) -> str:
    """Return a referer to bind a token to. Raises InvalidParameters."""
    referer = text.strip()
    if not referer or len(referer) > _LONGEST_REFERER or "\0" in referer:
        reason = (
            "with client=referer, expected the address of the web app, of at most"
            f" {_LONGEST_REFERER} characters"
        )
        raise InvalidParameters([Problem("referer", reason)])
    return referer


def favicon(request: HttpRequest) -> HttpResponse:
    """Send a browser that opened a JSON document to the icon of the pages."""
    return redirect(static("portal/cairn.svg"))


def home(request: HttpRequest) -> HttpResponse:
    """Send a browser to the Services Directory, or to the administration."""
    if site.has_directory():
        return redirect(f"/{settings.CONTEXT}/rest/services")
    return redirect("admin:index")
