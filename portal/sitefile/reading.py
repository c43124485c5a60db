"""From the file of a site to the database: all of it, or nothing."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.db import transaction
from django.db.models import Model as Row

from portal.sitefile.catalogue import read_models, read_services
from portal.sitefile.tables import FORM, FORMAT, Table, tables
from portal.sitefile.visit import Visit
from services.models import Folder

_OTHERS = ("format", "form", "program", "folders", "models", "services")


class Refused(Exception):
    """A file that does not fit; ``problems`` are sentences that name what and why."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def import_site(
    document: Any, *, make_people: bool = False
) -> tuple[Counter[str], list[str]]:
    """Create or update what a document names; return counts by kind, and notes.

    What it does not name stays. Raises Refused, and then nothing has changed.
    """
    visit = Visit(make_people)
    with transaction.atomic():
        if _is_site(document, visit):
            _read(document, visit)
        if visit.problems:
            raise Refused(visit.problems)
    return visit.counts, visit.notes


def _is_site(document: Any, visit: Visit) -> bool:
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        visit.problems.append("This is no file of export_site: its format is another.")
        return False
    if document.get("form") != FORM:
        form = str(document.get("form"))[:20]
        visit.problems.append(f"The file has form {form}; this version reads {FORM}.")
        return False
    known = {*_OTHERS, *(one.section for one in tables())}
    for name in sorted(set(document) - known):
        visit.problems.append(f"This version knows no section '{name[:60]}'.")
    return True


def _read(document: dict[str, Any], visit: Visit) -> None:
    for table in tables():
        for members in visit.members(document, table.section):
            _read_row(table, members, visit)
    for members in visit.members(document, "folders"):
        name = visit.name_in(members, "folder")
        if name:
            row = Folder.objects.filter(name=name).first() or Folder(name=name)
            visit.keep(row, members, f"folder {name}")
    read_models(visit.members(document, "models"), visit)
    read_services(visit.members(document, "services"), visit)


def _read_row(table: Table, members: dict[str, Any], visit: Visit) -> None:
    rows = table.model().objects
    if not table.key:
        row: Row = rows.first() or table.model()()
        visit.keep(row, members, table.word)
        return
    name = visit.name_in(members, table.word, table.key)
    if name:
        row = rows.filter(**{table.key: name}).first() or table.model()()
        visit.keep(row, members, f"{table.word} {name}")
