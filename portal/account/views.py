"""What the owner of tokens and API keys sees and does."""

from __future__ import annotations

from typing import Any

from auditlog.models import LogEntry
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.contrib.auth.views import LoginView as AuthLoginView
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django_otp.plugins.otp_totp.models import TOTPDevice

from portal import audit, backup_codes, second_factor, tokens
from portal.account.forms import KeyForm
from portal.models import AccessToken
from portal.second_factor import LoginForm

_SHOWN = 100  # tokens on the page: clients may ask for thousands


@method_decorator(never_cache, "dispatch")
class LoginView(AuthLoginView):
    """The login of people; the administration has its own."""

    template_name = "account/login.html"
    authentication_form = LoginForm
    next_page = "account"


@never_cache
@login_required
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """Show the keys and tokens of whoever has signed in, and a form for a key."""
    return _page(request, KeyForm(_user(request)))


@never_cache
@login_required
@require_POST
def make_key(request: HttpRequest) -> HttpResponse:
    """Make a key and show it, this once."""
    form = KeyForm(_user(request), request.POST)
    if not form.is_valid():
        return _page(request, form)
    key, row = form.make()
    audit.say(request, _user(request), [row], f"Made the key {row.name}: {row.scope}.",
              LogEntry.Action.CREATE)  # fmt: skip
    return render(request, "account/key.html", {"key": key, "row": row})


@never_cache
@login_required
@require_POST
def revoke(request: HttpRequest, token: str) -> HttpResponse:
    """Revoke one token or key of one's own."""
    rows = _mine(request).filter(pk=int(token))
    if not rows.exists():
        raise Http404
    _revoke(request, rows)
    messages.success(request, _("Revoked."))
    return redirect("account")


@never_cache
@login_required
@require_POST
def revoke_tokens(request: HttpRequest) -> HttpResponse:
    """Revoke all tokens of one's own that work; keys stay."""
    working = tokens.valid().filter(user=_user(request), is_key=False)
    found = _revoke(request, working)
    messages.success(request, _("%(n)s revoked.") % {"n": len(found)})
    return redirect("account")


@never_cache
@login_required
def device(request: HttpRequest) -> HttpResponse:
    """Set up the authenticator app: show its key, then ask for a first code."""
    user = _user(request)
    if second_factor.has_device(user):
        return redirect("account")
    waiting = TOTPDevice.objects.filter(user=user, confirmed=False).first()
    found = waiting or second_factor.new_device(user)
    problem = ""
    if request.method == "POST":
        with audit.acting(request, user):
            is_right = second_factor.confirm(found, request.POST.get("code", ""))
        if is_right:
            messages.success(
                request,
                _(
                    "From now on your login asks for a code too. Make backup codes"
                    " below, in case you lose the app."
                ),
            )
            return redirect("account")
        problem = _("This code is not right: wait for the next one, and try it.")
    context = {
        "picture": second_factor.picture(found),
        "typed": second_factor.typed_key(found),
        "problem": problem,
    }
    return render(request, "account/device.html", context)


@never_cache
@login_required
@require_POST
def make_codes(request: HttpRequest) -> HttpResponse:
    """Make backup codes in the place of those before, and show them, this once."""
    user = _user(request)
    if not second_factor.has_device(user):
        return redirect("account")
    codes = backup_codes.make(user)
    audit.say(request, user, [user], "Made backup codes.")
    return render(request, "account/backup.html", {"codes": codes})


def _revoke(request: HttpRequest, rows: QuerySet[AccessToken]) -> list[AccessToken]:
    found = tokens.revoke(rows)
    audit.say(request, _user(request), found, "Revoked.")
    return found


def _page(request: HttpRequest, form: KeyForm) -> HttpResponse:
    keys = _mine(request).filter(is_key=True, revoked_at=None)
    valid = tokens.valid().filter(user=_user(request))
    working = valid.filter(is_key=False)
    context = {
        "form": form,
        "keys": keys.prefetch_related("services__folder"),
        "working": set(valid.filter(is_key=True).values_list("pk", flat=True)),
        "tokens": working[:_SHOWN],
        "more": max(0, working.count() - _SHOWN),
        "has_device": second_factor.has_device(_user(request)),
        "codes_left": backup_codes.count_left(_user(request)),
    }
    return render(request, "account/account.html", context)


def _mine(request: HttpRequest) -> QuerySet[AccessToken]:
    return AccessToken.objects.filter(user=_user(request))


def _user(request: HttpRequest) -> User:
    user: Any = request.user  # login_required has seen to it
    found: User = user
    return found
