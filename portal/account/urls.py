"""URLs of the account pages, below the context."""

from __future__ import annotations

from django.contrib.auth.views import LogoutView
from django.urls import URLPattern

from portal.account import views
from services.anycase import resource

_ONE = r"account/tokens/(?P<token>\d{1,18})"

urlpatterns: list[URLPattern] = [
    resource("account", views.account, "account"),
    resource("account/login", views.LoginView.as_view(), "account-login"),
    resource("account/logout", LogoutView.as_view(next_page="account-login"),
             "account-logout"),
    resource("account/keys", views.make_key, "account-key"),
    resource("account/device", views.device, "account-device"),
    resource("account/backup-codes", views.make_codes, "account-backup-codes"),
    resource("account/tokens/revoke", views.revoke_tokens, "account-revoke-tokens"),
    resource(f"{_ONE}/revoke", views.revoke, "account-revoke"),
]  # fmt: skip
