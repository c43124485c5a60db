"""Models for tests, as JSON; and a context that remembers what it is told."""

from __future__ import annotations

import re

from services.modeling.checking import faults_of
from services.modeling.linking import model_tool
from services.modeling.reading import read_definition
from services.registry import installed


def step(step_id, tool, /, after=None, **inputs):
    """A step; inputs are bindings: ``"step.Output"``, ``"$Parameter"`` or a constant."""
    made = {"id": step_id, "tool": tool}
    extra = {key: inputs.pop(key) for key in ("each", "condition", "otherwise", "keep")
             if key in inputs}  # fmt: skip
    made["inputs"] = {name: binding(one) for name, one in inputs.items()}
    return made | extra | ({"after": after} if after else {})


def binding(text):
    if isinstance(text, str) and text.startswith("$"):
        return {"parameter": text[1:]}
    if isinstance(text, str) and re.fullmatch(r"[a-z]+\.\w+", text):
        name, _, output = text.partition(".")
        return {"step": name, "output": output}
    return {"value": text}


def model(*steps, name="Test", inputs=(), **outputs):
    """A model; outputs are named ``"step.Output"``."""
    return {
        "format": 1, "name": name, "title": name, "description": "A test.",
        "inputs": [{"name": one, "dataType": kind} if isinstance(kind, str)
                   else {"name": one} | kind for one, kind in dict(inputs).items()],
        "steps": list(steps),
        "outputs": [{"name": one, "source": binding(source) if isinstance(source, str)
                     else source} for one, source in outputs.items()],
    }  # fmt: skip


def faults(document):
    return [str(one) for one in faults_of(read_definition(document), installed)]


def made(document, tool_id="models.Test@1", find=installed):
    """Return a model as a tool, once it has no faults."""
    definition = read_definition(document)
    assert [str(one) for one in faults_of(definition, find)] == []
    return model_tool(tool_id, definition, find)


class Heard:
    """A context that remembers."""

    def __init__(self, folder):
        self.scratch = folder
        self.messages, self.warnings, self.percents, self.records = [], [], [], {}
        self.texts = []

    def message(self, text):
        self.messages.append(text)

    def warn(self, text):
        self.warnings.append(text)

    def progress(self, percent, text=""):
        self.percents.append(percent)
        self.texts.append(text)

    def step(self, record):
        self.records[record["id"]] = record

    @property
    def states(self):
        return {name: one["state"] for name, one in self.records.items()}
