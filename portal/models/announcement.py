"""Announcement: what an administrator tells everybody who opens the portal."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q, QuerySet
from django.utils import timezone


class Announcements(models.Manager["Announcement"]):
    """All announcements; the ``current`` ones are shown."""

    def current(self, *, is_signed_in: bool = False) -> QuerySet[Announcement]:
        """Return those to show now, the gravest first."""
        now = timezone.now()
        begun = self.filter(starts_at__lte=now)
        shown = begun.filter(Q(ends_at=None) | Q(ends_at__gt=now))
        if not is_signed_in:
            shown = shown.filter(only_signed_in=False)
        return shown.annotate(grave=_GRAVITY).order_by("-grave", "-starts_at")


class Announcement(models.Model):
    """A plain text that pages of the portal show from one moment to another."""

    class Level(models.TextChoices):
        """How grave it is; pages show the word beside the colour."""

        INFO = "info", "Information"
        WARNING = "warning", "Warning"
        DANGER = "danger", "Danger"

    text = models.TextField(help_text="Plain text; lines stay lines.", max_length=2000)
    level = models.CharField(max_length=10, choices=Level.choices, default=Level.INFO)
    starts_at = models.DateTimeField(default=timezone.now)
    ends_at = models.DateTimeField(
        null=True, blank=True, help_text="Empty: until it is deleted."
    )
    only_signed_in = models.BooleanField("only for signed-in users", default=False)

    objects = Announcements()

    class Meta:
        ordering = ("-starts_at",)

    def __str__(self) -> str:
        line = self.text.partition("\n")[0].strip()
        return line if len(line) <= 80 else f"{line[:79]}…"

    def clean(self) -> None:
        """Refuse an end before the start."""
        starts_at: datetime | None = self.starts_at  # None: the form has refused it
        if self.ends_at and starts_at and self.ends_at <= starts_at:
            raise ValidationError({"ends_at": "Choose a moment after the start."})

    @property
    def state(self) -> str:
        """``planned``, ``shown`` or ``over``."""
        now = timezone.now()
        if self.starts_at > now:
            return "planned"
        return "over" if self.ends_at and self.ends_at <= now else "shown"


_GRAVITY = models.Case(
    models.When(level=Announcement.Level.DANGER, then=2),
    models.When(level=Announcement.Level.WARNING, then=1),
    default=0,
    output_field=models.SmallIntegerField(),
)
