"""Names of inputs that Django's admin leaves without one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.admin import ModelAdmin
from django.contrib.admin.widgets import AdminSplitDateTime
from django.db.models import Field
from django.http import HttpRequest

if TYPE_CHECKING:
    Base = ModelAdmin[Any]
else:
    Base = object


class Labelled(Base):
    """A mixin for each registered model: both inputs of a time bear their own name."""

    def formfield_for_dbfield(
        self, db_field: Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Name the date and the time, whose common label is a legend."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and isinstance(field.widget, AdminSplitDateTime):
            for part, what in zip(field.widget.widgets, ("Date", "Time"), strict=True):
                part.attrs["aria-label"] = f"{what}: {field.label}"
        return field
