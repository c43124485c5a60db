"""Uploads over HTTP: ``GPServer/uploads`` and everything below it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar

from django.conf import settings
from django.http import FileResponse, HttpResponseBase
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.request import Request
from rest_framework.response import Response

from jobs import uploads
from jobs.incoming import Incoming, ToDisk
from jobs.models import Upload
from services.errors import (
    InvalidParameters,
    InvalidValue,
    LimitExceeded,
    NotFound,
    Problem,
)
from services.form import decode_form_value
from services.models import Service
from services.moments import milliseconds_of
from services.views import RestView

_FILE_NAMES = ("file", "partfile")
_FORM_BYTES = 2**20  # of a multipart body besides the file
_MAX_PARTS_TEXT = 100_000
_NUMBERS = re.compile(r"\s*[0-9]{1,5}(\s*,\s*[0-9]{1,5})*\s*")


@dataclass(frozen=True, slots=True)
class FormLine:
    """One line of the form of an operation; ``kind`` is the type of the input."""

    name: str
    label: str
    kind: str = "text"
    hint: str = ""


_DESCRIPTION = FormLine("description", "Description")


def item_document(item: Upload) -> dict[str, Any]:
    """Return the item resource."""
    return {
        "itemID": item.pk,
        "itemName": item.name,
        "description": item.description,
        "date": milliseconds_of(item.created_at),
        "committed": item.committed,
    }


def done_document(item: Upload) -> dict[str, Any]:
    """Return what an operation that leaves an item answers."""
    return {"success": True, "item": item_document(item)}


class UploadResource(RestView):
    """What all of the uploads of a service share: the service has them switched on."""

    is_upload = True

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Read the request; without uploads there is nothing here, of any size."""
        try:
            super().initial(request, *args, **kwargs)
        except LimitExceeded:
            if self.service is not None:
                self.require_uploads()
            raise
        self.require_uploads()

    def require_uploads(self) -> None:
        """Raise NotFound if the service has no uploads."""
        if not self.found().row.uploads:
            raise NotFound("This service does not accept uploads")

    def row(self) -> Service:
        """Return the service's row."""
        return self.found().row

    def uploader(self) -> uploads.Uploader:
        """Return who asks."""
        address = str(self.request.META.get("REMOTE_ADDR", ""))
        return uploads.Uploader(self.request.user, address)

    def item(self) -> Upload:
        """Return the item of the path. Raises NotFound."""
        return uploads.find_item(self.row(), self.request.user, self.kwargs["item"])


class UploadOperation(UploadResource):
    """An operation: a form page by GET, the work by POST."""

    template = "directory/upload_operation.html"
    heading = ""
    lines: ClassVar[tuple[FormLine, ...]] = (_DESCRIPTION,)

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
        super().initial(request, *args, **kwargs)
        if self.incoming is not None and self.incoming.is_too_large:
            raise LimitExceeded(
                "the size of the file is above the limit of this service:"
                f" {self._most() / 2**20:g} MB"
            )

    def _most(self) -> int:
        row = self.service.row if self.service else None
        most: int = settings.MAX_REQUEST_BYTES
        return min(row.max_upload_mb * 2**20, most) if row and row.uploads else 0

    def body_limit(self) -> int:
        return self._most() + _FORM_BYTES

    def file(self) -> Incoming:
        """Return the file that was sent. Raises InvalidParameters."""
        if self.incoming is None or self.incoming.received is None:
            raise _refused("file", "a file is required, sent as multipart/form-data")
        return self.incoming.received


def _refused(parameter: str, reason: str) -> InvalidParameters:
    return InvalidParameters([Problem(parameter, reason)])


class UploadsView(UploadResource):
    """The uploads of a service: what there is below."""

    template = "directory/uploads.html"

    def get(self, request: Request, **names: str) -> Response:
        return Response({"operations": ["upload", "register"], "resources": ["info"]})


class UploadsInfoView(UploadResource):
    """How large an item may be, in MB."""

    def get(self, request: Request, **names: str) -> Response:
        return Response({"maxUploadFileSize": self.row().max_upload_mb})


