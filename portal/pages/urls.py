"""Addresses of the pages of the web portal."""

from __future__ import annotations

from django.urls import URLPattern, path

from portal.pages import catalogue, changing, history, home, job, run, sharing

_TOOL = "tools/<str:folder>/<str:service>/<str:task>/"

urlpatterns: list[URLPattern] = [
    path("", home.HomePage.as_view(), name="home"),
    path("tools/", catalogue.CataloguePage.as_view(), name="catalogue"),
    path("tools/<str:folder>/<str:service>/", catalogue.ServicePage.as_view(),
         name="service-page"),
    path(_TOOL, run.RunPage.as_view(), name="run"),
    path("jobs/", history.JobList.as_view(), name="job-list"),
    path("jobs/<slug:job>/", job.JobPage.as_view(), name="job-page"),
    path("jobs/<slug:job>/cancel/", job.CancelJob.as_view(), name="cancel-job"),
    path("jobs/<slug:job>/edit/", changing.EditJob.as_view(), name="edit-job"),
    path("jobs/<slug:job>/pin/", changing.PinJob.as_view(), name="pin-job"),
    path("jobs/<slug:job>/delete/", changing.DeleteJob.as_view(), name="delete-job"),
    path("jobs/<slug:job>/share/", sharing.SharePage.as_view(), name="share-job"),
    path("jobs/<slug:job>/share/<slug:share>/revoke/", sharing.RevokeShare.as_view(),
         name="revoke-job-share"),
    path("s/<str:secret>/", sharing.SharedJobPage.as_view(), name="shared-job"),
]  # fmt: skip
