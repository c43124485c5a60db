"""Addresses of the pages of the web portal."""

from __future__ import annotations

from django.urls import URLPattern, path

from portal.pages import catalogue, checking, home, job, references, run

_TOOL = "tools/<str:folder>/<str:service>/<str:task>/"

urlpatterns: list[URLPattern] = [
    path("", home.HomePage.as_view(), name="home"),
    path("tools/", catalogue.CataloguePage.as_view(), name="catalogue"),
    path("tools/<str:folder>/<str:service>/", catalogue.ServicePage.as_view(),
         name="service-page"),
    path(_TOOL, run.RunPage.as_view(), name="run"),
    path(_TOOL + "check/", checking.CheckFields.as_view(), name="check-fields"),
    path(_TOOL + "code/", checking.CodeOfRun.as_view(), name="code-of-run"),
    path("crs/", references.SearchReferences.as_view(), name="crs-search"),
    path("jobs/<str:job>/", job.JobPage.as_view(), name="job-page"),
    path("jobs/<str:job>/cancel/", job.CancelJob.as_view(), name="cancel-job"),
]  # fmt: skip
