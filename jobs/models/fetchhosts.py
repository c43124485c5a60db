"""Hosts that inputs may name: those of the environment, and rows of administrators.

Whoever runs the machine bounds it by the environment: CAIRN_FETCH_DENIED is refused
whatever a row says, and no row opens a network that is not public
(jobs/inputs/outbound.py).
Within that, administrators allow and refuse hosts while the portal runs.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models

from services.errors import InvalidValue

_PATTERN = re.compile(
    r"(?P<name>\[[0-9a-f:.*]+\]|[\w.*?-]+)(?::(?P<port>\d{1,5}|\*))?", re.IGNORECASE
)
_EXPECTED = (
    "Write a host such as gis.example.org, *.example.org or [2001:db8::1], without"
    " https:// and path; with a port if it is not the usual one: gis.example.org:6443"
)


def ascii_host(host: str) -> str:
    """Return a host as it is looked up: lower case, international names encoded.

    Digits of other scripts and in circles are plain ones afterwards. Raises
    InvalidValue.
    """
    host = host.rstrip(".")
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            raise InvalidValue("expected a URL with a host name") from None
    return host.lower()


def parse_pattern(pattern: str) -> tuple[str, str]:
    """Return name and port of a pattern, "" for no port. Raises InvalidValue."""
    match = _PATTERN.fullmatch(pattern.strip())
    if match is None:
        raise InvalidValue(_EXPECTED)
    return ascii_host(match["name"].strip("[]")), match["port"] or ""


def check_pattern(pattern: str) -> None:
    """Refuse a text that is no pattern of hosts, for forms."""
    try:
        parse_pattern(pattern)
    except InvalidValue as exc:
        raise ValidationError(str(exc)) from None


class FetchHost(models.Model):
    """A host, or several by a pattern, that inputs may name or may not."""

    class Effect(models.TextChoices):
        """What a row does; a refusal counts more than any permission."""

        ALLOW = "allow", "Allow"
        DENY = "deny", "Deny"

    pattern = models.CharField(
        "host", max_length=260, unique=True, validators=[check_pattern],
        help_text=f"{_EXPECTED}. Allowed without a port: the usual ports of http and"
        " https. Denied without a port: all ports.",
    )  # fmt: skip
    effect = models.CharField(
        max_length=5, choices=Effect.choices, default=Effect.ALLOW
    )
    note = models.CharField(
        max_length=200, blank=True, help_text="Whose it is, or why."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("pattern",)
        verbose_name = "host of inputs"
        verbose_name_plural = "hosts of inputs"

    def __str__(self) -> str:
        return self.pattern


@dataclass(frozen=True, slots=True)
class HostRules:
    """Which hosts may be fetched from, as (name, port) patterns."""

    allowed: tuple[tuple[str, str], ...]
    denied: tuple[tuple[str, str], ...]

    def allow(self, host: str, port: int, usual: int) -> bool:
        """Tell if a host may be fetched from; ``usual`` is the port of its scheme."""
        if self.deny(host, port):
            return False
        return any(
            fnmatch.fnmatchcase(host, name)
            and (number or str(usual)) in ("*", str(port))
            for name, number in self.allowed
        )

    def deny(self, host: str, port: int) -> bool:
        """Tell if a host, or an address that it has, is refused."""
        return any(
            fnmatch.fnmatchcase(host, name) and (number or "*") in ("*", str(port))
            for name, number in self.denied
        )


def host_rules() -> HostRules:
    """Return the rules that hold now, those of the environment and of all rows."""
    rows = list(FetchHost.objects.values_list("pattern", "effect"))
    allow = [pattern for pattern, effect in rows if effect == FetchHost.Effect.ALLOW]
    deny = [pattern for pattern, effect in rows if effect == FetchHost.Effect.DENY]
    return HostRules(
        _patterns([*settings.FETCH_HOSTS, *allow]),
        _patterns([*settings.FETCH_DENIED, *deny]),
    )


def _patterns(texts: Iterable[str]) -> tuple[tuple[str, str], ...]:
    return tuple(parse_pattern(text) for text in texts)
