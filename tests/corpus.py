"""The corpus of bad requests, and the tasks that its cases are sent to."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

from tests.bad_input_gen import build, evaluate, good
from tests.conftest import ROOT

Case = dict[str, Any]

FORM = "application/x-www-form-urlencoded"
#: Bytes of body that a service accepts by default.
LARGEST = 20 * 2**20
#: Reserved characters as clients send them, for texts too long for quote_plus.
_QUOTED = [(mark, quote_plus(mark)) for mark in '%{}[],:"&+= ']


def cases(*families: str) -> list[Case]:
    """Return the cases of some families, in the order of the corpus."""
    path = Path(__file__).parent / "data" / "bad_inputs.json"
    corpus: list[Case] = json.loads(path.read_text("utf-8"))
    return [case for case in corpus if case["family"] in families]


VALUES = cases(
    "json-syntax", "geometry-structure", "attributes", "spatial-reference",
    "linear-unit", "number", "choice", "date", "boolean",
)  # fmt: skip


@dataclass(frozen=True)
class Task:
    """A published tool: the wire name of each role it has, and good values."""

    tool_id: str
    roles: dict[str, str]
    good: dict[str, str]

    @property
    def url(self) -> str:
        name = self.tool_id.partition(".")[2]
        return f"{ROOT}/Toys/Service/GPServer/{name}/execute"

    def takes(self, case: Case) -> bool:
        return case["param"] in self.roles or case["param"].startswith("env:")

    def name(self, case: Case) -> str:
        """Return the parameter that a case fills."""
        role = str(case.get("only", case["param"]))
        return self.roles.get(role, role)

    def fields(self, case: Case) -> dict[str, str]:
        """Return good values for all parameters but the one of the case."""
        given = {"f": "json", **self.good, self.name(case): build(case)}
        if "with_features" in case:
            given[self.roles["features"]] = evaluate(case["with_features"])
        return given

    def words(self, case: Case) -> list[str]:
        """Return what a refusal must hold: the parameter, and the word of the case."""
        name = self.name(case)
        says = case.get("says", name)
        word = name if says == case["param"] else says
        return [f"{name.removeprefix('env:')}':", word]


_DISTANCE = '{"distance": 5, "units": "esriKilometers"}'
ASK = Task(
    "roles.Ask",
    {
        "features": "In_Features",
        "distance": "In_Unit",
        "number": "In_Double",
        "GPLong": "In_Long",
        "choice": "In_Choice",
        "date": "In_Date",
        "flag": "In_Boolean",
    },
    {
        "In_Features": good(),
        "In_Unit": _DISTANCE,
        "In_Double": "1.5",
        "In_Long": "7",
        "In_Choice": "ALL",
        "In_Date": "1700000000000",
        "In_Boolean": "true",
    },
)
BUFFER = Task(
    "proximity.Buffer",
    {"features": "Input_Features", "distance": "Distance", "flag": "Dissolve"},
    {"Input_Features": good(), "Distance": _DISTANCE},
)


def form(fields: dict[str, str]) -> str:
    """Encode a form."""
    return "&".join(f"{name}={_quoted(text)}" for name, text in fields.items())


def _quoted(text: str) -> str:
    if len(text) < 1_000_000:
        return quote_plus(text)
    for mark, quoted in _QUOTED:
        text = text.replace(mark, quoted)
    return text


def content(response: Any) -> str:
    """Return the text of a response."""
    body = b"".join(response) if response.streaming else response.content
    return str(body, "utf-8")
