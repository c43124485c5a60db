"""The page that runs a task: its form, filled, checked, and sent once."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from django.conf import settings
from django.db import IntegrityError
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from jobs.models import Job
from jobs.runs import calls, execution
from portal.pages.addresses import job_url, rest_url, service_url
from portal.pages.base import Page, found_service
from portal.pages.filling import values_of
from portal.pages.form.controls import Control, control
from portal.pages.form.reading import read, texts_of
from portal.pages.mine import found_job, my_jobs, remember
from services.catalog import PublishedService, PublishedTask
from services.errors import GPError, InvalidParameters, ServiceStopped
from services.form import Form
from services.keys import Caller, Client
from services.models import Service
from services.schema import Parameter

LONGEST_KEY = 64


@dataclass(frozen=True, slots=True)
class Sent:
    """What a form is filled with: values by input, and what was wrong with them.

    ``problems`` is None for a form that has not been sent: what has no value then has
    its default.
    """

    values: Mapping[str, str]
    problems: Mapping[str, str] | None
    refusal: str = ""

    @property
    def is_refused(self) -> bool:
        """True if the form was sent, and came back."""
        return self.problems is not None

    def controls(self, inputs: Iterable[Parameter]) -> list[Control]:
        """Return the controls of a task's inputs."""
        missing, problems = ("" if self.is_refused else None), self.problems or {}
        return [control(one, self.values.get(one.name, missing),
                        problems.get(one.name, "")) for one in inputs]  # fmt: skip

    def others(self, controls: Iterable[Control]) -> list[str]:
        """Return what was wrong with no input of the form."""
        known, problems = {one.name for one in controls}, self.problems or {}
        return [f"{name}: {text}" for name, text in problems.items()
                if name not in known]  # fmt: skip


class RunPage(Page):
    """The form of a task, and the press of Run."""

    template = "portal/run.html"

    def get(
        self, request: HttpRequest, folder: str, service: str, task: str
    ) -> HttpResponseBase:
        """Answer the form, filled with defaults, a job's values, or the address's."""
        found = found_service(self.user, folder, service)
        chosen = found.task(task)
        former = request.GET.get("from", "")
        values = values_of(found_job(request, former)) if former else {}
        values |= _in_address(chosen, request)
        return self._form_page(found, chosen, Sent(values, None), former)

    def post(
        self, request: HttpRequest, folder: str, service: str, task: str
    ) -> HttpResponseBase:
        """Submit a job and lead to its page; bad input leads back to the form."""
        found = found_service(self.user, folder, service)
        chosen = found.task(task)
        key = request.POST.get("submission", "")[:LONGEST_KEY]
        known = Job.objects.filter(submission_key=key).first() if key else None
        if known is not None:
            return redirect(job_url(known.pk))
        form = read(inputs_of(chosen), request.POST)
        former = request.POST.get("former", "")
        try:
            job = self._submitted(found, chosen, form, key, former)
        except InvalidParameters as exc:
            sent = Sent(texts_of(form), {p.parameter: p.message for p in exc.problems})
        except GPError as exc:
            sent = Sent(texts_of(form), {}, str(exc))
        except IntegrityError:  # the same form, sent twice at once
            return redirect(job_url(Job.objects.get(submission_key=key).pk))
        else:
            remember(request, job)
            return redirect(job_url(job.pk))
        return self._form_page(found, chosen, sent, former)

    def _submitted(
        self, service: PublishedService, task: PublishedTask, form: Form,
        key: str, former: str,
    ) -> Job:  # fmt: skip
        if service.row.state == Service.State.STOPPED:
            raise ServiceStopped(f"Service {service.row.path}/GPServer not started")
        rerun_of = found_job(self.request, former).pk if former else ""
        asked = request_of(self.request, service, task, form)
        return execution.submit(replace(asked, submission_key=key, rerun_of=rerun_of))

    def _form_page(
        self, service: PublishedService, task: PublishedTask, sent: Sent, former: str
    ) -> HttpResponseBase:
        row = service.row
        controls = sent.controls(inputs_of(task))
        return self.page(
            {
                "service": row,
                "service_url": service_url(row.path),
                "task": task,
                "controls": controls,
                "outputs": [one for one in task.visible if one.is_output],
                "is_refused": sent.is_refused,
                "refusal": sent.refusal,
                "others": sent.others(controls),
                "former": former,
                "submission": secrets.token_urlsafe(24),
                "is_stopped": row.state == Service.State.STOPPED,
                "task_url": rest_url(row.path, task.name),
                "recent": my_jobs(self.request).filter(
                    service=row, task_name=task.name
                )[:10],
            },
            422 if sent.is_refused else 200,
        )


def request_of(
    request: HttpRequest, service: PublishedService, task: PublishedTask, form: Form
) -> calls.Request:
    """Return what a page asks the execution path for."""
    return calls.Request(
        service=service,
        task=task,
        form=form,
        caller=Caller(request.user),
        client=Client(
            request.headers.get("Referer", ""), str(request.META.get("REMOTE_ADDR", ""))
        ),
        root_url=request.build_absolute_uri(f"/{settings.CONTEXT}"),
        source=Job.Source.PORTAL,
    )


def inputs_of(task: PublishedTask) -> tuple[Parameter, ...]:
    """Return the inputs that a form shows."""
    return tuple(one for one in task.visible if not one.is_output)


def _in_address(task: PublishedTask, request: HttpRequest) -> dict[str, str]:
    """Return the values that the address gives, by the names of inputs."""
    given = {name.lower(): str(text) for name, text in request.GET.items()}
    names = [one.name for one in inputs_of(task)]
    return {name: given[name.lower()] for name in names if name.lower() in given}
