"""Log records as lines: text for people, or JSON for what collects logs.

Both name the request and the job that a record belongs to, and neither shows a
secret: whatever looks like the value of one is masked, wherever it came from.
"""

from __future__ import annotations

import logging
import re
from datetime import UTC, datetime

import orjson

from jobs import trace
from jobs.child.mask import masked

_MASK = "(hidden)"
_NAMES = (
    r"(?:[\w-]*token|agstoken|password\d?|passwd|secret[_-]?key|secret|api[_-]?key"
    r"|sessionid|(?:proxy-)?authorization|cookie)"
)
_QUOTED = r"\"(?:[^\"\\]|\\.)*\"?|'(?:[^'\\]|\\.)*'?"
#: ``token=…``, ``"password": "…"``, and the same in percent-encoding.
_VALUES = re.compile(
    rf"(\b{_NAMES}(?:[\"']|%22)?\s*(?:=|:|%3D|%3A)\s*)"
    rf"(?:{_QUOTED}|(?:bearer |basic )?[^\s&\"'<>]+)",
    re.IGNORECASE,
)
_BEARER = re.compile(r"(\bbearer\s+)[\w.~+/-]+=*", re.IGNORECASE)
_PASSWORD_IN_URL = re.compile(r"(?<=://)[^/\s:@]*:[^/\s@]*(?=@)")


def without_secrets(text: str) -> str:
    """Return a text with a mask in the place of values that must not be shown.

    Those are what looks like one, and what the request or job of this thread hides.
    """
    text = masked(text)
    text = _VALUES.sub(rf"\1{_MASK}", text)
    text = _BEARER.sub(rf"\1{_MASK}", text)
    return _PASSWORD_IN_URL.sub(_MASK, text)


def _names(record: logging.LogRecord) -> dict[str, str]:
    """Return the request and the job of a record, as far as it has them."""
    names = {
        "request_id": trace.request_id.get(),
        "job_id": getattr(record, "job_id", "") or trace.job_id.get(),
    }
    return {name: value for name, value in names.items() if value}


class ShortRefusals(logging.Filter):
    """Keeps a refused request to one line: any stranger could fill a log with them."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Drop the traceback of what Django calls a suspicious operation."""
        if record.name.startswith("django.security."):
            record.exc_info = None
        return True


class TextFormatter(logging.Formatter):
    """A line of text; the request and the job stand in brackets at its end."""

    def __init__(self) -> None:
        super().__init__("{asctime} {levelname} {name}: {message}", style="{")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  (logging)
        """Return the first line, before the traceback."""
        names = " ".join(f"{name}={value}" for name, value in _names(record).items())
        return super().formatMessage(record) + (f" [{names}]" if names else "")

    def format(self, record: logging.LogRecord) -> str:
        """Return the record without secrets."""
        return without_secrets(super().format(record))


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time in UTC, level, logger, message, names, exception."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record without secrets."""
        moment = datetime.fromtimestamp(record.created, UTC)
        entry = {
            "time": moment.isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": without_secrets(record.getMessage()),
            **_names(record),
        }
        if record.exc_info:
            entry["exception"] = without_secrets(self.formatException(record.exc_info))
        return orjson.dumps({k: _writable(v) for k, v in entry.items()}).decode()


def _writable(text: str) -> str:
    """Return a text that UTF-8 can hold: a lone surrogate must not stop a log."""
    return text.encode("utf-8", "backslashreplace").decode()
