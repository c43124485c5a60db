"""Records of the log in the admin: to search, and to delete when they are old."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.db.models import Max, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from portal.models import LogEvent
from services.admin.actions import ask, counted, moment

if TYPE_CHECKING:  # the generic class exists only for the type checker
    EventModelAdmin = admin.ModelAdmin[LogEvent]
else:
    EventModelAdmin = admin.ModelAdmin

_KINDS = {
    "INFO": "queued",
    "WARNING": "queued",
    "ERROR": "failed",
    "CRITICAL": "failed",
}
_LIST = "admin:portal_logevent_changelist"


@admin.register(LogEvent)
class LogEventAdmin(EventModelAdmin):
    """Warnings and worse of all processes, the newest first; nobody writes them."""

    list_display = (
        "time", "level_mark", "text_line", "logger", "service", "job_link", "user",
        "request_id",
    )  # fmt: skip
    list_display_links = ("time",)
    list_filter = ("level", "at", "logger")
    list_per_page = 50
    list_max_show_all = 200
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    search_fields = ("text", "logger", "service", "job_id", "user", "request_id")
    search_help_text = "Search in text, logger, service, job, user and request id."
    fields = readonly_fields = (
        "time", "level_mark", "logger", "text", "trace", "service", "job_link", "user",
        "same_request", "process",
    )  # fmt: skip
    actions = ("delete_older",)
    time = moment("at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="level", ordering="level")
    def level_mark(self, event: LogEvent) -> SafeString:
        """Show the level as a word, with a colour."""
        level = LogEvent.Level(event.level)
        kind = _KINDS.get(level.name, "cancelled")
        return format_html('<span class="pill pill-{}">{}</span>', kind, level.label)

    @admin.display(description="text", ordering=None)
    def text_line(self, event: LogEvent) -> SafeString:
        """Show the first line."""
        line = event.text.partition("\n")[0]
        shown = line if len(line) <= 200 else f"{line[:199]}…"
        return format_html('<span class="said">{}</span>', shown)

    @admin.display(description="traceback")
    def trace(self, event: LogEvent) -> SafeString | str:
        """Show the traceback of the exception, if there was one."""
        text = event.exception
        return format_html('<pre class="trace">{}</pre>', text) if text else "-"

    @admin.display(description="job", ordering="job_id")
    def job_link(self, event: LogEvent) -> SafeString | str:
        """Show the job with a link to its page."""
        if not event.job_id:
            return "-"
        url = reverse("admin:jobs_job_change", args=[event.job_id])
        return format_html('<a href="{}">{}…</a>', url, event.job_id[:9])

    @admin.display(description="request id")
    def same_request(self, event: LogEvent) -> SafeString | str:
        """Show the id with a link to all records of the request."""
        if not event.request_id:
            return "-"
        url = f"{reverse(_LIST)}?{urlencode({'q': event.request_id})}"
        return format_html('<a href="{}">{}</a>', url, event.request_id)

    @admin.action(
        description="Delete these and all older ones…", permissions=["delete"]
    )
    def delete_older(
        self, request: HttpRequest, rows: QuerySet[LogEvent]
    ) -> HttpResponse | None:
        """Delete the rows, and whatever is older than the newest of them."""
        newest = rows.aggregate(newest=Max("pk"))["newest"] or 0
        older = LogEvent.objects.filter(pk__lte=newest)
        page = ask(
            self, request, older, question="Delete these records and all older ones",
            effect="They go from this list; the log files stay as they are.",
        )  # fmt: skip
        if page is None:
            count, _ = older.delete()
            text = f"{counted(count, LogEvent)} deleted."
            self.message_user(request, text, messages.SUCCESS)
        return page
