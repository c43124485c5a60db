"""What every page's frame shows: whose it is, what runs, what is announced."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from django.apps import apps
from django.conf import settings
from django.http import HttpRequest
from django.urls import Resolver404, resolve
from django.utils import translation
from django.utils.functional import SimpleLazyObject

from jobs.status import FINAL
from portal.pages.mine import my_jobs

#: Cookie of a chosen theme; none follows the system.
THEME = "theme"
THEMES = ("light", "dark")


def page_context(request: HttpRequest) -> dict[str, Any]:
    """Return the variables of the frame; counts are only made where they are shown."""
    return {
        "is_rtl": translation.get_language_bidi(),
        "language": translation.get_language() or settings.LANGUAGE_CODE,
        "languages": settings.LANGUAGES,
        "theme": _theme(request),
        "rest_root": f"/{settings.CONTEXT}/rest/services",
        "place": request.path.strip("/").partition("/")[0],
        "places": _places(),
        "active_jobs": SimpleLazyObject(lambda: _active(request)),
        "announcements": SimpleLazyObject(lambda: _announcements(request)),
        "unread": 0,
    }


def _theme(request: HttpRequest) -> str:
    """Return the theme that was chosen, "" to follow the system."""
    chosen = request.COOKIES.get(THEME, "")
    return chosen if chosen in THEMES else ""


@cache
def _places() -> dict[str, str]:
    """Return the addresses of lists that the frame leads to, of those that exist."""
    found = {}
    for name in ("jobs", "notifications"):
        try:
            resolve(f"/{name}/")
        except Resolver404:
            continue
        found[name] = f"/{name}/"
    return found


def _active(request: HttpRequest) -> int:
    if not hasattr(request, "user"):  # refused before anybody was known
        return 0
    return my_jobs(request).exclude(status__in=FINAL).count()


def _announcements(request: HttpRequest) -> Iterable[Any]:
    """Return what administrators announce, of a portal that has announcements."""
    model: Any = apps.get_app_config("portal").models.get("announcement")
    if model is None:
        return ()
    user = getattr(request, "user", None)
    is_signed_in = user is not None and user.is_authenticated
    return tuple(model.objects.current(is_signed_in=is_signed_in))
