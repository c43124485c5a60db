"""Limits that a service sets for its input, uploads and people, each with a default."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from services.archives import MAX_ENTRIES, MAX_RATIO, MAX_UNPACKED
from services.errors import InvalidValue
from services.extents import parse_degrees
from services.query.description import PAGE_ROWS
from services.wire import MAX_DEPTH

#: Features in a collection of layers are nested ten deep; no parser minds a hundred.
_LEAST_DEPTH, _MOST_DEPTH = 10, 100
_MB = 2**20


def check_degrees(text: str) -> None:
    """Refuse a text that is no extent in degrees, for forms."""
    try:
        parse_degrees(text)
    except InvalidValue as exc:
        raise ValidationError(str(exc)) from None


class InputLimits(models.Model):
    """What Service has beside its own fields, only to keep these together."""

    max_depth = models.PositiveIntegerField(
        "maximum nesting depth of JSON", default=MAX_DEPTH,
        validators=[MinValueValidator(_LEAST_DEPTH), MaxValueValidator(_MOST_DEPTH)],
        help_text="Brackets within brackets; Esri JSON needs up to ten.",
    )  # fmt: skip
    input_extent = models.CharField(
        "extent of inputs", max_length=200, blank=True, validators=[check_degrees],
        help_text="In degrees: west, south, east, north, such as 5.9, 45.8, 10.5, 47.9."
        " Features beyond it are refused. Blank: all that their reference can hold.",
    )  # fmt: skip
    max_zip_entries = models.PositiveIntegerField(
        "maximum entries of a zip archive", default=MAX_ENTRIES,
        validators=[MinValueValidator(1), MaxValueValidator(100_000)],
    )  # fmt: skip
    max_zip_ratio = models.PositiveIntegerField(
        "maximum growth of a zip archive", default=MAX_RATIO,
        validators=[MinValueValidator(1), MaxValueValidator(1000)],
        help_text="How many times larger it may be when unpacked, whole or one entry.",
    )  # fmt: skip
    max_unzipped_mb = models.PositiveIntegerField(
        "maximum size of a zip archive when unpacked (MB)",
        default=MAX_UNPACKED // _MB,
        validators=[MinValueValidator(1), MaxValueValidator(2048)],
    )  # fmt: skip
    max_page_rows = models.PositiveIntegerField(
        "maximum rows of a page", default=PAGE_ROWS,
        validators=[MinValueValidator(1), MaxValueValidator(100_000)],
        help_text="Of queries of its result maps and of the feature services that its"
        " jobs publish; clients ask for the next page.",
    )  # fmt: skip
    max_running_per_user = models.PositiveIntegerField(
        "maximum running jobs of one user", default=0,
        help_text="Or of one address, of somebody who is not signed in; others wait."
        " 0: only the limits of the site hold.",
    )  # fmt: skip
    max_queued_per_user = models.PositiveIntegerField(
        "maximum queued jobs of one user", default=0,
        help_text="The same for jobs that wait; more are refused.",
    )  # fmt: skip

    class Meta:
        abstract = True
