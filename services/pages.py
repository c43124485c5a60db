"""What the Services Directory shows besides documents: places and forms."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from services.advice import advice
from services.catalog import PublishedTask
from services.datatypes.base import DataType
from services.narrowing import raw_default
from services.schema import Parameter

_KINDS = ("GPServer", "MapServer", "ImageServer")
_MAX_CRUMB = 12
_MAX_LINE = 72
_LONGEST = 14


@dataclass(frozen=True, slots=True)
class Crumb:
    """One step of the breadcrumb; ``path`` is not quoted yet, "" has no page."""

    text: str
    path: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page stands, read off its path; paths in here are not quoted yet."""

    crumbs: tuple[Crumb, ...]
    task_path: str = ""
    job_path: str = ""


def root_path() -> str:
    """Return the path of the catalogue."""
    return f"/{settings.CONTEXT}/rest/services"


def place_of(path: str) -> Place:
    """Return the place of a request's path, also of one where nothing is."""
    home = (Crumb("Home", "/"), Crumb("services", root_path()))
    parts = [part for part in path.split("/") if part][1:]
    if [part.lower() for part in parts[:2]] != ["rest", "services"]:
        return Place((*home, *(Crumb(part, path) for part in parts[-1:])))
    names = parts[2:]
    lowered = [name.lower() for name in names]
    kind = next((one for one in _KINDS if one.lower() in lowered), "")
    if not kind:
        return Place((*home, *_steps(root_path(), names)))
    at = lowered.index(kind.lower())
    folders, below = names[: max(at - 1, 0)], names[at + 1 :]
    service_path = "/".join((root_path(), *names[: at + 1]))
    title = f"{' '.join(names[max(at - 1, 0) : at])} ({kind})"
    crumbs = [*home, *_steps(root_path(), folders), Crumb(title, service_path)]
    if kind == "MapServer":
        return Place((*crumbs, *_map_steps(service_path, below)))
    if kind == "ImageServer":
        return Place((*crumbs[:-1], *_image_steps(title, service_path, below)))
    task_path = f"{service_path}/{below[0]}" if below else ""
    is_job = len(below) > 2 and below[1].lower() == "jobs"
    crumbs += _steps(service_path, below[:1])
    job_path = f"{task_path}/{below[1]}/{below[2]}" if is_job else ""
    if is_job:
        crumbs.append(Crumb(f"Job {_shortened(below[2])}", job_path))
        crumbs += _steps(job_path, below[3:])
    else:
        crumbs += _steps(task_path, below[1:])
    return Place(tuple(crumbs), task_path, job_path)


def _map_steps(path: str, names: Sequence[str]) -> list[Crumb]:
    """Return the steps below a map service: the map of a job, and what it has."""
    if len(names) < 2:
        return _steps(path, names)
    job_path = f"{path}/{names[0]}/{names[1]}"
    return [Crumb(f"Map of job {_shortened(names[1])}", job_path),
            *_steps(job_path, names[2:])]  # fmt: skip


def _image_steps(title: str, path: str, names: Sequence[str]) -> list[Crumb]:
    """Return the steps below the image services of jobs, which share no page."""
    raster = "/".join((path, *names[:3]))
    steps = [Crumb(title, "")]
    if len(names) > 2:
        steps.append(Crumb(f"{names[2]} of job {_shortened(names[1])}", raster))
    return [*steps, *_steps(raster, names[3:])]


def _shortened(name: str) -> str:
    return name if len(name) <= _MAX_CRUMB else f"{name[:_MAX_CRUMB]}…"


def _steps(path: str, names: Sequence[str]) -> list[Crumb]:
    return [
        Crumb(name, "/".join((path, *names[: index + 1])))
        for index, name in enumerate(names)
    ]


@dataclass(frozen=True, slots=True)
class Option:
    """One entry of a select."""

    value: str
    text: str
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class FormRow:
    """One row of a form. ``control`` is select, line, secret, area or fixed."""

    name: str
    label: str
    data_type: str
    control: str
    value: str = ""
    options: tuple[Option, ...] = ()
    lines: int = 1
    is_required: bool = False
    description: str = ""
    hint: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class OperationForm:
    """The form page of a task: its own inputs and what surrounds a run."""

    title: str
    button: str
    parameters: tuple[FormRow, ...]
    environment: tuple[FormRow, ...]
    other_problems: tuple[str, ...] = ()

    @property
    def refused(self) -> list[FormRow]:
        """The rows with a problem, in order."""
        rows = (*self.parameters, *self.environment)
        return [row for row in rows if row.problem]


