"""Periods of statistics, and the slices that they are drawn in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from jobs.usage.counting import first_hour

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_MOST_DAYS = 366
#: Length and slices of the periods that end now.
_USUAL = {
    "day": (_DAY, _HOUR),
    "week": (7 * _DAY, 4 * _HOUR),
    "month": (30 * _DAY, _DAY),
}
CUSTOM = "custom"
CHOICES = (
    ("day", "Last 24 hours"), ("week", "Last 7 days"), ("month", "Last 30 days"),
    (CUSTOM, "From one day to another"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Period:
    """From one moment, included, to another, in slices that begin at whole ones."""

    name: str
    since: datetime
    until: datetime
    slice: timedelta

    def starts(self) -> list[datetime]:
        """Return the beginning of each slice."""
        count = -((self.since - self.until) // self.slice)
        return [self.since + at * self.slice for at in range(count)]


def usual(name: str) -> Period:
    """Return a period that ends with the slice that now is in."""
    length, part = _USUAL[name]
    now = timezone.now()
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    until = today + ((now - today) // part + 1) * part
    return Period(name, until - length, until, part)


def custom(first: date, last: date) -> Period:
    """Return the period from one day to another, both included, by UTC."""
    since = datetime(first.year, first.month, first.day, tzinfo=timezone.now().tzinfo)
    days = (last - first).days + 1
    part = _HOUR if days == 1 else 4 * _HOUR if days <= 7 else _DAY
    if since < first_hour():
        part = _DAY  # its rows tell no hours any more
    return Period(CUSTOM, since, since + days * _DAY, part)


class PeriodForm(forms.Form):
    """A period, as the query of an address names it; the last day unless it does."""

    range = forms.ChoiceField(choices=CHOICES, required=False, label="Period")
    first = forms.DateField(
        required=False, label="From", widget=forms.DateInput({"type": "date"})
    )
    last = forms.DateField(
        required=False, label="To", widget=forms.DateInput({"type": "date"})
    )

    def clean(self) -> dict[str, object]:
        """Refuse days in the wrong order, and more of them than are drawn."""
        found = super().clean() or {}
        if found.get("range") != CUSTOM or self.errors:
            return found
        first, last = found.get("first"), found.get("last")
        for name, one in (("first", first), ("last", last)):
            if one is None:
                raise ValidationError({name: "Choose a day, such as 2026-03-01."})
        if isinstance(first, date) and isinstance(last, date):
            if last < first:
                raise ValidationError({"last": "Choose a day after the first one."})
            if (last - first).days >= _MOST_DAYS:
                raise ValidationError({"last": f"Choose at most {_MOST_DAYS} days."})
        return found

    @property
    def period(self) -> Period:
        """The period; the last day if the form is wrong."""
        found = self.cleaned_data if self.is_valid() else {}
        if found.get("range") == CUSTOM:
            return custom(found["first"], found["last"])
        return usual(found.get("range") or "day")


def asked(query: Mapping[str, str]) -> PeriodForm:
    """Return the form of a query; a range that is missing is the last day."""
    return PeriodForm({"range": "day", **{name: query[name] for name in query}})
