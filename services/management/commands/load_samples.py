"""manage.py load_samples: publish the sample services that are not there yet."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from services.samples import load_samples


class Command(BaseCommand):
    """Publishes the sample services; what exists is left alone."""

    help = "Publish the sample services that are not there yet."

    def handle(self, *args: Any, **options: Any) -> None:
        for service in load_samples():
            self.stdout.write(f"published {service}")
