"""The admin of who gets in, and of what holds for the whole site."""

from __future__ import annotations

from portal.admin import (
    announcements,
    audit,
    basemaps,
    logevents,
    logins,
    services,
    sitesettings,
    tokens,
)

__all__ = [
    "announcements", "audit", "basemaps", "logevents", "logins", "services",
    "sitesettings", "tokens",
]  # fmt: skip
