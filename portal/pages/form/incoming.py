"""Files that come with a form: to disk while they arrive, then items of their owner."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest

from jobs.uploads import uploading
from jobs.uploads.incoming import ToDisk
from jobs.uploads.quotas import Uploader
from portal.pages.form.controls import FILE, ITEM
from portal.pages.form.kinds import WITH_FILES, control_kind
from portal.pages.form.offered import dumped
from services.errors import GPError
from services.models import Service
from services.schema import Parameter


class ByName(FileUploadHandler):
    """Lets the file of each input go to disk; others are skipped."""

    def __init__(self, names: list[str], limit: int) -> None:
        super().__init__()
        self.limit = limit
        self.received = {name: ToDisk((name.lower(),), limit) for name in names}
        self._now: ToDisk | None = None

    def handle_raw_input(self, *args: Any, **more: Any) -> None:
        """Refuse the request if there is no room for it."""
        for one in list(self.received.values())[:1]:
            one.handle_raw_input(*args, **more)

    def new_file(self, *args: Any, **more: Any) -> None:
        """Open the file of an input."""
        super().new_file(*args, **more)
        self._now = self.received.get(self.field_name or "")
        if self._now is None:
            raise SkipFile
        self._now.new_file(*args, **more)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Append a piece."""
        if self._now is not None:
            self._now.receive_data_chunk(raw_data, start)

    def file_complete(self, file_size: int) -> UploadedFile[Any] | None:
        """Return the file; the request closes it, which removes it."""
        return None if self._now is None else self._now.file_complete(file_size)

    def discard(self) -> None:
        """Remove what has come."""
        for one in self.received.values():
            one.discard()


def expect_files(
    request: HttpRequest, service: Service, inputs: tuple[Parameter, ...]
) -> ByName:
    """Let the files of a form go to disk, those of the inputs that take one."""
    wanted = [one.name + FILE for one in inputs if control_kind(one) in WITH_FILES]
    handler = ByName(wanted if service.uploads else [], service.max_upload_mb * 2**20)
    request.upload_handlers = [handler]
    return handler


def kept_files(
    request: HttpRequest, service: Service, handler: ByName
) -> tuple[dict[str, str], dict[str, str]]:
    """Make items of the files that came; return these, and what was wrong, by input.

    The keys of items are those of the fields with an earlier file.
    """
    uploader = Uploader(request.user, str(request.META.get("REMOTE_ADDR", "")))
    items, problems = {}, {}
    for field, one in handler.received.items():
        name = field.removesuffix(FILE)
        if one.is_too_large:
            problems[name] = f"the file is above {service.max_upload_mb} MB"
        elif one.received is not None:
            try:
                item = uploading.upload(service, uploader, one.received, "")
            except GPError as exc:
                problems[name] = str(exc)
            else:
                items[name + ITEM] = dumped({"itemID": item.pk})
    return items, problems
