"""Files of jobs of this very server that inputs name by URL: taken from the store."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from django.contrib.auth.models import AnonymousUser, User

from jobs.access.opening import may_read_results
from jobs.access.sharing import PARAMETER
from jobs.child.results import files_of
from jobs.files import storage
from jobs.models import Job
from jobs.status import JobStatus
from services.errors import InvalidValue
from services.files import Source

_FILE = re.compile(
    r"/rest/directories/arcgisjobs/(?:[^/]+/)?[^/]+_gpserver/(?P<job>j[0-9a-f]{32})"
    r"(?:/scratch)?/(?P<file>[^/]+)\Z",
    re.IGNORECASE,
)
_IMAGE = re.compile(
    r"/rest/services/(?:[^/]+/)?[^/]+/ImageServer/jobs/(?P<job>j[0-9a-f]{32})"
    r"/(?P<output>[^/]+)/?\Z",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class OwnFiles:
    """The files of jobs, and the rasters behind image services, for a user."""

    root_url: str
    user: User | AnonymousUser

    def has(self, source: Source) -> bool:
        """Tell if a URL names such a file, which may not be there."""
        return self._match(source) is not None

    def path(self, source: Source) -> Path:
        """Return the path of the file that a URL names. Raises InvalidValue."""
        refused = InvalidValue(
            "names a file that is not here, or that you have no access to"
        )
        match = self._match(source)
        if match is None:
            raise refused
        rows = Job.objects.select_related("service__folder")
        job = rows.filter(pk=match["job"].lower(), status=JobStatus.SUCCEEDED).first()
        query = parse_qs(urlsplit(source.url).query)
        secret = query.get(PARAMETER, [""])[0]
        if job is None or not may_read_results(self.user, job, secret):
            raise refused
        name = _file_name(job, match)
        try:
            path = storage.here(job.results_folder / name) if name else None
        except FileNotFoundError:
            path = None
        if path is None or not path.is_file():
            raise refused
        return path

    def _match(self, source: Source) -> re.Match[str] | None:
        if source.wanted not in ("raster", "file"):
            return None
        url, root = source.url.partition("?")[0], self.root_url.rstrip("/")
        if not root or url[: len(root)].lower() != root.lower():
            return None
        path = unquote(url[len(root) :])
        return _FILE.fullmatch(path) or _IMAGE.fullmatch(path)


def _file_name(job: Job, match: re.Match[str]) -> str:
    """Return the name of the file among those that the job has made, "" for none."""
    named = match.groupdict()
    if "file" in named:
        return named["file"] if named["file"] in files_of(job.outputs) else ""
    for entry in job.outputs:
        if entry["name"].lower() == named["output"].lower() and "raster" in entry:
            return str(entry["file"])
    return ""
