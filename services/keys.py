"""What an API key is for, as resources ask it that look at more than one service.

The portal makes keys and refuses services that a key does not open. A catalogue shows
only those that it does; and what is of no service, a key for some reads as a stranger.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from django.contrib.auth.models import AnonymousUser, User
from rest_framework.request import Request


@runtime_checkable
class Scope(Protocol):
    """What came with a request instead of a password."""

    all_services: bool

    def opens(self, service_id: int | None) -> bool:
        """Tell if the scope holds a service; None stands for what is of no service."""

    def chosen(self) -> frozenset[int]:
        """Return the services of a scope that has not all."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and the services that the key shown is for; None: all of them."""

    user: User | AnonymousUser
    services: frozenset[int] | None = None

    def opens(self, service_id: int | None) -> bool:
        """Tell if the key is for a service; None stands for what is of no service."""
        return self.services is None or service_id in self.services

    @property
    def reader(self) -> User | AnonymousUser:
        """In whose name what is of no service is read."""
        return self.user if self.services is None else AnonymousUser()


@dataclass(frozen=True, slots=True)
class Client:
    """Where a request comes from: what tokens may be bound to."""

    referer: str = ""
    address: str = ""


def caller_of(request: Request) -> Caller:
    """Return who sends a request."""
    scope = request.auth
    if isinstance(scope, Scope) and not scope.all_services:
        return Caller(request.user, scope.chosen())
    return Caller(request.user)


def opens(request: Request, service_id: int | None) -> bool:
    """Tell if the token of a request, if there is one, is for a service."""
    return caller_of(request).opens(service_id)


def reader(request: Request) -> User | AnonymousUser:
    """Return in whose name a request reads what is of no service."""
    return caller_of(request).reader
