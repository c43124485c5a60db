"""What every page's frame shows: whose it is, what runs, what is announced."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils import translation
from django.utils.functional import SimpleLazyObject

from jobs.repeated import watches
from jobs.status import FINAL
from portal import site
from portal.models import Announcement, Basemap
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
        "active_jobs": SimpleLazyObject(lambda: _active(request)),
        "announcements": SimpleLazyObject(lambda: _announcements(request)),
        "basemaps": _basemaps,
        "has_directory": site.has_directory,
        "unread": SimpleLazyObject(lambda: _unread(request)),
    }


def _theme(request: HttpRequest) -> str:
    """Return the theme that was chosen, "" to follow the system."""
    chosen = request.COOKIES.get(THEME, "")
    return chosen if chosen in THEMES else ""


def _active(request: HttpRequest) -> int:
    if not hasattr(request, "user"):  # refused before anybody was known
        return 0
    return my_jobs(request).exclude(status__in=FINAL).count()


def _unread(request: HttpRequest) -> int:
    user = getattr(request, "user", None)
    return watches.unread(user).count() if isinstance(user, User) else 0


def _announcements(request: HttpRequest) -> tuple[Announcement, ...]:
    user = getattr(request, "user", None)
    is_signed_in = user is not None and user.is_authenticated
    return tuple(Announcement.objects.current(is_signed_in=is_signed_in))


def _basemaps() -> list[dict[str, Any]]:
    known = ("name", "url_template", "attribution", "max_zoom", "is_default")
    return list(Basemap.objects.enabled().values(*known))
