"""All URLs: the context with services, jobs and tokens; the admin; the front page."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.urls import path
from django.views.i18n import JavaScriptCatalog, set_language

from jobs.urls import urlpatterns as job_urls
from portal import health, views
from portal.account.urls import urlpatterns as account_urls
from portal.adminrest.urls import urlpatterns as administrator_urls
from portal.metrics.views import metrics
from portal.pages.urls import urlpatterns as page_urls
from services.anycase import below, resource
from services.urls import urlpatterns as catalogue_urls

handler400 = "portal.pages.errors.bad_request"
handler403 = "portal.pages.errors.permission_denied"
handler404 = "portal.pages.errors.page_not_found"
handler500 = "portal.pages.errors.server_error"

_TOKENS = "(?:tokens|tokens/generateToken|rest/generateToken|admin/generateToken)"

urlpatterns = [
    *page_urls,
    path("jsi18n/", JavaScriptCatalog.as_view(domain="djangojs"), name="texts"),
    path("language/", set_language, name="set_language"),
    path("favicon.ico", views.favicon, name="favicon"),
    path("health/live", health.live, name="live"),
    path("health/ready", health.ready, name="ready"),
    path("metrics", metrics, name="metrics"),
    path(f"{settings.ADMIN_PATH}/", admin.site.urls),
    below(
        settings.CONTEXT,
        [
            resource(_TOKENS, views.GenerateTokenView.as_view(), "token"),
            *account_urls,
            *administrator_urls,
            *job_urls,
            *catalogue_urls,
        ],
    ),
]
