"""What happens inside the child process: parse, run the tool, write the answer.

Nothing in here knows Django, the database, or a secret. The process may be killed
at any point; whatever it writes counts only once its parent says so.
"""

from __future__ import annotations

import ctypes
import gc
import os
import resource
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import shapely

from jobs.bounds import is_full, limit, unlimit
from jobs.call import Call, RawValue, Reply
from jobs.context import LEVELS, RunContext
from jobs.lookups import find_reply, identify_reply
from jobs.mask import forget, masked, remember, remember_texts
from jobs.pictures import export_reply, legend_reply
from jobs.querying import layers_reply, query_reply
from jobs.results import Delivery, document, flush, kept_files, store
from jobs.writing import asked_returns, feature_reply, json_reply, result_reply
from services.archives import limited_archives
from services.datatypes.base import Find
from services.environment import Environment, parse_environment, prepare
from services.errors import (
    GPError,
    InvalidParameters,
    InvalidValue,
    Problem,
)
from services.extents import parse_degrees, require_within
from services.files import Source, StoredFile
from services.form import decode_form_value
from services.formats import FEATURE_FORMATS, feature_names
from services.geometry.curves import curves_kept
from services.geometry.features import FeatureSet, RecordSet
from services.registry import installed, registry
from services.schema import schema_of
from services.wire import collector_paused, limited_depth

_MAX_FILE_BYTES = 2 * 2**30
_IDLE_SECONDS = 10
_PR_SET_PDEATHSIG = 1


def start() -> None:
    """Prepare a fresh child: die with the parent, small files, tools imported.

    It leads a group of processes, in which all are that a tool starts.
    """
    os.setpgid(0, 0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGALRM, _tidy)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_MAX_FILE_BYTES, _MAX_FILE_BYTES))
    registry()
    gc.collect()
    gc.freeze()


def serve(pipe: Connection) -> None:
    """Answer the calls of the parent, one after another, until it is gone.

    The first message says that the process is ready.
    """
    start()
    pipe.send(True)
    with suppress(EOFError, ConnectionError):
        while True:
            pipe.send(perform(pipe.recv()))


def perform(call: Call) -> Reply:
    """Do one call and describe every outcome in the reply; never raises."""
    signal.alarm(0)
    remember_texts(call.secrets)
    try:
        limit(call.limits)
        with (
            collector_paused(), curves_kept(),
            limited_depth(call.limits.max_depth),
            limited_archives(call.limits.archives),
        ):  # fmt: skip
            reply = _KINDS[call.kind](call)
    except InvalidParameters as exc:
        problems = [[one.parameter, masked(one.message)] for one in exc.problems]
        reply = Reply(error=("InvalidParameters", problems))
    except GPError as exc:
        reply = Reply(error=(type(exc).__name__, masked(str(exc))))
    except MemoryError:
        reply = _memory_reply(call)
    except OSError as exc:
        reply = _os_error_reply(exc, call)
    except BaseException as exc:  # noqa: BLE001  (a tool may raise anything, or exit)
        is_memory = "bad_alloc" in str(exc)
        text = masked(traceback.format_exc())
        reply = _memory_reply(call) if is_memory else Reply(error=("Internal", text))
    unlimit()
    forget()
    signal.alarm(_IDLE_SECONDS)
    return reply


