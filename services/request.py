"""The form of an HTTP request: query string and body merged, the body winning."""

from __future__ import annotations

from dataclasses import replace

from django.core.exceptions import (
    BadRequest,
    RequestDataTooBig,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.http import HttpRequest, UnreadablePostError
from django.http.multipartparser import MultiPartParserError

from services.errors import InvalidValue, LimitExceeded
from services.form import (
    CUT_OFF,
    Form,
    parse_form,
    plain_fields,
    read_limited,
    several,
)

MAX_QUERY = 65_536
_REFUSED = (
    BadRequest,
    MultiPartParserError,
    RequestDataTooBig,
    TooManyFieldsSent,
    TooManyFilesSent,
)


def read_form(request: HttpRequest, limit: int) -> Form:
    """Read what the client sent, at most ``limit`` bytes of body.

    Raises LimitExceeded or InvalidValue; a form that was refused counts as empty.
    """
    query = request.META.get("QUERY_STRING", "")
    if len(query) > MAX_QUERY:
        raise LimitExceeded(
            f"the size of the query string is {len(query)} characters;"
            f" {MAX_QUERY} are accepted: send a POST"
        )
    form = parse_form(query.encode("latin-1"))
    if request.method != "POST":
        return form
    try:
        return form.merged(_body(request, limit))
    except UnreadablePostError:  # the client has gone: nobody reads the answer
        raise InvalidValue(CUT_OFF) from None


def body_size(request: HttpRequest) -> int:
    """Return the bytes of body that a request says it has."""
    text = request.META.get("CONTENT_LENGTH") or "0"
    return int(text) if request.method == "POST" and text.isdecimal() else 0


def _body(request: HttpRequest, limit: int) -> Form:
    if "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower():
        raise InvalidValue("send the body with a Content-Length, not in chunks")
    if request.META.get("HTTP_CONTENT_ENCODING", "identity").lower() != "identity":
        raise InvalidValue("send the body without a Content-Encoding")
    if request.content_type == "multipart/form-data":
        return _multipart(request, limit)
    length = _length(request)
    if not length:
        return Form()
    if request.content_type not in (
        "application/x-www-form-urlencoded",
        "",
        "text/plain",
    ):
        raise InvalidValue(
            "the body must be a form: application/x-www-form-urlencoded"
            " or multipart/form-data"
        )
    body = read_limited(request, length, limit)  # type: ignore[arg-type]
    return parse_form(body)


def _multipart(request: HttpRequest, limit: int) -> Form:
    length = _length(request)
    if length > limit:
        read_limited(request, length, limit)  # type: ignore[arg-type]
    try:
        given = dict(request.POST.lists())
    except _REFUSED:
        raise InvalidValue(
            "the multipart body is too large or not well formed"
        ) from None
    texts = {name: [str(value) for value in values] for name, values in given.items()}
    repeated = several({name.lower(): values for name, values in texts.items()})
    once = {k: v[-1] for k, v in texts.items() if k.lower() not in repeated}
    return replace(plain_fields(once), repeated=repeated)


def _length(request: HttpRequest) -> int:
    text = request.META.get("CONTENT_LENGTH") or "0"
    if not text.isdecimal():
        raise InvalidValue("Content-Length must be a number")
    return int(text)
