"""The form of a new API key."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.models import User
from django.core.validators import MaxValueValidator
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from portal import tokens
from portal.models import AccessToken
from portal.tokens import Binding
from services.catalog import visible_services
from services.models import Service

MOST_KEYS = 50
_DEFAULT_DAYS = 90


class KeyForm(forms.Form):
    """Name, end, scope and binding of a key of a user."""

    name = forms.CharField(
        label=_("Name"), max_length=100, help_text=_("What the key is for.")
    )
    days = forms.IntegerField(
        label=_("Days"), min_value=1, widget=forms.TextInput({"inputmode": "numeric"})
    )
    may_run = forms.ChoiceField(
        label=_("May"),
        choices=[("run", _("Run tools, and read")), ("read", _("Only read"))],
    )
    services = forms.ModelMultipleChoiceField(
        Service.objects.none(), label=_("Services"), required=False,
        help_text=_("None chosen: all that you may use, also those to come."),
    )  # fmt: skip
    referer = forms.CharField(
        label=_("Only with the HTTP referer"), required=False, max_length=500,
        help_text=_("The address of the web app that uses the key."),
    )  # fmt: skip
    ip = forms.CharField(label=_("Only from the IP address"), required=False)

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        field: Any = self.fields["services"]
        field.queryset = visible_services(user)
        field.label_from_instance = lambda row: row.path
        longest: int = settings.MAX_KEY_DAYS
        days: Any = self.fields["days"]
        days.validators.append(MaxValueValidator(longest))
        days.initial = min(_DEFAULT_DAYS, longest)
        days.help_text = format_lazy(_("How long it works, at most {longest}."),
                                     longest=longest)  # fmt: skip
        for one in self.fields.values():
            is_choice = isinstance(one, forms.ChoiceField | forms.ModelChoiceField)
            one.widget.attrs["class"] = "form-select" if is_choice else "form-control"

    def clean_ip(self) -> str | None:
        """Return the address, None for none."""
        text = self.cleaned_data["ip"].strip()
        if not text:
            return None
        try:
            return str(ip_address(text))
        except ValueError:
            told = _("Expected an address like 192.0.2.7.")
            raise forms.ValidationError(told) from None

    def clean(self) -> dict[str, Any]:
        """Refuse one key more than a person may have."""
        mine = tokens.valid().filter(user=self.user, is_key=True)
        if mine.count() >= MOST_KEYS:
            raise forms.ValidationError(
                _("You have %(n)s keys that work: revoke one of them first."),
                params={"n": MOST_KEYS},
            )
        return self.cleaned_data

    def make(self) -> tuple[str, AccessToken]:
        """Return a new key as the form says, and its row."""
        given = self.cleaned_data
        chosen = list(given["services"])
        return tokens.make_key(
            self.user,
            given["name"],
            given["days"],
            may_run=given["may_run"] == "run",
            services=chosen or None,
            bound=Binding(given["referer"].strip(), given["ip"]),
        )
