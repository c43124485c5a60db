"""Secrets of inputs at rest: encrypted while a job needs them, left out elsewhere.

An input that holds a token, or may hold a hidden text, is stored twice: without the
secret, for people, in ``inputs``; as it was sent, encrypted, in ``sealed``, which is
emptied in the statement that ends the job. The keys are derived from SECRET_KEY and
SECRET_KEY_FALLBACKS, so that a new key can be introduced while jobs wait.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import orjson
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from jobs.child.call import RawValue
from services.confidential import Sieve, may_hold_tokens
from services.errors import SecretsLost
from services.schema import Parameter, Schema

_PURPOSE = b"cairn: secrets of job inputs, version 1"


@dataclass(frozen=True, slots=True)
class Concealed:
    """Inputs with secrets: what may be shown of them, and what was sent.

    Both by name, of those inputs only. ``secrets`` are the tokens themselves.
    """

    shown: Mapping[str, str]
    originals: Mapping[str, str]
    secrets: tuple[str, ...]


def concealed(
    schema: Schema, small: Mapping[str, str], large: Mapping[str, RawValue]
) -> Concealed:
    """Find the inputs that hold secrets among raw values, ``context`` and all.

    A large value names no source (jobs/child/parsing.py refuses it) unless it is text,
    so another one of a type that takes sources is data, and is not looked through.
    """
    parameters = {one.name: one for one in schema.inputs}
    texts = {
        name: text
        for name, text in small.items()
        if _is_secret(parameters.get(name)) or may_hold_tokens(text)
    }
    for name, value in large.items():
        parameter = parameters.get(name)
        if _is_secret(parameter) or (parameter and _is_looked_through(parameter)):
            texts[name] = value.decoded().decode(errors="replace")
    return _sieved(parameters, texts)


def _sieved(parameters: Mapping[str, Parameter], texts: Mapping[str, str]) -> Concealed:
    shown, originals, secrets = {}, {}, set()
    for name, text in texts.items():
        sieve = Sieve()
        kept = sieve.text(text)
        if _is_secret(parameters.get(name)):
            kept = ""
            secrets.add(text)
        if kept != text:
            shown[name], originals[name] = kept, text
            secrets |= sieve.found
    return Concealed(shown, originals, tuple(secrets))


def _is_secret(parameter: Parameter | None) -> bool:
    return parameter is not None and parameter.data_type.is_secret


def _is_looked_through(parameter: Parameter) -> bool:
    """Tell if a large value may hold tokens: data of features and files does not."""
    kind = parameter.data_type
    return kind.is_text or not kind.takes_sources


def seal(texts: Mapping[str, str]) -> str:
    """Return texts by name as one encrypted text; "" for none."""
    if not texts:
        return ""
    return _box().encrypt(orjson.dumps(dict(texts))).decode("ascii")


def unseal(sealed: str) -> dict[str, str]:
    """Return what ``seal`` was given. Raises SecretsLost if no key fits any more."""
    if not sealed:
        return {}
    try:
        opened: dict[str, str] = orjson.loads(_box().decrypt(sealed.encode()))
    except (InvalidToken, ValueError):
        raise SecretsLost(
            "the tokens of its inputs cannot be read any more, because the secret key"
            " of this portal has changed since; submit it again"
        ) from None
    return opened


def _box() -> MultiFernet:
    return _box_of(settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)


@lru_cache(maxsize=4)
def _box_of(*keys: str) -> MultiFernet:
    return MultiFernet([Fernet(_derived(key)) for key in keys])


def _derived(key: str) -> bytes:
    """Return the key of this one purpose: it tells nothing of SECRET_KEY."""
    kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE)
    return base64.urlsafe_b64encode(kdf.derive(key.encode()))
