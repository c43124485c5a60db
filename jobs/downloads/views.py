"""The files of stored rows over HTTP: which there are, and each of them."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from jobs.downloads.stored import StoredRows
from jobs.files.served import ServedFile, file_response
from services.formats import Format, file_format, file_formats
from services.formats.remarks import remarks
from services.moments import milliseconds_of
from services.views import RestView


class DownloadView(RestView):
    """All rows of a data set as a file: ``format`` names which; without it, a list.

    A subclass says what the path means.
    """

    template = "directory/downloads.html"

    def rows(self) -> StoredRows:
        """Return what can be downloaded here. Raises NotFound."""
        raise NotImplementedError

    @property
    def is_file(self) -> bool:  # type: ignore[override]
        """True if a file was asked for: it comes whatever ``f`` says."""
        return bool(self.form.get("format").strip())

    def get(self, request: Request, **names: str) -> HttpResponseBase:
        rows = self.rows()
        if not self.is_file:
            url = request.build_absolute_uri(request.path).rstrip("/")
            return Response(downloads_document(rows, url))
        kind = "features" if rows.about().geometry_type else "table"
        target = file_format(self.form.get("format"), kind)
        kept = rows.file(target)
        file = ServedFile(kept.path, kept.path.name, target.media_type, rows.expires)
        return file_response(request._request, file)


def downloads_document(rows: StoredRows, url: str) -> dict[str, Any]:
    """Return which files there are, or can be made, of rows; ``url`` gives them.

    ``size`` is null until a file is made. ``notes`` tell what of the rows the format
    has no place for, and what was changed for it.
    """
    about, kept = rows.about(), rows.kept()
    formats = file_formats("features" if about.geometry_type else "table")
    expires = rows.expires
    files = []
    for one in formats:
        made = kept.get(rows.file_name(one))
        notes = [*remarks(one, about), *(made.notes if made else ())]
        size = made.size if made else None
        files.append(_file(one, rows, url) | {"size": size, "notes": notes})
    return {
        "name": rows.name,
        "count": about.count,
        "expires": milliseconds_of(expires) if expires else None,
        "files": files,
    }


def _file(target: Format, rows: StoredRows, url: str) -> dict[str, Any]:
    return {
        "format": target.name,
        "title": target.title,
        "fileName": rows.file_name(target),
        "mediaType": target.media_type,
        "url": f"{url}?format={target.name}",
    }
