"""What an uploaded item holds, an addition of ours: read before it is used.

Whoever has uploaded a file sees at once if it is what they meant.
"""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpResponseBase
from rest_framework.request import Request

from jobs.child.call import Call
from jobs.featureservices.asking import ask
from jobs.processes.answers import child_response
from jobs.runs.calls import limits_of
from jobs.uploads.items import committed_file
from jobs.uploads.resource import UploadResource
from services.errors import InvalidURL

_SECONDS = 60.0


class ContentsView(UploadResource):
    """Count, geometry type, reference and fields of an item; ``table``: of rows."""

    def get(self, request: Request, **names: str) -> HttpResponseBase:
        path = committed_file(self.item())
        if path is None:
            raise InvalidURL("The item is not committed yet")
        is_table = self.form.get("table").lower() == "true"
        limits = limits_of(self.row())
        call = Call(
            kind="contents",
            limits=replace(limits, seconds=min(limits.seconds, _SECONDS)),
            outputs=({"path": str(path), "isTable": is_table},),
        )
        return child_response(self, ask(call), names["item"])
