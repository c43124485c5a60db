"""Visit: one import of a site on its way through the sections."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Model

from portal.sitefile.fields import PEOPLE, faults, people_fields, set_fields, written

_NAMED = 60  # characters of a name that sentences repeat


class Visit:
    """What has been found wrong so far, made, and is to be said."""

    def __init__(self, make_people: bool) -> None:
        self.problems: list[str] = []
        self.notes: list[str] = []
        self.counts: Counter[str] = Counter()
        self._makes_people = make_people
        self._missing: set[str] = set()

    def refuse(self, where: str, *what: str) -> None:
        """Note what is wrong with a row."""
        self.problems += [f"{where}: {one}" for one in what]

    def members(self, document: dict[str, Any], section: str) -> list[dict[str, Any]]:
        """Return the objects of a list in the document; none if it is not there."""
        found = document.get(section, [])
        if not isinstance(found, list):
            self.refuse(section, "expected a list of objects")
            return []
        for at, one in enumerate(found, 1):
            if not isinstance(one, dict):
                self.refuse(f"{section}, entry {at}", "expected an object")
        return [one for one in found if isinstance(one, dict)]

    def name_in(self, members: dict[str, Any], where: str, key: str = "name") -> str:
        """Return the natural key of a row; empty, and a problem, if it has none."""
        name = members.get(key)
        if isinstance(name, str) and name:
            return name
        self.refuse(where, f"'{key}' must be a text, not {str(name)[:_NAMED]!r}")
        return ""

    def keep(self, row: Model, members: dict[str, Any], where: str, *but: str) -> bool:
        """Give a row its values, store it if they differ; False if they do not fit."""
        before = written(row) if row.pk else None
        people = {one.name: one for one in people_fields(type(row))}
        values = {name: value for name, value in members.items() if name not in people}
        problems = set_fields(row, values) or faults(row, *but)
        if problems:
            self.refuse(where, *problems)
            return False
        if not row.pk or written(row) != before:
            row.save()
        for name in people.keys() & members.keys():
            getattr(row, name).set(self._people(people[name], members[name], where))
        self._count(row, before)
        return True

    def _count(self, row: Model, before: dict[str, Any] | None) -> None:
        kind = str(row._meta.verbose_name)
        if before is None:
            self.counts[f"{kind} added"] += 1
        elif before != written(row):
            self.counts[f"{kind} changed"] += 1

    def _people(self, field: Any, names: Any, where: str) -> list[Model]:
        """Return the groups or users of these names."""
        model, key = field.related_model, PEOPLE[field.related_model]
        listed = names if isinstance(names, list) else [None]
        if not all(isinstance(one, str) for one in listed):
            self.refuse(where, f"{field.name}: expected a list of names")
            return []
        found = {getattr(one, key): one
                 for one in model.objects.filter(**{f"{key}__in": names})}  # fmt: skip
        for name in names:
            if name not in found:
                made = self._made(model, key, name)
                found |= {name: made} if made else {}
        return list(found.values())

    def _made(self, model: Any, key: str, name: str) -> Model | None:
        """Make a group without members, or a user who cannot sign in, if wanted."""
        what = f"{model._meta.verbose_name} '{name[:_NAMED]}'"
        if not self._makes_people:
            if what not in self._missing:
                self.refuse(what, "is not here; make it, or import with --make-people")
            self._missing.add(what)
            return None
        row = model(**{key: name})
        if isinstance(row, User):
            row.is_active = False
            row.set_unusable_password()
        problems = faults(row)
        if problems:
            self.refuse(what, *problems)
            return None
        row.save()
        self.notes.append(f"{what} was made, without rights; a user is not active.")
        return row  # type: ignore[no-any-return]
