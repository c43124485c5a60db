"""The page that runs a task: its form, filled, checked, and sent once."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from jobs.models import Job
from jobs.runs import execution
from portal.pages.addresses import job_url, rest_url, service_url, tool_url
from portal.pages.base import Page, found_service
from portal.pages.filling import values_of
from portal.pages.form.controls import Control, control
from portal.pages.form.incoming import ByName, expect_files, kept_files
from portal.pages.form.limits import service_limits
from portal.pages.form.offered import Offered, offered_to
from portal.pages.form.reading import read, texts_of
from portal.pages.form.surroundings import read_surroundings, surrounding_controls
from portal.pages.form.words import plain_words
from portal.pages.lines import with_states
from portal.pages.mine import found_job, my_jobs, remember
from portal.pages.modules import modules_of
from portal.pages.runs import request_of
from portal.pages.snippets import Call, link_of, snippets
from services.catalog import PublishedService, PublishedTask
from services.errors import GPError, InvalidParameters, ServiceStopped
from services.form import Form
from services.models import Service
from services.schema import Parameter

LONGEST_KEY, _LONGEST_TITLE, _LONGEST_NOTE = 64, 200, 4000
_TABS = ("run", "about", "api", "jobs")


@dataclass(frozen=True, slots=True)
class Sent:
    """What a form is filled with: values by input, and what was wrong with them.

    ``problems`` is None for a form that has not been sent: what has no value then has
    its default. ``title`` and ``note`` are of the job.
    """

    values: Mapping[str, str]
    problems: Mapping[str, str] | None = None
    refusal: str = ""
    title: str = ""
    note: str = ""
    former: str = ""

    @property
    def is_refused(self) -> bool:
        """True if the form was sent, and came back."""
        return self.problems is not None

    def controls(
        self, inputs: tuple[Parameter, ...], offered: Offered
    ) -> list[Control]:
        """Return the controls of a task's inputs, those of a category together."""
        missing, problems = ("" if self.is_refused else None), self.problems or {}
        places = list(dict.fromkeys(("", *(one.category for one in inputs))))
        inputs = tuple(sorted(inputs, key=lambda one: places.index(one.category)))
        return [control(one, self.values.get(one.name, missing),
                        _words(one, problems.get(one.name, "")), offered)
                for one in inputs]  # fmt: skip

    def around(self) -> list[Control]:
        """Return the controls of what surrounds the run."""
        problems = {name: text[:1].upper() + text[1:]
                    for name, text in (self.problems or {}).items()}  # fmt: skip
        return surrounding_controls(dict(self.values), problems)

    def others(self, controls: list[Control]) -> list[str]:
        """Return what was wrong with no input of the form."""
        known = {*(one.name for one in controls), "context"}
        return [f"{name}: {text}" for name, text in (self.problems or {}).items()
                if name not in known]  # fmt: skip


@dataclass(slots=True)
class Asked:
    """A press of Run: the form, its words on the job, and files that came along."""

    form: Form
    key: str = ""
    title: str = ""
    note: str = ""
    former: str = ""
    problems: dict[str, str] = field(default_factory=dict)

    def refused(self, problems: dict[str, str], refusal: str = "") -> Sent:
        """Return the form as it comes back."""
        return Sent(texts_of(self.form), problems, refusal, self.title, self.note,
                    self.former)  # fmt: skip


@method_decorator(csrf_exempt, name="dispatch")
class RunPage(Page):
    """The form of a task, and the press of Run.

    The check against forgery is made once it is known where files may go.
    """

    template = "portal/run.html"

    def get(
        self, request: HttpRequest, folder: str, service: str, task: str
    ) -> HttpResponseBase:
        """Answer the form, filled with defaults, a job's values, or the address's."""
        found = found_service(self.user, folder, service)
        chosen = found.task(task)
        former = request.GET.get("from", "")
        job = found_job(request, former) if former else None
        values = values_of(job) if job else {}
        values |= _in_address(chosen, request)
        sent = Sent(values, former=former, title=job.title if job else "",
                    note=job.note if job else "")  # fmt: skip
        return self._form_page(found, chosen, sent)

    def post(
        self, request: HttpRequest, folder: str, service: str, task: str
    ) -> HttpResponseBase:
        """Submit a job and lead to its page; bad input leads back to the form."""
        found = found_service(self.user, folder, service)
        chosen = found.task(task)
        files = expect_files(request, found.row, inputs_of(chosen))
        try:
            answer: HttpResponseBase = csrf_protect(
                lambda request: self._sent(request, found, chosen, files)
            )(request)
            return answer
        finally:
            files.discard()

    def _sent(
        self, request: HttpRequest, service: PublishedService, task: PublishedTask,
        files: ByName,
    ) -> HttpResponseBase:  # fmt: skip
        key = request.POST.get("submission", "")[:LONGEST_KEY]
        known = Job.objects.filter(submission_key=key).first() if key else None
        if known is not None:
            return redirect(job_url(known.pk))
        asked = _asked(request, service, task, files, key)
        try:
            if asked.problems:
                return self._form_page(service, task, asked.refused(asked.problems))
            job = self._submitted(service, task, asked)
        except InvalidParameters as exc:
            sent = asked.refused({p.parameter: p.message for p in exc.problems})
        except GPError as exc:
            sent = asked.refused({}, str(exc))
        except IntegrityError:  # the same form, sent twice at once
            return redirect(job_url(Job.objects.get(submission_key=key).pk))
        else:
            remember(request, job)
            return redirect(job_url(job.pk))
        return self._form_page(service, task, sent)

    def _submitted(
        self, service: PublishedService, task: PublishedTask, asked: Asked
    ) -> Job:
        if service.row.state == Service.State.STOPPED:
            raise ServiceStopped(_stop_text(service.row))
        rerun_of = found_job(self.request, asked.former) if asked.former else None
        job = execution.submit(
            request_of(self.request, service, task, asked.form, asked.key,
                       rerun_of.pk if rerun_of else "")
        )  # fmt: skip
        if asked.title or asked.note:
            Job.objects.filter(pk=job.pk).update(title=asked.title, note=asked.note)
        return job

    def _form_page(
        self, service: PublishedService, task: PublishedTask, sent: Sent
    ) -> HttpResponseBase:
        context = form_context(self.request, service, task, sent)
        return self.page(context, 422 if sent.is_refused else 200)


