"""The models of the database as tools, and what is done with them."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from graphlib import CycleError, TopologicalSorter
from typing import Any

import orjson
from django.db import transaction

from services.errors import NotFound
from services.modeling.checking import faults_of
from services.modeling.definition import TOOLBOX, Definition
from services.modeling.faults import Fault
from services.modeling.linking import bundled_tool, model_tool
from services.modeling.reading import InvalidDefinition, read_definition
from services.models import Model, ModelVersion
from services.registry import Toolbox, installed, provide
from services.tool import Tool
from services.wire import encode

logger = logging.getLogger(__name__)

#: Characters of the JSON of a model, and how deep it is nested, at most.
MAX_JSON = 5_000_000
MAX_LEVELS = 100
#: Ends the id of the tool that a draft is while it is tried out.
DRAFT = "@draft"


def find(tool_id: str) -> Tool:
    """Return a version of a model as a tool, the newest unless the id names one.

    Raises NotFound if it is not there, or a tool of its steps is gone.
    """
    name, _, number = tool_id.removeprefix(f"{TOOLBOX}.").partition("@")
    if tool_id.endswith(DRAFT):
        row = Model.objects.filter(name=name).first()
        if row is None:
            raise NotFound(f"there is no model {name}")
        return _draft_tool(tool_id, encode(row.draft))
    versions = ModelVersion.objects.filter(model__name=name)
    if number:
        is_number = number.isdecimal() and len(number) < 10
        versions = versions.filter(number=int(number) if is_number else 0)
    version = versions.first()
    if version is None:
        raise NotFound(f"there is no version of the model {tool_id}")
    return bundled_tool(encode(version.bundle))


@lru_cache(maxsize=32)
def _draft_tool(tool_id: str, draft: bytes) -> Tool:
    model = read_definition(orjson.loads(draft))
    for fault in faults_of(model, tool_for_step):
        raise NotFound(f"the draft has a fault: {fault}")
    return model_tool(tool_id, model, tool_for_step)


def tool_for_step(tool_id: str) -> Tool:
    """Return a tool that a step may run: any but a draft. Raises NotFound."""
    if tool_id.endswith(DRAFT):
        raise NotFound(f"a step cannot run a draft: save a version of {tool_id}")
    return installed(tool_id)


def every() -> Iterator[Tool]:
    """Yield the newest versions of all models; one that cannot be run is left out."""
    for row in Model.objects.exclude(versions=None):
        try:
            yield find(row.tool_id)
        except NotFound as exc:
            logger.info("%s is not offered: %s", row.tool_id, exc)


provide(TOOLBOX, Toolbox(find, every))


def draft_of(row: Model) -> Definition:
    """Return the draft of a model. Raises InvalidDefinition."""
    return read_definition(row.draft)


def problems_of(row: Model) -> list[Fault]:
    """Return all faults of a model's draft."""
    try:
        return faults_of(draft_of(row), tool_for_step)
    except InvalidDefinition as exc:
        return [Fault(one.rstrip(".")) for one in exc.problems]


def pinned(model: Definition) -> Definition:
    """Return a definition whose models inside are certain versions. Raises NotFound."""
    return replace(model, steps=tuple(
        replace(step, tool=tool_for_step(step.tool).id)
        if step.tool.startswith(f"{TOOLBOX}.") else step
        for step in model.steps
    ))  # fmt: skip


@transaction.atomic
def save_version(row: Model, author: Any = None) -> ModelVersion:
    """Keep the draft of a model as its next version. Raises InvalidDefinition."""
    faults = problems_of(row)
    if faults:
        raise InvalidDefinition(str(one) for one in faults)
    number = row.next_number()
    model = pinned(draft_of(row))
    tool = model_tool(f"{row.tool_id}@{number}", model, tool_for_step)
    return row.versions.create(
        number=number,
        bundle=orjson.loads(tool.model),
        author=author if getattr(author, "pk", None) else None,
    )


def exported(row: Model) -> dict[str, Any]:
    """Return the JSON of a model's newest version with the models inside.

    Of one without a version it is the draft.
    """
    version = row.newest()
    document: dict[str, Any] = row.draft if version is None else version.bundle
    return document


@transaction.atomic
def import_model(document: Any, author: Any = None) -> ModelVersion:
    """Store what ``exported`` returned, or a definition, as a new version of a model.

    Models inside that are here already, with the same definition, are used as they
    are. Raises InvalidDefinition; then nothing has changed.
    """
    if not (isinstance(document, dict) and "models" in document):
        return _stored(document, author)
    models, wanted = document["models"], document.get("id")
    if not (isinstance(models, dict) and isinstance(wanted, str) and wanted in models):
        raise InvalidDefinition(["'models' must hold the model that 'id' names."])
    read = {tool_id: read_definition(one) for tool_id, one in models.items()}
    here: dict[str, str] = {}
    for tool_id in _inner_first(read):
        model = _renamed(read[tool_id], here)
        version = _same(model) if tool_id != wanted else None
        version = version or _stored(model.to_json(), author)
        here[tool_id] = version.tool_id
        if tool_id == wanted:
            return version
    raise InvalidDefinition(["The models run each other in a circle."])


def _inner_first(models: Mapping[str, Definition]) -> list[str]:
    needed = {name: {step.tool for step in one.steps} & set(models)
              for name, one in models.items()}  # fmt: skip
    try:
        return list(TopologicalSorter(needed).static_order())
    except CycleError:
        raise InvalidDefinition(["The models run each other in a circle."]) from None


def _renamed(model: Definition, here: Mapping[str, str]) -> Definition:
    steps = (replace(step, tool=here.get(step.tool, step.tool)) for step in model.steps)
    return replace(model, steps=tuple(steps))


def _same(model: Definition) -> ModelVersion | None:
    """Return the version here that has this definition."""
    for version in ModelVersion.objects.filter(model__name=model.name):
        if version.definition == model.to_json():
            return version
    return None


def _stored(document: Any, author: Any) -> ModelVersion:
    model = read_definition(document)
    faults = faults_of(model, tool_for_step)
    if faults:
        raise InvalidDefinition(str(one) for one in faults)
    row, _ = Model.objects.get_or_create(name=model.name)
    row.draft = model.to_json()
    row.save()
    return save_version(row, author)


def plain_json(text: str | bytes, most: int = MAX_JSON) -> Any:
    """Return the value of a JSON text. Raises InvalidDefinition.

    Also for one of more than ``most`` characters, or nested deeper than 100 levels.
    """
    if len(text) > most:
        raise InvalidDefinition([f"It is longer than {most:,} characters."])
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as exc:
        raise InvalidDefinition([f"It is not valid JSON: {exc}."]) from None
    if not _is_shallow(value):
        raise InvalidDefinition([f"It is nested deeper than {MAX_LEVELS} levels."])
    return value


def _is_shallow(value: Any) -> bool:
    level = [value]
    for _ in range(MAX_LEVELS):
        level = [
            inner
            for one in level
            if isinstance(one, dict | list)
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
        if not level:
            return True
    return False
