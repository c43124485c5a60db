"""Addresses of pictures that open without a token: they hold all that is drawn, signed.

Such a picture lies on no disk, and its address works for an hour.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

from django.core import signing
from django.http import HttpResponseBase
from rest_framework.request import Request as HttpRequest

from jobs.models import Job, ShareLink
from jobs.status import JobStatus
from services.errors import LimitExceeded, NotFound
from services.formats import DOCUMENTS, IMAGE
from services.views import RestView

SIGNED_SECONDS = 3600
_LONGEST = 3500


def picture_address(
    view: RestView, job: Job, kind: str, name: str, form: dict[str, str]
) -> str:
    """Return the absolute URL of a picture, open to whoever has it.

    ``kind`` is MapServer or ImageServer, ``form`` all that is drawn.
    """
    link: ShareLink | None = getattr(view, "share_link", None)
    held = {"job": job.pk} | ({"share": link.pk} if link else {})
    signed = signing.dumps(held | form, salt=_salt(kind), compress=True)
    if len(signed) > _LONGEST:
        raise LimitExceeded(
            "this picture needs too long an address: ask for it with f=image"
        )
    path = f"{quote(job.service_path)}_{kind}/{job.pk}"
    folder = f"{view.root_url()}/rest/directories/arcgisoutput/{path}"
    return f"{folder}/{name}?{urlencode({'picture': signed})}"


def _salt(kind: str) -> str:
    return f"jobs.access.signed:{kind}"


class SignedPictureView(RestView):
    """A picture at the address that a document gave; the address is the permission."""

    permission_classes = ()
    authentication_classes = ()
    is_file = True
    formats = (*DOCUMENTS, IMAGE)
    kind = ""

    def get(self, request: HttpRequest, **names: str) -> HttpResponseBase:
        form = self._signed_form(names["job"])
        link = form.pop("share", "")
        if link and not ShareLink.objects.live().filter(pk=link).exists():
            raise NotFound("the link to the results of this job works no more")
        job = Job.objects.select_related("service__folder").filter(
            pk=names["job"].lower(), status=JobStatus.SUCCEEDED
        )
        found = job.first()
        if found is None:
            raise NotFound("the results of this job are gone")
        return self.drawn(found, form)

    def drawn(self, job: Job, form: dict[str, str]) -> HttpResponseBase:
        """Return the picture that a form of ours describes."""
        raise NotImplementedError

    def _signed_form(self, job_id: str) -> dict[str, str]:
        """Return what an address of ours holds. Raises NotFound."""
        text, gone = self.form.get("picture"), "there is no such picture"
        try:
            form: dict[str, Any] = signing.loads(
                text, salt=_salt(self.kind), max_age=SIGNED_SECONDS
            )
        except signing.BadSignature:
            raise NotFound(f"{gone} any more: ask for it again") from None
        if form.pop("job", "").lower() != job_id.lower():
            raise NotFound(gone)
        return form
