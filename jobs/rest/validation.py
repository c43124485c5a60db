"""validate: what a run would say of these inputs, without running anything.

The reference names the operation (since 12.0) but not its shape; this is ours: the
task's inputs with the value that would count and what is wrong with it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.conf import settings
from rest_framework.request import Request as HttpRequest
from rest_framework.response import Response

from jobs.child.context import ERROR
from jobs.files.spool import spooled
from jobs.processes.runner import runner
from jobs.rest.tasks import TaskOperationView
from jobs.runs import calls
from services.confidential import without_tokens
from services.documents import parameter_document
from services.errors import InvalidParameters, InvalidValue, Problem
from services.form import Form
from services.schema import Parameter
from services.wire import decode, encode


class ValidateView(TaskOperationView):
    """Check inputs as a run would; nothing is required, nothing is run."""

    template = "directory/document.html"
    operation = "validate"

    def get(self, request: HttpRequest, **names: str) -> Response:
        asked = self.run_request()
        asked = replace(asked, form=_unwrapped(asked.form))
        problems = problems_of(asked)
        inputs = [one for one in asked.task.visible if not one.is_output]
        return Response(
            {
                "name": asked.task.name,
                "parameters": [_validated(one, asked.form, problems) for one in inputs],
                "messages": [
                    {"type": ERROR, "description": str(problem)}
                    for problem in problems
                    if problem.parameter not in {one.name for one in inputs}
                ],
            }
        )


def _unwrapped(form: Form) -> Form:
    """Return the form with ``{"value": …}`` objects replaced by what they hold."""
    small = {}
    for name, text in form.small.items():
        small[name] = text
        if text.lstrip().startswith("{") and '"value"' in text:
            try:
                given = decode(text)
            except InvalidValue:
                continue  # the check says what is wrong with it
            if "value" in given:
                value = given["value"]
                small[name] = value if isinstance(value, str) else _json(value)
    return replace(form, small=small)


def _json(value: Any) -> str:
    return "" if value is None else encode(value).decode()


def problems_of(asked: calls.Request) -> list[Problem]:
    """Return what a child finds wrong with the inputs of a request."""
    try:
        checked, _ = calls.check_call(asked)
        with spooled(checked) as call:
            runner().run(call, wait=settings.RUN_WAIT_SECONDS)
    except InvalidParameters as exc:
        return list(exc.problems)
    return []


def _validated(
    parameter: Parameter, form: Form, problems: list[Problem]
) -> dict[str, Any]:
    """Return the parameter's document with its value, state and messages."""
    found = [one.message for one in problems if one.parameter == parameter.name]
    given = form.get(parameter.name)
    is_secret = parameter.data_type.is_secret
    is_given = bool(given) or parameter.name in form.large
    return parameter_document(parameter) | {
        "value": "" if is_secret else without_tokens(given) or parameter.default,
        "isEnabled": not parameter.constant,
        "hasError": bool(found) and is_given,
        "messages": [{"type": ERROR, "description": text} for text in found]
        if is_given
        else [],
    }
