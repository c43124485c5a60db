"""What a raw value holds that must not be shown: tokens, in members and in URLs.

Forms: gpserver-rest 6.10. A token may stand in an object, in a list or a row, behind
a tag, in JSON inside of a text, or in the query of a URL, plain or percent-encoded.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote, unquote_plus

from services.errors import InvalidValue
from services.wire import decode_tolerant, encode

_NAME = (
    r"[\w.-]*token|[\w.-]*secret|[\w.-]*signature|sig|passw(?:or)?d"
    r"|(?:api|access)[_-]?key"
)
_IS_NAME = re.compile(rf"(?:{_NAME})\Z", re.IGNORECASE)
#: A parameter of a URL's query; names may be percent-encoded too.
_FIELD = re.compile(r"(?<=[?&])([\w.%+-]{1,64})=([^&#\s\"'<>]*)")
_FIELD_OF_URL = re.compile(r"(?<=[?&])([\w.%+-]{1,64})=([^&#]*)")
_WHOLE_URL = re.compile(r"\s*https?://\S", re.IGNORECASE)
_INNER = re.compile(rf"(?:{_NAME})=([^&#\s\"'<>]+)", re.IGNORECASE)
_PASSWORD = re.compile(r"(?<=://)[^/\s:@\"'<>]*:([^/\s@\"'<>]*)@")
#: A member in a text that is no JSON.
_MEMBER = re.compile(
    rf"([\"']?)\b(?:{_NAME})\1\s*:\s*(\"(?:[^\"\\]|\\.)*\"?|'(?:[^'\\]|\\.)*'?)",
    re.IGNORECASE,
)
_LEFT_OVER = re.compile(r"[?&]+(?=#|\Z)|(?<=[?&])&+")
#: One of these is in every text that holds a token, unless its letters are encoded:
#: as ``\u0074`` in JSON, as ``%74`` in a URL, which may also have a password.
_SIGNS = (
    "token", "secret", "signature", "sig=", "passw", "apikey", "api_key", "api-key",
    "accesskey", "access_key", "access-key", "share=", "\\u00",
)  # fmt: skip
#: What a share link of ours has at least; others call a flag or a number so.
_SHARE_LENGTH = 40
#: Values of features are data, whatever they are called.
_DATA = frozenset({"attributes", "geometry"})


def may_hold_tokens(text: str) -> bool:
    """Tell quickly if a text is worth a close look."""
    lowered = text.lower()
    if any(sign in lowered for sign in _SIGNS):
        return True
    is_url = "//" in lowered or "\\/" in lowered
    return is_url and ("%" in lowered or "@" in lowered)


class Sieve:
    """Takes the tokens out of raw values; ``found`` has them, as they were written."""

    def __init__(self) -> None:
        self.found: set[str] = set()

    def value(self, raw: Any) -> Any:
        """Return a decoded value without its tokens."""
        if isinstance(raw, str):
            return self.text(raw)
        if isinstance(raw, list):
            return [self.value(one) for one in raw]
        if not isinstance(raw, dict):
            return raw
        kept = {}
        for key, one in raw.items():
            if _IS_NAME.match(key):
                self._note(*_texts(one))
            else:
                kept[key] = one if key in _DATA else self.value(one)
        return kept

    def text(self, raw: str) -> str:
        """Return a text without its tokens; one that holds none stays as it is."""
        if not may_hold_tokens(raw):
            return raw
        if raw.lstrip()[:1] in ("{", "["):
            try:
                value = decode_tolerant(raw)
            except InvalidValue:
                raw = _MEMBER.sub(self._without_member, raw)
            else:
                kept = self.value(value)
                return raw if kept == value else encode(kept).decode()
        return self._url(raw)

    def _url(self, raw: str) -> str:
        field = _FIELD_OF_URL if _WHOLE_URL.match(raw) else _FIELD
        kept = field.sub(self._without_field, raw)
        kept = _PASSWORD.sub(self._without_password, kept)
        return raw if kept == raw else _LEFT_OVER.sub("", kept)

    def _without_member(self, match: re.Match[str]) -> str:
        self._note(match[2].strip("\"'"))
        return '"hidden": true'

    def _without_field(self, match: re.Match[str]) -> str:
        inner = _INNER.findall(unquote_plus(match[2])) if "%" in match[2] else []
        name = unquote(match[1])
        is_share = name.lower() == "share" and len(match[2]) >= _SHARE_LENGTH
        if not inner and not is_share and not _IS_NAME.match(name):
            return match[0]
        self._note(*inner)
        self._note(match[2], unquote_plus(match[2]))
        return ""

    def _without_password(self, match: re.Match[str]) -> str:
        self._note(match[1], unquote(match[1]))
        return ""

    def _note(self, *tokens: str) -> None:
        self.found.update(filter(None, tokens))


def _texts(value: Any) -> list[str]:
    """Return all texts and numbers in a decoded value."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [text for one in value for text in _texts(one)]
    return [] if value is None or isinstance(value, bool) else [str(value)]


def without_tokens(value: Any) -> Any:
    """Return a decoded value or a text without the tokens in it."""
    return Sieve().value(value)
