"""What actions and lists of the admin share: a page that asks first, marks, words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import ModelAdmin
from django.contrib.admin.utils import model_ngettext
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

_SHORT = 20  # characters of a mark that stay in one line
_NAMED = 20  # objects that the page names; more are counted


def counted(number: int, model: type[Model]) -> str:
    """Return e.g. ``1 service`` or ``3 services``."""
    return f"{number} {model_ngettext(model._meta, number)}"


def mark(icon: str, text: str) -> SafeString:
    """Return a text with one of the admin's icons before it: yes, no, alert."""
    path = static(f"admin/img/icon-{icon}.svg")
    together = "nowrap" if len(text) <= _SHORT else ""
    return format_html(
        '<span class="{}"><img src="{}" alt=""> {}</span>', together, path, text
    )


def moment(field: str) -> Any:
    """Return a column that shows a ``…_at`` field to the second, in one line."""

    @admin.display(
        description=field.removesuffix("_at").replace("_", " "), ordering=field
    )
    def show(_: Any, row: Model) -> SafeString | str:
        at = getattr(row, field)
        if at is None:
            return "-"
        text = f"{localtime(at):%Y-%m-%d %H:%M:%S}"
        return format_html('<span class="nowrap">{}</span>', text)

    return show


def ask(  # noqa: PLR0913  (most of them are words of the page)
    model_admin: ModelAdmin[Any],
    request: HttpRequest,
    rows: QuerySet[Any],
    *,
    question: str,
    effect: str,
    form: forms.Form | None = None,
    notes: Callable[[Any], list[str]] | None = None,
) -> TemplateResponse | None:
    """Return the page that asks before an action, or None after a yes.

    ``form`` holds what the action needs to know besides; it has to be valid. ``notes``
    returns what is said of each row.
    """
    if is_confirmed(request) and (form is None or form.is_valid()):
        return None
    total = rows.count()
    context = {
        **model_admin.admin_site.each_context(request),
        "title": f"{question}?",
        "question": question,
        "opts": model_admin.opts,
        "media": model_admin.media,
        "rows": [(row, notes(row) if notes else []) for row in rows[:_NAMED]],
        "more": max(0, total - _NAMED),
        "objects": counted(total, rows.model),
        "effect": effect,
        "form": form,
        "action": request.POST.getlist("action")[int(request.POST.get("index") or 0)],
        "across": request.POST.get("select_across", "0"),
        "checkbox": ACTION_CHECKBOX_NAME,
        "checked": request.POST.getlist(ACTION_CHECKBOX_NAME),
    }
    request.current_app = model_admin.admin_site.name
    return TemplateResponse(request, "admin/ask.html", context)


def is_confirmed(request: HttpRequest) -> bool:
    """Tell if the request comes from the page that asks."""
    return "confirmed" in request.POST
