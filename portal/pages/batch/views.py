"""Pages of batches: to begin one, to follow it, to run again what failed."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jobs.models import Batch
from jobs.repeated import batches
from jobs.repeated.batches import RowsRefused
from jobs.repeated.watches import seen, watch
from jobs.runs.calls import Request
from portal.models import preferences_of
from portal.pages.addresses import service_url, tool_url
from portal.pages.base import SignedPage, found_service
from portal.pages.batch.rows import FEATURES, from_csv, from_features
from portal.pages.following import STATES
from portal.pages.form.offered import offered_to
from portal.pages.form.reading import read, texts_of
from portal.pages.run import LONGEST_KEY, Sent, inputs_of
from portal.pages.runs import request_of
from services.catalog import PublishedService, PublishedTask
from services.errors import GPError, InvalidParameters, InvalidURL
from services.form import Form
from services.schema import Parameter

#: Bytes of a table of rows.
_MOST_BYTES = 2 * 2**20


class _OfBatch(SignedPage):
    """A page of a batch."""

    def batch(self, batch_id: str) -> Batch:
        """Return a batch of one's own. Raises InvalidURL."""
        mine = Batch.objects.filter(batches.of_user(self.owner), pk=batch_id)
        found = mine.select_related("service__folder").first()
        if found is None:
            raise InvalidURL(_("There is no such batch, or it is not yours."))
        return found


class NewBatchPage(SignedPage):
    """The form of a batch: the inputs of all jobs, and what differs."""

    template = "portal/batch/new.html"

    def get(
        self, request: HttpRequest, folder: str, service: str, task: str
    ) -> HttpResponseBase:
        """Answer the form."""
        found = found_service(self.owner, folder, service)
        return self._form_page(found, found.task(task), Sent({}), [])

    def post(
        self, request: HttpRequest, folder: str, service: str, task: str
    ) -> HttpResponseBase:
        """Start the batch and lead to its page; bad rows lead back to the form."""
        found = found_service(self.owner, folder, service)
        chosen = found.task(task)
        key = request.POST.get("submission", "")[:LONGEST_KEY] or None
        known = Batch.objects.filter(submission_key=key).first() if key else None
        if known is not None:
            return redirect("batch", known.pk)
        shared = read(inputs_of(chosen), request.POST)
        batch = Batch(
            user=self.owner, service=found.row, service_path=found.row.path,
            task_name=chosen.name, submission_key=key,
            title=request.POST.get("title", "").strip()[:200],
        )  # fmt: skip
        try:
            forms = self._rows(inputs_of(chosen), shared)
            batches.start(batch, [self._asked(found, chosen, one) for one in forms])
        except GPError as exc:
            return self._form_page(found, chosen, *_refused(exc, shared))
        except IntegrityError:  # the same form, sent twice
            return redirect("batch", Batch.objects.get(submission_key=key).pk)
        wanted = preferences_of(self.owner)
        watch(self.owner, batch, wanted.notify, by_mail=wanted.notify_by_email)
        return redirect("batch", batch.pk)

    def _asked(
        self, service: PublishedService, task: PublishedTask, form: Form
    ) -> Request:
        return request_of(self.request, service, task, form)

    def _rows(self, inputs: Sequence[Parameter], shared: Form) -> list[Form]:
        """Return a form for each job."""
        by_feature = self.request.POST.get("each", "")
        if by_feature:
            return from_features(by_feature, shared)
        return from_csv(self._table(), inputs, shared)

    def _table(self) -> str:
        """Return the table that was sent as a file or pasted."""
        file = self.request.FILES.get("rows")
        if file is None:
            return str(self.request.POST.get("pasted", ""))
        if (file.size or 0) > _MOST_BYTES:
            raise InvalidURL(_("The file of rows may have at most 2 MB."))
        content: bytes = file.read()
        return content.decode("utf-8-sig", errors="replace")

    def _form_page(
        self, service: PublishedService, task: PublishedTask, sent: Sent,
        wrong_rows: list[str],
    ) -> HttpResponseBase:  # fmt: skip
        inputs = inputs_of(task)
        controls = sent.controls(inputs, offered_to(self.request, service.row))
        context = {
            "service": service.row, "service_url": service_url(service.row.path),
            "tool_url": tool_url(service.row.path, task.name), "task": task,
            "controls": controls, "all_controls": controls,
            "is_refused": sent.is_refused,
            "refusal": sent.refusal, "others": [*sent.others(controls), *wrong_rows],
            "submission": secrets.token_urlsafe(24), "most": batches.most_rows(),
            "splits": [one for one in inputs if one.data_type.name == FEATURES],
            "names": [one.name for one in inputs],
            "pasted": self.request.POST.get("pasted", ""),
        }  # fmt: skip
        return self.page(context, 422 if sent.is_refused else 200)


def _refused(exc: GPError, shared: Form) -> tuple[Sent, list[str]]:
    """Return what the form says of a refusal, and what it says of rows."""
    values = texts_of(shared)
    if isinstance(exc, RowsRefused):
        return Sent(values, {}), [str(one) for one in exc.problems]
    if isinstance(exc, InvalidParameters):
        return Sent(values, {one.parameter: one.message for one in exc.problems}), []
    return Sent(values, {}, str(exc)), []


class BatchPage(_OfBatch):
    """A batch: the state of each row, and one figure for all."""

    template = "portal/batch/batch.html"

    def get(self, request: HttpRequest, batch: str) -> HttpResponseBase:
        """Answer the page as the batch is now; scripts renew it."""
        found = self.batch(batch)
        rows = batches.rows_of(found)
        shown = [{"job": one, "state": STATES[one.status]} for one in rows]
        progress = batches.progress_of(rows)
        if progress.is_over:
            seen(self.owner, found)
        state = "over" if progress.is_over else "active"
        context: dict[str, Any] = {"batch": found, "rows": shown, "progress": progress}
        url = tool_url(found.service_path, found.task_name)
        return self.page(context | {"state": state, "tool_url": url})


class BatchesPage(SignedPage):
    """One's own batches."""

    template = "portal/batch/list.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the list."""
        mine = list(Batch.objects.filter(user=self.owner)[:100])
        rows = batches.rows_of_all(mine)
        shown = [{"batch": one, "progress": batches.progress_of(rows[one.pk])}
                 for one in mine]  # fmt: skip
        return self.page({"batches": shown})


class RetryFailed(_OfBatch):
    """Runs the rows again that failed."""

    http_method_names = ("post",)

    def post(self, request: HttpRequest, batch: str) -> HttpResponseBase:
        """Do it, and lead back."""
        found = self.batch(batch)
        done, refused = batches.retry_failed(found)
        text = ngettext("%(n)s row runs again.", "%(n)s rows run again.", done)
        messages.success(request, text % {"n": done})
        for reason in refused:
            messages.error(request, reason)
        if done:
            watch(self.owner, found)
        return redirect("batch", found.pk)


class CancelBatch(_OfBatch):
    """Asks the rows to stop that have not ended."""

    http_method_names = ("post",)

    def post(self, request: HttpRequest, batch: str) -> HttpResponseBase:
        """Do it, and lead back."""
        found = self.batch(batch)
        batches.cancel(found)
        return redirect("batch", found.pk)
