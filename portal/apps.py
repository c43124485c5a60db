"""The portal app and the admin site it brings."""

from __future__ import annotations

from axes.apps import AppConfig as AxesConfig
from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django_otp.plugins.otp_static.apps import DefaultConfig as StaticConfig
from django_otp.plugins.otp_totp.apps import DefaultConfig as TotpConfig


class PortalConfig(AppConfig):
    """Registers the system checks of the settings and who may ask for tokens."""

    name = "portal"
    verbose_name = "Operations"

    def ready(self) -> None:
        import portal.audit_signals
        import portal.checks
        import portal.cors
        import portal.roles

        portal.audit.register()


class BackupCodesConfig(StaticConfig):  # type: ignore[misc]
    """Names the codes of django-otp as people call them."""

    verbose_name = "Backup codes"


class CairnAdminConfig(AdminConfig):
    """Puts Cairn's admin site in the place of the stock one."""

    default_site = "portal.admin_site.CairnAdminSite"


class FailedLoginsConfig(AxesConfig):  # type: ignore[misc]  # no types there
    """Names django-axes in the admin for what it holds."""

    verbose_name = "Failed logins"


class AuthenticatorsConfig(TotpConfig):  # type: ignore[misc]
    """Names the devices of django-otp as people call them."""

    verbose_name = "Authenticator apps"