def form_context(
    request: HttpRequest, service: PublishedService, task: PublishedTask, sent: Sent
) -> dict[str, Any]:
    """Return what the page of a form shows."""
    row, tab = service.row, request.GET.get("tab", "run")
    controls = sent.controls(inputs_of(task), offered_to(request, row))
    around = sent.around()
    recent = my_jobs(request).filter(service=row, task_name=task.name)
    return {
        "modules": modules_of("portal/js/run.js"),
        "service": row,
        "service_url": service_url(row.path),
        "task": task,
        "tab": tab if tab in _TABS else "run",
        "controls": controls,
        "surroundings": around,
        "opens_around": any(one.value or one.problem for one in around),
        "all_controls": [*controls, *around],
        "outputs": [one for one in task.visible if one.is_output],
        "is_refused": sent.is_refused,
        "refusal": sent.refusal,
        "others": sent.others([*controls, *around]),
        "sent": sent,
        "submission": secrets.token_urlsafe(24),
        "is_stopped": row.state == Service.State.STOPPED,
        "stop_text": _stop_text(row),
        "task_url": rest_url(row.path, task.name),
        "tool_url": tool_url(row.path, task.name),
        "limits": service_limits(row),
        "recent": with_states(recent[:10]),
        "recent_count": recent.count(),
        **(
            code_context(request, service, task, _filled(controls, sent))
            if tab == "api"
            else {}
        ),
    }


def code_context(
    request: HttpRequest, service: PublishedService, task: PublishedTask,
    values: Mapping[str, str],
) -> dict[str, Any]:  # fmt: skip
    """Return the run with these values as code, and as an address of the form."""
    row = service.row
    url = request.build_absolute_uri(rest_url(row.path, task.name))
    page = request.build_absolute_uri(tool_url(row.path, task.name))
    kinds = {one.name: one.data_type.name for one in inputs_of(task)}
    call = Call(url, values, row.is_synchronous, kinds)
    return {"snippets": snippets(call), "address": url, "link": link_of(page, values)}


def _filled(controls: list[Control], sent: Sent) -> dict[str, str]:
    if sent.is_refused:
        return dict(sent.values)
    return {one.name: one.value for one in controls
            if one.value and not one.is_constant}  # fmt: skip


def _asked(
    request: HttpRequest, service: PublishedService, task: PublishedTask,
    files: ByName, key: str,
) -> Asked:  # fmt: skip
    sent = request.POST.copy()
    items, problems = kept_files(request, service.row, files)
    for name, value in items.items():
        sent[name] = value
    form = read(inputs_of(task), sent).merged(read_surroundings(sent))
    return Asked(
        form=form,
        key=key,
        title=sent.get("job-title", "").strip()[:_LONGEST_TITLE],
        note=sent.get("job-note", "").strip()[:_LONGEST_NOTE],
        former=sent.get("former", ""),
        problems=problems,
    )


def inputs_of(task: PublishedTask) -> tuple[Parameter, ...]:
    """Return the inputs that a form of a task has."""
    return tuple(one for one in task.visible if not one.is_output)


def _words(parameter: Parameter, message: str) -> str:
    return plain_words(parameter, message) if message else ""


def _stop_text(row: Service) -> str:
    """Return why a service does not run, in the administrator's words if there are."""
    said = _("This tool is switched off by the administrator.")
    reason = str(getattr(row, "stop_reason", "") or "")
    return f"{said} {reason}".strip()


def _in_address(task: PublishedTask, request: HttpRequest) -> dict[str, str]:
    """Return the values that the address gives, by the names of inputs."""
    given = {name.lower(): str(text) for name, text in request.GET.items()}
    names = [one.name for one in inputs_of(task)]
    return {name: given[name.lower()] for name in names if name.lower() in given}
