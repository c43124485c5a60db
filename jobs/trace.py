"""Which request, and which job, this thread works for: the logs say it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

#: Empty where nobody asked, and outside of a run.
request_id: ContextVar[str] = ContextVar("request_id", default="")
job_id: ContextVar[str] = ContextVar("job_id", default="")


@contextmanager
def of_request(name: str) -> Iterator[None]:
    """Let what is logged in the block name a request."""
    token = request_id.set(name)
    try:
        yield
    finally:
        request_id.reset(token)


@contextmanager
def of_job(name: str, request: str = "") -> Iterator[None]:
    """Let what is logged in the block name a job, and the request that made it."""
    token = job_id.set(name)
    try:
        with of_request(request):
            yield
    finally:
        job_id.reset(token)
