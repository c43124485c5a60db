"""A running portal with everything that the corpus names, and how to ask it."""

from __future__ import annotations

import http.client
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from tests.conftest import ROOT
from tests.corpus import FORM, form
from tests.server import peak_megabytes, portal, wait_until_ready

Made = TypeVar("Made")

#: Seconds in which each case is answered, as the portal promises.
LIMIT = 2.0
#: Times the limit that no answer takes, however busy the machine is.
MUCH_TOO_LATE = 7.5
#: What no answer may hold: how the portal is made inside.
INSIDE = ("Traceback", 'File "', "site-packages", "Error(", "<class ", "root:x:0")
#: The most that a process of the portal may take: the limit of a run, and itself.
MOST_MEGABYTES = 1500
FINAL = ("esriJobSucceeded", "esriJobFailed", "esriJobTimedOut", "esriJobCancelled")
NOW, LATER = f"{ROOT}/Now/GPServer", f"{ROOT}/Later/GPServer"
SECURED, OF_BOB = f"{ROOT}/Secured/GPServer", f"{ROOT}/OfBob/GPServer"
#: A run may take 20 s, or 1 s; and an upload 1 MB.
BOMBS, SHORT = f"{ROOT}/Bombs/GPServer", f"{ROOT}/Short/GPServer"
SMALL = f"{ROOT}/Small/GPServer"
SMALL_MEGABYTES = 1
#: Waits that a portal has for its clients' sake, shorter than the answer's time.
SHORT_WAITS = {
    "CAIRN_RUN_WAIT_SECONDS": "1",
    "CAIRN_FETCH_SECONDS": "1",
}

_SETUP = """
from datetime import timedelta
import json, os
from django.contrib.auth.models import User
from django.utils import timezone
from portal import tokens
from portal.models import AccessToken
from services.catalog import publish
from services.management.commands.publish import service_at
from services.models import Service
from services.registry import installed

now, later = Service.Execution.SYNCHRONOUS, Service.Execution.ASYNCHRONOUS
bounds = {"max_memory_mb": 1024, "max_run_seconds": 20}
own = ["abuse.Keep", "abuse.Weigh", "abuse.Tell", "abuse.Shout", "abuse.Fill",
       "toys.Sleep", "toys.Grind", "toys.WriteFile"]
gis = ["proximity.Buffer", "overlay.Intersect", "dissolve.Dissolve",
       "generalize.Simplify"]
for path, kind, access, tools, more in (
    ("Toys/Service", now, "everyone", ["roles.Ask"], {}),
    ("Now", now, "everyone", ["abuse.Tell", "abuse.Keep", *gis], {}),
    ("Later", later, "everyone", own, {}),
    ("Secured", later, "signed_in", own, {}),
    ("OfBob", later, "chosen", own, {}),
    ("Bombs", later, "everyone", gis, {}),
    ("Short", later, "everyone", [*gis, "abuse.Fork"], {"max_run_seconds": 1}),
    ("Small", later, "everyone", own, {"max_upload_mb": 1}),
):
    service = service_at(path, execution_type=kind, access=access, uploads=True,
                         result_map_server=True, **(bounds | more))
    for tool in tools:
        publish(installed(tool), service)
made = {}
for name in ("alice", "bob", "carol"):
    user = User.objects.create_user(name, password=f"{name}-pass-1")
    made[name], _ = tokens.issue(user, 60)
User.objects.filter(username="carol").update(is_active=False)
Service.objects.get(name="OfBob").allowed_users.add(User.objects.get(username="bob"))
alice = User.objects.get(username="alice")
made["expired"], row = tokens.issue(alice, 60)
AccessToken.objects.filter(pk=row.pk).update(
    expires_at=timezone.now() - timedelta(seconds=1))
made["elsewhere"], _ = tokens.issue(alice, 60, ip="192.0.2.7")
with open(os.environ["CAIRN_TEST_TOKENS"], "w") as file:
    json.dump(made, file)
"""


def in_time(attempt: Callable[[], Made], limit: float = LIMIT) -> Made:
    """Return what an attempt gives within ``limit`` seconds.

    One that is late, not by far, is made once more: the machine may have been busy.
    """
    for most in (MUCH_TOO_LATE * limit, limit):
        began = time.monotonic()
        made = attempt()
        seconds = time.monotonic() - began
        if seconds < limit:
            return made
        if seconds > most:
            break
    raise AssertionError(f"answered after {seconds:.1f} s, not in {limit:g} s")


