"""Query strings, form bodies, and the JSON of one value."""

from __future__ import annotations

from urllib.parse import parse_qsl

from services.errors import GPError
from services.form import Form, decode_form_value, parse_form
from services.jsonp import check_callback
from services.wire import decode, encode

SEEDS = [
    b"f=json&a=1&a=2", b"a=%E2%82%AC+b&=&b", b"%00=%ff", b"a=%", b"callback=a.b[0].c",
    b'{"a": [1, 2.5, null, true, "\\u20ac"]}', b"[" * 40, b'{"a":1,"a":2}', b"1e400",
]  # fmt: skip


def _names(form: Form) -> set[str]:
    return {name.lower() for name in (*form.small, *form.large, *form.repeated)}


def check(data: bytes) -> None:
    try:
        form = parse_form(data)
    except GPError:
        pass
    else:
        expected = parse_qsl(data.decode(), True) if data.isascii() else []
        assert {name.lower() for name, _ in expected} <= {"", *_names(form)}
    decode_form_value(data)
    for read in (decode, lambda raw: check_callback(raw.decode("utf-8", "replace"))):
        try:
            found = read(data)
        except GPError:
            continue
        encode(found)