_BUTTONS = {"execute": "Execute Task", "submitJob": "Submit Job"}
_FLAG = (("", "Default"), ("true", "true"), ("false", "false"))
_WKID = "A WKID such as 4326 or 102100, or JSON."
#: Name, label, data type, hint; a Boolean becomes a select.
_ENVIRONMENT = (
    ("env:outSR", "Output Spatial Reference", "SpatialReference", _WKID),
    ("env:processSR", "Process Spatial Reference", "SpatialReference", _WKID),
    ("context", "Context", "JSON", '{"outSR": …, "processSR": …, "extent": …}'),
    ("returnZ", "Return Z", "Boolean", ""),
    ("returnM", "Return M", "Boolean", ""),
    ("returnTrueCurves", "Return True Curves", "Boolean", ""),
    ("returnFeatureCollection", "Return Feature Collection", "Boolean", ""),
    ("returnColumnName", "Return Column Name", "Boolean", ""),
    ("simplifyFeatures", "Simplify Features", "Boolean", ""),
)


def form_text(raw: Any) -> str:
    """Return a raw value as it is typed into a form: JSON, a text bare."""
    if raw is None:
        return ""
    return raw if isinstance(raw, str) else json.dumps(raw, ensure_ascii=False)


def operation_form(
    task: PublishedTask,
    operation: str,
    sent: Mapping[str, str] | None = None,
    details: Sequence[str] = (),
) -> OperationForm:
    """Return the form of a task, filled with defaults or with what was sent.

    ``details`` of a refusal go to the rows that they name.
    """
    problems, others = _by_parameter(details)
    given = None if sent is None else {key.lower(): text for key, text in sent.items()}
    inputs = [one for one in task.visible if not one.is_output]
    own = [_row(one, given, problems.pop(one.name.lower(), "")) for one in inputs]
    around = [_environment_row(one, given or {}, problems) for one in _ENVIRONMENT]
    return OperationForm(
        title=task.title,
        button=_BUTTONS[operation],
        parameters=tuple(own),
        environment=tuple(around),
        other_problems=(
            *(f"{name}: {reason}" for name, reason in problems.items()),
            *others,
        ),
    )


def _by_parameter(details: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """Return the reasons in ``Parameter 'x': …`` by lower-case name, and the rest."""
    named, others = {}, []
    for text in details:
        head, found, reason = text.partition("': ")
        if found and head.startswith("Parameter '"):
            named[head.removeprefix("Parameter '").lower()] = reason
        else:
            others.append(text)
    return named, others


def _row(
    parameter: Parameter, given: Mapping[str, str] | None, problem: str
) -> FormRow:
    kind = parameter.data_type
    text = form_text(raw_default(parameter))
    if given is not None:
        text = given.get(parameter.name.lower(), "")
    options = _options(parameter, text)
    control = "select" if options else _control(kind, text)
    if parameter.constant:
        control, text = "fixed", form_text(parameter.default)
    if kind.is_secret:
        text = ""
    return FormRow(
        name=parameter.name,
        label=parameter.label or parameter.name.replace("_", " "),
        data_type=kind.name,
        control=control,
        value=text,
        options=options,
        lines=min(_LONGEST, max(2, 1 + len(text) // _MAX_LINE)),
        is_required=parameter.required,
        description=parameter.description,
        hint=advice(parameter),
        problem=problem,
    )


def _control(kind: DataType[Any], text: str) -> str:
    if kind.widget == "secret":
        return "secret"
    return "line" if _is_short(kind, text) else "area"


def _is_short(kind: DataType[Any], text: str) -> bool:
    is_data = kind.widget == "json"
    return not is_data and len(text) <= _MAX_LINE and "\n" not in text


def _options(parameter: Parameter, text: str) -> tuple[Option, ...]:
    name = parameter.data_type.name
    values = ("true", "false") if name == "GPBoolean" else parameter.choices
    if not values or name.startswith("GPMultiValue"):
        return ()
    known = text.lower() if name == "GPBoolean" else text
    listed = [Option(one, one, is_chosen=one == known) for one in values]
    if parameter.required and known in values:
        return tuple(listed)
    return (Option("", _blank(parameter)), *listed)


def _blank(parameter: Parameter) -> str:
    if parameter.required:
        return "Choose…"
    return "No value" if parameter.default is None else "Default"


def _environment_row(
    declared: tuple[str, str, str, str],
    given: Mapping[str, str],
    problems: dict[str, str],
) -> FormRow:
    name, label, kind, hint = declared
    text = given.get(name.lower(), "")
    options = tuple(Option(*one, is_chosen=one[0] == text.lower()) for one in _FLAG)
    return FormRow(
        name=name,
        label=label,
        data_type=kind,
        control="select" if kind == "Boolean" else "line",
        value=text,
        options=options if kind == "Boolean" else (),
        hint=hint,
        problem=problems.pop(name.lower(), ""),
    )
