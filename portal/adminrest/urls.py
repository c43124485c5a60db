"""URLs of the Administrator API, in any case, with or without a trailing slash."""

from __future__ import annotations

from django.urls import URLPattern

from portal.adminrest import catalogue, jobs, permissions, service, site
from portal.adminrest.base import AdminView
from services.anycase import resource

# agsadmin takes "/", the name of the root, for one more folder: several slashes.
SERVICES = "admin/services"
FOLDER = rf"{SERVICES}/+(?P<folder>[^/]+)"
SERVICE = rf"{SERVICES}/+(?:(?P<folder>[^/]+)/+)?(?P<service>[^/]+)\.GPServer"


def _url(regex: str, view: type[AdminView], name: str) -> URLPattern:
    return resource(regex, view.as_view(), f"admin-{name}")


def _in_folders(tail: str, view: type[AdminView], name: str) -> list[URLPattern]:
    """Return the URLs of an operation in the root and in a folder."""
    return [
        _url(f"{SERVICES}/{tail}", view, name),
        _url(f"{FOLDER}/{tail}", view, f"{name}-in-folder"),
    ]


_SITE = [
    _url("admin", site.SiteView, "site"),
    _url("admin/info", site.SiteInfoView, "info"),
    _url(SERVICES, catalogue.FolderView, "services"),
    _url(f"{SERVICES}/types", site.TypesView, "types"),
    _url(f"{SERVICES}/types/providers", site.ProvidersView, "providers"),
    _url(rf"{SERVICES}/types/(?P<type>[^/]+)", site.TypesView, "type"),
    _url(f"{SERVICES}/exists", catalogue.ExistsView, "exists"),
    _url(f"{SERVICES}/createFolder", catalogue.CreateFolderView, "create-folder"),
    _url(f"{SERVICES}/startServices", catalogue.StartServicesView, "start-services"),
    _url(f"{SERVICES}/stopServices", catalogue.StopServicesView, "stop-services"),
    _url(f"{SERVICES}/deleteServices", catalogue.DeleteServicesView, "delete-services"),
    *_in_folders("createService", catalogue.CreateServiceView, "create"),
    *_in_folders("canCreateService", catalogue.CanCreateServiceView, "can-create"),
    *_in_folders("renameService", catalogue.RenameServiceView, "rename"),
    *_in_folders("report", service.ReportView, "report"),
    _url(f"{FOLDER}/editFolder", catalogue.EditFolderView, "edit-folder"),
    _url(f"{FOLDER}/deleteFolder", catalogue.DeleteFolderView, "delete-folder"),
]

_SERVICE = [
    _url(SERVICE, service.ServiceView, "service"),
    _url(f"{SERVICE}/edit", service.EditServiceView, "edit"),
    _url(f"{SERVICE}/start", service.StartView, "start"),
    _url(f"{SERVICE}/stop", service.StopView, "stop"),
    _url(f"{SERVICE}/delete", service.DeleteServiceView, "delete"),
    _url(f"{SERVICE}/status", service.StatusView, "status"),
    _url(f"{SERVICE}/statistics", service.StatisticsView, "statistics"),
    _url(f"{SERVICE}/iteminfo", service.ItemInfoView, "iteminfo"),
    _url(f"{SERVICE}/iteminfo/edit", service.EditItemInfoView, "iteminfo-edit"),
    _url(rf"{SERVICE}/iteminfo/manifest/manifest\.json", service.ManifestView,
         "manifest"),
    _url(f"{SERVICE}/permissions", permissions.PermissionsView, "permissions"),
    _url(f"{SERVICE}/permissions/add", permissions.AddPermissionView, "add-permission"),
]  # fmt: skip

_JOB = rf"{SERVICE}/jobs/(?P<job>[^/]+)"
_JOBS = [
    _url(f"{SERVICE}/jobs", jobs.JobsView, "jobs"),
    _url(f"{SERVICE}/jobs/query", jobs.QueryJobsView, "query-jobs"),
    _url(f"{SERVICE}/jobs/statistics", jobs.JobStatisticsView, "job-statistics"),
    _url(f"{SERVICE}/jobs/purgeQueue", jobs.PurgeQueueView, "purge-queue"),
    _url(_JOB, jobs.JobView, "job"),
    _url(f"{_JOB}/cancel", jobs.CancelJobView, "cancel-job"),
    _url(f"{_JOB}/delete", jobs.DeleteJobView, "delete-job"),
]

urlpatterns: list[URLPattern] = [
    *_SITE,
    *_SERVICE,
    *_JOBS,
    # After those of a service in the root, whose address looks like a folder's.
    _url(f"{FOLDER}/permissions", permissions.FolderPermissionsView,
         "folder-permissions"),
    _url(f"{FOLDER}/permissions/add", permissions.AddFolderPermissionView,
         "add-folder-permission"),
    _url(FOLDER, catalogue.FolderView, "folder"),
    _url("admin(?:/.*)?", site.NothingHereView, "nothing"),
]  # fmt: skip
