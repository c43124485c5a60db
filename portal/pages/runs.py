"""The request of a run that a page asks for, in the name of whoever reads it."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest

from jobs.models import Job
from jobs.runs import calls
from services.catalog import PublishedService, PublishedTask
from services.form import Form
from services.keys import Caller, Client


def request_of(
    request: HttpRequest, service: PublishedService, task: PublishedTask, form: Form,
    key: str = "", rerun_of: str = "",
) -> calls.Request:  # fmt: skip
    """Return the request; ``key`` is of the form, ``rerun_of`` of the job before."""
    return calls.Request(
        service=service,
        task=task,
        form=form,
        caller=Caller(request.user),
        client=Client(
            request.headers.get("Referer", ""),
            str(request.META.get("REMOTE_ADDR", "")),
        ),
        root_url=request.build_absolute_uri(f"/{settings.CONTEXT}"),
        source=Job.Source.PORTAL,
        submission_key=key,
        rerun_of=rerun_of,
    )
