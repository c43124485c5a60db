"""Texts of the jobs' admin: lengths of time, inputs and outputs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from jobs.documents import secret_inputs, step_documents
from jobs.files import storage
from jobs.models import Job
from services.confidential import without_tokens

_HIDDEN = "(hidden)"
_SHOWN_VALUE = 500
_SHOWN_TEXT = 20_000


def spoken(span: timedelta) -> str:
    """Return a length of time in the units that suit it."""
    seconds = max(0.0, span.total_seconds())
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds >= 0.1 else f"{1000 * seconds:.0f} ms"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h {minutes}min" if hours else f"{minutes}min {rest}s"


def sent(job: Job) -> Iterator[tuple[str, str]]:
    """Yield name and text of each input; a text that must not be shown is not."""
    hidden = secret_inputs(job)
    for name, value in job.inputs.items():
        yield name, _HIDDEN if name in hidden else plain(without_tokens(value))


def plain(value: Any) -> str:
    """Return an input or small output as text, cut to a line or two."""
    if isinstance(value, dict) and set(value) == {"file"}:
        return f"in the file {value['file']}"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN_VALUE else f"{text[:_SHOWN_VALUE]}…"


def produced(entry: dict[str, Any], job: Job) -> str:
    """Return what an entry of the manifest holds, and the size of its file."""
    if entry.get("secret"):
        return _HIDDEN
    if entry["kind"] == "value":
        return plain(entry["value"])
    if entry["kind"] == "nested":
        return f"{len(entry['files'])} data sets in {', '.join(entry['files'])}"
    amount = entry.get("count", entry.get("bytes"))
    unit = {"features": "features", "table": "rows"}.get(entry["kind"], "bytes")
    return f"{amount:,} {unit} in {entry['file']}{_size(job, entry)}"


def _size(job: Job, entry: dict[str, Any]) -> str:
    """Return the size of a file in brackets, if it is not said already."""
    size = (
        0 if "bytes" in entry else storage.size_of(job.results_folder / entry["file"])
    )
    return f" ({filesizeformat(size)})" if size else ""


def table(rows: Iterable[tuple[str, str]]) -> SafeString | str:
    """Return names and texts as a table, ``-`` if there are none."""
    cells = format_html_join("", "<tr><th>{}</th><td>{}</td></tr>", rows)
    return format_html("<table>{}</table>", cells) if cells else "-"


def boxed(value: Any) -> SafeString:
    """Return a value as JSON, in a box that scrolls."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    area = '<textarea readonly rows="16" class="vLargeTextField">{}</textarea>'
    return format_html(area, text[:_SHOWN_TEXT])


def steps_table(job: Job) -> SafeString:
    """Return the steps of a model: tool, state, seconds and messages of each."""
    rows = [(place, one["title"], one["tool"], one["state"],
             "-" if one.get("seconds") is None else f"{one['seconds']:.2f} s",
             one.get("messages", 0))
            for place, one in enumerate(step_documents(job), 1)]  # fmt: skip
    return format_html(
        "<table><thead><tr><th>Step</th><th>Tool</th><th>State</th><th>Time</th>"
        "<th>Messages</th></tr></thead><tbody>{}</tbody></table>",
        format_html_join(
            "",
            "<tr><th>{}. {}</th><td><code>{}</code></td><td>{}</td><td>{}</td>"
            "<td>{}</td></tr>",
            rows,
        ),
    )