def encoded(fields: Mapping[str, str]) -> bytes:
    """Return the body of a form, for JSON unless the fields say otherwise."""
    return form({"f": "json", **fields}).encode()


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: status, headers, text, and after how long."""

    status: int
    headers: http.client.HTTPMessage
    text: str
    seconds: float

    @property
    def document(self) -> Any:
        return json.loads(self.text)

    @property
    def error(self) -> str:
        """The words of an Esri error, "" if this is none."""
        if self.status >= 400 and not self.text.startswith("{"):
            return self.text
        found = self.document.get("error") if self.text.startswith("{") else None
        if not isinstance(found, dict):
            return ""
        return " ".join([str(found["code"]), found["message"], *found["details"]])


@dataclass(slots=True)
class Site:
    """The portal: where it answers, whom it knows, and which processes it is."""

    address: str
    pids: list[int]
    log: Path
    tokens: dict[str, str]
    #: Bytes of the log that a test has looked at.
    logged: int = 0
    #: Ids that cases name by what they are.
    known: dict[str, str] = field(default_factory=dict)

    def ask(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        limit: float = LIMIT,
    ) -> Answer:
        """Send bytes as they are; the answer is none that no case may have, and soon."""
        return in_time(lambda: self.sent(method, path, body, headers or {}), limit)

    def sent(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str]
    ) -> Answer:
        """Send bytes as they are; the answer may be late."""
        place = urlsplit(self.address)
        connection = http.client.HTTPConnection(
            str(place.hostname), place.port, timeout=90
        )
        began = time.monotonic()
        try:
            connection.request(method, path, body or None, dict(headers))
            response = connection.getresponse()
            text = response.read().decode("utf-8", "replace")
        finally:
            connection.close()
        seconds = time.monotonic() - began
        answer = Answer(response.status, response.headers, text, seconds)
        assert answer.status < 500 or answer.status == 503, text[:500]
        assert '"code":500,' not in text, text[:500]
        assert [word for word in INSIDE if word in text] == []
        return answer

    def post(
        self,
        path: str,
        fields: Mapping[str, str],
        token: str = "",
        limit: float = LIMIT,
    ) -> Answer:
        """Send a form, for JSON unless the fields say otherwise."""
        return self._posted(path, encoded(fields), token, limit)

    def _posted(
        self, path: str, body: bytes, token: str, limit: float = LIMIT
    ) -> Answer:
        known = {"X-Esri-Authorization": f"Bearer {token}"} if token else {}
        return self.ask("POST", path, body, {"Content-Type": FORM, **known}, limit)

    def get(self, path: str, token: str = "", **fields: str) -> Answer:
        """Ask for a document, or for what ``f`` says."""
        known = {"X-Esri-Authorization": f"Bearer {token}"} if token else {}
        return self.ask("GET", f"{path}?{form({'f': 'json', **fields})}", b"", known)

    def submit(self, task: str, fields: Mapping[str, str], token: str = "") -> str:
        """Return the address of a new job."""
        answer = self.post(f"{task}/submitJob", fields, token)
        assert not answer.error, answer.error
        return f"{task}/jobs/{answer.document['jobId']}"

    def ended(self, job: str, token: str = "", seconds: float = 60.0) -> dict[str, Any]:
        """Return the document of a job that has ended."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            document: dict[str, Any] = self.get(job, token).document
            if document["jobStatus"] in FINAL:
                return document
            time.sleep(0.1)
        raise AssertionError(f"{job} has not ended after {seconds} s")

    def refusal(
        self,
        task: str,
        fields: Mapping[str, str],
        token: str = "",
        limit: float = LIMIT,
    ) -> str:
        """Return why a job cannot be, at once or at its end; "" for one that can."""
        body = encoded(fields)  # a large one costs this process a while
        return in_time(lambda: self._refusal(task, body, token), limit)

    def _refusal(self, task: str, body: bytes, token: str) -> str:
        answer = self._posted(f"{task}/submitJob", body, token)
        if answer.error:
            return answer.error
        document = self.ended(f"{task}/jobs/{answer.document['jobId']}", token)
        if document["jobStatus"] == "esriJobSucceeded":
            return ""
        return " ".join(one["description"] for one in document["messages"])

    def upload(
        self, service: str, name: str, content: bytes, token: str = ""
    ) -> Answer:
        """Upload a file under a name as it is, quotes and all."""
        boundary = b"-----cairn-corpus"
        head = f'Content-Disposition: form-data; name="file"; filename="{name}"'
        body = b"\r\n".join(
            [
                b"--" + boundary,
                b'Content-Disposition: form-data; name="f"',
                b"",
                b"json",
                b"--" + boundary,
                head.encode(),
                b"Content-Type: application/octet-stream",
                b"",
                content,
                b"--" + boundary + b"--",
                b"",
            ]
        )
        kind = f"multipart/form-data; boundary={boundary.decode()}"
        known = {"X-Esri-Authorization": f"Bearer {token}"} if token else {}
        return self.ask(
            "POST", f"{service}/uploads/upload", body,
            {"Content-Type": kind, **known},
        )  # fmt: skip

    def assert_well(self) -> None:
        """No process has died, none is too large, and none met an error of its own."""
        for pid in self.pids:
            os.kill(pid, 0)
        assert self.web_processes() == self.known["web"]
        assert peak_megabytes(self.pids) < MOST_MEGABYTES
        log = self.log.read_bytes()[self.logged :].decode("utf-8", "replace")
        self.logged = self.log.stat().st_size
        told = [line for line in log.splitlines() if "request failed" in line]
        assert "Traceback" not in log, log[-2000:]
        assert told == []

    def web_processes(self) -> str:
        """Return the pids of the processes that answer requests."""
        server = self.pids[0]
        listed = Path(f"/proc/{server}/task/{server}/children")
        return listed.read_text("ascii").strip()


@contextmanager
def running(folder: Path, **variables: str) -> Iterator[Site]:
    """Run a portal with the services, users and tokens of the corpus."""
    tokens, log = folder / "tokens.json", folder / "portal.log"
    files = {"CAIRN_TEST_TOKENS": str(tokens), "CAIRN_TEST_LOG": str(log)}
    given = SHORT_WAITS | files | variables
    settings = "tests.hostile.settings"
    with portal(folder / "data", _SETUP, settings, **given) as (
        address,
        pids,
    ):
        wait_until_ready(address)
        site = Site(address, pids, log, json.loads(tokens.read_text("utf-8")))
        site.known["web"] = site.web_processes()
        yield site
