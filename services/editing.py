"""Who may edit which part of the catalogue: all of it, or the folders one owns.

With a model's permission ``change``, ``add`` or ``delete`` one edits what stands in own
folders, and with ``manage_all_folders`` everything. With ``view`` one sees everything,
without it what one may edit.
"""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Model, Q

from services.guarded import Folder

Person = User | AnonymousUser


def edits_all(user: Person) -> bool:
    """Tell if a user's permissions hold for all folders, and for the root."""
    return user.has_perm("services.manage_all_folders")


def may_edit(user: Person, folder: Folder | None) -> bool:
    """Tell if a user's permissions hold in a folder; None is the root."""
    if edits_all(user):
        return True
    return folder is not None and folder.owners.filter(pk=user.pk).exists()


def publishes(user: Person) -> bool:
    """Tell if there is a folder in which a user's permissions hold."""
    return edits_all(user) or Folder.objects.filter(own_folders(user)).exists()


def sees_all(user: Person, model: type[Model]) -> bool:
    """Tell if a user sees all rows of a model of the catalogue."""
    name = f"{model._meta.app_label}.view_{model._meta.model_name}"
    return edits_all(user) or user.has_perm(name)


def edited(user: Person, lookup: str = "folder") -> Q:
    """Return the condition of rows that a user may edit; ``lookup`` is their folder."""
    if edits_all(user):
        return Q()
    own = Folder.objects.filter(owners=user.pk).values("pk")
    return Q(**{f"{lookup}__in": own})


def shown(user: Person, model: type[Model], lookup: str = "folder") -> Q:
    """Return the condition of rows of a model that a user sees."""
    return Q() if sees_all(user, model) else edited(user, lookup)


def own_folders(user: Person) -> Q:
    """Return the condition of the folders that a user publishes in."""
    return edited(user, "pk")
