"""Share links in the admin: to look at and revoke."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from jobs.access.sharing import revoke
from jobs.models import ShareLink
from services.admin.actions import ask, counted, mark, moment
from services.admin.ends import EndFilter

if TYPE_CHECKING:  # the generic class exists only for the type checker
    LinkModelAdmin = admin.ModelAdmin[ShareLink]
else:
    LinkModelAdmin = admin.ModelAdmin


class StateFilter(EndFilter):
    """Links that work, and why others do not."""

    working = "live"


@admin.register(ShareLink)
class ShareLinkAdmin(LinkModelAdmin):
    """All share links; the secret of none is kept."""

    fields = (
        "id", "label", "job", "created_by", "state_mark", "created", "expires",
        "last_used", "revoked",
    )  # fmt: skip
    readonly_fields = fields
    list_display = (
        "id", "label", "short_job", "created_by", "state_mark", "created", "expires",
        "last_used",
    )  # fmt: skip
    list_filter = (StateFilter, "created_at", "expires_at")
    list_select_related = ("created_by",)
    search_fields = ("id", "label", "job__id", "created_by__username")
    search_help_text = "Search in share id, label, job and user."
    actions = ("revoke",)
    created, expires = moment("created_at"), moment("expires_at")
    last_used, revoked = moment("last_used_at"), moment("revoked_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_view_permission(request, obj) or self.has_revoke_permission(
            request
        )

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Tell if the user may revoke links: the permission to change them."""
        return request.user.has_perm("jobs.change_sharelink")

    @admin.display(description="state")
    def state_mark(self, link: ShareLink) -> str:
        """Show if the link still works."""
        icon = {"live": "yes", "revoked": "no"}.get(link.state)
        said = link.state.capitalize()
        return mark(icon, said) if icon else said

    @admin.display(description="job", ordering="job")
    def short_job(self, link: ShareLink) -> str:
        """Show the start of the job's id, as the list of jobs does."""
        return f"{link.job_id[:9]}…"

    @admin.action(description="Revoke", permissions=["revoke"])
    def revoke(
        self, request: HttpRequest, rows: QuerySet[ShareLink]
    ) -> HttpResponse | None:
        """Let links work no more, at once."""
        page = ask(
            self, request, rows, question="Revoke these share links",
            effect="Whoever has them is refused from now on; this cannot be undone.",
        )  # fmt: skip
        if page is None:
            found = list(rows.filter(revoked_at=None))
            for link in found:
                revoke(link)
                self.log_change(request, link, "Revoked.")
            text = f"{counted(len(found), ShareLink)} revoked."
            self.message_user(request, text, messages.SUCCESS)
        return page
