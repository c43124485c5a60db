"""Files into one zip. Sizes are known before, so that every reader takes the zip."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

_FAST = 1


@contextmanager
def packed(target: Path, first: Mapping[str, str] | None = None) -> Iterator[Path]:
    """Yield a folder whose files go into a zip, behind the texts ``first`` by name.

    The folder lies beside the zip, and is gone in the end.
    """
    folder = target.with_name(f"{target.name}.parts")
    folder.mkdir()
    try:
        yield folder
        with zipfile.ZipFile(
            target, "w", zipfile.ZIP_DEFLATED, compresslevel=_FAST
        ) as kit:
            for name, text in (first or {}).items():
                kit.writestr(name, text)
            for path in sorted(one for one in folder.rglob("*") if one.is_file()):
                kit.write(path, path.relative_to(folder))
                path.unlink()  # two copies would need twice the room
    finally:
        shutil.rmtree(folder, ignore_errors=True)
