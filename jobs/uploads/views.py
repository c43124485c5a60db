"""Uploads over HTTP: ``GPServer/uploads`` and everything below it."""

from __future__ import annotations

import re
from typing import Any

from django.http import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from jobs.files.served import ServedFile, file_response
from jobs.models import Upload
from jobs.uploads import uploading
from jobs.uploads.items import committed_file, delete
from jobs.uploads.resource import (
    FileOperation,
    FormLine,
    UploadOperation,
    UploadResource,
    refused,
)
from services.errors import InvalidURL, InvalidValue
from services.form import decode_form_value
from services.moments import milliseconds_of

_MAX_PARTS_TEXT = 100_000
_NUMBERS = re.compile(r"\s*[0-9]{1,5}(\s*,\s*[0-9]{1,5})*\s*")
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
            item = uploading.upload(self.row(), self.uploader(), file, description)
        except InvalidValue as exc:
            raise refused("file", str(exc)) from None
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
            item = uploading.register(self.row(), self.uploader(), name, description)
        except InvalidValue as exc:
            raise refused("itemName", str(exc)) from None
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
            uploading.store_part(item, number, self.file())
        except InvalidValue as exc:
            raise refused("file", str(exc)) from None
        return done_document(item)

    def _number(self) -> int:
        text = (self.form.get("partId") or self.form.get("partNumber")).strip()
        if not (text.isascii() and text.isdecimal() and len(text) < 6):
            raise refused("partId", "expected a whole number")
        if int(text) > uploading.MAX_PART:
            raise refused("partId", f"at most {uploading.MAX_PART} is accepted")
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
            item = uploading.commit(self.item(), parts, checksum)
        except InvalidValue as exc:
            raise refused("parts", str(exc)) from None
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
            raise refused("parts", "expected the numbers of parts, such as 1,2,3")
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
        return Response({"parts": uploading.part_numbers(self.item())})


class DownloadView(UploadResource):
    """The file of an item, always as a download, never as a page."""

    is_file = True

    def get(self, request: Request, **names: str) -> HttpResponseBase:
        item = self.item()
        path = committed_file(item)
        if path is None:
            raise InvalidURL("The item is not committed yet")
        response = file_response(request._request, ServedFile(path, item.name))
        response.headers["Cache-Control"] = "no-store"
        return response


class DeleteView(UploadOperation):
    """Delete an item with its file."""

    heading = "Delete"
    lines = ()

    def post(self, request: Request, **names: str) -> Any:
        delete(self.item())
        self.template = "directory/document.html"
        return Response({"success": True})
