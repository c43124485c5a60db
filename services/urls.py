"""URLs of the catalogue, in any case, with or without a trailing slash."""

from __future__ import annotations

from django.urls import URLPattern

from services import views
from services.anycase import resource

SERVICE = r"rest/services/(?:(?P<folder>[^/]+)/)?(?P<service>[^/]+)/GPServer"
TASK = SERVICE + r"/(?P<task>[^/]+)"

urlpatterns: list[URLPattern] = [
    resource("rest/info", views.InfoView.as_view(), "info"),
    resource("rest/info/healthcheck", views.HealthView.as_view(), "health"),
    resource("rest/services", views.CatalogView.as_view(), "catalog"),
    resource(r"rest/services/(?P<folder>[^/]+)", views.FolderView.as_view(), "folder"),
    resource(SERVICE, views.ServiceView.as_view(), "service"),
    resource(TASK, views.TaskView.as_view(), "task"),
    resource("rest(?:/.*)?", views.NothingHereView.as_view(), "nothing"),
]
