"""The services app: the catalogue of what can be run."""

from __future__ import annotations

from django.apps import AppConfig


class ServicesConfig(AppConfig):
    """Imports the system checks once the models are ready."""

    name = "services"
    verbose_name = "Catalogue"

    def ready(self) -> None:
        import services.checks
        import services.modelbox
        import services.signals  # noqa: F401
