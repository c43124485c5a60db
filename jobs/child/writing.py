"""Outputs and stored results to the bytes that a client gets; no Django in here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from jobs.child.call import INLINE, Call, Reply
from jobs.child.results import Delivery, stored_document, stored_features
from services.environment import (
    RETURN_FLAGS,
    Environment,
    parse_result_environment,
)
from services.formats import FEATURE_FORMATS
from services.formats.writing import write_features
from services.geometry.features import FeatureSet
from services.wire import encode, encode_pieces

_BUFFER = 1 << 20

Messages = Iterable[tuple[str, str]]


def json_reply(answer: Any, call: Call, messages: Messages = ()) -> Reply:
    """Return a document as JSON, indented for pjson."""
    if call.format == "pjson":
        return bytes_reply(encode(answer, orjson.OPT_INDENT_2), call, messages)
    return _pieces_reply(encode_pieces(answer), call, messages)


def feature_reply(
    outputs: Mapping[str, FeatureSet | None],
    environment: Environment,
    call: Call,
    messages: Messages = (),
) -> Reply:
    """Return the features of outputs in the call's format; a missing one is empty."""
    empty = FeatureSet.of([])
    layers = [(name, empty if value is None else value)
              for name, value in outputs.items()]  # fmt: skip
    limit = call.limits.maximum_records
    body = write_features(call.format, layers, environment, limit)
    return bytes_reply(body, call, messages)


def bytes_reply(body: bytes, call: Call, messages: Messages = ()) -> Reply:
    """Return bytes, in the call's file if they are too large for the pipe."""
    if len(body) <= INLINE:
        return Reply(body=body, messages=tuple(messages))
    Path(call.answer).write_bytes(body)
    return Reply(path=call.answer, messages=tuple(messages))


def _pieces_reply(
    pieces: Iterator[bytes | memoryview], call: Call, messages: Messages
) -> Reply:
    """Return what pieces make together; only a small answer is held in memory."""
    head = bytearray()
    for piece in pieces:
        head += piece
        if len(head) > INLINE:
            break
    else:
        return Reply(body=bytes(head), messages=tuple(messages))
    with Path(call.answer).open("wb", buffering=_BUFFER) as file:
        file.write(head)
        file.writelines(pieces)
    return Reply(path=call.answer, messages=tuple(messages))


def result_reply(call: Call) -> Reply:
    """Return stored results (``outputs`` of the call, in its folder)."""
    folder = Path(call.folder)
    if call.format in FEATURE_FORMATS:
        environment = _environment(call, call.outputs[0])
        found = {one["name"]: stored_features(one, folder) for one in call.outputs}
        return feature_reply(found, environment, call)
    documents = []
    for entry in call.outputs:
        environment = _environment(call, entry)
        delivery = Delivery(environment, call.limits.maximum_records, call.file_url)
        documents.append(stored_document(entry, folder, delivery))
    return json_reply(documents if call.as_list else documents[0], call)


def asked_returns(small: Mapping[str, str]) -> dict[str, str]:
    """Return the return options that a form gives, by their own names."""
    given = {name.lower(): text for name, text in small.items()}
    return {name: given[name.lower()]
            for name in RETURN_FLAGS if given.get(name.lower())}  # fmt: skip


def _environment(call: Call, entry: Mapping[str, Any]) -> Environment:
    """Return how a result is wanted: it takes ``outSR`` where a run has env:outSR."""
    given = {name: text for name, text in call.small.items() if text}
    return parse_result_environment(entry.get("asked", {}) | given)
