"""Which origins may call the token service: all, whatever the settings say.

A client must be able to ask for a token before it can be known; the answer holds
nothing that a cookie would give.
"""

from __future__ import annotations

import re
from typing import Any

from corsheaders.signals import check_request_enabled
from django.conf import settings
from django.dispatch import receiver
from django.http import HttpRequest

_TOKENS = re.compile(
    rf"/{settings.CONTEXT}/(tokens|tokens/generatetoken|(rest|admin)/generatetoken)/?",
    re.IGNORECASE,
)


@receiver(check_request_enabled)
def is_token_request(request: HttpRequest, **_: Any) -> bool:
    """Tell if a request goes to the token service."""
    return _TOKENS.fullmatch(request.path_info) is not None
