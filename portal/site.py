"""What administrators have said of the whole site, within what the environment says."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from portal.models import SiteSettings
from portal.models.site import environment_allows
from portal.remembered import Remembered

_settings = Remembered(
    SiteSettings, lambda: SiteSettings.objects.first() or SiteSettings(), SiteSettings
)


def current() -> SiteSettings:
    """Return the settings of the site; those of a new site if nobody has saved any."""
    return _settings.value()


def has_directory() -> bool:
    """Tell if the Services Directory has pages."""
    said = current().services_directory
    is_on: bool = settings.SERVICES_DIRECTORY
    return said == SiteSettings.Directory.ON if said else is_on


def share_hours() -> int:
    """Return how long a share link works unless its maker says; in hours."""
    usual: int = current().share_hours or settings.SHARE_HOURS
    longest: int = settings.MAX_SHARE_HOURS
    return min(usual, longest)


def lets_in(origin: str) -> bool:
    """Tell if pages of an origin may call the services."""
    chosen = current().origins
    return environment_allows(origin) and (not chosen or origin in chosen)


def context(_: HttpRequest) -> dict[str, Any]:
    """Return what templates know of the site, as ``portal``; read when one asks."""
    return {"portal": SimpleLazyObject(current)}
