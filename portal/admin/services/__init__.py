"""Services in the admin, with what their jobs tell and what is done with these."""

from __future__ import annotations

from portal.admin.services.service import PortalServiceAdmin

__all__ = ["PortalServiceAdmin"]
