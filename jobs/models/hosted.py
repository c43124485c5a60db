"""HostedService and HostedLayer: outputs of jobs that live on as feature services."""

from __future__ import annotations

import re
import secrets
from pathlib import Path

from django.conf import settings
from django.core.validators import (
    MaxValueValidator,
    MinValueValidator,
    RegexValidator,
)
from django.db import models
from django.db.models.functions import Lower

from services import guarded
from services.guarded import Guarded
from services.query.description import PAGE_ROWS

#: Folder of the catalogue in which hosted services stand.
FOLDER = "Hosted"
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,97}\Z")
NAME_RULE = "a letter, then letters, digits and underscores, at most 98 in all"


def new_content_id() -> str:
    """Return the name of a new folder for the data of a hosted service."""
    return "h" + secrets.token_hex(16)


class HostedService(Guarded):
    """A feature service made of the outputs of a job; its rows are read-only.

    ``content`` names the folder of its data; a new one when it is overwritten. What
    belongs to nobody goes at ``expires_at``.
    """

    class Access(models.TextChoices):
        """Who may see and query it besides the owner and administrators."""

        EVERYONE = guarded.EVERYONE, "Everyone"
        SIGNED_IN = guarded.SIGNED_IN, "Signed-in users"
        CHOSEN = guarded.CHOSEN, "Chosen groups and users"
        OWNER = guarded.OWNER, "The owner"

    name = models.CharField(
        max_length=98, validators=[RegexValidator(NAME, f"Use {NAME_RULE}.")]
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True
    )
    access = models.CharField(
        max_length=10, choices=Access.choices, default=Access.OWNER
    )
    snippet = models.CharField("summary", max_length=250, blank=True)
    description = models.TextField(blank=True)
    tags = models.CharField(max_length=500, blank=True)
    job_id = models.CharField("job", max_length=33, blank=True, editable=False)
    content = models.CharField(max_length=33, default=new_content_id, editable=False)
    page_rows = models.PositiveIntegerField(
        "maximum rows of a page", default=PAGE_ROWS,
        validators=[MinValueValidator(1), MaxValueValidator(100_000)],
        help_text="Of a query; clients ask for the next page.",
    )  # fmt: skip
    expires_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(Lower("name"), name="hosted_service_name_once"),
        )

    def __str__(self) -> str:
        return self.path

    @property
    def level(self) -> str:
        """Who may use it."""
        return self.access

    @property
    def path(self) -> str:
        """``Hosted/Name``, as the catalogue has it."""
        return f"{FOLDER}/{self.name}"

    @property
    def folder(self) -> Path:
        """Where the data of its layers lie."""
        return content_folder(self.content)


def content_folder(content: str) -> Path:
    """Return the folder of that content."""
    return Path(settings.HOSTED_DIR) / content


class HostedLayer(models.Model):
    """A layer or table of a hosted service: one output of the job."""

    service = models.ForeignKey(HostedService, models.CASCADE, related_name="layers")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=200)
    file = models.CharField(max_length=200, editable=False)
    is_table = models.BooleanField(default=False)
    count = models.PositiveBigIntegerField(default=0)
    drawing_info = models.JSONField("symbology", null=True, editable=False)

    class Meta:
        ordering = ("number",)
        constraints = (
            models.UniqueConstraint("service", "number", name="hosted_layer_once"),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def path(self) -> Path:
        """The Parquet file of its rows."""
        return self.service.folder / self.file