def _tidy(number: int, frame: Any) -> None:  # noqa: ARG001  (a signal handler's)
    """Give memory back to the system: the next call does not come soon.

    Pages that a busy child keeps need not be had, and cleared, again: that took up
    to a third of the time of large runs.
    """
    gc.collect()
    with suppress(AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def _memory_reply(call: Call) -> Reply:
    text = f"the run needed more memory than its limit of {call.limits.memory_mb} MB"
    return Reply(error=("LimitExceeded", text))


def _os_error_reply(exc: OSError, call: Call) -> Reply:
    if is_full(exc):
        text = "no space is left for the files of this run"
        return Reply(error=("LimitExceeded", text))
    if call.kind == "result" and isinstance(exc, FileNotFoundError):
        # its job's time was over in the moment between
        return Reply(error=("NotFound", "the files of this result are gone"))
    return Reply(error=("Internal", masked(traceback.format_exc())))


def _raw(call: Call) -> dict[str, Any]:
    """Return all raw values by name, large ones decoded to JSON or text bytes."""
    raw: dict[str, Any] = dict(call.small)
    for name, value in call.large.items():
        raw[name] = _large(value)
    return raw


def _large(value: RawValue) -> bytes:
    data = Path(value.path).read_bytes() if value.path else value.data
    return decode_form_value(data) if value.encoded else data


def _parse(
    call: Call, raw: Mapping[str, Any], notes: list[str]
) -> tuple[dict[str, Any], Environment]:
    """Return typed inputs and the environment; all problems are raised together.

    A check leaves sources unread; a run reads what its parent has fetched.
    """
    problems: list[Problem] = []
    values: dict[str, Any] = {}
    environment = Environment()
    try:
        environment = parse_environment(raw)
    except InvalidParameters as exc:
        problems.extend(exc.problems)
    try:
        find = _refuse_only(call) if call.kind == "check" else _finder(call)
        values = schema_of(call.schema).parse(raw, notes, find)
    except InvalidParameters as exc:
        problems.extend(exc.problems)
    for name, value in values.items():
        try:
            values[name] = _prepared(name, value, call, environment, notes)
        except InvalidValue as exc:
            problems.append(Problem(name, str(exc)))
    if problems:
        raise InvalidParameters(problems)
    return values, environment


def _prepared(
    name: str, value: Any, call: Call, environment: Environment, notes: list[str]
) -> Any:
    if type(value) in (list, tuple):  # a multivalue, the rows of a table, or a row
        return type(value)(_prepared(name, one, call, environment, notes)
                           for one in value)  # fmt: skip
    if isinstance(value, RecordSet):
        _check_size(value, call)
    if isinstance(value, FeatureSet):
        remarks: list[str] = []
        value = prepare(value, environment, remarks)
        notes.extend(f"{name}: {remark}" for remark in remarks)
    return value


def _finder(call: Call) -> Find:
    """Return what finds the content of a source among the fetched files."""

    def find(source: Source) -> StoredFile:
        _require_known(source, call)
        paths = tuple(map(Path, call.files[source.key]))
        return StoredFile(paths, source, call.limits.max_features)

    return find


def _refuse_only(call: Call) -> Find:
    """Return what refuses a source that nobody will fetch, and keeps the others."""

    def keep(source: Source) -> Source:
        _require_known(source, call)
        return source

    return keep


def _require_known(source: Source, call: Call) -> None:
    """Raise InvalidValue for a source that the parent has refused, or not seen."""
    if source.key in call.refused:
        raise InvalidValue(call.refused[source.key])
    if source.key not in call.files:
        raise InvalidValue("is too large a text to name a url or an item")


def _check_size(value: RecordSet, call: Call) -> None:
    if len(value) > call.limits.max_features:
        raise InvalidValue(
            f"has {len(value)} features; this service accepts"
            f" {call.limits.max_features}"
        )
    if isinstance(value, FeatureSet):
        vertices = int(shapely.get_num_coordinates(value.geometries).sum())
        if vertices > call.limits.max_vertices:
            raise InvalidValue(
                f"has {vertices} vertices; this service accepts"
                f" {call.limits.max_vertices}"
            )
        extent = parse_degrees(call.limits.extent)
        if extent is not None:
            require_within(value, extent)


def _check(call: Call) -> Reply:
    """Parse only; keep large values, decoded, in the job's folder if it has one."""
    raw = _raw(call)
    notes: list[str] = []
    _parse(call, raw, notes)
    kept: dict[str, Any] = dict(call.small)
    for name in set(call.large).difference(call.sealed) if call.folder else ():
        folder = Path(call.folder)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.json").write_bytes(raw[name])
        flush(folder / f"{name}.json")
        kept[name] = {"file": f"{name}.json"}
    return Reply(inputs=kept)


def _input(call: Call) -> Reply:
    """Answer the features of an input as they were submitted."""
    name = call.outputs[0]["name"]
    parameter = next(one for one in schema_of(call.schema).inputs if one.name == name)
    try:
        features = parameter.parse(_raw(call).get(name), [])
        if isinstance(features, Source):
            raise InvalidValue("was named by its address; its features were not kept")
    except InvalidValue as exc:
        raise InvalidParameters([Problem(name, str(exc))]) from None
    return feature_reply({name: features}, Environment(return_z=True), call)


def _outputs(call: Call, context: RunContext) -> tuple[dict[str, Any], Environment]:
    """Parse the inputs and run the tool."""
    notes: list[str] = []
    values, environment = _parse(call, _raw(call), notes)
    remember(values)
    for note in notes:
        context.warn(note)
    return installed(call.tool_id).run(values, context), environment


def _context(call: Call, scratch: Path) -> closing[RunContext]:
    return closing(RunContext(scratch, Path(call.log) if call.log else None))


def _execute(call: Call) -> Reply:
    folder = Path(call.folder)
    scratch = scratch_of(folder)
    try:
        with _context(call, scratch) as context:
            reply = _answer(call, folder, context)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return replace(reply, manifest=tuple(kept_files(folder)))


def _answer(call: Call, folder: Path, context: RunContext) -> Reply:
    """Run the tool and write its outputs; files of them are kept in ``folder``."""
    began = time.monotonic()
    parameters = schema_of(call.schema).outputs
    outputs, environment = _outputs(call, context)
    if call.format in FEATURE_FORMATS:
        kinds = {one.name: one.data_type.name for one in parameters}
        found = {name: outputs.get(name) for name in feature_names(kinds)}
        return feature_reply(found, environment, call, context.messages)
    records = call.limits.maximum_records
    delivery = Delivery(environment, records, call.file_url, folder)
    results = [document(one, outputs.get(one.name), delivery) for one in parameters]
    for note in dict.fromkeys(delivery.notes):
        context.warn(note)
    context.message(
        f"Succeeded. (Elapsed Time: {time.monotonic() - began:.2f} seconds)"
    )
    allowed = LEVELS[call.message_level]
    messages = [{"type": kind, "description": text}
                for kind, text in context.messages if kind in allowed]  # fmt: skip
    return json_reply(
        {"results": results, "messages": messages}, call, context.messages
    )


def scratch_of(folder: Path) -> Path:
    """Return where a run that stores its results in ``folder`` has its own files."""
    return folder.parent / f"{folder.name}.scratch"


def _run(call: Call) -> Reply:
    folder = Path(call.folder)
    scratch = scratch_of(folder)
    try:
        with _context(call, scratch) as context:
            outputs, environment = _outputs(call, context)
            delivery = Delivery(environment, asked=asked_returns(call.small))
            outs = schema_of(call.schema).outputs
            manifest = store(outs, outputs, delivery, folder)
            for note in dict.fromkeys(delivery.notes):
                context.warn(note)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return Reply(manifest=tuple(manifest), messages=tuple(context.messages))


_KINDS: dict[str, Callable[[Call], Reply]] = {
    "check": _check,
    "input": _input,
    "execute": _execute,
    "run": _run,
    "result": result_reply,
    "query": query_reply,
    "layers": layers_reply,
    "export": export_reply,
    "legend": legend_reply,
    "identify": identify_reply,
    "find": find_reply,
}
