"""The graph in which a model is edited with a script, over the same draft."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse

from services.admin.modelacts import MODEL_URL, ModelActs, stamp_of
from services.datatypes import data_type, data_type_names
from services.datatypes.base import DataType
from services.errors import InvalidValue, NotFound
from services.modelbox import problems_of, tool_for_step
from services.modeling.checking import faults_of
from services.modeling.choices import suits
from services.modeling.definition import Definition, parameter_json
from services.modeling.fitting import gathered
from services.modeling.layout import drawing_of
from services.modeling.reading import InvalidDefinition, read_definition
from services.models import Model
from services.registry import publishable
from services.schema import Parameter
from services.tool import Tool

#: The one style that JointJS writes into a page (checked by the test of the editor).
JOINT_STYLE = "'sha256-c/PHNd78dqpHpfQbEJ/PIhwmQukJpGFNXtlAp6vOzDg='"


class GraphPage:
    """The page with the graph, and what its script asks."""

    def __init__(self, pages: ModelActs) -> None:
        self.pages = pages

    def __call__(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Answer the page; to a POST of its script, the faults of a draft."""
        row = self.pages.row(request, pk)
        if request.method == "POST":
            return self._checked(request, row)
        model = self.pages.draft(row)
        kinds = Kinds()
        for one in model.inputs:
            kinds.number(one.data_type)
        data = {
            "definition": row.draft,
            "places": _places(model),
            "tools": {one.id: _described(one, kinds) for one in _tools(model)},
            "kinds": kinds.to_json(),
            "stamp": stamp_of(row),
            "problems": _told(problems_of(row)),
            "stepUrl": reverse(f"{MODEL_URL}step", args=[row.pk, "STEP"]),
        }
        page = self.pages.page(
            request, "graph", row, data=data, title="Graph", model=model
        )
        answer: HttpResponse = page
        return answer

    def _checked(self, request: HttpRequest, row: Model) -> JsonResponse:
        try:
            sent: dict[str, Any] = orjson.loads(request.body)
            model = replace(read_definition(sent["definition"]), name=row.name)
        except InvalidDefinition as exc:
            return JsonResponse({"problems": [{"step": "", "text": one}
                                              for one in exc.problems]})  # fmt: skip
        except (orjson.JSONDecodeError, KeyError, TypeError):
            return JsonResponse({"problems": []}, status=400)
        faults = _told(faults_of(model, tool_for_step))
        answer: dict[str, Any] = {"problems": faults}
        if sent.get("act") == "save":
            saved = self.pages.store(request, row, model, sent.get("stamp", ""))
            if saved is None:
                return JsonResponse({"stale": True}, status=409)
            answer["stamp"] = stamp_of(saved)
        return JsonResponse(answer)


def _told(faults: list[Any]) -> list[dict[str, str]]:
    return [{"step": one.step, "parameter": one.parameter, "text": str(one)}
            for one in faults]  # fmt: skip


def _tools(model: Definition) -> list[Tool]:
    """Return all tools, and those of the model that are older versions of models."""
    found = dict(publishable())
    for step in model.steps:
        if step.tool not in found:
            with suppress(NotFound):  # told among the problems
                found[step.tool] = tool_for_step(step.tool)
    return list(found.values())


#: From the places of the drawing to those of the larger boxes of the graph.
_WIDER, _TALLER = 1.3, 1.7
_MARGIN = 20


def _places(model: Definition) -> dict[str, list[int]]:
    """Return where the parts of a model stand that nobody has moved."""
    nodes = drawing_of(model).nodes
    top = min((one.y for one in nodes), default=0)
    return {
        ":".join(one.key): [
            round(one.x * _WIDER),
            round((one.y - top) * _TALLER) + _MARGIN,
        ]
        for one in nodes
    }


class Kinds:
    """The data types in a page, by number, and which fit which."""

    def __init__(self) -> None:
        self._kinds: list[DataType[Any]] = [data_type(x) for x in data_type_names()]

    def number(self, kind: DataType[Any]) -> int:
        """Return the number of a data type."""
        if kind not in self._kinds:
            self._kinds.append(kind)
        return self._kinds.index(kind)

    def to_json(self) -> dict[str, Any]:
        """Return the names by number, and for each the numbers of those that fit."""
        every = list(enumerate(self._kinds))
        return {
            "names": [kind.name for kind in self._kinds],
            "fits": [[number for number, given in every if suits(given, wanted)]
                     for wanted in self._kinds],
        }  # fmt: skip


def _described(tool: Tool, kinds: Kinds) -> dict[str, Any]:
    return {
        "name": tool.name,
        "title": tool.title,
        "category": tool.category or "Other",
        "summary": tool.summary,
        "inputs": [_taken(one, kinds) for one in tool.schema.inputs],
        "outputs": [_made(one, kinds) for one in tool.schema.outputs],
    }


def _taken(one: Parameter, kinds: Kinds) -> dict[str, Any]:
    example = one.default if one.default is not None else one.example
    return {
        "name": one.name,
        "label": one.label or one.name,
        "kind": kinds.number(one.data_type),
        "required": one.required,
        "example": "" if example is None else example,
        "json": parameter_json(replace(one, depends_on="")),
    }


def _made(one: Parameter, kinds: Kinds) -> dict[str, Any]:
    number = kinds.number(one.data_type)
    try:
        many = kinds.number(gathered(one.data_type))
    except InvalidValue:
        many = number
    label = one.label or one.name
    return {"name": one.name, "label": label, "kind": number, "gathered": many}
