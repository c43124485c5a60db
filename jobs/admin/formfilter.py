"""FormFilter: a filter whose values the user writes, beside the lists of links."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

_MOST_SECONDS = 10**8
_LONGEST = 150  # as long as the name of a user may be


def as_text(text: str) -> str:
    """Return a text that databases can look for."""
    if "\0" in text or len(text) > _LONGEST:
        raise ValueError(f"a text of at most {_LONGEST} characters")
    return text


def as_seconds(text: str) -> timedelta:
    """Return a length of time. Raises ValueError with what was expected."""
    expected = "a number of seconds, such as 2.5"
    try:
        seconds = float(text)
    except ValueError:
        raise ValueError(expected) from None
    if not 0 <= seconds <= _MOST_SECONDS:
        raise ValueError(expected)
    return timedelta(seconds=seconds)


def as_date(text: str) -> datetime:
    """Return the start of a day in the time of the portal. Raises ValueError."""
    try:
        day = datetime.strptime(text, "%Y-%m-%d")  # noqa: DTZ007  (made aware below)
        if not 1900 <= day.year < 9999:
            raise ValueError(text)
    except ValueError:
        raise ValueError("a day, such as 2026-05-01") from None
    return timezone.make_aware(day)


@dataclass(frozen=True, slots=True)
class Input:
    """A field of a filter; ``suggestions`` is where a page asks for what may follow."""

    name: str
    label: str
    kind: str = "text"
    read: Callable[[str], Any] = as_text
    suggestions: str = ""


def complain(request: HttpRequest, text: str) -> None:
    """Tell the user once that a filter cannot be read."""
    said: set[str] = request.__dict__.setdefault("filters_refused", set())
    if text not in said:
        said.add(text)
        messages.error(request, text)


def kept_by(changelist: Any, names: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return the other parameters of a list's URL, for a form of a filter."""
    return [(key, value) for key, value in changelist.params.items()
            if key not in names]  # fmt: skip


class FormFilter(admin.ListFilter):
    """Some fields and a button; what cannot be read is refused and matches nothing."""

    template = "admin/jobs/job/form_filter.html"
    inputs: tuple[Input, ...] = ()

    def __init__(
        self, request: HttpRequest, params: dict[str, Any], model: Any, model_admin: Any
    ) -> None:
        super().__init__(request, params, model, model_admin)
        self.kept: list[tuple[str, str]] = []
        for one in self.inputs:
            if one.name in params:
                value = params.pop(one.name)[-1].strip()
                if value:
                    self.used_parameters[one.name] = value

    def has_output(self) -> bool:
        return True

    def expected_parameters(self) -> list[str | None]:
        return [one.name for one in self.inputs]

    def choices(self, changelist: Any) -> Iterator[Any]:
        """Yield what the template needs of each field."""
        names = tuple(one.name for one in self.inputs)
        self.kept = kept_by(changelist, names)
        for one in self.inputs:
            yield {"input": one, "value": self.used_parameters.get(one.name, ""),
                   "selected": one.name in self.used_parameters}  # fmt: skip

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        given = {}
        for one in self.inputs:
            text = self.used_parameters.get(one.name)
            if text is None:
                continue
            try:
                given[one.name] = one.read(str(text))
            except ValueError as exc:
                complain(request, f"{one.label} ({one.name}): expected {exc}.")
                return queryset.none()
        return self.matching(queryset, given) if given else queryset

    def matching(self, rows: QuerySet[Any], given: dict[str, Any]) -> QuerySet[Any]:
        """Return the rows that what was given matches."""
        raise NotImplementedError
