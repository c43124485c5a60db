"""What a job has said since, for whoever follows it by asking again and again.

Server-sent events would hold a thread of the web server for each viewer.
"""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from jobs.access.job_resource import JobResourceView
from jobs.documents import messages_document
from services.errors import InvalidParameters, Problem


class MessagesView(JobResourceView):
    """The messages of a job after the one that ``since`` numbers, and its state."""

    is_poll = True
    template = "directory/messages.html"
    takes_shares = True

    def get(self, request: Request, **names: str) -> Response:
        document = messages_document(self.job(), self._since())
        return Response(document, headers={"Cache-Control": "no-store"})

    def _since(self) -> int:
        text = self.form.get("since").strip() or "0"
        if not (text.isascii() and text.isdecimal() and len(text) < 10):
            problem = Problem("since", "expected the number that the last answer gave")
            raise InvalidParameters([problem])
        return int(text)
