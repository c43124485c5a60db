"""Answers that are no pages: whatever is in them, a browser runs nothing of it."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

Answer = Callable[[HttpRequest], HttpResponseBase]

_POLICY = "Content-Security-Policy"
_NOTHING = "; ".join(
    f"{one} 'none'"
    for one in ("default-src", "base-uri", "form-action", "frame-ancestors")
)
#: A place of its own without scripts, in which no cookie of the portal counts.
_PASSIVE = f"{_NOTHING}; sandbox"


def passive_documents(get_response: Answer) -> Answer:
    """Return middleware that lets only the portal's own pages be active.

    Documents, pictures and files hold what others have sent. Pages have the policy
    of the settings; an error before it was set has the strictest.
    """

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        kind = response.headers.get("Content-Type", "").partition(";")[0].lower()
        if kind == "application/pdf":  # browsers show none in a sandbox
            response.headers[_POLICY] = _NOTHING
        elif kind != "text/html":
            response.headers[_POLICY] = _PASSIVE
        response.headers.setdefault(_POLICY, _PASSIVE)
        response.headers.setdefault("X-Frame-Options", "DENY")
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        return response

    return answer
