"""Which origins may call the services, and that all may call the token service.

A client must be able to ask for a token before it can be known; the answer holds
nothing that a cookie would give.
"""

from __future__ import annotations

import re
from contextvars import ContextVar
from typing import Any

from corsheaders.middleware import CorsMiddleware
from corsheaders.signals import check_request_enabled
from django.conf import settings
from django.dispatch import receiver
from django.http import HttpRequest

from portal import site

_TOKENS = re.compile(
    rf"/{settings.CONTEXT}/(tokens|tokens/generatetoken|(rest|admin)/generatetoken)/?",
    re.IGNORECASE,
)

_is_let_in: ContextVar[bool] = ContextVar("origin_is_let_in", default=False)


@receiver(check_request_enabled)
def is_token_request(request: HttpRequest, **_: Any) -> bool:
    """Tell if a request goes to the token service."""
    return _TOKENS.fullmatch(request.path_info) is not None


class OriginsOfSite(CorsMiddleware):
    """Lets in the origins of the environment, as far as administrators do."""

    sync_capable, async_capable = True, False

    def __call__(self, request: HttpRequest) -> Any:
        """Answer a request; the database is asked before, not beside a download."""
        origin = request.headers.get("Origin", "")
        token = _is_let_in.set(bool(origin) and site.lets_in(origin))
        try:
            return super().__call__(request)
        finally:
            _is_let_in.reset(token)

    def regex_domain_match(self, origin: str) -> bool:  # noqa: ARG002  (the request's)
        """Tell if pages of the request's origin may call the services."""
        return _is_let_in.get()
