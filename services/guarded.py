"""What has an access of its own: folders; and what others share with them."""

from __future__ import annotations

import re
from typing import Any

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models

NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_ ]{0,99}\Z")
valid_name = RegexValidator(
    NAME, "Use letters, digits, spaces and underscores; start with a letter or digit."
)

EVERYONE, SIGNED_IN, CHOSEN = "everyone", "signed_in", "chosen"
#: The access of a service that goes with its folder.
AS_FOLDER = "folder"
#: The access of what only its owner may use.
OWNER = "owner"


class Guarded(models.Model):
    """Something that is for everyone, for who has signed in, or for chosen ones.

    A subclass has a field ``access``. The groups and users only count while it is
    ``chosen``. services/access.py decides what follows.
    """

    allowed_groups: models.ManyToManyField[Any, Any] = models.ManyToManyField(
        "auth.Group", blank=True, related_name="+", verbose_name="groups",
        help_text="With access for chosen groups and users: everybody in these.",
    )  # fmt: skip
    allowed_users: models.ManyToManyField[Any, Any] = models.ManyToManyField(
        settings.AUTH_USER_MODEL, blank=True, related_name="+", verbose_name="users"
    )

    class Meta:
        abstract = True


class Folder(Guarded):
    """A folder of the catalogue; the root is no folder.

    Its access holds for the services in it that say so. Its owners publish in it.
    """

    class Access(models.TextChoices):
        """Who may see and run the services that go with their folder."""

        EVERYONE = EVERYONE, "Everyone"
        SIGNED_IN = SIGNED_IN, "Signed-in users"
        CHOSEN = CHOSEN, "Chosen groups and users"

    name = models.CharField(max_length=100, unique=True, validators=[valid_name])
    title = models.CharField(max_length=200, blank=True)
    description = models.TextField(blank=True)
    access = models.CharField(
        max_length=10, choices=Access.choices, default=Access.SIGNED_IN,
        help_text="Holds for the services that go with their folder.",
    )  # fmt: skip
    owners: models.ManyToManyField[Any, Any] = models.ManyToManyField(
        settings.AUTH_USER_MODEL, blank=True, related_name="owned_folders",
        help_text="Publishers who edit the services of this folder; they may always"
        " run them.",
    )  # fmt: skip

    class Meta:
        ordering = ("name",)
        permissions = (("manage_all_folders", "Can edit the services of all folders"),)

    def __str__(self) -> str:
        return self.name

    @property
    def level(self) -> str:
        """Who may use what goes with it: everyone, signed_in or chosen."""
        return self.access
