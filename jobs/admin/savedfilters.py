"""Saved filters of the job list: links above it, each person's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl, urlencode

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from jobs.models import Job, SavedFilter

if TYPE_CHECKING:  # the generic class exists only for the type checker
    JobModelAdmin = admin.ModelAdmin[Job]
else:
    JobModelAdmin = admin.ModelAdmin

_MOST = 30
_SUGGESTED = 20
#: Of the page, not of what is looked for.
_OF_PAGE = frozenset({"p", "e", "all", "_facets"})
_LIST = "admin:jobs_job_changelist"


class SaveForm(forms.Form):
    """A name, and the query string that it stands for."""

    name = forms.CharField(max_length=60)
    query = forms.CharField(max_length=1000, required=False)

    def clean_query(self) -> str:
        """Return the query without what tells the page."""
        given = parse_qsl(self.cleaned_data["query"].lstrip("?"))
        kept = [(name, value) for name, value in given if name not in _OF_PAGE]
        if not kept:
            raise forms.ValidationError("Choose a filter or search first.")
        return urlencode(kept)


def own_filters(request: HttpRequest) -> QuerySet[SavedFilter]:
    """Return the saved filters of the user."""
    return SavedFilter.objects.filter(user=request.user.pk)


class SavedFilters(JobModelAdmin):
    """Addresses that save and forget a filter, and that suggest names of users."""

    def get_urls(self) -> list[Any]:
        """Return the addresses of the job list's pages."""
        return [
            path("filters/save/", self._view(self.save_filter), name="save-filter"),
            path(
                "filters/<int:pk>/forget/",
                self._view(self.forget_filter), name="forget-filter",
            ),
            path("users/", self._view(self.suggest_users), name="suggest-users"),
            *super().get_urls(),
        ]  # fmt: skip

    def _view(self, view: Any) -> Any:
        def permitted(request: HttpRequest, **names: Any) -> HttpResponse:
            if not self.has_view_permission(request):
                return HttpResponse(status=403)
            answer: HttpResponse = view(request, **names)
            return answer

        return self.admin_site.admin_view(permitted)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the list with the user's saved filters."""
        query = request.GET.urlencode()
        here = SaveForm({"name": "-", "query": query})
        context = {
            "saved_filters": own_filters(request),
            "query": here.cleaned_data["query"] if here.is_valid() else "",
        }
        return super().changelist_view(request, context | (extra_context or {}))

    def save_filter(self, request: HttpRequest) -> HttpResponse:
        """Keep a filter under a name; one of that name is replaced."""
        return require_POST(self._save)(request)

    def _save(self, request: HttpRequest) -> HttpResponse:
        form = SaveForm(request.POST)
        mine = own_filters(request)
        if not form.is_valid():
            for name, problems in form.errors.items():
                messages.error(request, f"{name}: {' '.join(map(str, problems))}")
            return redirect(_LIST)
        name, query = form.cleaned_data["name"], form.cleaned_data["query"]
        if mine.count() >= _MOST and not mine.filter(name=name).exists():
            text = f"At most {_MOST} filters can be saved: forget one first."
            messages.error(request, text)
        else:
            values = {"query": query}
            mine.update_or_create(
                user=cast(User, request.user), name=name, defaults=values
            )
            messages.success(request, f"The filter '{name}' was saved.")
        return redirect(f"{reverse(_LIST)}?{query}")

    def forget_filter(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Delete one of the user's filters; that of another one is not found."""

        def forget(request: HttpRequest) -> HttpResponse:
            own_filters(request).filter(pk=pk).delete()
            return redirect(_LIST)

        return require_POST(forget)(request)

    def suggest_users(self, request: HttpRequest) -> HttpResponse:
        """Return names of users that begin as what was typed, of those with jobs."""
        text = request.GET.get("q", "")[:150].replace("\0", "")
        seen = self.get_queryset(request).exclude(user=None).order_by()
        users = User.objects.filter(
            username__istartswith=text, pk__in=seen.values("user")
        )
        names = users.order_by("username").values_list("username", flat=True)
        return JsonResponse({"names": list(names[:_SUGGESTED])})
