"""A service JSON that a client sends back: what in it changes a service, and how.

A member counts only where it differs from what the service has: clients send the
whole document, and change in it what they mean to change.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import QuerySet
from django.utils.text import capfirst

from portal.adminrest.members import FACTS, MEMBERS, TOOLBOX, Member
from services.errors import InvalidParameters, InvalidValue, Problem
from services.models import Folder, Service
from services.wire import encode

_MAX_KEPT_BYTES = 65_536
_FORMAT = "f"  # python-ags writes the format of the answer into the service JSON
_UNCHANGEABLE = {
    "serviceName": "cannot be edited; renameService gives a service another name",
    "type": "cannot be edited",
    TOOLBOX: "cannot be edited; tasks are added and taken away in the administration",
}


@dataclass(slots=True)
class Edit:
    """What an edit changes: fields of Service, and members that are only kept."""

    values: dict[str, Any] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)
    kept: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def labels(self) -> list[str]:
        """Return the names of what changes, as the Django admin logs them."""
        names = {one.name: one.verbose_name for one in Service._meta.fields}
        return [*(str(capfirst(names[one])) for one in self.values), *self.kept]


def read_edit(
    row: Service,
    sent: Mapping[str, Any],
    current: Mapping[str, Any],
    members: Iterable[Member] = MEMBERS,
) -> Edit:
    """Compare members by path with what the service has now; nothing changes yet."""
    edit = Edit()
    for path, reason in _UNCHANGEABLE.items():
        if sent.get(path) not in (None, current.get(path)):
            edit.problems.append(Problem(path, reason))
    known = {*FACTS, *_UNCHANGEABLE, _FORMAT}
    for member in members:
        known.update(member.paths)
        _read_member(edit, row, member, sent)
    edit.kept = {
        path: value
        for path, value in sent.items()
        if path not in known and (path not in current or value != current[path])
    }
    if len(encode(edit.kept)) > _MAX_KEPT_BYTES:
        edit.problems.append(
            Problem("service", f"members of more than {_MAX_KEPT_BYTES} bytes")
        )
    return edit


def _read_member(
    edit: Edit, row: Service, member: Member, sent: Mapping[str, Any]
) -> None:
    for path in member.paths:
        if sent.get(path) is None:
            continue
        try:
            value = member.kind.read(sent[path])
        except InvalidValue as exc:
            edit.problems.append(Problem(path, str(exc)))
            continue
        if value == getattr(row, member.field):
            continue
        if edit.values.setdefault(member.field, value) != value:
            text = f"says something else than {edit.paths[member.field]}"
            edit.problems.append(Problem(path, text))
        edit.paths.setdefault(member.field, path)


def apply_edit(row: Service, edit: Edit) -> None:
    """Set the fields of an edit on a service and check it. Raises InvalidParameters."""
    for name, value in edit.values.items():
        setattr(row, name, value)
    _raise([*edit.problems, *_problems(row, edit.paths)])


def check(row: Service | Folder, paths: Mapping[str, str]) -> None:
    """Raise InvalidParameters unless a row is valid; ``paths`` names its fields."""
    _raise(_problems(row, paths))


def _problems(row: Service | Folder, paths: Mapping[str, str]) -> list[Problem]:
    # Clients find services and folders in any case, so names count in any case.
    problems = []
    is_taken = _others(row).filter(name__iexact=row.name).exists()
    if is_taken:
        kind = row._meta.verbose_name
        text = f"there is a {kind} of this name here; upper and lower case do not count"
        problems.append(Problem(paths.get("name", "name"), text))
    try:
        row.full_clean(validate_unique=not is_taken, validate_constraints=not is_taken)
    except ValidationError as exc:
        for name, texts in exc.message_dict.items():
            default = "service" if name == NON_FIELD_ERRORS else name
            problems += [Problem(paths.get(name, default), text) for text in texts]
    return problems


def _others(row: Service | Folder) -> QuerySet[Service] | QuerySet[Folder]:
    if isinstance(row, Service):
        return Service.objects.exclude(pk=row.pk).filter(folder=row.folder)
    return Folder.objects.exclude(pk=row.pk)


def _raise(problems: list[Problem]) -> None:
    if problems:
        raise InvalidParameters(problems)
