"""Addresses of the pages of the web portal."""

from __future__ import annotations

from django.urls import URLPattern, path

from portal.account.views import account
from portal.pages import (
    catalogue,
    choices,
    data,
    help_pages,
    home,
    job,
    run,
    service,
    status,
)

_TOOL = "tools/<str:folder>/<str:service>/<str:task>/"

urlpatterns: list[URLPattern] = [
    path("", home.HomePage.as_view(), name="home"),
    path("tools/", catalogue.CataloguePage.as_view(), name="catalogue"),
    path("tools/favourites/", catalogue.MarkFavourite.as_view(), name="favourite"),
    path("tools/<str:folder>/<str:service>/", service.ServicePage.as_view(),
         name="service-page"),
    path(_TOOL, run.RunPage.as_view(), name="run"),
    path("jobs/<str:job>/", job.JobPage.as_view(), name="job-page"),
    path("jobs/<str:job>/cancel/", job.CancelJob.as_view(), name="cancel-job"),
    path("data/", data.DataPage.as_view(), name="data"),
    path("data/uploads/<str:item>/delete/", data.DeleteUpload.as_view(),
         name="delete-upload"),
    path("data/layers/<str:name>/delete/", data.DeleteHosted.as_view(),
         name="delete-hosted"),
    path("account/", choices.ProfilePage.as_view(), name="profile"),
    path("account/tokens/", account, name="keys"),
    path("theme/", choices.ChooseTheme.as_view(), name="theme"),
    path("help/", help_pages.HelpPage.as_view(), name="help"),
    path("help/api/", help_pages.ApiHelpPage.as_view(), name="help-api"),
    path("help/write-a-tool/", help_pages.ToolHelpPage.as_view(), name="help-tool"),
    path("help/keyboard/", help_pages.KeyboardHelpPage.as_view(),
         name="help-keyboard"),
    path("status/", status.StatusPage.as_view(), name="status"),
]  # fmt: skip
