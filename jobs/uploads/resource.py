"""What the resources below ``uploads`` share: the item, form pages, files to disk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpRequest
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.request import Request
from rest_framework.response import Response

from jobs.models import Upload
from jobs.uploads.incoming import Incoming, ToDisk
from jobs.uploads.items import find_item
from jobs.uploads.quotas import Uploader
from services.errors import InvalidParameters, InvalidURL, LimitExceeded, Problem
from services.guarded import EVERYONE
from services.models import Service
from services.request import body_size
from services.views import RestView

_FILE_NAMES = ("file", "partfile")
_FORM_BYTES = 2**20  # of a multipart body besides the file


@dataclass(frozen=True, slots=True)
class FormLine:
    """One line of the form of an operation; ``kind`` is the type of the input."""

    name: str
    label: str
    kind: str = "text"
    hint: str = ""


class UploadResource(RestView):
    """What all of the uploads of a service share: the service has them switched on."""

    is_upload = True

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Read the request; without uploads there is nothing here, of any size."""
        try:
            super().initial(request, *args, **kwargs)
        except LimitExceeded:
            self.require_uploads()  # who asks is known by now, or need not be
            raise
        self.require_uploads()

    def require_uploads(self) -> None:
        """Raise InvalidURL if the service has no uploads."""
        if not self.found().row.uploads:
            raise InvalidURL("This service does not accept uploads")

    def row(self) -> Service:
        """Return the service's row."""
        return self.found().row

    def uploader(self) -> Uploader:
        """Return who asks."""
        address = str(self.request.META.get("REMOTE_ADDR", ""))
        return Uploader(self.request.user, address)

    def item(self) -> Upload:
        """Return the item of the path. Raises InvalidURL."""
        return find_item(self.row(), self.request.user, self.kwargs["item"])


class UploadOperation(UploadResource):
    """An operation: a form page by GET, the work by POST."""

    runs = True
    template = "directory/upload_operation.html"
    heading = ""
    lines: ClassVar[tuple[FormLine, ...]] = ()

    def is_form_page(self) -> bool:
        """Tell if the request asks for the form, not for the operation."""
        return self.request.method != "POST"

    def get(self, request: Request, **names: str) -> Any:
        if request.accepted_renderer.format != "html":
            raise MethodNotAllowed("GET")
        if "item" in names:
            self.item()
        return Response({"form": self.heading})

    def post(self, request: Request, **names: str) -> Any:
        self.template = "directory/upload_item.html"
        return Response(self.perform(), headers={"Cache-Control": "no-store"})

    def perform(self) -> dict[str, Any]:
        """Do the work and return its document."""
        raise NotImplementedError

    def html_context(self) -> dict[str, Any]:
        return {
            "heading": self.heading,
            "lines": self.lines,
            "takes_file": any(line.kind == "file" for line in self.lines),
            "accepted": [f".{one}" for one in self.row().upload_extensions],
            "most_mb": self.row().max_upload_mb,
        }


class FileOperation(UploadOperation):
    """An operation that takes a file, which goes to disk while it arrives."""

    incoming: ToDisk | None = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Let the files of the form go to disk; refuse one that is too large."""
        if request.method == "POST":
            self._find_service(kwargs)
            self.incoming = ToDisk(_FILE_NAMES, self._most())
            request._request.upload_handlers = [self.incoming]
        try:
            super().initial(request, *args, **kwargs)
        except LimitExceeded:
            if body_size(request._request) > self.body_limit(self.row()):
                raise self._too_large() from None
            raise
        if self.incoming is not None and self.incoming.is_too_large:
            raise self._too_large()

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Answer, and keep nothing of a file that no item was made of."""
        try:
            return super().dispatch(request, *args, **kwargs)
        finally:
            if self.incoming is not None:
                self.incoming.discard()

    def _too_large(self) -> LimitExceeded:
        return LimitExceeded(
            "the size of the file is above the limit of this service:"
            f" {self._most() / 2**20:g} MB"
        )

    def _most(self) -> int:
        row = self.service.row if self.service else None
        return _largest_file(row) if row and row.uploads else 0

    def body_limit(self, row: Service | None) -> int:
        if row is not None and row.level == EVERYONE and not row.uploads:
            return _FORM_BYTES
        return _largest_file(row or Service()) + _FORM_BYTES

    def file(self) -> Incoming:
        """Return the file that was sent. Raises InvalidParameters."""
        if self.incoming is None or self.incoming.received is None:
            raise refused("file", "a file is required, sent as multipart/form-data")
        return self.incoming.received


def _largest_file(row: Service) -> int:
    most: int = settings.MAX_REQUEST_BYTES
    return min(row.max_upload_mb * 2**20, most)


def refused(parameter: str, reason: str) -> InvalidParameters:
    """Return the refusal of one parameter of an operation."""
    return InvalidParameters([Problem(parameter, reason)])
