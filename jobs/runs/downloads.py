"""The results of a job as rows that can be downloaded."""

from __future__ import annotations

from typing import Any

from django.db.models import F

from jobs.child.call import Limits
from jobs.downloads.stored import StoredRows
from jobs.models import Job
from jobs.runs.calls import limits_of
from services.errors import InvalidURL
from services.models import Service

#: Kinds of entries in a manifest that have rows.
ROWS = ("features", "table")


def result_rows(job: Job, entry: dict[str, Any]) -> StoredRows:
    """Return the rows of a result. Raises InvalidURL for one that has none."""
    if entry["kind"] not in ROWS:
        is_list = entry["kind"] == "nested"
        why = "holds several data sets: its JSON has them" if is_list else (
            "has no rows: its value is all there is"
        )  # fmt: skip
        kind = entry["dataType"]
        raise InvalidURL(f"result '{entry['name']}' is a {kind}, which {why}")
    limits = limits_of(job.service or Service())

    def counted(size: int) -> None:
        Job.objects.filter(pk=job.pk).update(size=F("size") + size)

    at = [one["name"] for one in job.outputs].index(entry["name"])
    return StoredRows(
        entry["name"],
        str(job.results_folder / entry["file"]),
        job.folder / "files" / str(at),
        Limits(seconds=limits.seconds, memory_mb=limits.memory_mb),
        job.expires_at,
        counted,
    )
