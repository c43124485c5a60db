"""What every page shares: refusals become pages, and a job is found for its reader."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views import View

from jobs import trace
from portal.errors import failure_of
from portal.pages.addresses import ROOT_FOLDER
from portal.pages.errors import headings
from services.access import may_use, missing
from services.catalog import (
    PublishedService,
    find_service,
    published,
    service_not_found,
)
from services.errors import GPError, NotFound, TokenRequired


class Page(View):
    """A page: ``template`` names its HTML; a GPError becomes an error page."""

    template = ""
    http_method_names: tuple[str, ...] = ("get", "head", "post")

    def dispatch(
        self, request: HttpRequest, *args: Any, **names: Any
    ) -> HttpResponseBase:
        """Answer a request; a stranger who may not is sent to the sign-in."""
        try:
            return super().dispatch(request, *args, **names)
        except TokenRequired:
            return redirect_to_login(request.get_full_path())
        except GPError as exc:
            return refused(request, exc)

    @property
    def user(self) -> User | AnonymousUser:
        """Who reads the page."""
        return self.request.user

    def page(self, context: Mapping[str, Any], status: int = 200) -> HttpResponse:
        """Return the page with what it shows."""
        return render(self.request, self.template, {**context}, status=status)


class SignedPage(Page):
    """A page of people with an account."""

    @property
    def owner(self) -> User:
        """Who has signed in. Raises TokenRequired."""
        if not isinstance(self.user, User):
            raise TokenRequired("Token Required")
        return self.user


def refused(request: HttpRequest, exc: Exception) -> HttpResponse:
    """Return the error page of an exception."""
    failure = failure_of(exc)
    status = failure.status or failure.code
    reasons = failure.details or [failure.message]
    return error_page(request, status if status in headings() else 500, reasons)


def error_page(request: HttpRequest, status: int, reasons: list[str]) -> HttpResponse:
    """Return a page that says what is wrong, and leads back."""
    context = {"status": status, "reasons": reasons, "heading": headings()[status],
               "request_id": trace.request_id.get()}  # fmt: skip
    return render(request, "portal/error.html", context, status=status)


def found_service(
    user: User | AnonymousUser, folder: str, name: str
) -> PublishedService:
    """Return the service of a page's address, for who may use it.

    Raises NotFound, and TokenRequired for a stranger who could sign in.
    """
    place = None if folder == ROOT_FOLDER else folder
    not_found = service_not_found(place, name)
    try:
        row = find_service(place, name)
    except NotFound:
        raise missing(user, not_found) from None
    if not may_use(user, row):
        raise missing(user, not_found)
    return published(row)
