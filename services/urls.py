"""URLs of the catalogue, in any case, with or without a trailing slash."""

from __future__ import annotations

from django.urls import URLPattern

from services import info_views, views
from services.anycase import resource

SERVICE = r"rest/services/(?:(?P<folder>[^/]+)/)?(?P<service>[^/]+)/GPServer"
SCHEMA = (
    r"rest/directories/arcgisoutput/(?:(?P<folder>[^/]+)/)?(?P<service>[^/]+)_GPServer"
    r"/spec/json-schema\.json"
)
TASK = SERVICE + r"/(?P<task>[^/]+)"

urlpatterns: list[URLPattern] = [
    resource("rest/info", views.InfoView.as_view(), "info"),
    resource("rest/info/healthcheck", views.HealthView.as_view(), "health"),
    resource("rest/services", views.CatalogView.as_view(), "catalog"),
    resource(r"rest/services/(?P<folder>[^/]+)", views.FolderView.as_view(), "folder"),
    resource(SERVICE, views.ServiceView.as_view(), "service"),
    resource(SERVICE + "/info", info_views.InfoListView.as_view(), "service-info"),
    resource(SERVICE + "/info/iteminfo", info_views.ItemInfoView.as_view(), "iteminfo"),
    resource(
        SERVICE + "/info/metadata",
        info_views.ServiceMetadataView.as_view(),
        "service-metadata",
    ),
    resource(
        SERVICE + r"/info/thumbnail(?:/thumbnail\.png)?",
        info_views.ThumbnailView.as_view(),
        "thumbnail",
    ),
    resource(
        TASK + "/metadata", info_views.TaskMetadataView.as_view(), "task-metadata"
    ),
    resource(SCHEMA, info_views.JsonSchemaView.as_view(), "json-schema"),
    resource(TASK, views.TaskView.as_view(), "task"),
    resource("rest(?:/.*)?", views.NothingHereView.as_view(), "nothing"),
]
