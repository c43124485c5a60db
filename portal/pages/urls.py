"""Addresses of the pages of the web portal."""

from __future__ import annotations

from django.urls import URLPattern, path

from portal.pages import catalogue, home, job, package, results, run

_TOOL = "tools/<str:folder>/<str:service>/<str:task>/"

urlpatterns: list[URLPattern] = [
    path("", home.HomePage.as_view(), name="home"),
    path("tools/", catalogue.CataloguePage.as_view(), name="catalogue"),
    path("tools/<str:folder>/<str:service>/", catalogue.ServicePage.as_view(),
         name="service-page"),
    path(_TOOL, run.RunPage.as_view(), name="run"),
    path("jobs/<str:job>/", job.JobPage.as_view(), name="job-page"),
    path("jobs/<str:job>/cancel/", job.CancelJob.as_view(), name="cancel-job"),
    path("jobs/<str:job>/results/<str:result>/", results.ResultPage.as_view(),
         name="result-page"),
    path("jobs/<str:job>/download/", package.JobZip.as_view(), name="job-zip"),
]  # fmt: skip