class UploadView(FileOperation):
    """Upload a whole file."""

    heading = "Upload"
    lines = (FormLine("file", "File", "file"), _DESCRIPTION)

    def perform(self) -> dict[str, Any]:
        file, description = self.file(), self.form.get("description")
        try:
            item = uploads.upload(self.row(), self.uploader(), file, description)
        except InvalidValue as exc:
            raise _refused("file", str(exc)) from None
        return done_document(item)


class RegisterView(UploadOperation):
    """Register an item that will come in parts."""

    heading = "Register"
    lines = (
        FormLine("itemName", "Item Name", hint="With its extension."),
        _DESCRIPTION,
    )

    def perform(self) -> dict[str, Any]:
        name, description = self.form.get("itemName"), self.form.get("description")
        try:
            item = uploads.register(self.row(), self.uploader(), name, description)
        except InvalidValue as exc:
            raise _refused("itemName", str(exc)) from None
        return done_document(item)


class UploadPartView(FileOperation):
    """Upload a part of a registered item."""

    heading = "Upload Part"
    lines = (
        FormLine("partId", "Part ID", hint="A whole number; parts have an order."),
        FormLine("file", "File", "file"),
    )

    def perform(self) -> dict[str, Any]:
        item, number = self.item(), self._number()
        try:
            uploads.store_part(item, number, self.file())
        except InvalidValue as exc:
            raise _refused("file", str(exc)) from None
        return done_document(item)

    def _number(self) -> int:
        text = (self.form.get("partId") or self.form.get("partNumber")).strip()
        if not (text.isascii() and text.isdecimal() and len(text) < 6):
            raise _refused("partId", "expected a whole number")
        if int(text) > uploads.MAX_PART:
            raise _refused("partId", f"at most {uploads.MAX_PART} is accepted")
        return int(text)


class CommitView(UploadOperation):
    """Make a file of the parts of an item."""

    heading = "Commit"
    lines = (
        FormLine("parts", "Parts", hint="Such as 1,2,3. Blank: all, by their number."),
        FormLine("checksum", "Checksum", hint="MD5, SHA-1 or SHA-256 of the whole."),
    )

    def perform(self) -> dict[str, Any]:
        parts, checksum = self._parts(), self.form.get("checksum")
        try:
            item = uploads.commit(self.item(), parts, checksum)
        except InvalidValue as exc:
            raise _refused("parts", str(exc)) from None
        return done_document(item)

    def _parts(self) -> list[int]:
        """Return the numbers of ``parts``: repeated, with commas, or a JSON list."""
        repeated = {name.lower(): v for name, v in self.form.repeated.items()}
        text = ",".join(repeated.get("parts", ())) or self._text("parts")
        if text.strip().startswith("["):
            text = text.strip().removeprefix("[").removesuffix("]")
        text = text.replace('"', "")
        if not text.strip():
            return []
        if len(text) > _MAX_PARTS_TEXT or not _NUMBERS.fullmatch(text):
            raise _refused("parts", "expected the numbers of parts, such as 1,2,3")
        return [int(one) for one in text.split(",")]

    def _text(self, name: str) -> str:
        """Return a text of the form, a large one too."""
        for key, raw in self.form.large.items():
            if key.lower() == name:
                is_encoded = key in self.form.encoded
                return (decode_form_value(raw) if is_encoded else raw).decode("latin-1")
        return self.form.get(name)


class ItemView(UploadResource):
    """An uploaded item."""

    template = "directory/upload_item.html"

    def get(self, request: Request, **names: str) -> Response:
        return Response(item_document(self.item()))


class PartsView(UploadResource):
    """The numbers of an item's parts that have arrived."""

    def get(self, request: Request, **names: str) -> Response:
        return Response({"parts": uploads.part_numbers(self.item())})


class DownloadView(UploadResource):
    """The file of an item, always as a download, never as a page."""

    def get(self, request: Request, **names: str) -> HttpResponseBase:
        item = self.item()
        if not item.committed or not item.path.is_file():
            raise NotFound("The item is not committed yet")
        return FileResponse(
            item.path.open("rb"),
            as_attachment=True,
            filename=item.name,
            content_type="application/octet-stream",
            headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"},
        )


class DeleteView(UploadOperation):
    """Delete an item with its file."""

    heading = "Delete"
    lines = ()

    def post(self, request: Request, **names: str) -> Any:
        uploads.delete(self.item())
        self.template = "directory/document.html"
        return Response({"success": True})
