"""Filters that show figures of runs: shares and lengths of time."""

from __future__ import annotations

from datetime import timedelta

from django import template

from jobs.admin.texts import spoken
from jobs.usage.tally import Tally

register = template.Library()


@register.filter
def share(value: float | None) -> str:
    """Show a share in percent; all is only said of all."""
    if value is None:
        return "-"
    return f"{min(value, 1.0 if value == 1 else 0.99):.0%}"


@register.filter
def seconds(value: float | None) -> str:
    """Show a length of time in the unit that suits it."""
    return "-" if value is None else spoken(timedelta(seconds=value))


@register.filter
def wait(tally: Tally, percent: int) -> str:
    """Show a quantile of waits."""
    return seconds(tally.wait(percent / 100))


@register.filter
def run(tally: Tally, percent: int) -> str:
    """Show a quantile of run times."""
    return seconds(tally.run(percent / 100))
