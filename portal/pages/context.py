"""What every page's frame shows: whose it is, how many of their jobs run."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils import translation
from django.utils.functional import SimpleLazyObject

from jobs.repeated import watches
from jobs.status import FINAL
from portal.pages.mine import my_jobs


def page_context(request: HttpRequest) -> dict[str, Any]:
    """Return the variables of the frame; counts are only made where they are shown."""
    return {
        "is_rtl": translation.get_language_bidi(),
        "language": translation.get_language() or settings.LANGUAGE_CODE,
        "languages": settings.LANGUAGES,
        "theme": _theme(request),
        "rest_root": f"/{settings.CONTEXT}/rest/services",
        "active_jobs": SimpleLazyObject(lambda: _active(request)),
        "unread": SimpleLazyObject(lambda: _unread(request)),
    }


def _theme(request: HttpRequest) -> str:
    """Return the theme that was chosen, "" to follow the system."""
    chosen = request.COOKIES.get("theme", "")
    return chosen if chosen in ("light", "dark") else ""


def _active(request: HttpRequest) -> int:
    return my_jobs(request).exclude(status__in=FINAL).count()


def _unread(request: HttpRequest) -> int:
    user = request.user
    return watches.unread(user).count() if isinstance(user, User) else 0
