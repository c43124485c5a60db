"""The audit log: who has changed what, who has come in, and who has tried to.

django-auditlog keeps the entries, with old and new values for the models named here.
What the administration does to other models, or past their save(), is kept as the
sentence of the action. Values of secrets are never kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from typing import Any

from auditlog.context import set_extra_data
from auditlog.models import LogEntry
from auditlog.registry import auditlog
from django.conf import settings
from django.contrib.auth.models import AnonymousUser, Group, User
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.http import HttpRequest
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from jobs import trace
from jobs.models.hosted import HostedService
from portal.models import Announcement, Basemap, SiteSettings
from portal.proxy import address_of
from services.models import Folder, Service, Task, TaskParameter
from services.registry import installed

_MASK = "(hidden)"
_UNKNOWN = "a user who is not there"
_HIDDEN_TYPE = "GPStringHidden"
#: What commands fill by the hundred: of interest only when a person changes it.
_BY_PEOPLE = (Folder, Service, Task, TaskParameter)
_person: ContextVar[User | None] = ContextVar("audit_person", default=None)


def masked(value: str) -> str:
    """Return what is kept in the place of a secret."""
    return _MASK if value else value


def request_id() -> str:
    """Return the id of the request, by which entries and logs are found together."""
    return trace.request_id.get()


def register() -> None:
    """Name the models whose values are kept, and what of them is not."""
    hide = {"mask_callable": "portal.audit.masked"}
    auditlog.register(
        User, exclude_fields=["last_login"], mask_fields=["password"],
        m2m_fields={"groups", "user_permissions"}, **hide,
    )  # fmt: skip
    auditlog.register(Group, m2m_fields={"permissions"})
    chosen = {"allowed_users", "allowed_groups"}
    auditlog.register(Folder, m2m_fields={*chosen, "owners"})
    auditlog.register(Service, exclude_fields=["revision"], m2m_fields=chosen)
    auditlog.register(Task)
    auditlog.register(TaskParameter)
    for model in (Announcement, Basemap, SiteSettings):
        auditlog.register(model)
    auditlog.register(
        HostedService, exclude_fields=["updated_at", "content"], m2m_fields=chosen
    )
    auditlog.register(
        TOTPDevice, include_fields=["user", "name", "confirmed", "key"],
        mask_fields=["key"], **hide,
    )  # fmt: skip


def wants(sender: Any, **_: Any) -> bool:
    """Tell django-auditlog if a change is kept: a receiver of its signal."""
    return sender not in _BY_PEOPLE or _person.get() is not None


@contextmanager
def acting(request: HttpRequest, user: User | AnonymousUser) -> Iterator[None]:
    """Keep what is changed meanwhile under the name of a user."""
    if not isinstance(user, User):
        yield
        return
    token = _person.set(user)
    said = {
        "actor": user,
        "remote_addr": address_of(request) or None,
        "additional_data": {"user": user.get_username()},
    }
    try:
        with set_extra_data(said):
            yield
    finally:
        _person.reset(token)


def keeps(model: type[Model]) -> bool:
    """Tell if changes of a model are kept with their values."""
    return bool(auditlog.contains(model))


def say(
    request: HttpRequest,
    user: User | AnonymousUser | None,
    rows: Iterable[Model],
    sentence: str,
    action: int = LogEntry.Action.UPDATE,
) -> None:
    """Keep a sentence about each of some rows."""
    person = user if isinstance(user, User) else None
    LogEntry.objects.bulk_create([_entry(request, person, row, sentence, action)
                                  for row in rows])  # fmt: skip


def _entry(
    request: HttpRequest, user: User | None, row: Model, sentence: str, action: int
) -> Any:
    return LogEntry(
        content_type=ContentType.objects.get_for_model(row),
        object_pk=str(row.pk or ""),
        object_id=row.pk if isinstance(row.pk, int) else None,
        object_repr=str(row),
        action=action,
        changes={"action": ["", sentence]},
        actor=user,
        remote_addr=address_of(request) or None,
        additional_data={
            "event": sentence,
            "user": user.get_username() if user else "",
        },
        cid=request_id(),
    )


def say_login(request: HttpRequest | None, user: User | None, sentence: str) -> None:
    """Keep what concerns a login; entries whose time is over go."""
    if request is None:
        return
    days: int = settings.KEEP_AUDIT_DAYS
    if days:
        over = timezone.now() - timedelta(days=days)
        LogEntry.objects.filter(timestamp__lt=over).delete()
    row = user or User(username=_UNKNOWN)
    say(request, user, [row], sentence, LogEntry.Action.ACCESS)


def hide_defaults(instance: Any, **_: Any) -> None:
    """Mask the default of a hidden parameter in an entry: a receiver of pre_save."""
    changes = instance.changes
    is_parameter = instance.content_type.model_class() is TaskParameter
    if is_parameter and isinstance(changes, dict) and "default" in changes:
        row = TaskParameter.objects.select_related("task").filter(pk=instance.object_id)
        if _is_hidden(row.first()):
            changes["default"] = [masked(str(one)) for one in changes["default"]]


def _is_hidden(row: TaskParameter | None) -> bool:
    if row is None:
        return True  # it is gone: nobody knows what it was
    for parameter in installed(row.task.tool_id).schema:
        if parameter.name == row.name:
            return parameter.data_type.name == _HIDDEN_TYPE
    return True
