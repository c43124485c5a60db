"""The tables of the portal: tokens, and what people have chosen for themselves."""

from __future__ import annotations

from portal.models.personal import Favourite, Preferences, preferences_of
from portal.models.tokens import AccessToken, KeptProperties

__all__ = ["AccessToken", "Favourite", "KeptProperties", "Preferences",
           "preferences_of"]
