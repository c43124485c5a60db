"""Counts HTTP requests by route, method and outcome, over all web processes.

The library keeps the counts of each process in a file below
``PROMETHEUS_MULTIPROC_DIR``, which ``portal.web`` sets; any of them adds them up.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from prometheus_client import CollectorRegistry, Counter
from prometheus_client.multiprocess import MultiProcessCollector

_METHODS = frozenset({"GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE"})

_requests = Counter(
    "cairn_http_requests",
    "Requests; error is the code in a document that tells one.",
    ["method", "route", "status", "error"],
    registry=None,
)

Answering = Callable[[HttpRequest], HttpResponseBase]


def counted_requests(get_response: Answering) -> Answering:
    """Return the middleware."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        method = request.method if request.method in _METHODS else "other"
        failure: Any = getattr(response, "failure", None)
        _requests.labels(
            method=method,
            route=route_of(request),
            status=response.status_code,
            error=failure.code if failure else "",
        ).inc()
        return response

    return middleware


def route_of(request: HttpRequest) -> str:
    """Return the name of what answered: there are as many as addresses in the code."""
    match = request.resolver_match
    if match is None:
        return "none"  # static files, and what is nowhere
    view: Any = getattr(match.func, "cls", match.func)
    return str(match.url_name or getattr(view, "__name__", "view"))


def register_requests(registry: CollectorRegistry) -> None:
    """Add the counts of all processes of this host; without a folder, of this one."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(_requests)
