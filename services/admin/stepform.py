"""The form of one step of a model: a value for each input, order, condition, rounds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

from django import forms
from django.contrib.admin.widgets import AdminTextareaWidget, AdminTextInputWidget

from services.admin.fields import wire_text, wire_value
from services.datatypes.multivalue import GPMultiValue
from services.errors import InvalidValue
from services.modeling.choices import binding_of, first_two, joined, key_of, offered
from services.modeling.definition import (
    Binding,
    Condition,
    Constant,
    Definition,
    FirstOf,
    FromParameter,
    Iteration,
    Measure,
    Operator,
    Step,
)
from services.modeling.editing import input_like, with_input, with_step
from services.modeling.offers import Tools
from services.schema import Parameter
from services.wire import decode

NEW_INPUT = "new"
CONSTANT = "constant"
_OPERATORS: tuple[tuple[Operator, str], ...] = (
    ("==", "is"), ("!=", "is not"), ("<", "is less than"), ("<=", "is at most"),
    (">", "is more than"), (">=", "is at least"),
)  # fmt: skip
_WAYS = (
    ("", "Once"),
    ("feature", "Once for each feature or row"),
    ("field", "Once for each value of a field"),
    ("value", "Once for each value of a list"),
)


class StepForm(forms.Form):
    """One step; ``rows`` are the fields of each input of its tool, side by side."""

    title = forms.CharField(
        max_length=80, required=False, widget=AdminTextInputWidget,
        help_text="Names the step in messages.",
    )  # fmt: skip
    keep = forms.BooleanField(
        required=False, label="Keep what it makes",
        help_text="All outputs of the step become outputs of the model.",
    )  # fmt: skip
    after = forms.MultipleChoiceField(
        required=False, label="Runs only after", widget=forms.CheckboxSelectMultiple,
        help_text="Steps that must have run, besides those whose outputs it takes.",
    )  # fmt: skip
    of = forms.ChoiceField(required=False, label="Runs only if")
    measure = forms.ChoiceField(
        required=False, label="Compared", choices=[
            ("value", "The value itself"),
            ("count", "How many features, rows or values there are"),
        ],
    )  # fmt: skip
    operator = forms.ChoiceField(required=False, label="Comparison", choices=_OPERATORS)
    to = forms.CharField(
        required=False, label="With", widget=AdminTextInputWidget,
        help_text="A number, true, false, or a text.",
    )  # fmt: skip
    otherwise = forms.ChoiceField(
        required=False, label="Else-branch of",
        help_text="Runs if the condition of that step does not hold.",
    )  # fmt: skip
    by = forms.ChoiceField(required=False, label="How often", choices=_WAYS)
    each = forms.ChoiceField(required=False, label="Of the input")
    field = forms.CharField(required=False, label="Field", widget=AdminTextInputWidget)

    def __init__(
        self, model: Definition, step: Step, tools: Tools, *args: Any, **kwargs: Any
    ) -> None:
        self.model, self.step, self.tool = model, step, tools[step.id]
        super().__init__(*args, **{"initial": _initial(step)} | kwargs)
        others = [one for one in model.steps if one.id != step.id]
        named = [(one.id, one.title or one.id) for one in others]
        all_of = [(key_of(x), text) for x, text in offered(model, tools, step=step)]
        self._choose("after", named)
        self._choose("of", [("", "No condition"), *all_of])
        branched = [(one.id, one.title or one.id) for one in others if one.condition]
        self._choose("otherwise", [("", "None"), *branched])
        inputs = self.tool.schema.inputs
        self._choose("each", [("", "None"), *((x.name, _named(x)) for x in inputs)])
        for wanted in inputs:
            self._add(wanted, tools)

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        field: Any = self.fields[name]
        field.choices = choices

    def _add(self, wanted: Parameter, tools: Tools) -> None:
        """Add the fields of one input of the tool."""
        binding = self.step.inputs.get(wanted.name)
        first, other = first_two(binding)
        found = offered(self.model, tools, wanted.data_type, self.step)
        fitting = [(key_of(one), text) for one, text in found]
        blank = "Nothing yet" if wanted.required else "As the tool has it"
        secret = wanted.data_type.is_secret
        own = [] if secret else [(CONSTANT, "The value written here")]
        self.fields[f"from-{wanted.name}"] = forms.ChoiceField(
            label=_named(wanted), required=False, initial=key_of(first),
            choices=[("", blank), *own, (NEW_INPUT, "A new input of the model"),
                     *fitting],
        )  # fmt: skip
        constant = first if isinstance(first, Constant) else other
        shown = constant.value if isinstance(constant, Constant) else None
        self.fields[f"value-{wanted.name}"] = forms.CharField(
            label=f"Value of {_named(wanted)}", required=False, strip=False,
            initial=_text(wanted, shown), widget=AdminTextareaWidget({"rows": 2}),
        )  # fmt: skip
        self.fields[f"or-{wanted.name}"] = forms.ChoiceField(
            label=f"If {_named(wanted)} has no value", required=False,
            initial=key_of(other), choices=[("", "Nothing else"), *own, *fitting],
        )  # fmt: skip

    @property
    def rows(self) -> Iterator[dict[str, Any]]:
        """The fields of each input, with what the tool says of it."""
        for wanted in self.tool.schema.inputs:
            example = wanted.default if wanted.default is not None else wanted.example
            yield {
                "wanted": wanted,
                "name": _named(wanted),
                "says": _text(wanted, example)[:200],
                "source": self[f"from-{wanted.name}"],
                "value": self[f"value-{wanted.name}"],
                "other": self[f"or-{wanted.name}"],
            }

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        self.changed = self.model
        bound: dict[str, Binding] = {}
        for wanted in self.tool.schema.inputs:
            binding = self._bound(wanted, values)
            if binding is not None:
                bound[wanted.name] = binding
        condition = self._condition(values)
        if values.get("by") and not values.get("each"):
            self.add_error("each", "Choose the input that the step goes through.")
        if not self.errors:
            self._make(values, bound, condition)
        return values

    def _bound(self, wanted: Parameter, values: dict[str, Any]) -> Binding | None:
        source, other = (values.get(f"{x}-{wanted.name}", "") for x in ("from", "or"))
        if source == NEW_INPUT:
            made = input_like(self.changed, wanted)
            self.changed = with_input(self.changed, made)
            return FromParameter(made.name)
        first = self._plain(wanted, source, values)
        then = self._plain(wanted, other, values) if other else None
        several = self.step.inputs.get(wanted.name)
        if isinstance(several, FirstOf) and several.bindings[:2] == (first, then):
            return several  # more than two: those that no field shows stay
        return joined(first, cast(Any, then))

    def _plain(
        self, wanted: Parameter, key: str, values: dict[str, Any]
    ) -> Binding | None:
        if key != CONSTANT:
            return binding_of(key)
        name = f"value-{wanted.name}"
        text = values.get(name, "").replace("\r\n", "\n")
        old = self.step.inputs.get(wanted.name)
        if isinstance(old, Constant) and text == _text(wanted, old.value):
            return old
        is_list = values.get("by") == "value" and values.get("each") == wanted.name
        try:
            return Constant(_values(wanted, text) if is_list
                            else wire_value(wanted.data_type, text))  # fmt: skip
        except InvalidValue as exc:
            self.add_error(name, f"{wanted.data_type.name}: {exc}.")
            return None

    def _condition(self, values: dict[str, Any]) -> Condition | None:
        of = binding_of(values.get("of", ""))
        if of is None:
            return None
        if not values.get("to"):
            self.add_error("to", "Write what it is compared with.")
        to: Any = values.get("to", "")
        try:
            found = decode(to)
            to = found if isinstance(found, bool | int | float | str) else to
        except InvalidValue:
            pass  # a text without quotation marks
        measure: Measure = "count" if values.get("measure") == "count" else "value"
        return Condition(of, values.get("operator") or "==", to, measure)

    def _make(
        self, values: dict[str, Any], bound: dict[str, Binding],
        condition: Condition | None,
    ) -> None:  # fmt: skip
        each = None
        if values["by"]:
            field = values["field"] if values["by"] == "field" else ""
            each = Iteration(values["each"], values["by"], field)
        step = replace(
            self.step, title=values["title"], inputs=bound, keep=values["keep"],
            after=tuple(values["after"]), condition=condition,
            otherwise=values["otherwise"], each=each,
        )  # fmt: skip
        self.changed = with_step(self.changed, step)


def _values(wanted: Parameter, text: str) -> list[Any]:
    """Return the members of a list that a step is to go through, one a line."""
    kind = GPMultiValue(wanted.data_type)
    lines = [one for one in text.splitlines() if one.strip()]
    if text.lstrip().startswith("["):
        found: list[Any] = wire_value(kind, text)
        return found
    return [wire_value(wanted.data_type, one) for one in lines]


def _text(wanted: Parameter, value: Any) -> str:
    return wire_text(wanted.data_type, value)


def _named(wanted: Parameter) -> str:
    return wanted.label or wanted.name.replace("_", " ")


def _initial(step: Step) -> dict[str, Any]:
    condition, each = step.condition, step.each
    given = {
        "title": step.title, "keep": step.keep, "after": list(step.after),
        "otherwise": step.otherwise,
    }  # fmt: skip
    if condition:
        to = condition.to
        shown = str(to).lower() if isinstance(to, bool) else str(to)
        given |= {"of": key_of(condition.of), "measure": condition.measure,
                  "operator": condition.operator, "to": shown}  # fmt: skip
    if each:
        given |= {"by": each.by, "each": each.input, "field": each.field}
    return given
