"""Services of the catalogue that are no geoprocessing services; others tell of them."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.models import AnonymousUser, User

#: Returns the services of a user as (path, type).
Lister = Callable[[User | AnonymousUser], list[tuple[str, str]]]

_listers: list[Lister] = []


def register(lister: Lister) -> None:
    """Add to the catalogue what a lister returns for each user."""
    if lister not in _listers:
        _listers.append(lister)


def other_services(
    user: User | AnonymousUser, folder: str = ""
) -> list[dict[str, str]]:
    """Return the other services in a folder, "" for the root, as the catalogue does."""
    return [
        {"name": path, "type": kind}
        for path, kind in _all(user)
        if path.rpartition("/")[0].lower() == folder.lower()
    ]


def other_folders(user: User | AnonymousUser) -> list[str]:
    """Return the names of the folders in which other services stand."""
    found = (path.rpartition("/")[0] for path, _ in _all(user))
    return sorted({folder for folder in found if folder})


def _all(user: User | AnonymousUser) -> list[tuple[str, str]]:
    return [one for lister in _listers for one in lister(user)]
