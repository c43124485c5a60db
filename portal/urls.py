"""All URLs: the context with services, jobs and tokens; the admin; the front page."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.urls import include, path, re_path

from portal import views

_TOKENS = r"^(?i:tokens|tokens/generateToken|rest/generateToken|admin/generateToken)/?$"

urlpatterns = [
    path("", views.home, name="home"),
    path("admin/", admin.site.urls),
    re_path(
        rf"^(?i:{settings.CONTEXT})/",
        include(
            [
                re_path(_TOKENS, views.GenerateTokenView.as_view(), name="token"),
                path("", include("jobs.urls")),
                path("", include("services.urls")),
            ]
        ),
    ),
]
