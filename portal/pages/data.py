"""My data: what somebody has uploaded, and the results that stay."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.db.models import Sum
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from jobs.models import Upload
from jobs.models.hosted import HostedService
from jobs.uploads import items
from portal import audit
from portal.pages.addresses import tool_url
from portal.pages.base import Page
from portal.pages.choices import signed_in
from portal.pages.lines import with_states
from portal.pages.mine import my_jobs
from services.access import may_use
from services.catalog import published
from services.errors import InvalidURL
from services.schema import Parameter

_MOST_SHOWN = 200
_MOST_USES = 8
#: Data types of inputs that an uploaded item can be.
_FROM_FILES = ("GPFeatureRecordSetLayer", "GPRecordSet", "GPDataFile",
               "GPRasterDataLayer", "GPRasterData")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Item:
    """An uploaded file, until when it is kept, and the tools that could take it."""

    row: Upload
    expires_at: datetime
    uses: list[tuple[str, str]]


class DataPage(Page):
    """Uploads, pinned jobs and layers of one's own."""

    template = "portal/data.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the page; a stranger is told what an account is for."""
        user = self.user
        if not isinstance(user, User):
            return self.page({"is_stranger": True})
        mine = Upload.objects.filter(user=user)
        rows = mine.select_related("service__folder")[:_MOST_SHOWN]
        used = mine.aggregate(bytes=Sum("size"))["bytes"] or 0
        pinned = my_jobs(request).filter(pinned=True)[:_MOST_SHOWN]
        return self.page(
            {
                "uploads": [_item(user, one) for one in rows],
                "used": used,
                "count": mine.count(),
                "max_bytes": settings.UPLOAD_MB_PER_USER * 2**20,
                "max_count": settings.UPLOADS_PER_USER,
                "keep_hours": settings.KEEP_UPLOADS_HOURS,
                "pinned": with_states(pinned),
                "hosted": HostedService.objects.filter(owner=user)
                .prefetch_related("layers").order_by("-created_at")[:_MOST_SHOWN],
                "rest_root": f"/{settings.CONTEXT}/rest/services",
            }
        )  # fmt: skip


class DeleteUpload(Page):
    """Deletes a file that one has uploaded."""

    http_method_names = ("post",)

    def post(self, request: HttpRequest, item: str) -> HttpResponseBase:
        """Delete it; unknown and foreign ones are refused alike."""
        user = signed_in(request)
        found = Upload.objects.filter(pk=item, user=user).first()
        if found is None:
            raise InvalidURL(_("There is no such file, or it is not yours."))
        if items.is_needed(found):
            messages.warning(request, _("A job that has not ended needs this file."))
            return redirect("data")
        items.delete(found)
        messages.success(request, _("%(name)s was deleted.") % {"name": found.name})
        return redirect("data")


class DeleteHosted(Page):
    """Deletes a feature service of one's own."""

    http_method_names = ("post",)

    def post(self, request: HttpRequest, name: str) -> HttpResponseBase:
        """Delete it with its layers; unknown and foreign ones are refused alike."""
        user = signed_in(request)
        found = HostedService.objects.filter(name__iexact=name, owner=user).first()
        if found is None:
            raise InvalidURL(_("There is no such layer, or it is not yours."))
        with audit.acting(request, user):
            found.delete()
        messages.success(request, _("%(name)s was deleted.") % {"name": found.name})
        return redirect("data")


def _item(user: User, row: Upload) -> Item:
    kept = timedelta(hours=settings.KEEP_UPLOADS_HOURS)
    uses = list(_uses(user, row))[:_MOST_USES] if row.committed else []
    return Item(row, row.used_at + kept, uses)


def _uses(user: User, row: Upload) -> Iterator[tuple[str, str]]:
    """Yield title and address of each tool of the item's service that could read it."""
    if not may_use(user, row.service):
        return
    value = json.dumps({"itemID": row.pk})
    for task in published(row.service).tasks:
        taking = next((one for one in task.visible if _takes_files(one)), None)
        if taking is not None:
            query = urlencode({taking.name: value})
            yield task.title, f"{tool_url(row.service.path, task.name)}?{query}"


def _takes_files(parameter: Parameter) -> bool:
    return not parameter.is_output and parameter.data_type.name in _FROM_FILES
