"""System checks of the settings, each with a hint that says what to type."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.util import find_spec
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from jobs.models.fetchhosts import parse_pattern
from services.errors import InvalidValue
from services.partitions import executors

#: First segments of addresses that are the portal's own.
_TAKEN = frozenset({"health", "metrics", "static"})
_SEGMENT = re.compile(r"[A-Za-z0-9_-]+\Z")
_PATH = re.compile(r"[A-Za-z0-9_-]+(?:/[A-Za-z0-9_-]+)*\Z")


@register
def settings_are_usable(
    app_configs: Sequence[AppConfig] | None, **_: Any
) -> list[CheckMessage]:
    """Report settings that cannot work."""
    found = _addresses()
    if settings.LEASE_SECONDS < 2 * settings.HEARTBEAT_SECONDS:
        found.append(
            Error(
                "A job's lease is shorter than two heartbeats of its worker.",
                hint="CAIRN_LEASE_SECONDS=30 CAIRN_HEARTBEAT_SECONDS=10",
                id="portal.E002",
            )
        )
    if settings.BROKER_URL and not settings.BROKER_URL.startswith(("redis", "unix")):
        found.append(
            Error(
                "CAIRN_BROKER_URL names a broker that is not Redis.",
                hint="CAIRN_BROKER_URL=redis://127.0.0.1:6379/0, or leave it out",
                id="portal.E003",
            )
        )
    found.extend(_networks("CAIRN_METRICS_NETWORKS", settings.METRICS_NETWORKS))
    found.extend(_networks("CAIRN_FETCH_NETWORKS", settings.FETCH_NETWORKS))
    found.extend(_hosts("CAIRN_FETCH_HOSTS", settings.FETCH_HOSTS))
    found.extend(_hosts("CAIRN_FETCH_DENIED", settings.FETCH_DENIED))
    if settings.S3_BUCKET and find_spec("storages") is None:
        found.append(
            Error(
                "CAIRN_S3_BUCKET is set, but the packages for S3 are not installed.",
                hint="pip install 'django-storages[s3]'",
                id="portal.E008",
            )
        )
    if settings.LOG_FORMAT not in ("text", "json"):
        found.append(
            Error(
                f"CAIRN_LOG_FORMAT is '{settings.LOG_FORMAT}', no form of a log.",
                hint="CAIRN_LOG_FORMAT=text, or json",
                id="portal.E006",
            )
        )
    for folder in (
        settings.DATA_DIR, settings.JOBS_DIR, settings.SPOOL_DIR, settings.UPLOADS_DIR
    ):  # fmt: skip
        found.extend(_folder(Path(folder)))
    return found


@register
def large_runs_can_work_in_parts(
    app_configs: Sequence[AppConfig] | None, **_: Any
) -> list[CheckMessage]:
    """Report settings of runs in parts that are no numbers, and a missing extra."""
    found: list[CheckMessage] = []
    for read in (executors.least_features, executors.processes):
        try:
            read()
        except ValueError as exc:
            text = f"A setting of runs in parts is no whole number: {exc}."
            hint = "CAIRN_PARTITION_FEATURES=200000 CAIRN_PARTITION_PROCESSES=2"
            found.append(Error(text, hint=hint, id="portal.E009"))
    if executors.scheduler() and find_spec("distributed") is None:
        text = "CAIRN_DASK_SCHEDULER is set, but Dask is not installed."
        hint = "pip install 'cairn[dask]'"
        found.append(Error(text, hint=hint, id="portal.E010"))
    return found


def _addresses() -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if not _SEGMENT.match(settings.CONTEXT):
        found.append(
            Error(
                f"CAIRN_CONTEXT is '{settings.CONTEXT}', which is no path segment.",
                hint="Clients look one segment deep: CAIRN_CONTEXT=server",
                id="portal.E001",
            )
        )
    admin = settings.ADMIN_PATH.lower().partition("/")[0]
    if not _PATH.match(settings.ADMIN_PATH) or admin in _TAKEN:
        found.append(
            Error(
                f"CAIRN_ADMIN_PATH is '{settings.ADMIN_PATH}', where no page can be.",
                hint="Choose letters and digits: CAIRN_ADMIN_PATH=back-office",
                id="portal.E009",
            )
        )
    if settings.CONTEXT.lower() in _TAKEN | {admin}:
        found.append(
            Error(
                f"CAIRN_CONTEXT is '{settings.CONTEXT}', where other pages are.",
                hint="Choose another word: CAIRN_CONTEXT=server",
                id="portal.E005",
            )
        )
    return found


def _hosts(name: str, texts: Sequence[str]) -> list[CheckMessage]:
    try:
        for text in texts:
            parse_pattern(text)
    except InvalidValue as exc:
        return [
            Error(
                f"{name} has '{text}', which is no pattern of hosts.",
                hint=f"{exc}.",
                id="portal.E013",
            )
        ]
    return []


def _networks(name: str, texts: Sequence[str]) -> list[CheckMessage]:
    try:
        for text in texts:
            ip_network(text, strict=False)
    except ValueError as exc:
        return [
            Error(
                f"{name}: {exc}.",
                hint=f"{name}=127.0.0.0/8,10.1.2.0/24",
                id="portal.E007",
            )
        ]
    return []


def _folder(path: Path) -> list[CheckMessage]:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        return [
            Error(
                f"{path} cannot be made: {exc.strerror}.",
                hint="Set CAIRN_DATA_DIR to a folder that you may write.",
                id="portal.E004",
            )
        ]
    return []
