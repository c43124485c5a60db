"""URLs of the catalogue, in any case, with or without a trailing slash."""

from __future__ import annotations

from django.urls import re_path

from services import views

SERVICE = r"^(?i:rest/services)/(?:(?P<folder>[^/]+)/)?(?P<service>[^/]+)/(?i:GPServer)"
TASK = SERVICE + r"/(?P<task>[^/]+)"

urlpatterns = [
    re_path(r"^(?i:rest/info)/?$", views.InfoView.as_view(), name="info"),
    re_path(r"^(?i:rest/info/healthcheck)/?$", views.HealthView.as_view()),
    re_path(r"^(?i:rest/services)/?$", views.CatalogView.as_view(), name="catalog"),
    re_path(
        r"^(?i:rest/services)/(?P<folder>[^/]+)/?$",
        views.FolderView.as_view(),
        name="folder",
    ),
    re_path(SERVICE + r"/?$", views.ServiceView.as_view(), name="service"),
    re_path(TASK + r"/?$", views.TaskView.as_view(), name="task"),
    re_path(r"^(?i:rest)(?:/|$)", views.NothingHereView.as_view()),
]
