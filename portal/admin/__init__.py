"""The admin of who gets in: tokens and keys, logins that failed, the audit log."""

from __future__ import annotations

from portal.admin import audit, logins, tokens

__all__ = ["audit", "logins", "tokens"]
