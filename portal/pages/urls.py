"""Addresses of the pages of the web portal."""

from __future__ import annotations

from django.urls import URLPattern, path

from portal.pages import catalogue, home, job, layers, run

_TOOL = "tools/<str:folder>/<str:service>/<str:task>/"

urlpatterns: list[URLPattern] = [
    path("", home.HomePage.as_view(), name="home"),
    path("tools/", catalogue.CataloguePage.as_view(), name="catalogue"),
    path("tools/<str:folder>/<str:service>/", catalogue.ServicePage.as_view(),
         name="service-page"),
    path("layers/", layers.OwnLayers.as_view(), name="own-layers"),
    path(_TOOL, run.RunPage.as_view(), name="run"),
    path("jobs/<str:job>/", job.JobPage.as_view(), name="job-page"),
    path("jobs/<str:job>/cancel/", job.CancelJob.as_view(), name="cancel-job"),
]  # fmt: skip
