"""What a new service may be called, said once for forms, live checks and commands."""

from __future__ import annotations

from django.core.exceptions import ValidationError

from services.guarded import valid_name
from services.models import Folder, Service

TAKEN = "There is a {} of this name here; upper and lower case do not count."
_MOST = 100


def name_problem(folder: Folder | None, name: str, but: int | None = None) -> str:
    """Return why a service in a folder cannot have a name, or ""; None is the root.

    ``but`` is the service that has it itself.
    """
    if not name:
        return "Give the service a name."
    if len(name) > _MOST:
        return f"At most {_MOST} characters; these are {len(name)}."
    try:
        valid_name(name)
    except ValidationError as exc:
        return str(exc.messages[0])
    others = Service.objects.filter(folder=folder)
    if but is not None:
        others = others.exclude(pk=but)
    if others.filter(name__iexact=name).exists():
        return TAKEN.format("service")
    return ""
