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

#: How many subsections with rows a section has; 0: it has rows, but no subsections.
SUBSECTIONS = {"0": 5, "1": 4, "2": 0, "3": 4, "4": 0, "5": 7, "6": 11, "7": 0,
               "8": 3, "9": 0, "11": 0, "12": 30, "clients 1": 29}  # fmt: skip

#: What is not served, by section, and why.
NOT_SERVED = (
    ("0.1", "a context of two segments or of none", "clients look for the token"
     " service below the first segment"),
    ("0.3", "f=amf", "a binary format of Flash clients; gone from ArcGIS since 10.7"),
    ("0.3", "f=lyr, jsapi, pitemx", "formats of map services, not of geoprocessing"),
    ("1.1", "f=kmz of the catalogue, option=footprints", "made for map services; an"
     " option that is unknown is ignored"),
    ("1.2", "owningSystemUrl", "a stand-alone server has no portal; clients rely on"
     " that"),
    ("1.2", "soapURL, tokenServiceUrl", "names of 10.0; all clients read the later"
     " ones first"),
    ("1.2", "SOAP", "the URLs are named as clients expect; nothing answers there"),
    ("2", "hasVersionedData, serviceItemId", "not members of this resource"),
    ("3", "Fields beside fields", "a duplicate of 10.0 that no client reads alone"),
    ("3.3", "esri_out_image_service", "follows with the image services"),
    ("4", "message types of processes, Empty, Abort", "no tool says them"),
    ("5.2", "esriJobNew, Waiting, Deleting, Deleted, expectedFailure", "clients end"
     " or never end at them"),
    ("5.4", "deletion by the user", "the protocol has none; jobs go when their time is"
     " over, and administrators delete them"),
    ("5.5", "f=amf of a result", "see 0.3"),
    ("5.7", "the capability's name", "validate answers, but is not advertised: the"
     " name of its capability is not published"),
    ("6.1", "pbf files as features", "read by no library that is to be had here"),
    ("6.3", 'output {"url", "type": "ImageService"}', "follows with the image services"),
    ("6.4", "portalItemID", "a stand-alone server has no portal"),
    ("6.7", "a;b", "not documented for REST, and a semicolon may be part of a text"),
    ("6.8", "projectionFile, projectionFileItemID", "projection files are not read;"
     " the reason is told"),
    ("6.9", "GPString that names a dataset, MapServiceLayer, GPRasterLayer", "made up"
     " by clients or by desktop tools"),
    ("8.1", "HTTPS only", "a matter of the setting CAIRN_HTTPS, for trials on one"
     " machine run without"),
    ("8.3", "401", "a client that has no token is told 499, which all know"),
    ("8.3", "messageCode, subcode, httpCode", "codes of a portal; a client that finds"
     " one offers no sign-in"),
    ("9", "generateRenderer, queryRelatedRecords, time-aware layers, tiles of a map",
     "not made for results yet"),
    ("9", "edits of hosted features", "results are read-only"),
    ("9", "labels, hatched fills and picture symbols", "drawn without, or solid"),
    ("10.3", "machines, logs, webhooks, manifests, folders' permissions and others",
     "see [the Administrator API](administrator-rest.md)"),
    ("11", "SOAP and WPS links, View Footprints In, Login", "nothing would be there;"
     " Get Token takes the place of Login"),
    ("12.22", "expectedFailure, itemId of a task", "of notebook servers"),
    ("12.26", "createTask: scheduled runs", "a function of portals, not of GPServer"),
    ("12.28", "SOAP, at /services below the context", "desktop clients of that kind need"
     " a server that speaks it; all others use REST"),
)  # fmt: skip


def subsections() -> list[str]:
    """Return the names of all subsections that have rows, as marks begin."""
    return [
        f"{section}.{number}" if count else section
        for section, count in SUBSECTIONS.items()
        for number in range(1, (count or 1) + 1)
    ]


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


def _key(row: str) -> tuple[int, list[int], str]:
    section, _, rest = row.partition(" ")
    if section == "clients":
        section, _, rest = rest.partition(" ")
        return 100, [int(part) for part in section.split(".")], rest
    numbers = [int(part) for part in section.split(".")]
    return numbers[0], numbers[1:], rest


def page() -> str:
    """Return the page as Markdown."""
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
        rows = sorted((row for row in by_row if _section(row) == section), key=_key)
        if rows:
            lines += [f"## {section} {title}".strip(), "", "| row | shown by |",
                      "|---|---|"]  # fmt: skip
            lines += [f"| {_cell(row)} | {_tests(by_row[row])} |" for row in rows]
            lines.append("")
    lines += ["## Not served, and why", "", "| section | what | why |", "|---|---|---|"]
    lines += [
        f"| {section} | {_cell(what)} | {why} |" for section, what, why in NOT_SERVED
    ]
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
