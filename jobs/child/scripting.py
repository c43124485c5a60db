"""What an exported script stands on: raw values to arguments, results to files.

The same steps as in a job: parameters are parsed, features prepared, the tool called,
its outputs finished and stored. Only the limits of the service do not hold.
"""

from __future__ import annotations

import base64
import getpass
import os
import sys
import tempfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jobs.child.call import Call, Limits
from jobs.child.context import RunContext
from jobs.child.parsing import parse
from jobs.child.provenance import file_digest, output_fingerprints
from jobs.child.results import Delivery, store
from services.environment import Environment
from services.files import Source
from services.tool import Tool
from services.wire import encode

_ALL = 10**12
_LIMITS = Limits(max_features=_ALL, max_vertices=_ALL, maximum_records=_ALL)


def packed(text: bytes) -> str:
    """Return a text, compressed, in letters that can stand in a script."""
    return base64.b85encode(zlib.compress(text)).decode("ascii")


def unpacked(text: str) -> str:
    """Return the text of ``packed``."""
    return zlib.decompress(base64.b85decode(text)).decode()


def asked(name: str) -> str:
    """Return a secret: a variable of that name, or what is typed now."""
    return os.environ.get(name) or getpass.getpass(f"{name}: ")


class Rerun:
    """A tool, or the function of one, to be called as a job has called it.

    ``parameters`` are the raw texts by name; ``files`` name, for those that only name a
    source, the files with its content.
    """

    def __init__(
        self,
        function: Tool | Callable[..., Any],
        parameters: Mapping[str, str],
        files: Mapping[str, str] | None = None,
    ) -> None:
        # A function with @tool has it as an attribute, which no type tells of.
        self._tool = (
            function if isinstance(function, Tool) else function.tool  # type: ignore[attr-defined]
        )
        self._parameters = dict(parameters)
        self._files = dict(files or {})
        self._environment = Environment()

    def arguments(self) -> dict[str, Any]:
        """Return the arguments of the function. Raises InvalidParameters."""
        call = Call(
            kind="run",
            tool_id=self._tool.id,
            schema=encode(self._tool.schema.to_json()),
            small=self._parameters,
            files=self._found(),
            limits=_LIMITS,
        )
        notes: list[str] = []
        values, self._environment = parse(call, self._parameters, notes)
        for note in notes:
            print(note, file=sys.stderr)  # noqa: T201  (a script tells its user)
        arguments = self._tool.arguments_of(values)
        if self._tool.wants_context:
            arguments["context"] = _Console(Path(tempfile.mkdtemp(prefix="cairn-")))
        return arguments

    def _found(self) -> dict[str, tuple[str, ...]]:
        """Return the files of each source by its key."""
        found: dict[str, tuple[str, ...]] = {}
        for parameter in self._tool.schema.inputs:
            path = self._files.get(parameter.name)
            if path is None:
                continue

            def note(source: Source, path: str = path) -> Source:
                found[source.key] = (path,)
                return source

            parameter.data_type.resolve(self._parameters[parameter.name], note)
        return found

    def save(
        self, result: Any, folder: Path, recorded: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """Store what the function has returned; tell if it is what the job gave.

        ``recorded`` holds the job's fingerprints. Returns the outputs that are no
        files, by name.
        """
        folder.mkdir(parents=True, exist_ok=True)
        outputs = self._tool.named(result)
        schema = self._tool.schema.outputs
        manifest = store(schema, outputs, Delivery(self._environment), folder)
        made = output_fingerprints(manifest, folder)
        known = recorded or {}
        for entry in manifest:
            name = entry["name"]
            what = folder / entry["file"] if "file" in entry else entry.get("value")
            print(name, what, _compared(made.get(name), known.get(name)))  # noqa: T201  (likewise)
        return {one["name"]: one["value"] for one in manifest if one["kind"] == "value"}


def _compared(digest: str | None, recorded: str | None) -> str:
    if recorded is None:
        return ""
    return (
        "the same as the job's" if digest == recorded else "NOT the same as the job's"
    )


def check_file(path: str, digest: str) -> str:
    """Return the path of a file; warn if its content is not what the job has read."""
    if digest and file_digest([Path(path)]) != digest:
        text = f"{path}: not the content that the job has read"
        print(text, file=sys.stderr)  # noqa: T201  (likewise)
    return path


class _Console(RunContext):
    """Says what a tool says, as it comes."""

    def _say(self, kind: str, text: str) -> None:
        super()._say(kind, text)
        print(text, file=sys.stderr)  # noqa: T201  (likewise)
