"""What every page of the admin tells the audit log, beside what it tells Django's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from auditlog.models import LogEntry
from django.contrib.admin import ModelAdmin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from portal import audit

if TYPE_CHECKING:
    Base = ModelAdmin[Any]
else:
    Base = object


class Audited(Base):
    """A mixin for each registered model; the Administrator API logs through it too."""

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Keep an addition whose values are not kept."""
        if not audit.keeps(self.model):
            audit.say(request, _user(request), [obj], "Added.", LogEntry.Action.CREATE)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Keep the sentence of an action, or the names of fields without values."""
        if isinstance(message, str):
            audit.say(request, _user(request), [obj], message)
        elif not audit.keeps(self.model):
            said = f"Changed: {', '.join(_fields(message)) or 'nothing'}."
            audit.say(request, _user(request), [obj], said)
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Model]) -> Any:
        """Keep deletions of what is not kept with its values."""
        if not audit.keeps(self.model):
            action = LogEntry.Action.DELETE
            audit.say(request, _user(request), queryset, "Deleted.", action)
        return super().log_deletions(request, queryset)


def _user(request: HttpRequest) -> Any:
    return request.user


def _fields(message: Any) -> list[str]:
    """Return the names of changed fields in a message of the admin."""
    found = []
    for one in message if isinstance(message, list) else []:
        found += one.get("changed", {}).get("fields", [])
    return found
