"""Every page in a browser, with code in each text that can be set: none of it runs.

A page fails if a script of a text has run, a dialog was opened, or the console tells
of something that the Content-Security-Policy has blocked: a page must need none of it.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urldefrag, urljoin, urlsplit

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice
from playwright.sync_api import Browser

from jobs.runs import execution
from portal.models import AccessToken
from portal.tokens import Binding, issue, make_key
from services.catalog import publish
from services.management.commands.publish import service_at
from services.models import Folder, TaskParameter
from services.registry import installed
from tests.bad_input_gen import feature_set, point

pytestmark = [
    pytest.mark.timeout(400),
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
]

ROOT = f"/{settings.CONTEXT}/rest/services"
#: Each way in which a text becomes code, if nobody escapes it; ``hit`` would tell.
TEXTS = [
    "<script>window.hit=1;alert(1)</script>",
    "\"'><img src=x onerror=\"window.hit=1;alert(1)\">",
    "</title></textarea></script><svg/onload=window.hit=1>",
    "' autofocus onfocus='window.hit=1' x='\" autofocus onfocus=\"window.hit=1",
    "{{ settings.SECRET_KEY }}{% debug %}${window.hit=1}",
    '<a href="javascript:window.hit=1">link</a><iframe srcdoc="<script>parent.hit=1</script>">',
    '<b style="background:url(javascript:window.hit=1)">bold</b><style>*{display:none}</style>',
    "<form action=https://evil.example><input name=token autofocus></form><base href=//evil.example>",
    '<math><mtext><table><mglyph><style><img src=x onerror="window.hit=1"></style></mglyph>',
]  # fmt: skip
ALL = "\n".join(TEXTS)
MOST_PAGES = 120


def filled(password: str) -> tuple[str, list[str]]:
    """Put the texts wherever one can be set; return a token, and pages to begin with."""
    boss = User.objects.create_superuser(
        "boss", password=password, first_name=TEXTS[0][:100], last_name=TEXTS[1][:100]
    )
    token = issue(boss, 60, referer="")[0]
    issue(boss, 60, referer=TEXTS[1])
    folder = Folder.objects.create(name="Odd", title=TEXTS[0], description=ALL)
    for path, kind in (("Odd/Now", "Synchronous"), ("Odd/Later", "Asynchronous")):
        service = service_at(
            path, access="everyone", uploads=True, result_map_server=kind[0] == "A",
            title=TEXTS[1], description=ALL, execution_type=f"esriExecutionType{kind}",
        )  # fmt: skip
        for tool in ("abuse.Tell", "abuse.Keep", "toys.WriteFile", "toys.Fail"):
            task = publish(installed(tool), service)
            task.title, task.description, task.category = TEXTS[2], ALL, TEXTS[0][:200]
            task.help_url = "javascript:window.hit=1"
            task.save()
        TaskParameter.objects.filter(task__service=service).update(
            label=TEXTS[3][:200], description=ALL, category=TEXTS[1][:200]
        )
        TaskParameter.objects.filter(
            task__service=service, name__in=("In_Text", "Text")
        ).update(default=ALL)
    assert folder.pk
    return token, [f"{ROOT}?token={token}", *jobs(), *uploads(), *errors()]


def jobs() -> list[str]:
    """Run a job of each task with the texts as its inputs; return their pages."""
    client, made = Client(), []
    fields = [{"name": TEXTS[1][:64], "type": "esriFieldTypeString", "alias": TEXTS[0]}]
    features = feature_set([point(1, 2)], fields=fields)
    features["features"][0]["attributes"] = {TEXTS[1][:64]: ALL}
    given = {"Tell": {"In_Text": ALL}, "Keep": {"In_Features": json.dumps(features)},
             "WriteFile": {"Text": ALL}, "Fail": {}}  # fmt: skip
    for task, inputs in given.items():
        url = f"{ROOT}/Odd/Later/GPServer/{task}"
        answer = client.post(f"{url}/submitJob", {"f": "json", **inputs}).json()
        execution.run(answer["jobId"])
        job = f"{url}/jobs/{answer['jobId']}"
        made += [job, f"{job}/inputs", f"{job}/results", f"{job}/messages"]
        if task == "Keep":
            layer = f"{ROOT}/Odd/Later/MapServer/jobs/{answer['jobId']}/0"
            made += [layer, f"{layer}/query?where=1%3D1&outFields=*&f=html"]
    return made


def uploads() -> list[str]:
    client, base = Client(), f"{ROOT}/Odd/Later/GPServer/uploads"
    file = SimpleUploadedFile(TEXTS[1].replace("/", "")[:150] + ".csv", b"x,y\n1,2\n")
    form = {"f": "json", "file": file, "description": ALL}
    item = client.post(f"{base}/upload", form).json()["item"]["itemID"]
    return [base, f"{base}/{item}", f"{base}/{item}/delete"]


def errors() -> list[str]:
    """Return addresses that are wrong in ways that an error may repeat."""
    bad = "%3Cscript%3Ewindow.hit=1%3C%2Fscript%3E"
    tell = f"{ROOT}/Odd/Now/GPServer/Tell"
    return [
        f"{ROOT}/{bad}", f"{ROOT}/Odd/{bad}/GPServer", f"{tell}/jobs/{bad}",
        f"{tell}/execute?In_Text=x&env:outSR={bad}&f=html", f"{ROOT}?f={bad}",
        f"{tell}/execute?In_Text=%22%3E{bad}&f=html", f"{ROOT}?token={bad}",
        f"{ROOT}?f=json&callback={bad}", f"/{bad}", f"/{settings.CONTEXT}/tokens",
        f"{ROOT}/Odd/Now/GPServer/Keep/execute?In_Features={bad}&f=html",
    ]  # fmt: skip


class Visitor:
    """Walks through pages, and notes what went wrong on each."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.address = address
        self.page = browser.new_page()
        self.wrong: list[str] = []
        self.seen: set[str] = set()
        self.page.on("dialog", self._dialog)
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self._note(str(error)))

    def _note(self, text: str) -> None:
        self.wrong.append(f"{self.page.url}: {text}")

    def _dialog(self, dialog: Any) -> None:
        self._note("a dialog")
        dialog.dismiss()

    def _console(self, line: Any) -> None:
        # A page of an error has the status of one; a picture of none is 404.
        if line.type == "error" and "Failed to load resource" not in line.text:
            self._note(line.text)

    def _check_headers(self, headers: dict[str, str]) -> None:
        policy = headers.get("content-security-policy", "")
        if "unsafe" in policy or "default-src" not in policy:
            self._note(f"its policy is '{policy}'")
        if headers.get("x-content-type-options") != "nosniff":
            self._note("no nosniff")
        if headers.get("x-frame-options") != "DENY":
            self._note("may be framed")

    def visit(self, path: str) -> list[str]:
        """Open a page; return the addresses of this portal that it links."""
        before = len(self.wrong)
        answer = self.page.goto(urljoin(self.address, path))
        return self._looked_at(answer, before)

    def submit(self, form: str, **fields: str) -> None:
        """Fill the form that a selector finds, and look at the page that it leads to."""
        before = len(self.wrong)
        for name, text in fields.items():
            self.page.fill(f"{form} [name={name}]", text)
        with self.page.expect_navigation() as sent:
            self.page.click(f"{form} button")
        self._looked_at(sent.value, before)

    def _looked_at(self, answer: Any, before: int) -> list[str]:
        assert answer
        self._check_headers(answer.headers)
        if "text/html" not in answer.headers.get("content-type", ""):
            # What the browser draws documents with breaks a policy that allows nothing.
            told = self.wrong[before:]
            self.wrong[before:] = [one for one in told if "inline style" not in one]
            return []
        if self.page.evaluate("window.hit") is not None:
            self._note("a script of a text has run")
        if self.page.locator("iframe, object, embed, base, style:not([nonce])").count():
            self._note("an element that no page of ours has")
        found: list[str] = self.page.eval_on_selector_all(
            "a[href]", "links => links.map(link => link.href)"
        )
        for link in found:
            if not link.startswith(("http:", "https:", "mailto:")):
                self._note(f"a link to {link}")
        return [one for one in found if one.startswith(self.address)]

    def walk(self, begin: list[str], below: tuple[str, ...]) -> None:
        """Visit these pages, and all that they lead to below some paths.

        Of a list of the admin, each filter is tried with one of its values.
        """
        waiting = list(begin)
        while waiting and len(self.seen) < MOST_PAGES:
            path = waiting.pop(0)
            parts = urlsplit(urljoin(self.address, path))
            query = "" if "o=" in parts.query else parts.query
            if parts.path.startswith("/admin/"):
                query = "&".join(sorted(parse_qs(query)))
            key = f"{parts.path}?{query}"
            if key in self.seen or "logout" in key or "/download" in parts.path:
                continue
            if "/directories/" in parts.path or "thumbnail" in parts.path:
                continue  # files: they open no page
            self.seen.add(key)
            links = [urldefrag(link).url for link in self.visit(path)]
            waiting += [one for one in links if urlsplit(one).path.startswith(below)]


