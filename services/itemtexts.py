"""Texts of a service beside its title and description, also why it is stopped."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models

#: As many as an item of ArcGIS may have.
MAX_TAGS = 128


def tags_of(text: str) -> list[str]:
    """Return the tags of a text with commas between them, each once."""
    return list(dict.fromkeys(filter(None, (one.strip() for one in text.split(",")))))


def check_tags(text: str) -> None:
    """Refuse more tags than an item may have, for forms."""
    if len(tags_of(text)) > MAX_TAGS:
        raise ValidationError(f"At most {MAX_TAGS} tags; these are more.")


class ItemTexts(models.Model):
    """What Service has beside its own fields, only to keep these together."""

    summary = models.CharField(
        max_length=2048, blank=True, help_text="One sentence, for lists and searches."
    )
    tags = models.CharField(
        max_length=4000, blank=True, validators=[check_tags],
        help_text="With commas between them. The categories of the tasks count too.",
    )  # fmt: skip
    access_information = models.TextField(
        "credits", blank=True, help_text="Whom to name with what it makes."
    )
    license_info = models.TextField(
        "terms of use", blank=True, help_text="Who may use it, and for what."
    )
    stop_reason = models.CharField(
        "reason while stopped", max_length=300, blank=True,
        help_text="What clients and the portal are told while the service is stopped,"
        " such as: New elevation data until Friday.",
    )  # fmt: skip

    class Meta:
        abstract = True
