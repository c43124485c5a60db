"""The catalogue: all tools that a reader may run, searched and filtered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, fields
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal.models import Favourite
from portal.pages.addresses import ROOT_FOLDER
from portal.pages.base import Page, found_service
from portal.pages.choices import next_page
from portal.pages.tools import Entry, entries_for, recent_entries
from services.errors import InvalidURL

_RECENT = 4
_LONGEST = 100
#: Of a larger category than that, the page of all tools shows the first few as cards.
_WHOLE, _FIRST = 9, 6

#: What a tool takes, in the words of the filter.
TAKES = {
    "points": _("Points"),
    "lines": _("Lines"),
    "areas": _("Areas"),
    "table": _("A table"),
    "raster": _("A raster"),
    "file": _("A file"),
    "nothing": _("No layer or file"),
}
RUNS = {"sync": _("At once"), "async": _("As a job")}
ACCESS = {"public": _("Everyone"), "secured": _("After signing in")}


@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows the list, as it stands in the address; empty: all."""

    q: str = ""
    folder: str = ""
    category: str = ""
    takes: str = ""
    runs: str = ""
    access: str = ""
    favourites: str = ""

    @classmethod
    def of(cls, asked: QueryDict) -> Filters:
        """Return the filters of an address."""
        return cls(**{one.name: asked.get(one.name, "").strip()[:_LONGEST]
                      for one in fields(cls)})  # fmt: skip

    @property
    def words(self) -> list[str]:
        """The words that were searched, in lower case."""
        return self.q.lower().split()

    @property
    def are_set(self) -> bool:
        """True if something is narrowed."""
        return any(asdict(self).values())

    @property
    def are_narrow(self) -> bool:
        """True if more is narrowed than by the words of the search."""
        return any(value for name, value in asdict(self).items() if name != "q")

    def admits(self, entry: Entry) -> bool:
        """Tell if a tool is to be listed."""
        return all(check(entry, getattr(self, name)) for name, check in _CHECKS.items()
                   if getattr(self, name))  # fmt: skip


_CHECKS: dict[str, Callable[[Entry, str], bool]] = {
    "q": lambda one, text: one.matches(text.lower().split()),
    "folder": lambda one, text: (one.folder or ROOT_FOLDER) == text,
    "category": lambda one, text: one.task.category == text,
    "takes": lambda one, text: text in (one.takes or {"nothing"}),
    "runs": lambda one, text: one.is_synchronous is (text == "sync"),
    "access": lambda one, text: one.is_public is (text == "public"),
    "favourites": lambda one, text: one.is_favourite,  # noqa: ARG005
}


@dataclass(frozen=True, slots=True)
class Group:
    """The tools of a category, and how many of them are not shown."""

    name: str
    entries: list[Entry]
    hidden: int = 0

    @property
    def total(self) -> int:
        """How many there are."""
        return len(self.entries) + self.hidden


class CataloguePage(Page):
    """The list of tools."""

    template = "portal/catalogue.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the page; the address holds the filters, ``view`` is cards or list."""
        filters = Filters.of(request.GET)
        entries = entries_for(self.user)
        found = [one for one in entries if filters.admits(one)]
        is_plain, is_list = not filters.are_set, request.GET.get("view") == "list"
        return self.page(
            {
                "filters": filters,
                "q": filters.q,
                "groups": _groups(found, filters.words, filters.are_set or is_list),
                "found": len(found),
                "total": len(entries),
                "folders": _counts(one.folder or ROOT_FOLDER for one in entries),
                "categories": _counts(one.task.category for one in entries),
                "root_folder": ROOT_FOLDER,
                "takes": TAKES,
                "runs": RUNS,
                "accesses": ACCESS,
                "recent": recent_entries(request, entries, _RECENT) if is_plain else [],
                "is_list": is_list,
            }
        )


class MarkFavourite(Page):
    """Marks a tool as a favourite, or no longer."""

    http_method_names = ("post",)

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """Turn the mark of ``tool`` over, and lead back to where it was pressed."""
        back = next_page(request, reverse("catalogue"))
        if not self.user.is_authenticated:
            return redirect_to_login(back)
        path, _slash, name = request.POST.get("tool", "").rpartition("/")
        folder, _slash, service = path.rpartition("/")
        if not service:
            raise InvalidURL("tool: expected the path of a service and a task")
        found = found_service(self.user, folder or ROOT_FOLDER, service)
        mark: dict[str, Any] = {"user_id": self.user.pk, "service": found.row,
                "task": found.task(name).name}  # fmt: skip
        row, is_new = Favourite.objects.get_or_create(**mark)
        if not is_new:
            row.delete()
        return redirect(back)


def _groups(entries: Iterable[Entry], words: list[str], is_all: bool) -> list[Group]:
    """Return tools by category, first those whose title has the searched words.

    Of large categories the first tools, unless all are wanted.
    """

    def place(one: Entry) -> tuple[bool, str]:
        return not _is_called(one, words), one.task.title.lower()

    found: dict[str, list[Entry]] = {}
    for one in sorted(entries, key=place):
        found.setdefault(one.task.category, []).append(one)
    order = sorted(found, key=lambda name: (place(found[name][0])[0], name.lower()))
    return [_group(name, found[name], is_all) for name in order]


def _is_called(entry: Entry, words: Iterable[str]) -> bool:
    """Tell if all words, in lower case, stand in the title or name of a tool."""
    text = f"{entry.task.title} {entry.task.name}".lower()
    return all(word in text for word in words)


def _group(name: str, entries: list[Entry], is_all: bool) -> Group:
    most = len(entries) if is_all or len(entries) <= _WHOLE else _FIRST
    return Group(name, entries[:most], len(entries) - most)


def _counts(names: Iterable[str]) -> list[tuple[str, int]]:
    return sorted(Counter(filter(None, names)).items(), key=lambda one: one[0].lower())
