"""What a client asks for its outputs: the name and texts of a feature service."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser, User

from jobs.models import Job
from jobs.models.hosted import (
    NAME,
    NAME_RULE,
    HostedService,
)
from services.errors import InvalidParameters, InvalidValue, Problem
from services.models import Service
from services.wire import decode

#: Name of the input that asks for a hosted feature service.
PARAMETER = "esri_out_feature_service_name"
_URL = re.compile(r"/Hosted/(?P<name>[^/]+)/FeatureServer(/\d+)?/?\Z", re.IGNORECASE)
_UNSAFE = re.compile(r"[^A-Za-z0-9_]+")
_MAX_TEXT = 16_384


@dataclass(frozen=True, slots=True)
class Wish:
    """What a client asks for; ``fallback``: another name if it may not overwrite."""

    name: str
    overwrite: bool = False
    fallback: bool = False
    tags: str = ""
    description: str = ""
    snippet: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return what the snapshot of a job keeps."""
        return {name: getattr(self, name) for name in self.__slots__}


def wish_of(
    text: str, service: Service, job: Job, user: User | AnonymousUser
) -> Wish | None:
    """Return what is to become of the outputs of a new job; None: nothing special.

    ``text`` is a name, or an object (gpserver-rest 5.1). Raises InvalidParameters
    for a name that is none or that is taken. A service that hosts no outputs does
    not know the parameter, and so does not look at it.
    """
    if not service.hosts_outputs:
        return None
    text = text.strip()
    try:
        wish = _read(text) if text else Wish("")
        name = wish.name or _own_name(job)
        wish = Wish(**(wish.to_json() | {"name": name}))
        free_name(wish, user)
    except InvalidValue as exc:
        raise InvalidParameters([Problem(PARAMETER, str(exc))]) from None
    return wish


def _own_name(job: Job) -> str:
    """Return a name for the outputs of a job that nobody else will have."""
    stem = _UNSAFE.sub("_", job.task_name).strip("_")[:60]
    return f"{stem if NAME.match(stem) else 'Result'}_{job.pk[1:13]}"


def _read(text: str) -> Wish:
    if len(text) > _MAX_TEXT:
        raise InvalidValue(f"has {len(text)} characters; expected a name")
    if text[0] not in "{[":
        return Wish(_checked(text))
    raw = decode(text)
    service, item = _object(raw, "serviceProperties"), _object(raw, "itemProperties")
    overwrite = _flag(item, "overwrite")
    name, url = _text(service, "name"), _text(service, "serviceUrl")
    if not name and url:
        match = _URL.search(url)
        if match is None:
            raise InvalidValue("serviceUrl must be that of a hosted feature service")
        name = match["name"]
    if not name and overwrite:
        raise InvalidValue("name the service to overwrite by its name or serviceUrl")
    return Wish(
        _checked(name) if name else "",
        overwrite,
        _flag(item, "newFeatureServiceOnOverwriteFail"),
        _text(item, "tags")[:500],
        _text(item, "description"),
        _text(item, "snippet")[:250],
    )


def _checked(name: str) -> str:
    if not NAME.match(name):
        raise InvalidValue(f"expected a name of {NAME_RULE}, not '{name[:100]}'")
    return name


def _object(raw: Any, key: str) -> dict[str, Any]:
    found = raw.get(key) if isinstance(raw, dict) else raw
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise InvalidValue(
            "expected a name, or an object with serviceProperties and itemProperties"
        )
    return found


def _text(raw: dict[str, Any], key: str) -> str:
    value = raw.get(key)
    if isinstance(value, list):
        value = ",".join(map(str, value))
    if value is not None and (not isinstance(value, str) or "\0" in value):
        raise InvalidValue(f"expected a text for '{key}'")
    return (value or "").strip()


def _flag(raw: dict[str, Any], key: str) -> bool:
    return raw.get(key) is True or str(raw.get(key)).lower() == "true"


def free_name(
    wish: Wish, user: User | AnonymousUser
) -> tuple[str, HostedService | None]:
    """Return the name to use, and the service that is overwritten, if one is.

    Raises InvalidValue if the name is taken.
    """
    row = HostedService.objects.filter(name__iexact=wish.name).first()
    if row is None:
        return wish.name, None
    is_own = user.is_authenticated and (row.owner_id == user.pk or user.is_superuser)
    if wish.overwrite and is_own:
        return row.name, row
    if wish.overwrite and wish.fallback:
        return _numbered(wish.name), None
    why = (
        "only its owner may overwrite it" if wish.overwrite else "choose another name,"
        ' or ask to overwrite your own with {"itemProperties": {"overwrite": true}}'
    )  # fmt: skip
    raise InvalidValue(f"a feature service '{row.name}' is there already: {why}")


def _numbered(name: str) -> str:
    taken = HostedService.objects.filter(name__istartswith=f"{name}_")
    names = {one.lower() for one in taken.values_list("name", flat=True)}
    number = 1
    while f"{name}_{number}".lower() in names:
        number += 1
    return f"{name}_{number}"
