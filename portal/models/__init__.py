"""The tables of the portal: tokens, and what administrators say of the whole site."""

from __future__ import annotations

from portal.models.announcement import Announcement
from portal.models.basemap import Basemap
from portal.models.logevent import LogEvent
from portal.models.site import SiteSettings
from portal.models.tokens import AccessToken, KeptProperties

__all__ = [
    "AccessToken", "Announcement", "Basemap", "KeptProperties", "LogEvent",
    "SiteSettings",
]  # fmt: skip
