"""How much a person may keep: items and bytes, over all services."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.db.models import Count, F, Q, Sum

from jobs.files.disk import require_room
from jobs.models import Upload
from services.errors import LimitExceeded


@dataclass(frozen=True, slots=True)
class Uploader:
    """Who uploads: a user, or a stranger at an address."""

    user: User | AnonymousUser
    address: str = ""

    @property
    def owner(self) -> User | None:
        """The user for the row; None for a stranger."""
        return self.user if isinstance(self.user, User) else None

    def items(self) -> Q:
        """Return the condition for what counts against the quota."""
        if self.owner is not None:
            return Q(user=self.owner)
        return Q(user=None, address=self.address)


def admit(item: Upload, uploader: Uploader, more_bytes: int) -> None:
    """Count an item and its bytes; refuse with LimitExceeded what is over the quota.

    Raises DiskFull if there is no room.
    """
    require_space(more_bytes)
    with transaction.atomic():
        if item._state.adding:
            item.size = more_bytes
            item.save(force_insert=True)
        elif more_bytes:
            Upload.objects.filter(pk=item.pk).update(size=F("size") + more_bytes)
        _require_quota(uploader)


def _require_quota(uploader: Uploader) -> None:
    used = Upload.objects.filter(uploader.items()).aggregate(
        items=Count("pk"), bytes=Sum("size")
    )
    if used["items"] > settings.UPLOADS_PER_USER:
        raise LimitExceeded(
            f"you have {used['items'] - 1} uploaded items; at most"
            f" {settings.UPLOADS_PER_USER} are kept: delete some of them"
        )
    most: int = settings.UPLOAD_MB_PER_USER
    if (used["bytes"] or 0) > most * 2**20:
        raise LimitExceeded(
            f"the size of all your uploaded items would be above {most} MB: delete"
            " some of them"
        )


def require_space(more_bytes: int) -> None:
    """Raise DiskFull if the disk has no room for so many bytes more."""
    require_room("uploads", [settings.UPLOADS_DIR], more_bytes)
