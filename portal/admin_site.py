"""The admin site under Cairn's name."""

from __future__ import annotations

from django.contrib.admin import AdminSite


class CairnAdminSite(AdminSite):
    """Stock admin with our titles."""

    site_header = "Cairn administration"
    site_title = "Cairn"
    index_title = "Manage the portal"
