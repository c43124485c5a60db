"""Where the results of a job come from: its document, and a script that repeats it."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from jobs.child.scripting import packed
from jobs.documents import input_document, input_names
from jobs.files import storage
from jobs.models import Job
from services import environment
from services.confidential import without_tokens
from services.errors import ToolFailed
from services.files import Source
from services.moments import milliseconds_of
from services.registry import installed
from services.schema import Parameter
from services.toolpackages import FOLDER_PACKAGE
from services.wire import encode

#: Characters of all inputs that a script holds itself; what is more is read from files.
MAX_EMBEDDED = 20_000_000
_LINE = 76


def provenance_document(job: Job) -> dict[str, Any]:
    """Return versions, parameters and fingerprints of a job, without secrets.

    ``inputs`` and ``outputs`` are SHA-256 of data by name, there once the job has
    succeeded. An input whose data are long stands as the address of it.
    """
    known = job.provenance or {}
    shown = input_names(job)
    hashes = known.get("inputs", {})
    return {
        "jobId": job.pk,
        "jobStatus": job.status,
        "service": job.service_path,
        "task": job.task_name,
        "tool": known.get("tool", {"id": job.snapshot.get("tool", "")}),
        "software": known.get("software", {}),
        "submitted": milliseconds_of(job.submitted_at),
        "started": milliseconds_of(job.started_at) if job.started_at else None,
        "ended": milliseconds_of(job.ended_at) if job.ended_at else None,
        "parameters": {name: _shown(job, name) for name in shown},
        "environment": _environment(job),
        "inputs": {name: hashes[name] for name in shown if name in hashes},
        "outputs": known.get("outputs", {}),
    }


def _shown(job: Job, name: str) -> Any:
    if isinstance(job.inputs.get(name), dict):
        return {"paramUrl": f"inputs/{name}"}
    return input_document(job, name)["value"]


def _environment(job: Job) -> dict[str, str]:
    given = {name: job.inputs.get(name) for name in environment.NAMES}
    return {name: without_tokens(text) for name, text in given.items()
            if isinstance(text, str)}  # fmt: skip


def script_name(job: Job) -> str:
    """Return the file name of a job's script."""
    return f"job_{job.pk[1:9]}.py"


def script(job: Job, job_url: str) -> str:
    """Return a Python script that calls the tool as the job did.

    Raises NotFound if the tool is gone, ToolFailed for a run that kept no inputs.
    Secrets are asked for when it runs; what the administrator has hidden is left to the
    tool's own defaults.
    """
    if job.mode != Job.Mode.ASYNC:
        raise ToolFailed("the inputs of this run were not kept: submit it as a job")
    return _Writer(job, job_url).script()


