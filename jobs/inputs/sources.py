"""What a request only names, found by the parent of a run: uploads and URLs.

The child process that computes gets paths: it has no network and no database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from contextvars import copy_context
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jobs.child.call import Limits, RawValue
from jobs.inputs import layers, outbound
from jobs.inputs.deadline import Deadline
from jobs.inputs.own import OwnContent
from jobs.inputs.owncontents import Whole
from jobs.models.fetchhosts import host_rules
from jobs.processes.room import require_within
from jobs.processes.runner import Tick
from services.errors import Cancelled, InvalidValue, TimedOut
from services.files import Source
from services.schema import Schema

#: Returns the path of an uploaded item; raises InvalidValue.
ItemPath = Callable[[str], Path]

_AT_ONCE = 4
_TICK_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Place:
    """Where the content of sources goes, where items are, and the limits of the run."""

    folder: Path
    item_path: ItemPath
    limits: Limits


@dataclass(slots=True)
class Gathered:
    """Paths of the content of sources by key, and why a source was refused.

    ``items`` are the ids of the uploads among them, once they were checked.
    """

    files: dict[str, tuple[str, ...]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    items: list[str] = field(default_factory=list)


def sources_of(schema: Schema, raw: Mapping[str, Any]) -> Iterator[Source]:
    """Yield every source that the inputs in force name, also in lists.

    What cannot be read is left to the child, which says what is wrong with it.
    """
    for parameter, given in schema.raw_inputs(raw):
        value = parameter.in_force(given)
        if value is None or not parameter.data_type.takes_sources:
            continue
        found: list[Source] = []

        def note(source: Source, found: list[Source] = found) -> Source:
            found.append(source)
            return source

        try:
            parameter.data_type.resolve(value, note)
        except InvalidValue:
            continue
        yield from found


def with_naming_texts(
    schema: Schema, small: Mapping[str, str], large: Mapping[str, RawValue]
) -> dict[str, Any]:
    """Return the small raw values, and those large texts that may name sources."""
    naming = {
        one.name
        for one in schema.inputs
        if one.data_type.is_text and one.data_type.takes_sources
    }
    return dict(small) | {
        name: value.decoded() for name, value in large.items() if name in naming
    }


def check(
    schema: Schema, raw: Mapping[str, Any], item_path: ItemPath, own: OwnContent
) -> Gathered:
    """Return which sources a run would fetch, and be refused; nothing is fetched."""
    gathered, rules = Gathered(), None
    for source in sources_of(schema, raw):
        try:
            if not source.url:
                _item(source, item_path)
                gathered.items.append(source.item_id.lower())
            elif (content := own.find(source)) is None:
                rules = rules or host_rules()
                outbound.check(source.url, rules)
            elif isinstance(content, Whole) and content.item:
                gathered.items.append(content.item)
            gathered.files[source.key] = ()
        except InvalidValue as exc:
            gathered.refused[source.key] = str(exc)
    return gathered


def gather(
    schema: Schema,
    raw: Mapping[str, Any],
    place: Place,
    own: OwnContent,
    tick: Tick | None = None,
) -> Gathered:
    """Fetch every source; files from URLs are written to the folder of ``place``.

    Raises TimedOut when the time of the run is over, LimitExceeded when they take more
    of the disk than it may have. ``tick`` is called about four
    times a second meanwhile and asks for a cancel by returning True: then Cancelled is
    raised.
    """
    gathered = Gathered()
    urls: dict[str, Source] = {}
    for source in sources_of(schema, raw):
        if source.url and not own.has(source):
            urls[source.key] = source
            continue
        try:
            if source.url:
                paths = own.read(source, place.folder / source.key[:16])
                require_within([place.folder], place.limits)
            else:
                paths = (_item(source, place.item_path),)
            gathered.files[source.key] = tuple(map(str, paths))
        except InvalidValue as exc:
            gathered.refused[source.key] = str(exc)
    if urls:
        _fetch_all(urls, place, gathered, tick)
        require_within([place.folder], place.limits)
    return gathered


def _fetch_all(
    urls: Mapping[str, Source], place: Place, gathered: Gathered, tick: Tick | None
) -> None:
    """Fetch several URLs at once; a thread outlives a cancel until its time is up."""
    whole = Deadline.after(place.limits.seconds)
    pool = ThreadPoolExecutor(_AT_ONCE)
    futures = {}
    for key, source in urls.items():
        bounds = layers.Bounds.now(whole, place.limits.max_features)
        # with the context of this thread: what it hides is hidden there too
        run, folder = copy_context().run, place.folder / key[:16]
        futures[key] = pool.submit(run, layers.fetch, source, folder, bounds)
    try:
        while wait(futures.values(), timeout=_TICK_SECONDS).not_done:
            if tick is not None and tick():
                raise Cancelled("cancelled")
            if whole.is_over:
                raise TimedOut(
                    f"the time limit of {whole.seconds:g} s was reached while its"
                    " inputs were fetched"
                )
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    for key, future in futures.items():
        try:
            gathered.files[key] = tuple(map(str, future.result()))
        except InvalidValue as exc:
            gathered.refused[key] = str(exc)


def _item(source: Source, item_path: ItemPath) -> Path:
    if source.portal_item_id:
        raise InvalidValue(
            "portal items are not to be had here: this server belongs to no portal;"
            ' upload the file and name it as {"itemID": …}'
        )
    return item_path(source.item_id)
