"""SiteSettings: what an administrator says of the whole site while it runs."""

from __future__ import annotations

import re

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models

_ORIGIN = re.compile(r"https?://(?:\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::\d{1,5})?")


def environment_allows(origin: str) -> bool:
    """Tell if CAIRN_CORS_ORIGINS lets an origin in."""
    return any(re.match(one, origin) for one in settings.CORS_ALLOWED_ORIGIN_REGEXES)


def check_origins(text: str) -> None:
    """Refuse lines that are no origins, or that the environment refuses."""
    for line in text.split():
        if not _ORIGIN.fullmatch(line):
            raise ValidationError(
                f"'{line[:100]}' is no origin: write e.g. https://maps.example.org,"
                " in lower case and without a path, one a line."
            )
        if not environment_allows(line):
            raise ValidationError(
                f"{line} is not among CAIRN_CORS_ORIGINS, which bound this list."
            )


def check_share_hours(hours: int) -> None:
    """Refuse more than the environment lets a link live."""
    if hours > settings.MAX_SHARE_HOURS:
        most = settings.MAX_SHARE_HOURS
        raise ValidationError(f"At most {most} hours (CAIRN_MAX_SHARE_HOURS).")


class SiteSettings(models.Model):
    """One row at most; whoever reads it does so by portal/site.py.

    What is empty holds as the environment says.
    """

    class Directory(models.TextChoices):
        """If the Services Directory has pages."""

        ENVIRONMENT = "", "As the environment says"
        ON = "on", "On"
        OFF = "off", "Off: documents only"

    name = models.CharField("name of the site", max_length=60, default="Cairn")
    welcome = models.TextField(
        "welcome text", blank=True, max_length=2000,
        help_text="Plain text on the home page.",
    )  # fmt: skip
    help_url = models.URLField(
        "help or contact", blank=True,
        help_text="A page for users who need help; pages link it at their foot.",
    )  # fmt: skip
    services_directory = models.CharField(
        max_length=3, blank=True, choices=Directory.choices,
        default=Directory.ENVIRONMENT,
    )  # fmt: skip
    cors_origins = models.TextField(
        "origins of web apps", blank=True, validators=[check_origins],
        help_text="Only these may call the services from a browser, one a line."
        " Empty: all that CAIRN_CORS_ORIGINS lets in.",
    )  # fmt: skip
    share_hours = models.PositiveIntegerField(
        "hours of a share link", null=True, blank=True,
        validators=[MinValueValidator(1), check_share_hours],
        help_text="Unless its maker says. Empty: CAIRN_SHARE_HOURS.",
    )  # fmt: skip

    class Meta:
        verbose_name = verbose_name_plural = "site settings"

    def __str__(self) -> str:
        return "Site settings"

    def save(self, *args: object, **names: object) -> None:
        """Store it as the only row."""
        self.pk = 1
        super().save(*args, **names)  # type: ignore[arg-type]

    @property
    def origins(self) -> tuple[str, ...]:
        """The origins that are let in; none: all that the environment lets in."""
        return tuple(self.cors_origins.split())
