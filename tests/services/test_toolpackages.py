"""Packages of tools of others: found in three ways, and broken ones harm nobody."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from portal.doctor.setup import tool_packages as examined
from services import registry, toolpackages
from services.checks import tool_packages_load
from services.errors import NotFound

TOOL = '''
from typing import Annotated

from services.tool import Param, tool


@tool(title="Double")
def {name}(number: Annotated[int, Param("Number", example=2)]) -> Annotated[int, Param("Twice")]:
    """Double a number."""
    return 2 * number
'''


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder of tools, which the settings name; read again by each test."""
    monkeypatch.setenv("CAIRN_TOOL_FOLDER", str(tmp_path))
    monkeypatch.setenv("CAIRN_TOOL_PACKAGES", "")
    registry.installation.cache_clear()
    yield tmp_path
    registry.installation.cache_clear()
    for name in [one for one in sys.modules if one.startswith("cairn_tool_folder")]:
        del sys.modules[name]


def found(name):
    return next(one for one in registry.installation().packages if one.name == name)


def test_a_file_in_the_folder_is_a_toolbox(folder):
    (folder / "maths.py").write_text(
        TOOL.format(name="double") + "__version__ = '1.5'\n"
    )
    assert registry.installed("maths.Double").function(4) == 8
    package = found("maths")
    assert (package.version, package.origin, package.errors) == (
        "1.5",
        f"folder {folder}",
        (),
    )
    assert len(package.fingerprint) == 64


def test_a_fingerprint_changes_with_the_source_alone(folder):
    (folder / "maths.py").write_text(TOOL.format(name="double"))
    [place] = toolpackages.places()
    first = toolpackages.load(place).fingerprint
    assert toolpackages.load(place).fingerprint == first
    (folder / "maths.py").write_text(TOOL.format(name="double") + "#\n")
    assert toolpackages.load(place).fingerprint != first


def test_a_package_in_the_folder_has_helpers_of_its_own(folder):
    (folder / "hydro").mkdir()
    (folder / "hydro" / "__init__.py").write_text("")
    (folder / "hydro" / "_two.py").write_text("TWO = 2\n")
    text = "from ._two import TWO\n" + TOOL.format(name="double")
    (folder / "hydro" / "flow.py").write_text(text)
    assert list(found("hydro").tools) == ["flow.Double"]


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("x = (1\n", 1, "SyntaxError"),
        ("\n\nimport not_there_at_all\n", 3, "ModuleNotFoundError"),
        ("def f():\n    1 / 0\n\nf()\n", 2, "ZeroDivisionError"),
        ("raise SystemExit(3)\n", 1, "SystemExit: 3"),
        (TOOL.format(name="double").replace('Annotated[int, Param("Number", example=2)]', "int"), 7,
         "DeclarationError: tool broken.Double: 'number' needs"),
    ],
    ids=["syntax", "import", "division", "exit", "declaration"],
)  # fmt: skip
def test_a_broken_module_is_told_with_file_and_line_and_harms_no_other(
    folder, text, line, says
):
    (folder / "broken.py").write_text(text)
    (folder / "maths.py").write_text(TOOL.format(name="double"))
    [error] = found("broken").errors
    assert (error.file, error.line) == (str(folder / "broken.py"), line)
    assert error.message.startswith(says)
    assert {"maths.Double", "proximity.Buffer"} <= set(registry.registry())
    with pytest.raises(
        NotFound, match=r"broken\.Double cannot be used: its package broken"
    ):
        registry.installed("broken.Double")
    [told] = tool_packages_load(None)
    assert f"{folder / 'broken.py'}, line {line}: {says}" in told.msg
    assert not told.is_serious()
    findings = {one.state: one.text for one in examined()}
    assert says in findings["warning"]
    assert findings["ok"] == "1 tool from maths."


def test_the_traceback_begins_in_the_package(folder):
    (folder / "broken.py").write_text("def f():\n    1 / 0\n\nf()\n")
    [error] = found("broken").errors
    assert "importlib" not in error.trace
    assert error.trace.count("broken.py") == 2


def test_what_the_settings_name_but_nobody_has_installed_is_told(folder, monkeypatch):
    monkeypatch.setenv("CAIRN_TOOL_PACKAGES", "nowhere.at_all")
    monkeypatch.setenv("CAIRN_TOOL_FOLDER", str(folder / "gone"))
    registry.installation.cache_clear()
    assert "No module named 'nowhere'" in found("nowhere.at_all").errors[0].message
    assert found(str(folder / "gone")).errors


def test_nobody_replaces_a_tool_of_cairn_or_of_a_package_before(folder):
    text = TOOL.format(name="buffer")
    (folder / "proximity.py").write_text(text)
    package = found("proximity")
    assert package.tools == {}
    assert "Cairn has one of this name" in package.errors[0].message
    assert (
        registry.installed("proximity.Buffer").function.__module__
        == "services.tools.proximity"
    )


def test_a_module_cannot_take_the_place_of_a_library(folder):
    (folder / "json.py").write_text(TOOL.format(name="double"))
    assert registry.installed("json.Double").function(4) == 8
    assert "cairn_tool_folder" not in sys.modules["json"].__name__


def test_a_distribution_names_its_tools_by_an_entry_point(folder, monkeypatch):
    monkeypatch.setenv("CAIRN_TOOL_FOLDER", "")
    (folder / "their_tools.py").write_text(TOOL.format(name="double"))
    info = folder / "their_project-2.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: their-project\nVersion: 2.1\n"
    )
    (info / "entry_points.txt").write_text("[cairn.tools]\nanything = their_tools\n")
    monkeypatch.syspath_prepend(str(folder))
    package = found("their-project")
    assert (package.version, package.origin) == ("2.1", "distribution their-project")
    assert list(package.tools) == ["their_tools.Double"]
    sys.modules.pop("their_tools")


_RUN = """
import django; django.setup()
import orjson
from jobs.child.call import Call
from jobs.processes.runner import close_all, runner
from services.registry import installed
for tool in ("maths.Double", "broken.Double"):
    try:
        schema = orjson.dumps(installed("maths.Double").schema.to_json())
        call = Call("execute", tool, schema, small={"Number": "21"}, folder="run")
        print(runner(1).run(call).body.decode())
    except Exception as exc:
        print(exc)
close_all()
"""


def test_a_child_process_has_the_same_tools(folder):
    (folder / "maths.py").write_text(TOOL.format(name="double"))
    (folder / "broken.py").write_text("import nothing_of_this_name\n")
    root = str(Path(__file__).resolve().parents[2])
    found = {"PYTHONPATH": root, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    done = subprocess.run([sys.executable, "-c", _RUN], cwd=folder, env=os.environ | found,
                          capture_output=True, text=True, check=True, timeout=60)  # fmt: skip
    first, second = done.stdout.splitlines()
    assert '"value":42' in first
    assert (
        second == "the tool broken.Double cannot be used: its package broken is broken"
    )
