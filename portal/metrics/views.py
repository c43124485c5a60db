"""``/metrics``, for those who may read it."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from portal.metrics.collector import JobCollector
from portal.metrics.requests import register_requests

_REFUSED = """\
Metrics are for the networks of CAIRN_METRICS_NETWORKS, for whoever shows
CAIRN_METRICS_TOKEN (Authorization: Bearer ...), and for administrators.
"""
_FORWARDED = ("X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Forwarded", "Via")


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer all metrics in the text format of Prometheus."""
    if not may_read(request):
        return HttpResponse(_REFUSED, status=403, content_type="text/plain")
    registry = CollectorRegistry()
    registry.register(JobCollector())
    register_requests(registry)
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def may_read(request: HttpRequest) -> bool:
    """Tell if a request may read the metrics."""
    user: User | AnonymousUser = request.user
    return _shows_token(request) or user.is_staff or _is_near(request)


def _shows_token(request: HttpRequest) -> bool:
    wanted: str = settings.METRICS_TOKEN
    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    is_bearer = bool(wanted) and kind.lower() == "bearer"
    return is_bearer and constant_time_compare(given.strip(), wanted)


def _is_near(request: HttpRequest) -> bool:
    """Tell if the peer is in a network that may read.

    A proxy is the peer of all who come through it, so what one has passed on
    does not count.
    """
    if any(header in request.headers for header in _FORWARDED):
        return False
    try:
        peer = ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False  # a socket file
    networks = (ip_network(one, strict=False) for one in settings.METRICS_NETWORKS)
    return any(peer in one for one in networks)
