"""Favourite and Preferences: what somebody has chosen for the own use of the portal."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.utils.translation import gettext_lazy as _


class Favourite(models.Model):
    """A tool that a user has marked, named by its service and task.

    The name outlives the task's row: a service that is published anew keeps its stars.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="favourites"
    )
    service = models.ForeignKey("services.Service", models.CASCADE, related_name="+")
    task = models.CharField(max_length=100)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-created_at",)
        constraints = (
            models.UniqueConstraint("user", "service", "task", name="favourite_once"),
        )

    def __str__(self) -> str:
        return f"{self.service}/{self.task} of {self.user}"


class Preferences(models.Model):
    """How a user wants to be told of ended jobs, and to read measures.

    Who has no row has the defaults; ``preferences_of`` returns either.
    """

    class Notify(models.TextChoices):
        """Of which ended jobs somebody is told."""

        ALWAYS = "always", _("Always, when a job has ended")
        ON_FAILURE = "on_failure", _("Only when a job has failed")
        NEVER = "never", _("Never")

    class Units(models.TextChoices):
        """In which units measures are shown first."""

        METRIC = "metric", _("Metres and kilometres")
        IMPERIAL = "imperial", _("Feet and miles")

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="preferences"
    )
    notify = models.CharField(
        _("Tell me about my jobs"),
        max_length=10, choices=Notify.choices, default=Notify.ALWAYS,
    )  # fmt: skip
    notify_by_email = models.BooleanField(_("By e-mail as well"), default=False)
    units = models.CharField(
        _("Units"), max_length=10, choices=Units.choices, default=Units.METRIC
    )

    class Meta:
        verbose_name_plural = "preferences"

    def __str__(self) -> str:
        return f"preferences of {self.user}"


def preferences_of(user: User) -> Preferences:
    """Return what a user has chosen, unsaved defaults for who has chosen nothing."""
    found = Preferences.objects.filter(user=user).first()
    return found or Preferences(user=user)
