"""The policy of content of pages that have maps: it names the hosts of basemaps."""

from __future__ import annotations

from typing import Any

from csp.middleware import CSPMiddleware
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from portal.models import Basemap
from portal.remembered import Remembered


def _read() -> tuple[str, ...]:
    return tuple(sorted({one.source for one in Basemap.objects.enabled()}))


_sources = Remembered(Basemap, _read, lambda: ())


def sources() -> tuple[str, ...]:
    """Return where tiles of the enabled basemaps come from."""
    return _sources.value()


def has_maps(request: HttpRequest, response: HttpResponseBase) -> bool:
    """Tell if an answer is a page of the portal: not of the admin, not below REST."""
    path = request.path_info.lower()
    others = tuple(
        f"/{one.lower()}/" for one in (settings.ADMIN_PATH, settings.CONTEXT)
    )
    is_page = response.headers.get("Content-Type", "").startswith("text/html")
    return is_page and not path.startswith(others)


class ContentPolicy(CSPMiddleware):
    """Sends the policy of the settings; pages of the portal may load tiles besides."""

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase,
        report_only: bool = False,
    ) -> Any:  # fmt: skip
        """Return the parts of the policy, with the hosts of basemaps."""
        parts = super().get_policy_parts(request, response, report_only)
        if not report_only and has_maps(request, response):
            named = sources()
            if named:
                known = dict(parts.update or {})
                known["img-src"] = [*known.get("img-src", []), *named]
                parts.update = known
        return parts
