"""What readers choose for themselves: the theme, and how they are told of jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from portal import second_factor, tokens
from portal.models import Preferences, preferences_of
from portal.pages.base import Page
from portal.pages.context import THEME, THEMES
from services.errors import TokenRequired

if TYPE_CHECKING:
    Base = forms.ModelForm[Preferences]
else:
    Base = forms.ModelForm

_YEAR = 365 * 86_400


class ChooseTheme(Page):
    """Keeps a theme in a cookie, and leads back."""

    http_method_names = ("post",)

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """Take ``theme``: light, dark, or anything else for that of the system."""
        response = redirect(next_page(request))
        chosen = request.POST.get("theme", "")
        if chosen in THEMES:
            # scripts write it as well, so that no page has to load anew
            response.set_cookie(THEME, chosen, max_age=_YEAR, samesite="Lax",
                                secure=settings.HTTPS)  # fmt: skip
        else:
            response.delete_cookie(THEME, samesite="Lax")
        return response


class PreferencesForm(Base):
    """How somebody is told of jobs, and the units that are shown first."""

    class Meta:
        model = Preferences
        fields = ("notify", "notify_by_email", "units")
        widgets = {"notify": forms.RadioSelect, "units": forms.RadioSelect}


class ProfilePage(Page):
    """Who one is here, and what one has chosen."""

    template = "portal/profile.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:  # noqa: ARG002  (Django)
        """Answer the page."""
        user = signed_in(self.request)
        return self._shown(user, PreferencesForm(instance=preferences_of(user)))

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """Keep the choices; what was wrong comes back."""
        user = signed_in(request)
        form = PreferencesForm(request.POST, instance=preferences_of(user))
        if not form.is_valid():
            return self._shown(user, form, 422)
        form.save()
        messages.success(request, _("Saved."))
        return redirect("profile")

    def _shown(
        self, user: User, form: PreferencesForm, status: int = 200
    ) -> HttpResponseBase:
        keys = tokens.valid().filter(user=user, is_key=True).count()
        context = {"form": form, "keys": keys,
                   "has_device": second_factor.has_device(user)}  # fmt: skip
        return self.page(context, status)


def signed_in(request: HttpRequest) -> User:
    """Return the user of a page that is for people with an account.

    Raises TokenRequired, which leads to the sign-in.
    """
    if not isinstance(request.user, User):
        raise TokenRequired("Token Required")
    return request.user


def next_page(request: HttpRequest, otherwise: str = "/") -> str:
    """Return where a form leads back to; never to another host."""
    asked = request.POST.get("next", "")
    hosts = {request.get_host()}
    is_ours = url_has_allowed_host_and_scheme(asked, hosts, request.is_secure())
    return asked if is_ours else otherwise
