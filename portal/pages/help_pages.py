"""The help: how tools are run here, by scripts, by keyboard, and how one is written."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from portal.pages.base import Page


class HelpPage(Page):
    """From a tool to its result, and where to ask for more."""

    template = "portal/help/help.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the page; all examples have this portal's addresses."""
        root = request.build_absolute_uri(f"/{settings.CONTEXT}")
        return self.page(
            {
                "root": root,
                "context": settings.CONTEXT,
                "token_minutes": settings.TOKEN_MINUTES,
                "key_days": settings.MAX_KEY_DAYS,
                "upload_hours": settings.KEEP_UPLOADS_HOURS,
            }
        )


class ApiHelpPage(HelpPage):
    """How scripts and ArcGIS clients run tools."""

    template = "portal/help/api.html"


class ToolHelpPage(HelpPage):
    """How a tool is written and published."""

    template = "portal/help/write_a_tool.html"


class KeyboardHelpPage(HelpPage):
    """What keys do, and how the one of the search is switched off."""

    template = "portal/help/keyboard.html"
