"""Access tokens in the admin: to look at and revoke."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString

from portal import tokens
from portal.models import AccessToken
from services.admin.actions import ask, counted, mark, moment
from services.admin.ends import EndFilter

if TYPE_CHECKING:  # the generic class exists only for the type checker
    TokenModelAdmin = admin.ModelAdmin[AccessToken]
else:
    TokenModelAdmin = admin.ModelAdmin


@admin.register(AccessToken)
class AccessTokenAdmin(TokenModelAdmin):
    """Tokens by their first characters; neither token nor digest is ever shown."""

    fields = (
        "prefix", "user", "is_key", "name", "scope", "state", "referer", "ip",
        "has_second_factor", "created", "expires", "last_used", "revoked",
    )  # fmt: skip
    readonly_fields = fields
    list_display = (
        "prefix", "user", "name", "scope", "state", "created", "expires", "last_used",
        "bound_to",
    )  # fmt: skip
    list_filter = (EndFilter, "is_key", "created_at", "expires_at")
    list_select_related = ("user",)
    search_fields = ("prefix", "name", "user__username", "referer", "ip")
    search_help_text = "Search in first characters, name, user, referer and address."
    date_hierarchy = "created_at"
    actions = ("revoke",)
    created, expires = moment("created_at"), moment("expires_at")
    last_used, revoked = moment("last_used_at"), moment("revoked_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[AccessToken]:
        return super().get_queryset(request).prefetch_related("services__folder")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_view_permission(request, obj) or self.has_revoke_permission(
            request
        )

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Tell if the user may revoke tokens: the permission to change them."""
        return request.user.has_perm("portal.change_accesstoken")

    @admin.display(description="state")
    def state(self, token: AccessToken) -> SafeString | str:
        """Show if the token still works."""
        if token.revoked_at is not None:
            return mark("no", "Revoked")
        if token.expires_at <= timezone.now():
            return "Expired"
        return mark("yes", "Valid")

    @admin.display(description="scope")
    def scope(self, token: AccessToken) -> str:
        """Show what a key is for."""
        return token.scope

    @admin.display(description="bound to")
    def bound_to(self, token: AccessToken) -> str:
        """Show the referer or address outside of which the token is refused."""
        return token.referer or token.ip or "anywhere"

    @admin.action(description="Revoke", permissions=["revoke"])
    def revoke(
        self, request: HttpRequest, rows: QuerySet[AccessToken]
    ) -> HttpResponse | None:
        """Let tokens work no more, at once."""
        page = ask(
            self, request, rows, question="Revoke these tokens",
            effect="Clients that use them are refused from their next request on;"
            " this cannot be undone.",
        )  # fmt: skip
        if page is None:
            self._revoke(request, rows)
        return page

    def _revoke(self, request: HttpRequest, rows: QuerySet[AccessToken]) -> None:
        found = tokens.revoke(rows)
        for token in found:
            self.log_change(request, token, "Revoked.")
        text = f"{counted(len(found), AccessToken)} revoked."
        self.message_user(request, text, messages.SUCCESS)
