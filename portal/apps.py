"""The portal app and the admin site it brings."""

from __future__ import annotations

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class PortalConfig(AppConfig):
    """Registers the system checks of the settings and who may ask for tokens."""

    name = "portal"
    verbose_name = "Access"

    def ready(self) -> None:
        import portal.checks
        import portal.cors
        import portal.roles  # noqa: F401


class CairnAdminConfig(AdminConfig):
    """Puts Cairn's admin site in the place of the stock one."""

    default_site = "portal.admin_site.CairnAdminSite"
