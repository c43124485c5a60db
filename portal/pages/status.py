"""How the portal is, in words, for everybody: no names, no addresses."""

from __future__ import annotations

import logging

from django.db import DatabaseError
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from jobs.workers.vitals import vitals
from portal.pages.base import Page
from services.version import VERSION

logger = logging.getLogger(__name__)


class StatusPage(Page):
    """Do workers live, does the queue move, which version is this?"""

    template = "portal/status.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:  # noqa: ARG002  (Django)
        """Answer the page; HTTP 503 without a database."""
        try:
            found = vitals()
        except DatabaseError:
            logger.exception("the status page cannot read the database")
            return self.page({"vitals": None, "version": VERSION}, 503)
        return self.page({"vitals": found, "version": VERSION,
                          "is_well": bool(found.workers) and not found.is_lagging,
                          "workers": len(found.workers)})  # fmt: skip
