"""What an API key is for, as resources ask it that look at more than one service.

The portal makes keys and refuses services that a key does not open. A catalogue shows
only those that it does; and what is of no service, a key for some reads as a stranger.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from django.contrib.auth.models import AnonymousUser, User
from rest_framework.request import Request


@runtime_checkable
class Scope(Protocol):
    """What came with a request instead of a password."""

    all_services: bool

    def opens(self, service_id: int | None) -> bool:
        """Tell if the scope holds a service; None stands for what is of no service."""


def opens(request: Request, service_id: int | None) -> bool:
    """Tell if the token of a request, if there is one, is for a service."""
    scope = request.auth
    return not isinstance(scope, Scope) or scope.opens(service_id)


def reader(request: Request) -> User | AnonymousUser:
    """Return in whose name a request reads what is of no service."""
    user: User | AnonymousUser = request.user
    return user if opens(request, None) else AnonymousUser()
