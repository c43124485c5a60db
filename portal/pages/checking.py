"""What scripts of a form ask: what is wrong with a field, how the run is as code.

The REST API checks what it is sent, and knows nothing of the fields of a page. Here
fields are read as the press of Run reads them, checked as ``validate`` checks them, and
answered in the words that the page would have.
"""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.middleware.csrf import get_token
from django.shortcuts import render

from jobs.rest.validation import problems_of
from portal.pages.base import Page, found_service
from portal.pages.form.reading import read, texts_of
from portal.pages.form.surroundings import read_surroundings
from portal.pages.form.words import plain_words
from portal.pages.run import code_context, inputs_of
from portal.pages.runs import request_of
from services.errors import GPError, InvalidValue
from services.form import Form
from services.schema import Parameter


class CheckFields(Page):
    """Checks the fields that are sent; what is missing among others is no problem."""

    def get(
        self, request: HttpRequest, folder: str, service: str, task: str
    ) -> HttpResponseBase:
        """Answer who is signed in, with a token for the form: both may have changed."""
        found_service(self.user, folder, service).task(task)
        answer = {"user": request.user.get_username(), "token": get_token(request)}
        return JsonResponse(answer, headers={"Cache-Control": "no-store"})

    def post(
        self, request: HttpRequest, folder: str, service: str, task: str
    ) -> HttpResponseBase:
        """Answer the problems by the names of inputs, those that were given a value."""
        found = found_service(self.user, folder, service)
        chosen = found.task(task)
        form = _read(request, inputs_of(chosen))
        by_name = {one.name: one for one in inputs_of(chosen)}
        given = {*form.small, *form.large}
        try:
            problems = problems_of(request_of(request, found, chosen, form))
        except InvalidValue as exc:
            return JsonResponse({"problems": {}, "refusal": str(exc)})
        except GPError:  # too busy to check now: Run will
            return JsonResponse({"problems": {}})
        said = {one.parameter: plain_words(by_name[one.parameter], one.message)
                for one in problems
                if one.parameter in given and one.parameter in by_name}  # fmt: skip
        return JsonResponse({"problems": said})


class CodeOfRun(Page):
    """The run of a form as code."""

    template = "portal/_snippets.html"

    def post(
        self, request: HttpRequest, folder: str, service: str, task: str
    ) -> HttpResponseBase:
        """Answer the code with the values of the form, as a part of a page."""
        found = found_service(self.user, folder, service)
        chosen = found.task(task)
        form = _read(request, inputs_of(chosen))
        secret = {one.name for one in inputs_of(chosen) if one.data_type.is_secret}
        shown = {name: text for name, text in texts_of(form).items()
                 if name not in secret}  # fmt: skip
        context = code_context(request, found, chosen, shown)
        return render(request, self.template, context)


def _read(request: HttpRequest, inputs: tuple[Parameter, ...]) -> Form:
    return read(inputs, request.POST).merged(read_surroundings(request.POST))
