"""Files among the outputs of a model: each output has one of its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from services.files import DataFile
from services.tool import Context


def own_files(values: Iterable[Any], context: Context) -> Iterator[Any]:
    """Yield values; a file that came before is copied, for results are moved away."""
    seen: set[Path] = set()
    for value in values:
        if isinstance(value, list):
            yield [_own(one, seen, context) for one in value]
        else:
            yield _own(value, seen, context)


def _own(value: Any, seen: set[Path], context: Context) -> Any:
    if not isinstance(value, DataFile) or value.path is None:
        return value
    if value.path not in seen:
        seen.add(value.path)
        return value
    folder = context.scratch / f"copy{len(seen)}"
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / value.path.name
    shutil.copyfile(value.path, target)
    seen.add(target)
    return replace(value, path=target)
