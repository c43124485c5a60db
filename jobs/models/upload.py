"""Upload: an item that somebody has sent for the inputs of jobs."""

from __future__ import annotations

import re
import uuid
from pathlib import Path

from django.conf import settings
from django.db import models

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


def new_item_id() -> str:
    """Return ``i`` and a random UUID, not guessable (122 random bits)."""
    return f"i{uuid.uuid4()}"


class Upload(models.Model):
    """A file that a client has uploaded to a service, whole or in parts.

    Its parts lie in ``folder`` until they are committed to one file, ``path``.
    ``address`` is that of a stranger, for whom there is no ``user``. ``size`` counts
    the bytes on disk.
    """

    id = models.CharField(
        "item id", primary_key=True, max_length=37, default=new_item_id, editable=False
    )
    service = models.ForeignKey(
        "services.Service", models.CASCADE, related_name="uploaded_items"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True
    )
    address = models.CharField(max_length=45, blank=True)
    name = models.CharField("file name", max_length=200)
    description = models.TextField(blank=True)
    size = models.PositiveBigIntegerField(default=0, help_text="In bytes.")
    committed = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"{self.name} ({self.id})"

    @property
    def folder(self) -> Path:
        """Where the item's file or its parts lie."""
        return Path(settings.UPLOADS_DIR) / self.id

    @property
    def path(self) -> Path:
        """The committed file, under a name that is safe on any disk."""
        stem, _, extension = self.name.rpartition(".")
        safe = _UNSAFE.sub("_", stem)[:80].strip("._") or "file"
        return self.folder / f"{safe}.{extension.lower()}"
