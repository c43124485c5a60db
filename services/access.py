"""Who may use what: the one place that decides it, for a row and for a query.

Every surface asks here: the catalogue, services with all that is below them, hosted
feature services, files, inputs that name a layer. What is open costs no query, what is
for chosen ones a single small one.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Protocol

from django.contrib.auth.models import AnonymousUser, User
from django.db import connection
from django.db.models import Exists, OuterRef, Q

from services.errors import GPError, NotFound, TokenRequired
from services.guarded import AS_FOLDER, CHOSEN, EVERYONE, SIGNED_IN, Folder, Guarded
from services.models import Service

Person = User | AnonymousUser

#: They stand in the query for the user and the service that it is asked with.
_ANYBODY, _ANY_SERVICE = User(pk=-1), -2


class _HasLevel(Protocol):
    @property
    def level(self) -> str: ...


def may_use(user: Person, service: Service) -> bool:
    """Tell if a user may see and run a service."""
    found = by_level(user, service)
    return _is_usable(user, service) if found is None else found


def by_level(user: Person, row: _HasLevel) -> bool | None:
    """Tell if a user may use a row, as far as its level says it; None: ask for it."""
    if row.level == EVERYONE or user.is_superuser:
        return True
    if not user.is_authenticated:
        return False
    return True if row.level == SIGNED_IN else None


def _is_usable(user: Person, service: Service) -> bool:
    """Ask the database for one row; to build the query anew would take milliseconds."""
    sql, params = _asked()
    given = {_ANYBODY.pk: user.pk, _ANY_SERVICE: service.pk}
    with connection.cursor() as cursor:
        cursor.execute(sql, [given.get(one, one) for one in params])
        return cursor.fetchone() is not None


@lru_cache(maxsize=1)
def _asked() -> tuple[str, tuple[Any, ...]]:
    """Return the text of the query with places for user and service."""
    rows = Service.objects.filter(usable(_ANYBODY), pk=_ANY_SERVICE).values("pk")
    return rows.order_by().query.sql_with_params()


def usable(user: Person) -> Q:
    """Return the condition of the services that a user may use."""
    if user.is_superuser:
        return Q()
    with_folder = Q(access=AS_FOLDER) & opened(user, Folder, "folder__")
    found = opened(user, Service) | with_folder
    if user.is_authenticated:
        owned = Folder.owners.through.objects.filter(
            folder=OuterRef("folder_id"), user=user.pk
        )
        found |= Q(Exists(owned))
    return found


def usable_folders(user: Person) -> Q:
    """Return the condition of the folders that are open to a user themselves."""
    if user.is_superuser:
        return Q()
    found = opened(user, Folder)
    return found | Q(owners=user.pk) if user.is_authenticated else found


def opened(user: Person, model: type[Guarded], prefix: str = "") -> Q:
    """Return the condition of rows whose own access lets a user in.

    ``prefix`` leads from the rows of a query to those of ``model``, like ``folder__``.
    """
    if not user.is_authenticated:
        return Q(**{f"{prefix}access": EVERYONE})
    row = {model._meta.model_name or "": OuterRef(f"{prefix}pk")}
    users = model.allowed_users.through.objects.filter(**row, user=user.pk)
    groups = model.allowed_groups.through.objects.filter(**row, group__user=user.pk)
    chosen = Q(Exists(users)) | Q(Exists(groups))
    is_open = Q(**{f"{prefix}access__in": (EVERYONE, SIGNED_IN)})
    return is_open | Q(**{f"{prefix}access": CHOSEN}) & chosen


def refusal(user: Person, not_found: NotFound) -> GPError:
    """Return the answer to who may not use something; see ``missing``.

    Who has signed in is told the same as of what is not there. Who has not is asked
    for a token: without that no client could let its user sign in.
    """
    return not_found if user.is_authenticated else TokenRequired("Token Required")


def missing(user: Person, not_found: NotFound) -> GPError:
    """Return the answer to who names a service that is not there.

    While there are services for chosen ones, a stranger is asked for a token whatever
    the name: else the answer would tell which of them there are.
    """
    return refusal(user, not_found) if has_hidden_services() else not_found


def has_hidden_services() -> bool:
    """Tell if there is a service that not everybody with an account may see."""
    with_folder = Q(access=AS_FOLDER, folder__access=CHOSEN)
    return Service.objects.filter(Q(access=CHOSEN) | with_folder).exists()
