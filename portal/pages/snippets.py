"""Calls of a task as code: the same run from a shell, from Python, from JavaScript."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

TOKEN = "YOUR_TOKEN"  # noqa: S105  (a placeholder)
_LONGEST = 100_000


@dataclass(frozen=True, slots=True)
class Call:
    """A run to write down: the address of the task, and the texts of its inputs.

    ``kinds`` are the data types of these by name.
    """

    url: str
    values: Mapping[str, str]
    is_synchronous: bool
    kinds: Mapping[str, str]

    @property
    def operation(self) -> str:
        """The operation that the service has."""
        return "execute" if self.is_synchronous else "submitJob"

    @property
    def service_url(self) -> str:
        """The address of the service."""
        return self.url.rpartition("/")[0]

    @property
    def short(self) -> dict[str, str]:
        """The values that a line can hold."""
        return {k: v for k, v in self.values.items() if len(v) <= _LONGEST}


@dataclass(frozen=True, slots=True)
class Snippet:
    """A piece of code under the name of its language or library."""

    id: str
    title: str
    text: str


def snippets(call: Call) -> list[Snippet]:
    """Return the call in each language."""
    return [Snippet(name, title, make(call)) for name, title, make in _MAKERS]


def link_of(page_url: str, values: Mapping[str, str]) -> str:
    """Return the address of the form with these values; "" if it would be too long."""
    query = urlencode(values)
    return f"{page_url}?{query}" if 0 < len(query) < 6000 else page_url


def _curl(call: Call) -> str:
    lines = [f"TOKEN={TOKEN}",
             f"curl -s {shlex.quote(f'{call.url}/{call.operation}')}",
             '  --data-urlencode "token=$TOKEN"', "  -d f=json"]  # fmt: skip
    for name, text in call.values.items():
        given = f"{name}={text}" if len(text) <= _LONGEST else f"{name}@{name}.json"
        lines.append(f"  --data-urlencode {shlex.quote(given)}")
    return lines[0] + "\n" + " \\\n".join(lines[1:]) + "\n"


def _python(call: Call) -> str:
    shown = "".join(f"    {name!r}: {text!r},\n" for name, text in call.short.items())
    start = (f"import time\n\nimport requests\n\nTASK = {call.url!r}\n"
             f"asked = {{\n{shown}}}\n"
             f"common = {{'f': 'json', 'token': {TOKEN!r}}}\n\n"
             f"url = f'{{TASK}}/{call.operation}'\n"
             "answer = requests.post(url, data=asked | common).json()\n")  # fmt: skip
    if call.is_synchronous:
        return start + "print(answer['results'])\n"
    return start + (
        "job = f\"{TASK}/jobs/{answer['jobId']}\"\n"
        "while True:\n"
        "    state = requests.post(job, data=common).json()\n"
        "    if state['jobStatus'] in ('esriJobSucceeded', 'esriJobFailed',\n"
        "                              'esriJobCancelled', 'esriJobTimedOut'):\n"
        "        break\n"
        "    time.sleep(1)\n"
        "for name in state.get('results', {}):\n"
        "    print(requests.post(f'{job}/results/{name}', data=common).json())\n"
    )


def _arcgis(call: Call) -> str:
    made = [(_name(name), _literal(call.kinds.get(name, ""), text))
            for name, text in call.short.items()]  # fmt: skip
    classes = sorted({text.partition("(")[0].partition(".")[0] for _, text in made
                      if text.startswith(("FeatureSet", "LinearUnit"))})  # fmt: skip
    imports = "".join(f"from {_MODULES[one]} import {one}\n" for one in classes)
    arguments = "".join(f"    {name}={text},\n" for name, text in made)
    return (f"{imports}from arcgis.geoprocessing import import_toolbox\n\n"
            f"# Of a secured service: import_toolbox(url, gis=...) with your sign-in.\n"
            f"tools = import_toolbox({call.service_url!r})\n"
            f"result = tools.{_name(call.url.rpartition('/')[2])}(\n{arguments})\n"
            "print(result)\n")  # fmt: skip


_MODULES = {"FeatureSet": "arcgis.features", "LinearUnit": "arcgis.geoprocessing"}
_DECODED = ("GPLong", "GPDouble", "GPBoolean")


def _name(text: str) -> str:
    """Return the name that the ArcGIS API makes of a task's or an input's."""
    return re.sub(r"\W", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text)).lower()


def _literal(kind: str, text: str) -> str:
    """Return the text of an input as an expression of Python."""
    try:
        value = json.loads(text)
    except ValueError:
        return repr(text)
    if kind == "GPFeatureRecordSetLayer" and "features" in value:
        return f"FeatureSet.from_dict({value!r})"
    if kind == "GPLinearUnit" and isinstance(value, dict):
        unit = str(value.get("units", "esriMeters")).removeprefix("esri")
        return f"LinearUnit({value.get('distance')}, {unit!r})"
    is_plain = kind in _DECODED or isinstance(value, dict | list)
    return repr(value) if is_plain else repr(text)


def _javascript(call: Call) -> str:
    return (f"const task = {_js(call.url)};\n"
            f"const asked = new URLSearchParams({_js(call.short)});\n"
            f'asked.set("f", "json");\nasked.set("token", {_js(TOKEN)});\n\n'
            f"const answer = await fetch(`${{task}}/{call.operation}`, "
            '{ method: "POST", body: asked });\n'
            "console.log(await answer.json());\n")  # fmt: skip


def _rest_js(call: Call) -> str:
    return ('import { ApiKeyManager, request } from "@esri/arcgis-rest-request";\n\n'
            f"const authentication = ApiKeyManager.fromKey({_js(TOKEN)});\n"
            f"const answer = await request({_js(f'{call.url}/{call.operation}')}, {{\n"
            f"  authentication,\n  params: {_js(call.short)},\n}});\n"
            "console.log(answer);\n")  # fmt: skip


def _js(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


_MAKERS: tuple[tuple[str, str, Callable[[Call], str]], ...] = (
    ("curl", "curl", _curl),
    ("python", "Python (requests)", _python),
    ("arcgis", "Python (ArcGIS API)", _arcgis),
    ("javascript", "JavaScript (fetch)", _javascript),
    ("arcgis-js", "JavaScript (ArcGIS REST JS)", _rest_js),
)
