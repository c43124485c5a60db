"""Questions to stored layers, from the parent's side: the call, and who answers it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings

from jobs.child.call import Call, Limits, Reply
from jobs.featureservices.stored import StoredLayer
from jobs.files.spool import spooled
from jobs.processes.runner import runner
from services.query.description import PAGE_ROWS

_SECONDS = 60.0
_MEMORY_MB = 4096


def ask(call: Call, slots: int | None = None) -> Reply:
    """Let a child answer a call about layers; Busy if none is free in time."""
    with spooled(call) as ready:
        return runner(slots).run(ready, wait=settings.RUN_WAIT_SECONDS)


def query_call(
    layer: StoredLayer,
    fields: Mapping[str, str],
    format_name: str,
    most: int = PAGE_ROWS,
) -> Call:
    """Return the call of a query; ``fields`` are raw texts by name.

    ``most`` bounds the rows of the answer.
    """
    return Call(
        kind="query",
        small=dict(fields),
        limits=Limits(_SECONDS, _MEMORY_MB, maximum_records=most),
        outputs=(layer.to_json(),),
        format=format_name,
    )


def layers_call(layers: Sequence[StoredLayer], most: int = PAGE_ROWS) -> Call:
    """Return the call that describes layers, of which a page has ``most`` rows."""
    outputs: tuple[dict[str, Any], ...] = tuple(one.to_json() for one in layers)
    limits = Limits(_SECONDS, _MEMORY_MB, maximum_records=most)
    return Call(kind="layers", limits=limits, outputs=outputs)
