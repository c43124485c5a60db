"""The admin of who gets in: tokens and keys, and logins that failed."""

from __future__ import annotations

from portal.admin import logins, tokens

__all__ = ["logins", "tokens"]
