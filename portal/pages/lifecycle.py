"""What every job says of its own life, in the language of whoever reads it.

The REST API keeps the English words, which clients compare.
"""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SAID: dict[str, Promise] = {
    "Submitted.": _("Submitted."),
    "Executing...": _("Executing..."),
    "Succeeded.": _("Succeeded."),
    "Failed.": _("Failed."),
    "Cancelling...": _("Cancelling..."),
    "Cancelled.": _("Cancelled."),
    "Timed out.": _("Timed out."),
}


def in_words(text: str) -> str | Promise:
    """Return a message as it is read; what a tool has said stays as it is."""
    return SAID.get(text, text)
