"""What travels to the child process that computes, and what comes back."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from services.archives import DEFAULT_LIMITS, ArchiveLimits
from services.form import decode_form_value
from services.wire import MAX_DEPTH

#: Bytes above this travel as files, not through the pipe.
INLINE = 1_000_000
#: The format of files in which results are stored.
STORED = "stored"


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of one run; time is wall time, memory is address space.

    ``disk_mb`` is of all its files: fetched inputs, what the tool writes, results.

    ``max_depth`` is of JSON; ``extent`` of inputs is in degrees, blank for none.
    """

    seconds: float = 600.0
    memory_mb: int = 2048
    max_features: int = 50_000
    max_vertices: int = 500_000
    maximum_records: int = 1000
    max_depth: int = MAX_DEPTH
    extent: str = ""
    archives: ArchiveLimits = DEFAULT_LIMITS
    disk_mb: int = 5120


@dataclass(frozen=True, slots=True)
class RawValue:
    """A large raw value: bytes here, or in a file; form-encoded or not."""

    data: bytes = b""
    path: str = ""
    encoded: bool = False

    def decoded(self) -> bytes:
        """Return the value as bytes of text or JSON."""
        data = Path(self.path).read_bytes() if self.path else self.data
        return decode_form_value(data) if self.encoded else data


@dataclass(frozen=True, slots=True)
class Call:
    """One piece of work for a child.

    ``check``: parse the inputs, nothing else; large values are written decoded to
    ``folder``. ``input``: parse an input (named in ``outputs``), answer its features.
    ``execute``: parse, run, answer the document. ``run``: parse, run, store the
    outputs in ``folder``. ``result``: read stored outputs (named in ``outputs``) from
    ``folder`` and answer their documents. ``query``: answer a query of the layer that
    ``outputs`` names by its path. ``layers``: describe such layers;
    ``generateRenderer``: answer a renderer for the values of one. ``export``,
    ``legend``, ``identify`` and ``find``: draw the layers of a map (``outputs``), or
    look into them. ``image`` and its like do so with the one raster in ``outputs``,
    as an image service. ``file``: write all rows of the data set in ``outputs`` to
    ``answer``, in a format of files or as ``STORED``. ``contents``: say what the file
    in ``outputs`` holds, one of another program. ``format`` is json, pjson, or,
    for features, one of ``services.formats``. ``answer`` is the file for what is too
    large for the pipe.

    ``model`` is what a model is made of, if the tool is one.

    ``files`` holds the paths of fetched sources by their keys, ``refused`` why one
    could not be had; a check finds those in ``files`` that a run would fetch.
    ``secrets`` are texts that nothing may repeat, ``sealed`` the names of large values
    that are not to be written anywhere.
    """

    kind: Literal[
        "check", "input", "execute", "run", "result", "query", "layers",
        "export", "legend", "identify", "find", "file", "generateRenderer",
        "contents",
        "image", "image identify", "image statistics", "image legend",
    ]  # fmt: skip
    tool_id: str = ""
    schema: bytes = b""
    small: dict[str, str] = field(default_factory=dict)
    large: dict[str, RawValue] = field(default_factory=dict)
    files: dict[str, tuple[str, ...]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    model: bytes = b""
    secrets: tuple[str, ...] = ()
    sealed: tuple[str, ...] = ()
    limits: Limits = Limits()
    message_level: str = "Info"
    folder: str = ""
    answer: str = ""
    file_url: str = ""
    log: str = ""
    outputs: tuple[dict[str, Any], ...] = ()
    as_list: bool = False
    format: str = "json"


@dataclass(frozen=True, slots=True)
class Reply:
    """What a child answers: exactly one of a document, a manifest, or an error.

    ``error`` is (class name, message or problems); ``body`` the document's bytes,
    or ``path`` the file that holds them. ``steps`` tell what became of those of a
    model. ``is_last`` asks for the end of the child: its
    tool has left processes behind, which end with it.
    """

    body: bytes = b""
    path: str = ""
    manifest: tuple[dict[str, Any], ...] = ()
    inputs: dict[str, Any] = field(default_factory=dict)
    messages: tuple[tuple[str, str], ...] = ()
    #: Versions of what has run, and fingerprints (jobs/child/provenance.py).
    provenance: dict[str, Any] = field(default_factory=dict)
    steps: tuple[dict[str, Any], ...] = ()
    error: tuple[str, Any] | None = None
    is_last: bool = False
