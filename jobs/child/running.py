"""Runs of a tool: inputs checked, outputs written or stored; no Django in here."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from jobs.child.call import Call, Reply
from jobs.child.context import LEVELS, RunContext
from jobs.child.mask import remember
from jobs.child.parsing import parse, raw_values
from jobs.child.provenance import input_fingerprints, output_fingerprints, versions
from jobs.child.results import Delivery, document, flush, kept_files, store
from jobs.child.spent import Meter
from jobs.child.writing import asked_returns, feature_reply, json_reply
from services.environment import Environment
from services.errors import (
    InvalidParameters,
    InvalidValue,
    Problem,
)
from services.files import Source
from services.formats import FEATURE_FORMATS, feature_names
from services.modeling.linking import bundled_tool
from services.registry import installed
from services.schema import schema_of


def check_reply(call: Call) -> Reply:
    """Parse only; keep large values, decoded, in the job's folder if it has one."""
    raw = raw_values(call)
    notes: list[str] = []
    parse(call, raw, notes)
    kept: dict[str, Any] = dict(call.small)
    for name in set(call.large).difference(call.sealed) if call.folder else ():
        folder = Path(call.folder)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.json").write_bytes(raw[name])
        flush(folder / f"{name}.json")
        kept[name] = {"file": f"{name}.json"}
    return Reply(inputs=kept, provenance=versions(call.tool_id))


def input_reply(call: Call) -> Reply:
    """Answer the features of an input as they were submitted."""
    name = call.outputs[0]["name"]
    parameter = next(one for one in schema_of(call.schema).inputs if one.name == name)
    try:
        features = parameter.parse(raw_values(call).get(name), [])
        if isinstance(features, Source):
            raise InvalidValue("was named by its address; its features were not kept")
    except InvalidValue as exc:
        raise InvalidParameters([Problem(name, str(exc))]) from None
    return feature_reply({name: features}, Environment(return_z=True), call)


def _outputs(
    call: Call, raw: Mapping[str, Any], context: RunContext
) -> tuple[dict[str, Any], Environment]:
    """Parse the inputs and run the tool."""
    notes: list[str] = []
    values, environment = parse(call, raw, notes)
    remember(values)
    for note in notes:
        context.warn(note)
    tool = bundled_tool(call.model) if call.model else installed(call.tool_id)
    return tool.run(values, context), environment


def _context(call: Call, scratch: Path) -> closing[RunContext]:
    return closing(RunContext(scratch, Path(call.log) if call.log else None))


def execute_reply(call: Call) -> Reply:
    """Run the tool, answer its outputs; only files of them are kept."""
    meter, folder = Meter(), Path(call.folder)
    scratch = scratch_of(folder)
    try:
        with _context(call, scratch) as context:
            reply = _answer(call, folder, context)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    made = versions(call.tool_id) | {"resources": meter.spent()}
    steps = tuple(context.steps.values())
    manifest = tuple(kept_files(folder))
    return replace(reply, manifest=manifest, steps=steps, provenance=made)


def _answer(call: Call, folder: Path, context: RunContext) -> Reply:
    """Run the tool and write its outputs; files of them are kept in ``folder``."""
    began = time.monotonic()
    parameters = schema_of(call.schema).outputs
    outputs, environment = _outputs(call, raw_values(call), context)
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


def run_reply(call: Call) -> Reply:
    """Run the tool and store its outputs: the manifest of them is the reply."""
    meter, folder = Meter(), Path(call.folder)
    scratch = scratch_of(folder)
    try:
        with _context(call, scratch) as context:
            raw = raw_values(call)
            inputs = input_fingerprints(call, raw)
            outputs, environment = _outputs(call, raw, context)
            delivery = Delivery(environment, asked=asked_returns(call.small))
            outs = schema_of(call.schema).outputs
            manifest = store(outs, outputs, delivery, folder)
            for note in dict.fromkeys(delivery.notes):
                context.warn(note)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    made = versions(call.tool_id) | {
        "inputs": inputs, "outputs": output_fingerprints(manifest, folder),
        "resources": meter.spent(),
    }  # fmt: skip
    return Reply(
        manifest=tuple(manifest),
        messages=tuple(context.messages),
        steps=tuple(context.steps.values()),
        provenance=made,
    )
