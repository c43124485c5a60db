"""README and CONTRIBUTING keep their word: what they name is there and works."""

from __future__ import annotations

import importlib
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import shapely

from services.datatypes.base import DataType, plain_text, shown
from services.errors import InvalidValue
from services.geometry.features import FeatureSet
from services.registry import TOOL_PACKAGES, discover

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text("utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
TOOLS = (ROOT / "portal/docs/tools.md").read_text("utf-8")
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
VARIABLE = re.compile(r"\b(?:CAIRN_[A-Z0-9_]+[A-Z]|DATABASE_URL)\b")


def code_blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def rows(heading: str) -> list[str]:
    """The first cells of the table under a heading, without their back quotes."""
    section = README.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(r"^\| `([^`]+)`", section, re.MULTILINE)


def sources() -> str:
    files = [path for package in ("portal", "services", "jobs")
             for path in (ROOT / package).rglob("*.py")]  # fmt: skip
    return "\n".join(path.read_text("utf-8") for path in files)


def test_every_setting_is_in_the_table_and_no_other():
    assert {"HOST", "PORT"} | set(VARIABLE.findall(sources())) == set(rows("Settings"))


def test_every_tool_is_in_the_tables_and_no_other():
    listed = re.findall(r"^\| `([^`]+)`", TOOLS, re.MULTILINE)
    assert sorted(listed) == list(discover(TOOL_PACKAGES))


@pytest.mark.parametrize(
    "tool", discover(TOOL_PACKAGES).values(), ids=lambda one: one.id
)
def test_a_table_says_of_a_tool_what_it_says_itself_and_what_checks_it(tool):
    [cells] = re.findall(rf"^\| `{tool.id}` \| (.+) \|$", TOOLS, re.MULTILINE)
    summary, checked_against, agreement = cells.split(" | ")
    assert summary == tool.summary
    assert len(checked_against) > 10
    assert agreement


@pytest.mark.parametrize("text", [README, CONTRIBUTING], ids=["readme", "contributing"])
def test_every_target_of_make_and_every_link_is_there(text):
    targets = set(re.findall(r"`make ([a-z]+)", text))
    assert targets <= set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
    links = re.findall(r"\]\(([^)#:]+)\)", text)
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_example_of_a_tool_is_the_same_in_both():
    [readme] = code_blocks(README, "python")
    assert (
        readme.splitlines()[1:]
        == code_blocks(CONTRIBUTING, "python")[0].splitlines()[1:]
    )


def test_the_example_of_a_tool_works(tmp_path, monkeypatch):
    [module] = code_blocks(README, "python")
    (tmp_path / "counts.py").write_text(module, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    function = importlib.import_module("counts").count_vertices
    monkeypatch.delitem(sys.modules, "counts")
    assert function.tool.id == "counts.CountVertices"
    assert [one.name for one in function.tool.schema] == ["Features", "Vertices"]
    names = {"count_vertices": function, "shapely": shapely, "FeatureSet": FeatureSet}
    exec(code_blocks(CONTRIBUTING, "python")[1], names)
    names["test_a_square_has_its_corners_and_the_closing_vertex"]()


@dataclass(frozen=True)
class Colour:
    hex: str


def test_the_example_of_a_data_type_works():
    names = {"Colour": Colour, "DataType": DataType, "InvalidValue": InvalidValue,
             "plain_text": plain_text, "shown": shown, "Any": Any, "pytest": pytest,
             "_HEX": re.compile("#[0-9a-f]{6}")}  # fmt: skip
    exec("\n".join(code_blocks(CONTRIBUTING, "python")[2:4]), names)
    for raw in ["#1B9E77", " #1b9e77 ", b"#1b9e77"]:
        names["test_a_colour_is_read_in_any_case"](raw)
    kind = names["GPColour"]()
    assert kind.parse(kind.dump(Colour("#1b9e77"))) == Colour("#1b9e77")
    with pytest.raises(InvalidValue, match="not red"):
        kind.parse("red")
