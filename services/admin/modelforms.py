"""Forms in which a model is edited without a script: texts, inputs, outputs, JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.admin.widgets import AdminTextareaWidget, AdminTextInputWidget
from django.core.exceptions import ValidationError
from django.db import transaction

from services.admin.fields import LinesField, wire_text, wire_value
from services.datatypes import data_type, data_type_names
from services.editing import edited
from services.errors import InvalidValue
from services.modelbox import import_model, plain_json
from services.modeling.choices import binding_of, first_two, joined, key_of, offered
from services.modeling.definition import Definition, ModelOutput, parameter_json
from services.modeling.editing import names_in
from services.modeling.offers import Tools
from services.modeling.reading import InvalidDefinition, read_definition, read_parameter
from services.models import Model, Service
from services.schema import Parameter, check_parameter
from services.tool import name_problems

if TYPE_CHECKING:  # the generic class exists only for the type checker
    NewModelForm = forms.ModelForm[Model]
else:
    NewModelForm = forms.ModelForm

_GEOMETRIES = (
    ("esriGeometryPoint", "Points"),
    ("esriGeometryMultipoint", "Multipoints"),
    ("esriGeometryPolyline", "Lines"),
    ("esriGeometryPolygon", "Polygons"),
)
_NO_FORM = ("GPValueTable", "GPComposite")
NONE = ("", "Nothing")


class AddModelForm(NewModelForm):
    """A new model: empty, or made of JSON."""

    json = forms.CharField(
        label="JSON", required=False, widget=AdminTextareaWidget({"rows": 8}),
        help_text="A model that was exported, or a definition. It has a name itself.",
    )  # fmt: skip
    file = forms.FileField(label="Or a file", required=False, help_text="The same.")

    class Meta:
        model = Model
        fields = ("name",)

    document: Any = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].required = False
        self.fields["name"].help_text = "Letters, digits and _. It stays as it is."

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        file = values.get("file")
        text = file.read() if file else values.get("json", "").strip()
        if text:
            self.document = _importable(text, "file" if file else "json")
        elif not values.get("name") and "name" not in self.errors:
            self.add_error("name", "A model needs a name, or JSON with one.")
        return values


def _importable(text: str | bytes, field: str) -> Any:
    """Return the JSON of a model that can be stored. Raises ValidationError."""
    try:
        document = plain_json(text)
        with transaction.atomic():
            import_model(document)
            transaction.set_rollback(True)
    except InvalidDefinition as exc:
        raise ValidationError({field: list(exc.problems)}) from None
    return document


class JSONForm(forms.Form):
    """The draft as JSON: what the other pages do not offer can be written here."""

    json = forms.CharField(label="JSON", widget=AdminTextareaWidget({"rows": 30}))

    def clean_json(self) -> Definition:
        try:
            return read_definition(plain_json(self.cleaned_data["json"]))
        except InvalidDefinition as exc:
            raise ValidationError(list(exc.problems)) from None


class TextsForm(forms.Form):
    """Title and description."""

    title = forms.CharField(max_length=200, required=False, widget=AdminTextInputWidget)
    description = forms.CharField(
        required=False, widget=AdminTextareaWidget({"rows": 8}),
        help_text="The first line sums the model up.",
    )  # fmt: skip


class PublishForm(forms.Form):
    """The service in which the newest version becomes a task."""

    service = forms.ModelChoiceField(Service.objects.none(), empty_label="Choose one")

    def __init__(self, user: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        services = Service.objects.filter(edited(user)).select_related("folder")
        field: Any = self.fields["service"]
        field.queryset = services


class InputForm(forms.Form):
    """An input of the model; what has no field here stays as it is."""

    name = forms.CharField(max_length=100, widget=AdminTextInputWidget)
    label = forms.CharField(
        label="Display name", max_length=200, required=False,
        widget=AdminTextInputWidget,
    )  # fmt: skip
    data_type = forms.ChoiceField(label="Data type")
    required = forms.BooleanField(label="A value is required", required=False)
    default = forms.CharField(
        required=False, widget=AdminTextareaWidget({"rows": 3}), strip=False,
        help_text="Stands in for a value that is not given.",
    )  # fmt: skip
    example = forms.CharField(
        required=False, widget=AdminTextareaWidget({"rows": 3}), strip=False,
        help_text="Fills the form of a required input.",
    )  # fmt: skip
    choices = LinesField(label="Choice list", help_text="One text a line.")
    minimum = forms.FloatField(required=False)
    maximum = forms.FloatField(required=False)
    geometry_types = forms.MultipleChoiceField(
        choices=_GEOMETRIES, required=False, widget=forms.CheckboxSelectMultiple,
        help_text="Of features; none chosen: any.",
    )  # fmt: skip
    description = forms.CharField(
        required=False, widget=AdminTextareaWidget({"rows": 3})
    )

    def __init__(
        self, model: Definition, parameter: Parameter | None, *args: Any, **kwargs: Any
    ) -> None:
        self.model, self.parameter = model, parameter
        if parameter is not None:
            kwargs["initial"] = _initial(parameter)
        super().__init__(*args, **kwargs)
        kind: Any = self.fields["data_type"]
        kind.choices = _type_choices(parameter)
        if parameter is not None:
            self.fields["name"].disabled = True
            kind.disabled = bool(
                parameter.data_type.columns or parameter.data_type.form
            )

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        taken = names_in(self.model)
        others = [one for one in taken if self.parameter is None or one != name]
        for problem in name_problems([*others, name]):
            if problem.parameter == name:
                raise ValidationError(f"{problem.message}.")
        return name

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if not self.errors:
            self._make(values)
        return values

    def _make(self, values: dict[str, Any]) -> None:
        """Set ``made`` to the parameter of the form, or say what is wrong with it."""
        old = parameter_json(self.parameter) if self.parameter else {}
        kind = self.parameter.data_type if self.parameter else None
        if kind is None or kind.name != values["data_type"]:
            kind = data_type(values["data_type"])
        document = old | {
            "name": values["name"], "dataType": kind.name, "label": values["label"],
            "description": values["description"], "required": values["required"],
            "choices": values["choices"] or [], "minimum": values["minimum"],
            "maximum": values["maximum"], "geometryTypes": values["geometry_types"],
        }  # fmt: skip
        for name in ("default", "example"):
            try:
                text = values[name].replace("\r\n", "\n")
                document[name] = wire_value(kind, text) if text.strip() else None
            except InvalidValue as exc:
                self.add_error(name, f"{kind.name}: {exc}.")
                return
        try:
            self.made = read_parameter(document)
            check_parameter(self.made)
        except InvalidValue as exc:
            self.add_error(None, f"{exc}.")


def _initial(one: Parameter) -> dict[str, Any]:
    return {
        "name": one.name, "label": one.label, "data_type": one.data_type.name,
        "required": one.required, "default": wire_text(one.data_type, one.default),
        "example": wire_text(one.data_type, one.example), "choices": list(one.choices),
        "minimum": one.minimum, "maximum": one.maximum,
        "geometry_types": list(one.geometry_types), "description": one.description,
    }  # fmt: skip


def _type_choices(parameter: Parameter | None) -> list[tuple[str, str]]:
    names = [one for one in data_type_names() if one not in _NO_FORM]
    own = parameter.data_type.name if parameter else ""
    return [(one, one) for one in dict.fromkeys([*filter(None, [own]), *names])]


class OutputForm(forms.Form):
    """An output of the model, and the step that makes it."""

    name = forms.CharField(max_length=100, widget=AdminTextInputWidget)
    label = forms.CharField(
        label="Display name", max_length=200, required=False,
        widget=AdminTextInputWidget,
    )  # fmt: skip
    source = forms.ChoiceField(label="What it is")
    other = forms.ChoiceField(
        label="Or, if that has no value", required=False,
        help_text="Joins two branches: the first that has a value counts.",
    )  # fmt: skip
    description = forms.CharField(
        required=False, widget=AdminTextareaWidget({"rows": 3})
    )

    def __init__(
        self, model: Definition, tools: Tools, output: ModelOutput | None,
        *args: Any, **kwargs: Any,
    ) -> None:  # fmt: skip
        self.model, self.output = model, output
        if output is not None:
            first, other = first_two(output.source)
            kwargs["initial"] = {
                "name": output.name, "label": output.label, "source": key_of(first),
                "other": key_of(other), "description": output.description,
            }  # fmt: skip
        super().__init__(*args, **kwargs)
        made = [(key_of(one), text) for one, text in offered(model, tools)
                if key_of(one).startswith("step:")]  # fmt: skip
        source: Any = self.fields["source"]
        other_field: Any = self.fields["other"]
        source.choices = [("", "Choose one"), *made]
        other_field.choices = [NONE, *made]
        if output is not None:
            self.fields["name"].disabled = True

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        taken = names_in(self.model)
        if self.output is None and name.lower() in {one.lower() for one in taken}:
            raise ValidationError("The model has an input or output of this name.")
        for problem in name_problems([name]):
            raise ValidationError(f"{problem.message}.")
        return name

    def made(self) -> ModelOutput:
        """Return the output of a form that is valid."""
        values = self.cleaned_data
        source = joined(binding_of(values["source"]), binding_of(values["other"]))
        if source is None:
            raise ValueError("the source of a valid form is a step")
        return ModelOutput(
            values["name"], source, values["label"], values["description"]
        )
