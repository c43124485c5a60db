"""Forms of the catalogue's admin: what models alone cannot refuse or explain."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import QuerySet
from django.forms.models import BaseInlineFormSet
from django.utils.html import escape

from services.admin.fields import LinesField, WireValueField, told, wire_text
from services.admin.people import users_field
from services.errors import NotFound
from services.models import Service, Task, TaskParameter
from services.naming import TAKEN, name_problem
from services.narrowing import declared_parameter, problem_with
from services.registry import installed, publishable
from services.schema import CHOSEN, Parameter
from services.tool import DeclarationError

if TYPE_CHECKING:  # the generic classes exist only for the type checker
    ServiceModelForm = forms.ModelForm[Service]
    TaskModelForm = forms.ModelForm[Task]
    ParameterModelForm = forms.ModelForm[TaskParameter]
    TaskInlineFormSet = BaseInlineFormSet[Task, Service, TaskModelForm]
    ParameterInlineFormSet = BaseInlineFormSet[TaskParameter, Task, ParameterModelForm]
else:
    ServiceModelForm = forms.ModelForm
    TaskModelForm = ParameterModelForm = forms.ModelForm
    TaskInlineFormSet = ParameterInlineFormSet = BaseInlineFormSet


_ROWS = {"description": 5, "access_information": 2, "license_info": 2}


class ServiceForm(ServiceModelForm):
    """A service; its name is unique in its folder in any case."""

    allowed_users = users_field("Users", "They count as the groups do.")

    class Meta:
        labels: ClassVar = {
            "max_run_seconds": "Maximum run time (s)",
            "max_wait_seconds": "Maximum wait (s)",
            "keep_jobs_hours": "Keep finished jobs (h)",
            "keep_jobs_mb": "Keep finished jobs (MB)",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, rows in _ROWS.items():
            if name in self.fields:
                self.fields[name].widget.attrs["rows"] = rows
        for name in ("summary", "tags", "stop_reason"):
            if name in self.fields:
                self.fields[name].widget.attrs["class"] = "vLargeTextField"

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if values.get("name") and "folder" in values:
            problem = name_problem(values["folder"], values["name"], self.instance.pk)
            if problem and "name" not in self.errors:
                self.add_error("name", problem)
        return values


class TaskForm(TaskModelForm):
    """A task; a new one publishes a tool, under the tool's name if none is given."""

    class Meta:
        labels: ClassVar = {"help_url": "Help URL"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "tool_id" in self.fields:
            self.fields["tool_id"] = self._tool_field()
        services = self.fields.get("service")
        if isinstance(services, forms.ModelChoiceField) and services.queryset:
            services.queryset = services.queryset.select_related("folder")
        if self.instance.pk:
            _show_declared(self.fields, _declared_texts(self.instance))
        elif "name" in self.fields:
            self.fields["name"].required = False
            self.fields["name"].help_text = "Blank: the name of the tool."

    def _tool_field(self) -> forms.ChoiceField:
        tool_id = self.instance.tool_id if self.instance.pk else ""
        if tool_id:
            label = tool_label(tool_id)
            return forms.ChoiceField(choices=[(tool_id, label)], disabled=True)
        try:
            return forms.ChoiceField(label="Tool", choices=_tool_choices())
        except DeclarationError as exc:
            problem = escape(f"The tools cannot be listed: {exc}")
            return forms.ChoiceField(label="Tool", help_text=problem)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        tool = publishable().get(values.get("tool_id", ""))
        if tool and not values.get("name") and "name" not in self.errors:
            values["name"] = tool.name
        service = values.get("service") or getattr(self.instance, "service", None)
        if service is not None and service.pk and values.get("name"):
            others = service.tasks.exclude(pk=self.instance.pk)
            if others.filter(name__iexact=values["name"]).exists():
                self.add_error("name", TAKEN.format("task"))
        return values


class TaskFormSet(TaskInlineFormSet):
    """The tasks of a service; new ones come last, no two share a name in any case."""

    def add_fields(self, form: TaskModelForm, index: int | None) -> None:
        super().add_fields(form, index)
        whose = "of a new task"
        if form.instance.pk:
            whose = f"of the task {form.instance.name}"
        for field in form.fields.values():  # a table has heads, not labels
            field.widget.attrs["aria-label"] = f"{field.label}, {whose}"

    def clean(self) -> None:
        seen: set[str] = set()
        for form in self.forms:
            values = getattr(form, "cleaned_data", {})
            if values.get("DELETE") or not values.get("name"):
                continue
            name = values["name"].lower()
            if name in seen:
                form.add_error("name", TAKEN.format("task"))
            seen.add(name)
        super().clean()

    def save_new(self, form: TaskModelForm, commit: bool = True) -> Task:
        form.instance.position = form.instance.position or self.instance.tasks.count()
        return super().save_new(form, commit)


def _tool_choices() -> list[Any]:
    groups: dict[str, list[tuple[str, str]]] = {}
    for one in publishable().values():
        entry = (one.id, f"{one.title} ({one.id})")
        groups.setdefault(one.category or "Other", []).append(entry)
    return [("", "Choose a tool"), *sorted(groups.items())]


def tool_label(tool_id: str) -> str:
    """Return ``Title (toolbox.Tool)``, or the id with a remark if it is gone."""
    try:
        return f"{installed(tool_id).title} ({tool_id})"
    except NotFound:
        return f"{tool_id} (not installed)"


def _declared_texts(task: Task) -> dict[str, str]:
    try:
        tool = installed(task.tool_id)
    except NotFound:
        return {}
    description = f"{tool.summary}\n\n{tool.description}".strip()
    return {"title": tool.title, "description": description, "category": tool.category}


def _show_declared(fields: dict[str, forms.Field], texts: dict[str, Any]) -> None:
    for name in texts.keys() & fields.keys():
        text = texts[name]
        fields[name].widget.attrs["placeholder"] = told(text)


class ParameterForm(ParameterModelForm):
    """An input or output: blank fields stay as the tool declares them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.pk:  # the empty form, never shown
            return
        declared = declared_parameter(self.instance)
        if "default" in self.fields:
            self.fields["default"] = _default_field(declared)
        if "choices" in self.fields:
            self.fields["choices"] = _choices_field(declared)
        if "description" in self.fields:
            self.fields["description"].widget.attrs["rows"] = 3
        if declared.is_output and "mode" in self.fields:
            self.fields["mode"] = forms.ChoiceField(
                choices=[("user", "Shown"), ("hidden", "Hidden")]
            )
        elif "mode" in self.fields and declared.data_type.name not in CHOSEN:
            left = [one for one in TaskParameter.Mode.choices if one[0] != "choice"]
            self.fields["mode"] = forms.ChoiceField(choices=left)
        texts = {
            "label": declared.label or declared.name.replace("_", " "),
            "description": declared.description,
            "category": declared.category,
            "minimum": _number(declared.minimum),
            "maximum": _number(declared.maximum),
        }
        _show_declared(self.fields, texts)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if values.get("mode") == TaskParameter.Mode.CHOICE and "choices" in values:
            declared = declared_parameter(self.instance)
            if not (values["choices"] or declared.choices):
                self.add_error("choices", "Write the texts to choose from, one a line.")
        return values

    def add_error(self, field: str | None, error: Any) -> None:
        """Put what the row as a whole is refused for beside the field to blame."""
        general = getattr(error, "error_dict", {}).pop(NON_FIELD_ERRORS, None)
        if general:
            super().add_error(*self._blame(general))
        if not general or error.error_dict:
            super().add_error(field, error)

    def _blame(self, errors: list[ValidationError]) -> tuple[str, Any]:
        """Return the field without whose entry the row would do, and what to say."""
        blank: dict[str, Any] = dict.fromkeys(
            ("default", "choices", "minimum", "maximum")
        )
        blank |= {"label": "", "description": ""}
        for name, value in blank.items():
            probe = copy.copy(self.instance)
            setattr(probe, name, value)
            if name in self.fields and not problem_with(probe):
                return name, self._with_own_value(name, errors)
        return ("default" if "default" in self.fields else "mode"), errors

    def _with_own_value(self, name: str, errors: list[ValidationError]) -> Any:
        declared = declared_parameter(self.instance)
        own = declared.default if declared.default is not None else declared.example
        if name == "default" or self.instance.default is not None or own is None:
            return errors
        text = wire_text(declared.data_type, own)
        return [*errors, ValidationError(f"The tool's own value here is {text}.")]


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.15g}"


def _default_field(declared: Parameter) -> WireValueField:
    example = wire_text(declared.data_type, declared.example)
    hint = "Used when the client sends none."
    if example and len(example) <= 80:
        hint += f" For example: {example}"
    return WireValueField(declared, help_text=escape(hint))


def _choices_field(declared: Parameter) -> LinesField:
    hint = "One text a line; only these are accepted."
    if declared.choices:
        hint += " The tool accepts no others than the ones it declares."
    field = LinesField(label="Choice list", help_text=hint)
    says = "\n".join(declared.choices)
    rows = min(12, max(3, len(declared.choices) + 1))
    field.widget.attrs["placeholder"] = told(f"\n{says}" if says else "")
    field.widget.attrs["rows"] = rows
    return field


def _names(tool_id: str, *, outputs: bool) -> list[str]:
    try:
        schema = installed(tool_id).schema
    except NotFound:
        return []
    return [one.name for one in (schema.outputs if outputs else schema.inputs)]


class InputFormSet(ParameterInlineFormSet):
    """The rows of a task whose parameter is an input that the tool still has."""

    outputs = False
    _kept: QuerySet[TaskParameter] | None = None

    def get_queryset(self) -> QuerySet[TaskParameter]:
        if self._kept is None:
            names = _names(self.instance.tool_id, outputs=self.outputs)
            self._kept = super().get_queryset().filter(name__in=names)
            for row in self._kept:
                row.task = self.instance  # else each row reads its task again
        return self._kept


class OutputFormSet(InputFormSet):
    """The rows of a task whose parameter is an output."""

    outputs = True