class _Writer:
    """Writes the script of one job."""

    def __init__(self, job: Job, job_url: str) -> None:
        self._job = job
        self._url = job_url
        self._known = job.provenance or {}
        self._room = MAX_EMBEDDED
        self._remarks: list[str] = []
        self._parameters: list[str] = []
        self._files: list[str] = []

    def script(self) -> str:
        for one in self._job.snapshot["schema"]:
            if not one["output"]:
                self._add(Parameter.from_json(one))
        for name, text in _environment(self._job).items():
            self._parameters.append(f"    {name!r}: {text!r},")
        lines, named, call = self._import()
        return "\n".join([
            *self._header(), "", "import sys", "from pathlib import Path", "",
            "from jobs.child.scripting import Rerun, asked, check_file, unpacked",
            *lines, "", "PARAMETERS = {", *self._parameters, "}", "",
            "# Files that hold what an input only names.",
            "FILES = {", *self._files, "}", "",
            "# SHA-256 of the results of the job.",
            f"RECORDED = {self._known.get('outputs', {})!r}", "",
            "folder = Path(sys.argv[1] if len(sys.argv) > 1 else 'results')",
            f"run = Rerun({named}, PARAMETERS, FILES)",
            f"result = {call}(**run.arguments())",
            "run.save(result, folder, RECORDED)", "",
        ])  # fmt: skip

    def _header(self) -> list[str]:
        job, software = self._job, self._known.get("software", {})
        tool = self._known.get("tool", {})
        libraries = {"Cairn": software.get("cairn"), "Python": software.get("python")}
        libraries |= software.get("libraries", {})
        versions = ", ".join(f"{name} {one}" for name, one in libraries.items() if one)
        said = [
            f"Job {job.pk}: {job.service_path}/{job.task_name}, submitted"
            f" {job.submitted_at:%Y-%m-%d %H:%M:%S} UTC.",
            f"Tool {tool.get('id', job.snapshot['tool'])} of {tool.get('package', '')}"
            f" {tool.get('version', '')}; {versions}.",
            "Run it with Cairn's Python, and Cairn's folder on the path:",
            f"  PYTHONPATH=CAIRN CAIRN/.venv/bin/python {script_name(job)} [FOLDER]",
            *self._remarks,
        ]
        return [f"# {' '.join(one.split())}" if one[:1] != " " else f"# {one}"
                for one in said]  # fmt: skip

    def _import(self) -> tuple[list[str], str, str]:
        """Return the lines that import the function, what ``Rerun`` takes, its name."""
        if "model" in self._job.snapshot:
            bundle = _in_lines(packed(encode(self._job.snapshot["model"])))
            made = f"MODEL = bundled_tool(unpacked(\n{bundle}\n).encode())"
            lines = ["from services.modeling.linking import bundled_tool", "", made]
            return lines, "MODEL", "MODEL.function"
        tool = installed(self._job.snapshot["tool"])
        module, name = tool.function.__module__, tool.function.__name__
        if module.startswith(FOLDER_PACKAGE):
            lines = ["from services.registry import installed", "",
                     f"{name} = installed({tool.id!r}).function"]  # fmt: skip
            return lines, name, name
        return [f"from {module} import {name}"], name, name

    def _add(self, parameter: Parameter) -> None:
        """Write a parameter down, as it counts in the job."""
        name = parameter.name
        if parameter.data_type.is_secret:
            if parameter.required or name in self._job.inputs:
                self._parameters.append(f"    {name!r}: asked({name!r}),")
            return
        if parameter.hidden:
            if parameter.default is not None:
                self._remarks.append(
                    f"{name} is hidden by the administrator: left out."
                )
            return
        raw = parameter.in_force(self._job.inputs.get(name))
        if raw is not None:
            self._write(parameter, self._text(raw))

    def _text(self, raw: Any) -> bytes:
        if isinstance(raw, dict) and set(raw) == {"file"}:
            path = self._job.folder / raw["file"]
            what = f"the inputs of job {self._job.pk}"
            return storage.found(path, what).read_bytes()
        text = raw if isinstance(raw, str) else encode(raw).decode()
        return str(without_tokens(text)).encode()

    def _write(self, parameter: Parameter, text: bytes) -> None:
        name = parameter.name
        sources: list[Source] = []
        if parameter.data_type.takes_sources and len(text) < 100_000:
            _resolve(parameter, text.decode(), sources)
        if sources:
            self._reference(name, sources)
        if len(text) <= 2000:
            self._parameters.append(f"    {name!r}: {text.decode()!r},")
        elif len(text) <= self._room:
            self._room -= len(text)
            self._embed(name, packed(text))
        else:
            file = f"{name}.json"
            where = f"{self._url}/inputs/{quote(name)}?f=json"
            self._remarks.append(f"Needs {file}: the value in the answer of {where}")
            self._parameters.append(f"    {name!r}: Path({file!r}).read_text('utf-8'),")

    def _embed(self, name: str, text: str) -> None:
        self._parameters.append(f"    {name!r}: unpacked(\n{_in_lines(text)}\n    ),")

    def _reference(self, name: str, sources: list[Source]) -> None:
        """Ask for a file with what a source gave: it was not kept."""
        named = ", ".join(str(one.to_json()) for one in sources)
        file = f"{name}.{sources[0].format or 'data'}"
        self._remarks.append(f"Needs {file}, the content of {named}")
        digest = self._known.get("inputs", {}).get(name, "")
        self._files.append(f"    {name!r}: check_file({file!r}, {digest!r}),")


def _in_lines(text: str) -> str:
    pieces = (text[at : at + _LINE] for at in range(0, len(text), _LINE))
    return "\n".join(f"        {piece!r}" for piece in pieces)


def _resolve(parameter: Parameter, text: str, sources: list[Source]) -> None:
    def note(source: Source) -> Source:
        sources.append(source)
        return source

    parameter.data_type.resolve(text, note)
