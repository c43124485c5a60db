"""The page of what the portal guarantees, made from the docstrings of the tests.

A test that shows guarantees names them in its docstring, as in ``\"\"\"G1 G2\"\"\"``.
``python -m tests.guarantees`` writes the page; a test says if it is out of date.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "portal" / "docs" / "guarantees.md"

GUARANTEES = {
    1: "A job whose number was answered is never lost, nor are its inputs.",
    2: "Every job reaches exactly one end, says so once, and keeps it.",
    3: "Work that was interrupted is taken up again soon after its lease.",
    4: "A job that kills its process, or wants all memory, fails after at most two"
    " attempts with the reason, and harms no other.",
    5: "Results are there as a whole, once the job has succeeded, or not at all.",
    6: "Results are not repeated, however often a job is run.",
    7: "The database may be killed and start again.",
    8: "The web server may be killed: each client has a number that works, or none.",
    9: "A job that is cancelled ends within five seconds, whatever it does.",
    10: "A job is cancelled without results or has succeeded with them, never both.",
    11: "A service's limit of time holds, also deep inside a library.",
    12: "A service's limit of memory holds; no other process has to give way.",
    13: "The queue is bounded, and a full one says when to come back.",
    14: "A user with many jobs does not keep those of others waiting.",
    15: "Many clients that wait for their answers do not keep others out.",
    16: "A worker that is told to stop lets its jobs end or hands them back.",
    17: "Web servers and workers may be started again at any time.",
    18: "Jobs that are old go, row and files together.",
    19: "A full disk fails the job that fills it, with that reason, and no more.",
    20: "Clocks of workers may be wrong: on PostgreSQL no job is taken from another.",
    21: "Many clients and workers share SQLite without an error.",
    22: "The broker may be emptied and killed: jobs are late by a sweep.",
    23: "Processes of a worker that block each other are noticed and started again.",
    24: "Many jobs leave memory and open files as they were.",
    25: "Bad input is answered with an error that names it.",
    26: "The same inputs give the same answer, also after a crash.",
    27: "States are seen to move forward only, or back with a message.",
    28: "Jobs that wait while the portal is upgraded run in the new version.",
}

_DOCSTRING = re.compile(r"G\d+(?: G\d+)*")


#: Where a test of the chaos suite fails, or was never seen to pass as a whole.
OPEN: tuple[str, ...] = ()


def shown(folder: Path = ROOT / "tests") -> Iterator[tuple[int, str, str]]:
    """Yield (guarantee, file, test) for each that a test's docstring names."""
    for path in sorted(folder.rglob("test_*.py")):
        where = path.relative_to(ROOT / "tests").as_posix()
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                text = ast.get_docstring(node) or ""
                if _DOCSTRING.fullmatch(text):
                    yield from ((int(one[1:]), where, node.name)
                                for one in text.split())  # fmt: skip


def page() -> str:
    """Return the page as Markdown."""
    by_number: dict[int, list[tuple[str, str]]] = {}
    for number, where, name in shown():
        by_number.setdefault(number, []).append((where, name))
    lines = [
        "# What the portal guarantees",
        "",
        "Made from the docstrings of the tests by `python -m tests.guarantees`. Those in"
        " `chaos/` end real processes, databases and brokers at random moments; `make"
        " chaos` runs them whole.",
        "",
        "| | guarantee | shown by |",
        "|---|---|---|",
    ]
    lines += [
        f"| G{number} | {text} | {_tests(by_number[number])} |"
        for number, text in GUARANTEES.items()
        if number in by_number
    ]
    rest = [text for number, text in GUARANTEES.items() if number not in by_number]
    if rest:
        lines += ["", "Aims that no test shows yet:", "", *(f"- {one}" for one in rest)]
    if OPEN:
        lines += ["", "Not to be relied on yet:", "", *(f"- {one}" for one in OPEN)]
    return "\n".join(lines) + "\n"


def _tests(found: list[tuple[str, str]]) -> str:
    return "; ".join(
        f"`{where}`: {name.removeprefix('test_').replace('_', ' ')}"
        for where, name in found
    )


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
