"""Files that live for one run: large values on their way in, a large answer out."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from django.conf import settings

from jobs.child.call import INLINE, Call, RawValue
from services.errors import Busy


@contextmanager
def spooled(call: Call) -> Iterator[Call]:
    """Yield a call with its large values in files, and a name for a large answer.

    The values go at the end. The answer stays for whoever sends it, unless the block
    raises. What holds a secret is written nowhere. Raises Busy if there is no space.
    """
    answer = _new_path()
    files = {name: _new_path() for name, value in call.large.items()
             if len(value.data) > INLINE and name not in call.sealed}  # fmt: skip
    try:
        large = {name: _moved(value, files.get(name))
                 for name, value in call.large.items()}  # fmt: skip
        yield replace(call, large=large, answer=str(answer))
    except BaseException:
        answer.unlink(missing_ok=True)  # the child may have been killed over it
        raise
    finally:
        for path in files.values():
            path.unlink(missing_ok=True)


def _new_path() -> Path:
    return Path(settings.SPOOL_DIR) / secrets.token_hex(16)


def _moved(value: RawValue, path: Path | None) -> RawValue:
    if path is None:
        return value
    try:
        path.write_bytes(value.data)
    except OSError as exc:
        raise Busy(f"no space for this request ({exc.strerror}); try later") from exc
    return RawValue(path=str(path), encoded=value.encoded)
