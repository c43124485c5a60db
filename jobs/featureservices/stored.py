"""Feature services by their path: hosted ones and the one that comes with samples."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Q, QuerySet

from jobs.files import storage
from jobs.models.hosted import FOLDER, HostedService
from services.access import by_level, opened, refusal
from services.errors import NotFound
from services.models import Folder
from services.prose import cleaned
from services.query.description import PAGE_ROWS

_SAMPLES, _WORLD = "Samples", "World"


@dataclass(frozen=True, slots=True)
class StoredLayer:
    """A layer that can be asked: its number, its name, where its rows lie."""

    number: int
    name: str
    path: str
    is_table: bool = False
    description: str = ""
    copyright: str = ""
    drawing_info: dict[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """Return what travels to the child process."""
        drawn = {"drawingInfo": self.drawing_info} if self.drawing_info else {}
        return drawn | {
            "id": self.number,
            "name": self.name,
            "path": self.path,
            "description": cleaned(self.description),
            "copyright": self.copyright,
        }


@dataclass(frozen=True, slots=True)
class FeatureService:
    """A feature service as clients see it."""

    path: str
    layers: tuple[StoredLayer, ...]
    description: str = ""
    copyright: str = ""
    page_rows: int = PAGE_ROWS
    expires_at: datetime | None = None

    def layer(self, number: str | int) -> StoredLayer:
        """Return the layer of that number. Raises NotFound."""
        for one in self.layers:
            if str(one.number) == str(number):
                return one
        raise NotFound(f"layer {str(number)[:20]} not found in {self.path}")


#: Real data to point at, wherever the sample services are.
WORLD = FeatureService(
    f"{_SAMPLES}/{_WORLD}",
    (
        StoredLayer(
            0, "Countries", "shipped:countries",
            description="The countries of the world at 1:110 million.",
            copyright="Natural Earth, public domain",
        ),
        StoredLayer(
            1, "Cities", "shipped:cities",
            description="Cities of more than 1,500,000 inhabitants.",
            copyright="GeoNames, CC BY 4.0",
        ),
    ),
    "Countries and cities of the world.",
    "Natural Earth; GeoNames, CC BY 4.0",
)  # fmt: skip


def feature_service(
    folder: str | None, name: str, user: User | AnonymousUser
) -> FeatureService:
    """Return the feature service of a path, in any case, for a user.

    Raises NotFound, also for one that the user may not see; TokenRequired if that may
    be another one with a token.
    """
    path = f"{folder or ''}/{name}".lower()
    if path == WORLD.path.lower() and _has_samples():
        return WORLD
    not_found = NotFound(f"service {path[:200]}/FeatureServer not found")
    if (folder or "").lower() != FOLDER.lower():
        raise not_found
    row = _hosted(name)
    if row is None:
        raise refusal(user, not_found) if _has_hidden() else not_found
    if not may_see(user, row):
        raise refusal(user, not_found)
    return hosted_feature_service(row)


def _has_hidden() -> bool:
    """Tell if a question for a name could tell of one that is not for all."""
    hidden = (HostedService.Access.OWNER, HostedService.Access.CHOSEN)
    return HostedService.objects.filter(access__in=hidden).exists()


def _hosted(name: str) -> HostedService | None:
    rows = HostedService.objects.prefetch_related("layers")
    return rows.filter(name__iexact=name).first()


def hosted_feature_service(row: HostedService) -> FeatureService:
    """Return a row as clients see it. Raises NotFound if its files are gone."""
    what = f"the files of {row.path}"
    layers = tuple(
        StoredLayer(
            one.number,
            one.name,
            str(storage.found(row.folder / one.file, what)),
            one.is_table,
            drawing_info=one.drawing_info,
        )
        for one in row.layers.all()
    )
    text = row.description or row.snippet
    return FeatureService(
        row.path, layers, text, page_rows=row.page_rows, expires_at=row.expires_at
    )


def may_see(user: User | AnonymousUser, row: HostedService) -> bool:
    """Tell if a user may see and query a hosted service."""
    found = by_level(user, row)
    if found is not None:
        return found
    return row.owner_id == user.pk or visible_hosted(user).filter(pk=row.pk).exists()


def visible_hosted(user: User | AnonymousUser) -> QuerySet[HostedService]:
    """Return the hosted services that a user may see."""
    rows = HostedService.objects.all()
    if user.is_superuser:
        return rows
    seen = opened(user, HostedService)
    return rows.filter(seen | Q(owner=user) if user.is_authenticated else seen)


def listed(user: User | AnonymousUser) -> list[tuple[str, str]]:
    """Return the feature services of a user for the catalogue, as (path, type)."""
    paths = [row.path for row in visible_hosted(user)]
    if _has_samples():
        paths.append(WORLD.path)
    return [(path, "FeatureServer") for path in paths]


def _has_samples() -> bool:
    return Folder.objects.filter(name__iexact=_SAMPLES).exists()
