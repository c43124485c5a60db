"""The admin of services, and of who gets in: tokens, keys, failed logins, the audit."""

from __future__ import annotations

from portal.admin import audit, logins, services, tokens

__all__ = ["audit", "logins", "services", "tokens"]
