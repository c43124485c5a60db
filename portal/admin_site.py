"""The admin site under Cairn's name."""

from __future__ import annotations

from collections.abc import Iterable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.admin import AdminSite, ModelAdmin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse

from portal.adminindex import grouped
from portal.audit import acting
from portal.audited import Audited
from portal.labelled import Labelled
from portal.second_factor import AdminLoginForm

#: The queue's rows hold pickles, and its admin unpickles them to show them:
#: whoever could write such a row could run code in the web process. Backup codes are
#: shown once, to their user.
_LEFT_OUT = frozenset({"django_q", "otp_static"})


class CairnAdminSite(AdminSite):
    """Stock admin with our titles and order, without the queue's tables and codes."""

    site_header = "Cairn administration"
    site_title = "Cairn"
    index_title = "Manage the portal"
    login_form = AdminLoginForm
    login_template = "admin/sign_in.html"
    enable_nav_sidebar = False  # few models; the lists need the width

    def register(
        self,
        model_or_iterable: Any,
        admin_class: Any = None,
        **options: Any,
    ) -> None:
        """Register models, but none of an app that is left out."""
        models: Any = model_or_iterable
        if not isinstance(models, Iterable):
            models = [models]
        kept = [one for one in models if one._meta.app_label not in _LEFT_OUT]
        base = admin_class or ModelAdmin
        recorded = type(
            base.__name__, (Audited, Labelled, base), {"__module__": base.__module__}
        )
        super().register(kept, recorded, **options)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Return a view of the admin that keeps what it changes under its user."""
        inner: Any = super().admin_view(view, cacheable)

        @wraps(inner)
        def recorded(request: HttpRequest, *args: Any, **names: Any) -> HttpResponse:
            with acting(request, request.user):
                answer: HttpResponse = inner(request, *args, **names)
            return answer

        return recorded

    def has_permission(self, request: HttpRequest) -> bool:
        """Tell if the user is of the staff, and has shown a code if that is asked."""
        user: Any = request.user
        is_shown = not settings.TWO_FACTOR or user.is_verified()
        return super().has_permission(request) and bool(is_shown)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Return what all pages know; they bear the name of the site."""
        from portal import site  # it reads a table, and this class is there before

        name = site.current().name
        titles = {"site_header": f"{name} administration", "site_title": name}
        return super().each_context(request) | titles

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Answer the login, which says if a code is what is missing."""
        context = {"needs_code": settings.TWO_FACTOR and request.user.is_staff}
        return super().login(request, context | (extra_context or {}))

    def get_urls(self) -> list[Any]:
        """Return the addresses of the admin, with its pages that are of no model."""
        from portal.dashboard import views  # these register with this site
        from services.admin import packages

        packages_view = self.admin_view(packages.tool_packages)
        return [
            path("tool-packages/", packages_view, name="tool-packages"),
            path("dashboard/", self.admin_view(views.fragment), name="dashboard"),
            *super().get_urls(),
        ]

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """Answer the first page: the dashboard above the list of apps."""
        from portal.dashboard.views import dashboard

        return super().index(request, dashboard(request) | (extra_context or {}))

    def get_app_list(
        self, request: HttpRequest, app_label: str | None = None
    ) -> list[Any]:
        """Return the groups of the index, or one of them for the page of its app."""
        apps = super().get_app_list(request)
        _add_packages(request, apps)
        groups = grouped(apps)
        if app_label is None:
            return groups
        chosen = [group for group in groups if group["app_label"] == app_label]
        return chosen or [app for app in apps if app["app_label"] == app_label]


def _add_packages(request: HttpRequest, apps: list[Any]) -> None:
    """Put the page of tool packages, which is no model, last in the catalogue."""
    from services.admin import packages

    if not packages.may_see(request):
        return
    url = reverse("admin:tool-packages")
    entry = {"name": packages.TITLE, "object_name": "ToolPackage", "admin_url": url,
             "add_url": None, "view_only": True, "model": None,
             "perms": {"view": True}}  # fmt: skip
    for app in apps:
        if app["app_label"] == "services":
            app["models"].append(entry)
