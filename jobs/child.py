"""What happens inside the child process: parse, run the tool, write the answer.

Nothing in here knows Django, the database, or a secret. The process may be killed
at any point; whatever it writes counts only once its parent says so.
"""

from __future__ import annotations

import ctypes
import gc
import resource
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson
import shapely

from jobs.bounds import limit, loud_exit, resident_bytes, unlimit
from jobs.call import INLINE, Call, RawValue, Reply
from jobs.context import LEVELS, RunContext
from jobs.mask import forget, masked, remember
from jobs.results import (
    Delivery,
    document,
    flush,
    kept_files,
    store,
    stored_document,
)
from services.datatypes.base import Find
from services.environment import (
    Environment,
    parse_environment,
    parse_result_environment,
    prepare,
)
from services.errors import (
    GPError,
    InvalidParameters,
    InvalidValue,
    Problem,
)
from services.files import Source, StoredFile
from services.form import decode_form_value
from services.geometry.features import FeatureSet, RecordSet
from services.registry import installed, registry
from services.schema import Schema
from services.wire import collector_paused

_MAX_FILE_BYTES = 2 * 2**30
_TRIM_ABOVE = 64 * 2**20
_PR_SET_PDEATHSIG = 1


def start() -> None:
    """Prepare a fresh child: die with the parent, small files, tools imported."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_MAX_FILE_BYTES, _MAX_FILE_BYTES))
    registry()
    gc.collect()
    gc.freeze()


def perform(call: Call) -> Reply:
    """Do one call and describe every outcome in the reply; never raises."""
    before = resident_bytes()
    try:
        limit(call.limits)
        with collector_paused(), loud_exit():
            reply = _KINDS[call.kind](call)
    except InvalidParameters as exc:
        problems = [[one.parameter, masked(one.message)] for one in exc.problems]
        reply = Reply(error=("InvalidParameters", problems))
    except GPError as exc:
        reply = Reply(error=(type(exc).__name__, masked(str(exc))))
    except MemoryError:
        reply = _memory_reply(call)
    except OSError as exc:
        reply = _os_error_reply(exc)
    except BaseException as exc:  # noqa: BLE001  (a tool may raise anything, or exit)
        is_memory = "bad_alloc" in str(exc)
        text = masked(traceback.format_exc())
        reply = _memory_reply(call) if is_memory else Reply(error=("Internal", text))
    unlimit()
    forget()
    if resident_bytes() > before + _TRIM_ABOVE:
        gc.collect()
        with suppress(AttributeError):
            ctypes.CDLL(None).malloc_trim(0)
    return reply


def _memory_reply(call: Call) -> Reply:
    text = f"the run needed more memory than its limit of {call.limits.memory_mb} MB"
    return Reply(error=("LimitExceeded", text))


def _os_error_reply(exc: OSError) -> Reply:
    if exc.errno in (27, 28):  # EFBIG, ENOSPC
        text = "no space is left for the files of this run"
        return Reply(error=("LimitExceeded", text))
    return Reply(error=("Internal", masked(traceback.format_exc())))


@lru_cache(maxsize=64)
def _schema(text: bytes) -> Schema:
    return Schema.from_json(orjson.loads(text))


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
        values = _schema(call.schema).parse(raw, notes, find)
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
        if source.key in call.refused:
            raise InvalidValue(call.refused[source.key])
        if source.key not in call.files:
            raise InvalidValue("is too large a text to name a url or an item")
        paths = tuple(map(Path, call.files[source.key]))
        return StoredFile(paths, source, call.limits.max_features)

    return find


def _refuse_only(call: Call) -> Find:
    """Return what refuses a source that nobody will fetch, and keeps the others."""

    def keep(source: Source) -> Source:
        if source.key in call.refused:
            raise InvalidValue(call.refused[source.key])
        return source

    return keep


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


def _check(call: Call) -> Reply:
    """Parse only; keep large values, decoded, in the job's folder if it has one."""
    raw = _raw(call)
    notes: list[str] = []
    _parse(call, raw, notes)
    kept: dict[str, Any] = dict(call.small)
    for name in call.large if call.folder else ():
        folder = Path(call.folder)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.json").write_bytes(raw[name])
        flush(folder / f"{name}.json")
        kept[name] = {"file": f"{name}.json"}
    return Reply(inputs=kept)


def _outputs(
    call: Call, scratch: Path
) -> tuple[dict[str, Any], Environment, RunContext]:
    context = RunContext(scratch, Path(call.log) if call.log else None)
    notes: list[str] = []
    values, environment = _parse(call, _raw(call), notes)
    remember(values)
    for note in notes:
        context.warn(note)
    try:
        outputs = installed(call.tool_id).run(values, context)
    finally:
        context.close()
    return outputs, environment, context


def _execute(call: Call) -> Reply:
    began = time.monotonic()
    folder = Path(call.folder)
    scratch = scratch_of(folder)
    try:
        outputs, environment, context = _outputs(call, scratch)
        records = call.limits.maximum_records
        delivery = Delivery(environment, records, call.file_url, folder)
        results = [
            document(parameter, outputs.get(parameter.name), delivery)
            for parameter in _schema(call.schema).outputs
        ]
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    context.message(
        f"Succeeded. (Elapsed Time: {time.monotonic() - began:.2f} seconds)"
    )
    allowed = LEVELS[call.message_level]
    messages = [line for line in context.messages if line[0] in allowed]
    answer = {
        "results": results,
        "messages": [{"type": kind, "description": text} for kind, text in messages],
    }
    reply = _answer(answer, call, tuple(context.messages))
    return replace(reply, manifest=tuple(kept_files(folder)))


def _answer(
    answer: Any, call: Call, messages: tuple[tuple[str, str], ...] = ()
) -> Reply:
    option = orjson.OPT_SERIALIZE_NUMPY | (orjson.OPT_INDENT_2 if call.pretty else 0)
    body = orjson.dumps(answer, option=option)
    if len(body) <= INLINE:
        return Reply(body=body, messages=messages)
    Path(call.answer).write_bytes(body)
    return Reply(path=call.answer, messages=messages)


def scratch_of(folder: Path) -> Path:
    """Return where a run that stores its results in ``folder`` has its own files."""
    return folder.parent / f"{folder.name}.scratch"


def _run(call: Call) -> Reply:
    folder = Path(call.folder)
    scratch = scratch_of(folder)
    try:
        outputs, environment, context = _outputs(call, scratch)
        manifest = store(_schema(call.schema).outputs, outputs, environment, folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return Reply(manifest=tuple(manifest), messages=tuple(context.messages))


def _result(call: Call) -> Reply:
    environment = parse_result_environment(call.small)
    delivery = Delivery(environment, call.limits.maximum_records, call.file_url)
    documents = [
        stored_document(entry, Path(call.folder), delivery) for entry in call.outputs
    ]
    return _answer(documents if call.as_list else documents[0], call)


_KINDS: dict[str, Callable[[Call], Reply]] = {
    "check": _check,
    "execute": _execute,
    "run": _run,
    "result": _result,
}
