"""Exceptions to answers: one table, one envelope."""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass, field
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response

from jobs.child.bounds import is_full
from jobs.child.mask import masked
from jobs.processes.runner import InternalError
from services import errors

logger = logging.getLogger(__name__)

_FAILED = "Unable to complete operation."
_INVALID_URL = "Invalid URL"
_AWAY = "The database does not answer; try again in a moment."
_LOGIN_FAILED = "Unable to generate token."
#: Below these headlines the details say what the matter is.
_DETAILED = (_FAILED, _INVALID_URL, _LOGIN_FAILED)

#: Code and headline for each error; an empty headline is the error's own text.
#: The nearest class in an error's ancestry counts.
ANSWERS: dict[type[Exception], tuple[int, str]] = {
    errors.InvalidParameters: (400, _FAILED),
    errors.InvalidValue: (400, _FAILED),
    errors.ToolFailed: (400, _FAILED),
    errors.LimitExceeded: (400, _FAILED),
    errors.Cancelled: (400, _FAILED),
    errors.InvalidURL: (400, _INVALID_URL),
    errors.NotFound: (404, ""),
    errors.LoginFailed: (400, _LOGIN_FAILED),
    errors.TokenRequired: (499, "Token Required"),
    errors.InvalidToken: (498, "Invalid Token"),
    errors.NotAllowed: (403, ""),
    errors.Busy: (503, ""),
    errors.TooManyJobs: (429, ""),
    errors.TooManyRequests: (429, ""),
    errors.Crashed: (500, _FAILED),
    errors.ServiceStopped: (500, ""),
    OperationalError: (503, _AWAY),
    InterfaceError: (503, _AWAY),
    Http404: (404, _INVALID_URL),
}


@dataclass(frozen=True, slots=True)
class Failure:
    """What a client is told: a code, a headline, and details.

    ``status`` is the HTTP status of a page that tells it, if that is not the code.
    """

    code: int
    message: str
    details: list[str] = field(default_factory=list)
    status: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return GPServer's error envelope."""
        return {
            "error": {
                "code": self.code,
                "message": self.message,
                "details": self.details,
            }
        }


def failure_of(exc: Exception) -> Failure:
    """Return what to tell of an exception; a stranger's text never goes out."""
    if isinstance(exc, exceptions.APIException):
        detail = exc.detail
        return Failure(
            exc.status_code, str(detail[0] if isinstance(detail, list) else detail)
        )
    for kind in type(exc).__mro__:
        if kind in ANSWERS:
            code, headline = ANSWERS[kind]
            if headline == _AWAY:
                logger.error("%s: %s", _AWAY, exc)
            status = 404 if isinstance(exc, errors.NotFound) else code
            details = _details(exc, headline)
            return Failure(code, headline or masked(str(exc)), details, status)
    reference = secrets.token_hex(4)
    logger.error(
        "request failed [%s]: %s",
        reference,
        exc,
        exc_info=None if isinstance(exc, InternalError) else exc,
    )
    text = f"The administrator finds the reason in the log as {reference}."
    return Failure(500, "Error handling service request", [text])


def _details(exc: Exception, headline: str) -> list[str]:
    if isinstance(exc, errors.InvalidParameters):
        return [masked(str(problem)) for problem in exc.problems]
    has_more = headline in _DETAILED and not isinstance(exc, Http404)
    return [masked(str(exc))] if has_more else []


def esri_errors(exc: Exception, context: dict[str, Any]) -> Response:
    """Answer an exception: HTTP 200 for JSON as GPServer does, its code for HTML."""
    if is_full(exc):
        logger.error("no space is left: %s", exc)
        exc = errors.DiskFull("no space is left on the disk of this server; try later")
    failure = failure_of(exc)
    response = Response(failure.to_json(), headers={"Cache-Control": "no-store"})
    if failure.code in (429, 503):
        seconds = getattr(exc, "retry_after_seconds", errors.Busy.retry_after_seconds)
        response["Retry-After"] = str(seconds)
    response.failure = failure  # type: ignore[attr-defined]
    return response