@pytest.fixture
def visitor(browser: Browser, live_server):
    made = Visitor(browser, live_server.url)
    yield made
    made.page.close()


def test_no_text_is_code_in_the_services_directory(visitor):
    _, begin = filled("boss-pass-1234")
    visitor.walk(begin, (ROOT, f"/{settings.CONTEXT}/tokens"))
    assert visitor.wrong == []
    assert len(visitor.seen) > 60


def test_no_text_is_code_on_the_pages_of_an_account(visitor):
    filled("boss-pass-1234")
    name = TEXTS[1][:150]
    user = User.objects.create_user(name, password="their-pass-1234")
    make_key(user, TEXTS[0][:100], 30, bound=Binding(TEXTS[1]))
    issue(user, 60, referer=TEXTS[1])
    account = f"/{settings.CONTEXT}/account"
    visitor.visit(f"{account}/login?next=//evil.example/%22%3E%3Cscript%3Ewindow.hit=1")
    for password in ("wrong", "their-pass-1234"):
        visitor.submit("main form", username=name, password=password)
    assert visitor.page.url == f"{visitor.address}{account}"
    for days in (TEXTS[0], "30"):
        key = {"name": TEXTS[1][:100], "days": days, "referer": TEXTS[1]}
        visitor.submit("form[action$=keys]", **key)
    assert AccessToken.objects.filter(is_key=True).count() == 2
    visitor.visit(f"{account}/device")
    visitor.submit("main form", code=TEXTS[1][:16])
    device = TOTPDevice.objects.get()
    device.throttle_reset()
    visitor.submit("main form", code=f"{totp(device.bin_key):06d}")
    visitor.submit("form[action$=backup-codes]")
    assert visitor.page.locator(".codes code").count() == 10
    visitor.walk([account], (account,))
    assert visitor.wrong == []


def test_no_text_is_code_in_the_administration(visitor):
    filled("boss-pass-1234")
    visitor.visit("/admin/login/?next=//evil.example/")
    visitor.page.fill("[name=username]", "boss")
    visitor.page.fill("[name=password]", "boss-pass-1234")
    visitor.page.click("[type=submit]")
    assert visitor.page.url.startswith(f"{visitor.address}/")
    visitor.walk(["/admin/"], ("/admin/",))
    assert visitor.wrong == []
    assert len(visitor.seen) > 30
