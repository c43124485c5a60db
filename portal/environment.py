"""What the settings take from the environment, and from the disk at the start."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured


class _Environment(environ.Env):  # type: ignore[misc]  # no types there
    """The environment; a number that is none ends the start with a sentence."""

    def get_value(self, var: str, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().get_value(var, *args, **kwargs)
        except ValueError:
            raise ImproperlyConfigured(
                f"{var} is '{os.environ.get(var)}': set it to a number."
            ) from None


env = _Environment()

_LEAST_MEMORY = 2 * 2**30  # bytes free in /dev/shm for it to serve as the spool


def secret_key(path: Path, *, is_required: bool) -> str:
    """Return the variable, or a key kept in a file that only its owner may read.

    In production somebody has to give it: hosts that made one each would not know
    each other's sessions, and a copy of the data would hold the key to it.
    """
    given: str = env.str("CAIRN_SECRET_KEY", default="")
    if given:
        return given
    named: str = env.str("CAIRN_SECRET_KEY_FILE", default="")
    if is_required and not named:
        raise ImproperlyConfigured(
            "CAIRN_HTTPS is set, so others rely on this portal: set CAIRN_SECRET_KEY to"
            " a long random text, the same on all hosts, or CAIRN_SECRET_KEY_FILE to"
            f" the file that holds it (the portal has made {path} before)."
        )
    path = Path(named) if named else path
    try:
        return path.read_text("ascii").strip()
    except FileNotFoundError:
        if named:
            raise ImproperlyConfigured(
                f"CAIRN_SECRET_KEY_FILE is '{named}': there is no such file."
            ) from None
    except OSError as exc:
        raise _no_access(path, exc) from None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(64), "ascii")
        return path.read_text("ascii").strip()
    except OSError as exc:
        raise _no_access(path, exc) from None


def _no_access(path: Path, exc: OSError) -> ImproperlyConfigured:
    return ImproperlyConfigured(
        f"No write access to {path.parent} ({exc.strerror}): set CAIRN_DATA_DIR"
        " to a folder that you may write."
    )


def spool_folder(data_dir: Path) -> Path:
    """Return the folder of what lives for one run on this host: memory if there is.

    Large requests and answers pass through it between a web process and its child.
    """
    given = env.str("CAIRN_SPOOL_DIR", default="")
    if given:
        return Path(given).resolve()
    memory = Path("/dev/shm")  # noqa: S108  (a folder of our own in it, mode 0700)
    try:
        space = os.statvfs(memory)
        if space.f_bavail * space.f_frsize > _LEAST_MEMORY:
            name = hashlib.sha256(str(data_dir).encode()).hexdigest()[:16]
            folder = memory / f"cairn-{os.getuid()}-{name}"
            folder.mkdir(mode=0o700, exist_ok=True)
            if folder.stat().st_uid == os.getuid() and not folder.is_symlink():
                return folder
    except OSError:
        pass  # no such file system, or not ours: the data folder does as well
    return data_dir / "spool"
