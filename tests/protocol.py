"""The page of what is served of the protocol, made from the marks of the tests.

``python -m tests.protocol`` writes it; a test says if it is out of date.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "portal" / "docs" / "protocol.md"

SECTIONS = {
    "0": "Rules for every resource",
    "1": "Catalogue, server info, health check",
    "2": "Service",
    "3": "Task",
    "4": "execute",
    "5": "submitJob, job, cancel, results, inputs, validate",
    "6": "Data types",
    "7": "Uploads",
    "8": "Tokens and errors",
    "9": "Result map service and hosted outputs",
    "10": "Administrator REST",
    "11": "Services Directory",
    "12": "Quirks and versions",
    "clients": "Demands of real clients",
}

#: Every row, and behind " -- " why it is not served.
LIST = ROOT / "tests" / "protocol_rows.txt"


def listed() -> list[tuple[str, str]]:
    """Return the rows in the order of the list, each with its reason, "" if served."""
    lines = LIST.read_text("utf-8").splitlines()
    kept = [line for line in lines if line and not line.startswith("#")]
    return [(row, why) for row, _, why in (line.partition(" -- ") for line in kept)]


def marks(folder: Path = ROOT / "tests") -> Iterator[tuple[str, str, str]]:
    """Yield (row, file, test) for every protocol mark of every test."""
    for path in sorted(folder.rglob("test_*.py")):
        module = ast.parse(path.read_text("utf-8"))
        of_all = list(_rows(_pytestmark(module)))
        for node in ast.walk(module):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                where = path.relative_to(ROOT).as_posix()
                rows = [*_rows(node.decorator_list), *of_all]
                yield from ((row, where, node.name) for row in rows)


def _pytestmark(module: ast.Module) -> list[ast.expr]:
    """Return the marks that a file gives to all of its tests."""
    return [
        node.value
        for node in module.body
        if isinstance(node, ast.Assign)
        and any(getattr(one, "id", "") == "pytestmark" for one in node.targets)
    ]


def _rows(marked: Iterable[ast.expr]) -> Iterator[str]:
    for expression in marked:
        for call in ast.walk(expression):
            is_mark = isinstance(call, ast.Call) and isinstance(
                call.func, ast.Attribute
            )
            if is_mark and call.func.attr == "protocol":  # type: ignore[attr-defined]
                for argument in call.args:  # type: ignore[attr-defined]
                    yield ast.literal_eval(argument)


def page() -> str:
    """Return the page as Markdown, its rows in the order of the list."""
    by_row: dict[str, list[tuple[str, str]]] = {}
    for row, where, name in marks():
        by_row.setdefault(row, []).append((where, name))
    lines = [
        "# What is served of the GPServer protocol",
        "",
        "Made from the marks of the tests by `python -m tests.protocol`. The numbers are"
        " those of the reference that the portal was built by: 0 to 12 the protocol,"
        " `clients` what existing clients were seen to need.",
        "",
    ]
    for section, title in SECTIONS.items():
        rows = [row for row, why in listed() if _section(row) == section and not why]
        lines += [f"## {section} {title}".strip(), "", "| row | shown by |",
                  "|---|---|"]  # fmt: skip
        lines += [f"| {_cell(row)} | {_tests(by_row.get(row, []))} |" for row in rows]
        lines.append("")
    lines += ["## Not served, and why", "", "| row | why |", "|---|---|"]
    lines += [f"| {_cell(row)} | {why} |" for row, why in listed() if why]
    return "\n".join(lines) + "\n"


def _section(row: str) -> str:
    found = re.match(r"\d+|clients", row)
    return found.group() if found else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _tests(found: list[tuple[str, str]]) -> str:
    files: dict[str, list[str]] = {}
    for where, name in found:
        files.setdefault(where, []).append(name)
    return "; ".join(
        f"`{where.removeprefix('tests/')}`: {_names(names)}"
        for where, names in files.items()
    )


def _names(names: list[str]) -> str:
    texts = [name.removeprefix("test_").replace("_", " ") for name in names]
    more = f" and {len(texts) - 2} more" if len(texts) > 2 else ""
    return ", ".join(texts[:2]) + more


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
