"""Remembered: rows that each request needs, read anew every few seconds."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from django.conf import settings
from django.db import DatabaseError
from django.db.models import Model
from django.db.models.signals import post_delete, post_save

logger = logging.getLogger(__name__)

_T = TypeVar("_T")


class Remembered(Generic[_T]):
    """A value of the database that this process keeps for a short time.

    A change in this process shows at once, that of another one a few seconds later. A
    database that does not answer leaves what was known, or ``otherwise``.
    """

    def __init__(
        self, model: type[Model], read: Callable[[], _T], otherwise: Callable[[], _T]
    ) -> None:
        self._read, self._value, self._until = read, otherwise(), 0.0
        for signal in (post_save, post_delete):
            signal.connect(self._forget, sender=model, weak=False)

    def value(self) -> _T:
        """Return the value."""
        if time.monotonic() >= self._until:
            try:
                self._value = self._read()
            except DatabaseError as exc:
                logger.warning("settings of the site are not read: %s", exc)
            self._until = time.monotonic() + settings.SITE_SECONDS
        return self._value

    def _forget(self, **_: object) -> None:
        self._until = 0.0
