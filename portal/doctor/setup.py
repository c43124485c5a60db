"""Settings, folders and disks: what can be seen without asking anything else."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from pathlib import Path

from django.conf import settings

from jobs.files.disk import missing_bytes
from portal.checks import settings_are_usable
from portal.doctor.finding import Finding, ok, warning, wrong
from portal.preflight import LOCAL_NAMES
from services.registry import installation
from services.tool import DeclarationError
from services.toolpackages import ToolPackage

_SHORTEST_KEY = 50
_LEAST_SHARE, _LEAST_MEMORY = 0.05, 2**28  # for a spool in memory


def settings_fit() -> list[Finding]:
    """Tell which settings cannot work."""
    found: list[Finding] = []
    for problem in settings_are_usable(None):
        found += wrong("Settings", str(problem.msg), str(problem.hint or ""))
    return found or ok("Settings", "The settings fit each other.")


def _is_open_to_others() -> bool:
    """Tell if clients may call the portal by a name that others can reach."""
    return not set(settings.ALLOWED_HOSTS) <= set(LOCAL_NAMES)


def secret_key() -> list[Finding]:
    """Tell if the key can be guessed, or read by others."""
    key: str = settings.SECRET_KEY
    advice = "Set CAIRN_SECRET_KEY to a long random text, the same on all hosts."
    if len(key) < _SHORTEST_KEY or len(set(key)) < 5:  # as Django's security.W009
        return wrong("Secret key", "The secret key is short enough to guess.", advice)
    path = Path(settings.DATA_DIR) / "secret_key"
    if path.exists() and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        return wrong("Secret key", f"Others may read {path}.", f"chmod 600 {path}")
    return ok("Secret key", "The secret key is long, and only its owner may read it.")


def visitors() -> list[Finding]:
    """Tell what is amiss for a portal that others can reach."""
    if not _is_open_to_others():
        return ok("Visitors", "Only this machine may call the portal.")
    if settings.DEBUG:
        return wrong(
            "Visitors",
            "Errors show their insides to everybody.",
            "Leave CAIRN_DEBUG out.",
        )
    found: list[Finding] = []
    if "*" in settings.ALLOWED_HOSTS:
        text = "Clients may call the portal by any name, so links can be forged."
        found += warning("Visitors", text, "Name the hosts in CAIRN_ALLOWED_HOSTS.")
    if not settings.HTTPS:
        text = "Passwords and tokens of others travel without TLS."
        advice = "Put a proxy with TLS in front, and set CAIRN_HTTPS=1."
        found += warning("Visitors", text, advice)
    return found or ok("Visitors", "The portal is open to others, by TLS alone.")


def folders() -> list[Finding]:
    """Tell if the folders can be written, and only by their owner be read."""
    data = Path(settings.DATA_DIR)
    for folder in (data, settings.JOBS_DIR, settings.UPLOADS_DIR,
                   settings.HOSTED_DIR, settings.SPOOL_DIR):  # fmt: skip
        try:
            Path(folder).mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as exc:
            text = f"{folder} cannot be written: {exc.strerror}."
            advice = "Give this user the folder, or set CAIRN_DATA_DIR to one of its."
            return wrong("Folders", text, advice)
    if data.stat().st_uid != os.getuid():
        text = f"{data} belongs to another user than the one who asks."
        return warning("Folders", text, "Run doctor as the user of the portal.")
    if data.stat().st_mode & stat.S_IRWXO:
        text = f"Everybody on this machine may read {data}, with all results."
        return warning("Folders", text, f"chmod 700 {data}")
    return ok("Folders", f"{data} and the spool can be written.")


def disks() -> list[Finding]:
    """Tell if the disks of data and spool have room."""
    found: list[Finding] = []
    data, spool = Path(settings.DATA_DIR), Path(settings.SPOOL_DIR)
    for what, folder in (("Data", data), ("Spool", spool)):
        if not folder.is_dir():
            continue  # told already
        usage = shutil.disk_usage(folder)
        free = f"{usage.free / 2**30:.1f} GB of {usage.total / 2**30:.1f} GB are free"
        text = f"{free} where {folder} lies."
        least = max(_LEAST_MEMORY, _LEAST_SHARE * usage.total)
        if missing_bytes(folder) if folder == data else usage.free < least:
            advice = "Make room, or let services keep their jobs for less long."
            found += wrong(f"{what} disk", text, advice)
        else:
            found += ok(f"{what} disk", text)
    return found


def tool_packages() -> list[Finding]:
    """Tell which packages of tools are there, and which are broken."""
    name, advice = "Tool packages", "Mend the package, and start the portal anew."
    try:
        packages = installation().packages
    except DeclarationError as exc:
        return wrong(name, f"A tool is declared wrongly: {exc}", "Mend it.")
    found: list[Finding] = []
    for package in packages:
        for error in package.errors:
            found += warning(
                name, f"{package.name} ({package.origin}): {error}", advice
            )
    sound = [one for one in packages if not one.errors]
    if sound:
        names = ", ".join(f"{one.name} {one.version}".strip() for one in sound)
        found += ok(name, f"{_counted_tools(sound)} from {names}.")
    return found


def _counted_tools(packages: list[ToolPackage]) -> str:
    number = sum(len(one.tools) for one in packages)
    return f"{number} tool" if number == 1 else f"{number} tools"
