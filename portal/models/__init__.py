"""The tables of the portal: tokens, what people choose, what administrators say."""

from __future__ import annotations

from portal.models.announcement import Announcement
from portal.models.basemap import Basemap
from portal.models.logevent import LogEvent
from portal.models.personal import Favourite, Preferences, preferences_of
from portal.models.site import SiteSettings
from portal.models.tokens import AccessToken, KeptProperties

__all__ = [
    "AccessToken", "Announcement", "Basemap", "Favourite", "KeptProperties",
    "LogEvent", "Preferences", "SiteSettings", "preferences_of",
]  # fmt: skip
