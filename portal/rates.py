"""How many requests a minute an address, and a user, may send.

The counts lie in the cache: in the memory of each web process, or in Redis for all of
them. A cache that does not answer lets everybody pass.
"""

from __future__ import annotations

import json
import logging
import time
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from redis.exceptions import RedisError

from portal.proxy import address_of, neighbourhood
from services.errors import TooManyRequests

logger = logging.getLogger(__name__)

_WINDOW = 60
#: Requests for the state of a job count apart, and so many of them as one.
_POLLS = 10


class JsonSerializer:
    """Writes values for Redis as JSON: whoever could write a pickle there runs code."""

    def dumps(self, value: Any) -> bytes | int:
        """Return what is stored; numbers stay numbers, so that Redis can count."""
        return value if type(value) is int else json.dumps(value).encode()

    def loads(self, data: bytes) -> Any:
        """Return the value."""
        return json.loads(data)


def count_address(request: HttpRequest, *, is_poll: bool) -> None:
    """Count a request of an address. Raises TooManyRequests."""
    most: int = settings.REQUESTS_PER_ADDRESS
    address = neighbourhood(address_of(request)) if most else None
    if address:
        _count(f"address:{address}", most, "your address", is_poll=is_poll)


def count_user(user_id: int, *, is_poll: bool) -> None:
    """Count a request of a user, whichever token it shows. Raises TooManyRequests."""
    most: int = settings.REQUESTS_PER_USER
    if most:
        _count(f"user:{user_id}", most, "one user", is_poll=is_poll)


def _count(whose: str, most: int, who: str, *, is_poll: bool) -> None:
    now = time.time()
    minute, second = divmod(int(now), _WINDOW)
    kind = "polls" if is_poll else "requests"
    if is_poll:
        most *= _POLLS
    if _counted(f"cairn:{kind}:{whose}:{minute}") > most:
        seconds = _WINDOW - second
        raise TooManyRequests(
            f"Too many requests: {who} may send {most} a minute;"
            f" try again in {seconds} seconds.",
            seconds,
        )


def _counted(key: str) -> int:
    """Return how often a key was counted, this time included."""
    try:
        if cache.add(key, 1, 2 * _WINDOW):
            return 1
        return int(cache.incr(key))
    except ValueError:  # it went in this moment
        return 1
    except (RedisError, OSError) as exc:
        logger.warning("requests are not counted: %s", exc)
        return 0
