"""Share links over HTTP: the owner of a job lists, makes and revokes them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.request import Request
from rest_framework.response import Response

from jobs.access.job_resource import JobResourceView
from jobs.access.sharing import PARAMETER, revoke, share, usual_hours
from jobs.models import Job, ShareLink
from services.errors import InvalidParameters, InvalidURL, NotAllowed, Problem
from services.moments import milliseconds_of

_NOBODYS = (
    "This job was submitted without signing in: whoever has its address may read it."
)


def share_document(row: ShareLink) -> dict[str, Any]:
    """Return what is told of a link: all but its secret, which nobody has."""
    last = row.last_used_at
    return {
        "shareId": row.pk,
        "label": row.label,
        "state": row.state,
        "created": milliseconds_of(row.created_at),
        "expires": milliseconds_of(row.expires_at),
        "lastUsed": milliseconds_of(last) if last else None,
    }


class _SharesView(JobResourceView):
    """What the resources of share links have in common: they are the owner's."""

    def shared_job(self) -> Job:
        """Return the job. Raises NotAllowed if it has no owner who could share it."""
        job = self.job()
        if job.user_id is None:
            raise NotAllowed(_NOBODYS)
        return job

    def answer(self, document: dict[str, Any]) -> Response:
        """Return an answer that nobody keeps."""
        return Response(document, headers={"Cache-Control": "no-store"})

    def html_context(self) -> dict[str, Any]:
        return {"most_hours": settings.MAX_SHARE_HOURS,
                "hours": usual_hours()}  # fmt: skip


class SharesView(_SharesView):
    """The share links of a job."""

    template = "directory/shares.html"

    def get(self, request: Request, **names: str) -> Response:
        links = self.shared_job().share_links.all()
        return self.answer({"shares": [share_document(one) for one in links]})


class CreateShareView(_SharesView):
    """Make a share link; its address is told this once."""

    runs = True
    template = "directory/share.html"

    def get(self, request: Request, **names: str) -> Response:
        raise MethodNotAllowed("GET", "This operation has to be sent by POST.")

    def post(self, request: Request, **names: str) -> Response:
        job, user = self.shared_job(), request.user
        minutes, label = self._minutes(), self._label()
        if not isinstance(user, User):
            raise NotAllowed(_NOBODYS)
        secret, row = share(job, user, minutes, label)
        path = request.path.rstrip("/").rpartition("/shares")[0]
        url = f"{request.build_absolute_uri(path)}?{PARAMETER}={secret}"
        return self.answer(share_document(row) | {"share": secret, "url": url})

    def _minutes(self) -> int:
        text = self.form.get("expiration").strip()
        if not text:
            return int(usual_hours() * 60)
        if not (text.isascii() and text.isdecimal() and 0 < len(text) < 10):
            raise _refused("expiration", "expected a whole number of minutes")
        if not int(text):
            raise _refused("expiration", "expected at least 1 minute")
        return int(text)

    def _label(self) -> str:
        label = self.form.get("label").strip()
        if len(label) > 100 or not label.isprintable():
            raise _refused("label", "expected at most 100 characters in one line")
        return label


class RevokeShareView(_SharesView):
    """Let a share link work no more."""

    runs = True
    template = "directory/shares.html"

    def get(self, request: Request, **names: str) -> Response:
        raise MethodNotAllowed("GET", "This operation has to be sent by POST.")

    def post(self, request: Request, **names: str) -> Response:
        job = self.shared_job()
        row = job.share_links.filter(pk=names["share"].lower()).first()
        if row is None:
            raise InvalidURL("Share link not found")
        revoke(row)
        links = job.share_links.all()
        shares = [share_document(one) for one in links]
        return self.answer({"success": True, "shares": shares})


def _refused(parameter: str, reason: str) -> InvalidParameters:
    return InvalidParameters([Problem(parameter, reason)])
