"""The way of geometries to an executor and back: strips and answers are files."""

from __future__ import annotations

import ctypes
import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, as_completed
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa

from services.geometry.overlay import Pieces
from services.partitions.executors import executor
from services.partitions.strips import by_group, near, read_strip, strips, write_strip
from services.tool import Context

Numbers = dict[str, np.ndarray]
#: What works on a strip: its geometries, others, numbers beside; rows are of the strip.
Kernel = Callable[[np.ndarray, np.ndarray, Mapping[str, np.ndarray]], Pieces | Numbers]

PairKernel = Callable[[np.ndarray, np.ndarray, Mapping[str, np.ndarray]], Pieces]
#: What tells numbers of geometries, one of each name for each.
Measure = Callable[[np.ndarray], dict[str, np.ndarray]]

#: Strips for each that is worked on at a time: the last ones are waited for less.
_STRIPS_EACH = 4
NONE = np.array([], dtype=object)


@dataclass(frozen=True, slots=True)
class Strip:
    """A strip on its way: rows of the whole, and where its files are."""

    rows: np.ndarray
    others: np.ndarray
    path: Path
    others_path: Path | None
    answer: Path


#: A strip, and the geometries and numbers that came of it.
Answer = tuple[Strip, np.ndarray, Numbers]


def mapped_larger(
    kernel: PairKernel, first: np.ndarray, second: np.ndarray, context: Context | None
) -> Pieces:
    """Return the pieces of pairs; the side that has more is cut into strips."""
    if len(first) >= len(second):
        return mapped(kernel, first, second, context=context)
    turned = partial(_turned, kernel=kernel)
    found = mapped(turned, second, first, context=context)
    order = np.lexsort((found.first, found.second))
    i, j = found.second[order], found.first[order]
    return Pieces(found.geometries[order], i, j)


def _turned(
    second: np.ndarray,
    first: np.ndarray,
    columns: Mapping[str, np.ndarray],
    kernel: PairKernel,
) -> Pieces:
    made = kernel(first, second, columns)
    return Pieces(made.geometries, made.second, made.first)


def mapped(
    kernel: Kernel,
    geometries: np.ndarray,
    others: np.ndarray = NONE,
    columns: Mapping[str, np.ndarray] | None = None,
    context: Context | None = None,
) -> Pieces:
    """Return the pieces of all strips, with rows of the whole, in its order."""
    keeps_second = "group" in (columns or {})
    found = (
        (strip, Pieces(made, told["first"], told["second"]))
        for strip, made, told in answers(
            kernel, geometries, others, columns or {}, context
        )
    )
    return _together(found, keeps_second=keeps_second)


def answers(
    kernel: Kernel,
    geometries: np.ndarray,
    others: np.ndarray,
    columns: Mapping[str, np.ndarray],
    context: Context | None,
) -> Iterator[Answer]:
    """Yield each strip with the geometries and numbers that came of it."""
    with _folder(context) as folder, executor() as (pool, at_once):
        least = at_once * _STRIPS_EACH
        cut = (by_group(geometries, columns["group"], least) if "group" in columns
               else strips(geometries, least))  # fmt: skip
        waiting: dict[Future[None], Strip] = {}
        for number, rows in enumerate(cut):
            chosen = {name: one[rows] for name, one in columns.items()}
            one = _sent(folder / str(number), rows, geometries[rows], others, chosen)
            task = pool.submit(_work, kernel, one.path, one.others_path, one.answer)
            waiting[task] = one
        try:
            yield from _done(waiting, context)
        finally:
            for task in waiting:
                task.cancel()


def _sent(
    path: Path,
    rows: np.ndarray,
    geometries: np.ndarray,
    others: np.ndarray,
    columns: Mapping[str, np.ndarray],
) -> Strip:
    """Write the files of a strip; without others there is one."""
    write_strip(path, geometries, columns)
    if not len(others):
        return Strip(rows, np.array([], dtype=np.int64), path, None, _answer(path))
    chosen = near(geometries, others)
    others_path = path.with_suffix(".others")
    write_strip(others_path, others[chosen])
    return Strip(rows, chosen, path, others_path, _answer(path))


def _answer(path: Path) -> Path:
    return path.with_suffix(".answer")


def _work(kernel: Kernel, path: Path, others_path: Path | None, answer: Path) -> None:
    """Do a strip, in a process of the executor; to do it twice does no harm."""
    try:
        _do(kernel, path, others_path, answer)
    finally:
        _give_back()


def _give_back() -> None:
    """Give memory back to the system.

    A worker of Dask that holds four fifths of its limit, though unused, would take no
    more strips, and wait for ever.
    """
    pa.default_memory_pool().release_unused()
    with suppress(AttributeError):  # another C library than glibc
        ctypes.CDLL(None).malloc_trim(0)


def _do(kernel: Kernel, path: Path, others_path: Path | None, answer: Path) -> None:
    geometries, columns = read_strip(path)
    others = read_strip(others_path)[0] if others_path else NONE
    made = kernel(geometries, others, columns)
    if isinstance(made, Pieces):
        told = {"first": made.first, "second": made.second}
        write_strip(answer, made.geometries, told)
    else:
        write_strip(answer, np.full(len(geometries), None, dtype=object), made)


def _done(
    waiting: Mapping[Future[None], Strip], context: Context | None
) -> Iterator[Answer]:
    """Yield the answers as they come; files go as they are read."""
    for number, task in enumerate(as_completed(waiting), 1):
        task.result()
        strip = waiting[task]
        yield strip, *read_strip(strip.answer)
        for path in (strip.path, strip.others_path, strip.answer):
            if path is not None:
                path.unlink(missing_ok=True)
        if context is not None:
            context.progress(100 * number / len(waiting), "Working in parts")


def _together(found: Iterator[tuple[Strip, Pieces]], *, keeps_second: bool) -> Pieces:
    """Return all pieces with rows of the whole, sorted by first, then second."""
    geometries, first, second = [NONE], [], []
    for strip, pieces in found:
        geometries.append(pieces.geometries)
        first.append(strip.rows[pieces.first])
        has_other = pieces.second >= 0
        mapped = pieces.second.copy()
        if not keeps_second and has_other.any():
            mapped[has_other] = strip.others[pieces.second[has_other]]
        second.append(mapped)
    i = np.concatenate([np.array([], dtype=np.int64), *first])
    j = np.concatenate([np.array([], dtype=np.int64), *second])
    order = np.lexsort((i, j) if keeps_second else (j, i))
    return Pieces(np.concatenate(geometries)[order], i[order], j[order])


@contextmanager
def _folder(context: Context | None) -> Iterator[Path]:
    """Make a folder for the files of strips, which all that work on them must see."""
    parent = context.scratch if context is not None else None
    with tempfile.TemporaryDirectory(prefix="parts-", dir=parent) as name:
        yield Path(name)
