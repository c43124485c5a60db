"""Basemap: tiles of another server that maps of the portal may show below the data."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import QuerySet

#: What may stand in a policy of content: nothing there ends a source or a directive.
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?", re.IGNORECASE)
_PLACES = ("{z}", "{x}", "{y}")
_EXPECTED = "Write an address such as https://tiles.example.org/{z}/{x}/{y}.png"


def check_template(template: str) -> None:
    """Refuse what is no address of tiles over TLS, for forms."""
    try:
        parts = urlsplit(template)
    except ValueError:
        raise ValidationError(f"{_EXPECTED}.") from None
    if parts.scheme != "https" or not _HOST.fullmatch(parts.netloc):
        raise ValidationError(f"{_EXPECTED}: https, and a plain host name before /.")
    missing = [one for one in _PLACES if template.count(one) != 1]
    if missing:
        raise ValidationError(f"{_EXPECTED}: each of {', '.join(missing)} once.")
    rest = template
    for place in _PLACES:
        rest = rest.replace(place, "")
    if re.search(r"[\s{}\"'<>\\]", rest):
        raise ValidationError(f"{_EXPECTED}, without blanks, quotes and other braces.")


class Basemaps(models.Manager["Basemap"]):
    """All basemaps in their order; the ``enabled`` ones are offered."""

    def enabled(self) -> QuerySet[Basemap]:
        """Return what maps offer beside the basemap that is shipped."""
        return self.filter(enabled=True)


class Basemap(models.Model):
    """Raster tiles in Web Mercator; without a row maps have the shipped one alone."""

    name = models.CharField(max_length=60, unique=True)
    url_template = models.CharField(
        "address of tiles", max_length=500, validators=[check_template],
        help_text="https, with {z}, {x} and {y}. Browsers of users load from there.",
    )  # fmt: skip
    attribution = models.CharField(
        max_length=300, help_text="What its licence wants maps to say; plain text."
    )
    max_zoom = models.PositiveSmallIntegerField(
        "largest zoom", default=19, validators=[MaxValueValidator(24)]
    )
    is_default = models.BooleanField(
        "shown first", default=False, help_text="Instead of the shipped basemap."
    )
    enabled = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(
        default=0, help_text="Smaller ones come first."
    )

    objects = Basemaps()

    class Meta:
        ordering = ("position", "name")

    def __str__(self) -> str:
        return self.name

    def save(self, *args: object, **names: object) -> None:
        """Store it; another one is first no more if this one is."""
        super().save(*args, **names)  # type: ignore[arg-type]
        if self.is_default:
            Basemap.objects.exclude(pk=self.pk).update(is_default=False)

    def clean(self) -> None:
        """Refuse a first one that is not offered."""
        if self.is_default and not self.enabled:
            raise ValidationError({"is_default": "Enable it, or show another first."})

    @property
    def source(self) -> str:
        """Where its tiles come from, as a policy of content names it."""
        return f"https://{urlsplit(self.url_template).netloc.lower()}"
