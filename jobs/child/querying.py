"""Questions to stored layers, answered in the child process; no Django in here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jobs.child.call import Call, Reply
from jobs.child.writing import bytes_reply, json_reply
from services.drawing.generating import generated
from services.form import decode_form_value
from services.query.answers import answer
from services.query.condition import rows_where
from services.query.description import layer_document
from services.query.layer import open_layer
from services.query.selection import named


def query_reply(call: Call) -> Reply:
    """Answer a query of one layer, the only one in ``outputs``.

    At most ``maximum_records`` of the limits are on a page.
    """
    raw = dict(call.small) | {name: _text(call, name) for name in call.large}
    layer = open_layer(call.outputs[0]["path"])
    most = call.limits.maximum_records
    return bytes_reply(answer(layer, raw, call.format, most), call)


def layers_reply(call: Call) -> Reply:
    """Answer a list with the documents of the layers in ``outputs``."""
    made: list[dict[str, Any]] = [
        layer_document(
            open_layer(one["path"]),
            one | {"maxRecordCount": call.limits.maximum_records},
        )
        for one in call.outputs
    ]
    return json_reply(made, call)


def renderer_reply(call: Call) -> Reply:
    """Answer a renderer for the values of the layer in ``outputs``."""
    raw = dict(call.small) | {name: _text(call, name) for name in call.large}
    layer = open_layer(call.outputs[0]["path"])
    given = {name.lower(): text for name, text in raw.items()}
    where = given.get("where", "")
    records = layer.records
    if where.strip():
        records = records.take(named("where", lambda: rows_where(where, records)))
    text = given.get("classificationdef", "")
    kind = layer.geometry_type or "esriGeometryPoint"
    made = named("classificationDef", lambda: generated(text, records, kind))
    return json_reply(made, call)


def _text(call: Call, name: str) -> str:
    value = call.large[name]
    data = Path(value.path).read_bytes() if value.path else value.data
    data = decode_form_value(data) if value.encoded else data
    return data.decode(errors="replace")
