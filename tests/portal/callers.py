"""Who asks the addresses of the portal, what is there to ask for, and what they got."""

from __future__ import annotations

import re
from functools import cached_property

from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone

from jobs.access.sharing import revoke, share
from jobs.models import Job
from jobs.models.hosted import HostedService
from jobs.uploads.items import find_item
from portal.tokens import issue
from services.models import Service
from tests.conftest import Rest
from tests.jobs.maps import SQUARE
from tests.portal.surfaces import LOGIN, PASSES, UNKNOWN, Surface

FAR = "203.0.113.9"


class Callers:
    """People, and the tokens that callers show; asks nothing of a service."""

    def __init__(self, owner, stranger, member) -> None:
        self.people = {"owner": owner, "stranger": stranger, "member": member}

    def token(self, caller: str) -> str:
        """Return the token that a caller shows, "" for none."""
        owner = self.people["owner"]
        if caller in self.people:
            return issue(self.people[caller], 60)[0]
        if caller == "expired":
            return issue(owner, -1)[0]
        if caller == "wrong referer":
            return issue(owner, 60, referer="https://app.example/")[0]
        if caller == "wrong ip":
            return issue(owner, 60, ip="192.0.2.1")[0]
        if caller == "revoked":
            token, row = issue(owner, 60)
            row.revoked_at = timezone.now()
            row.save()
            return token
        return ""

    def url(self, surface: Surface) -> str:
        """Return the address of a surface."""
        return surface.path

    def form(self, surface: Surface, caller: str) -> dict[str, str]:
        """Return what a caller sends."""
        token = self.token(caller)
        return {"f": "json"} | surface.form | ({"token": token} if token else {})

    def ask(self, surface: Surface, caller: str):
        """Ask a surface as a caller; return the response."""
        return send(surface.method, self.url(surface), self.form(surface, caller))


class Site(Callers):
    """A service for a group, with a job, an upload and a hosted service of one of it."""

    def __init__(self, published, owner, stranger, member) -> None:
        super().__init__(owner, stranger, member)
        group = Group.objects.create(name="Analysts")
        group.user_set.add(owner, member)
        common = {"access": "chosen", "uploads": True}
        published("samples.Echo", "Secret/Sync", **common)
        published(
            "samples.Echo", "Secret/Echo", sync=False, result_map_server=True, **common
        )
        published("samples.Paint", "Secret/Echo", sync=False)
        published(
            "samples.Buffer", "Secret/Buffer", sync=False, hosted_output=True, **common
        )
        for service in Service.objects.all():
            service.allowed_groups.add(group)
        self.rest = Rest(self.token("owner"))

    @cached_property
    def job(self) -> Job:
        path = self.rest.run_job("/Secret/Echo/GPServer/Echo", In_Features=SQUARE)
        return Job.objects.get(pk=path.rpartition("/")[2])

    @cached_property
    def raster(self) -> Job:
        path = self.rest.run_job("/Secret/Echo/GPServer/Paint", Value=1)
        return Job.objects.get(pk=path.rpartition("/")[2])

    @cached_property
    def item(self) -> str:
        uploads = "/Secret/Echo/GPServer/uploads/register"
        found = self.rest.post(uploads, itemName="a.csv")["item"]["itemID"]
        service = Service.objects.get(name="Echo")
        item = find_item(service, self.people["owner"], found)
        item.committed = True
        item.folder.mkdir(parents=True)
        item.path.write_text("a,b")
        item.save()
        return found

    @cached_property
    def hosted(self) -> str:
        fields = {"Input_Features": SQUARE, "Distance": "1 Meters"}
        self.rest.run_job("/Secret/Buffer/GPServer/Buffer", **fields)
        return HostedService.objects.get().name

    def share(self, *, live: bool, job: Job | None = None) -> tuple[str, str]:
        """Return the id and secret of a share link of a job."""
        secret, row = share(job or self.job, self.people["owner"], 60)
        if not live:
            revoke(row)
        return row.pk, secret

    def url(self, surface: Surface) -> str:
        found = surface.path
        if "{job}" in found:
            found = found.replace("{job}", self.job.pk)
        if "{raster}" in found:
            found = found.replace("{raster}", self.raster.pk)
        if "{item}" in found:
            found = found.replace("{item}", self.item)
        if "{hosted}" in found:
            found = found.replace("{hosted}", self.hosted)
        if "{share}" in found:
            found = found.replace("{share}", self.share(live=True)[0])
        return found

    def form(self, surface: Surface, caller: str) -> dict[str, str]:
        form = super().form(surface, caller)
        if caller in ("link", "dead link") and "{job}" in surface.path:
            form["share"] = self.share(live=caller == "link")[1]
        if caller in ("link", "dead link") and "{raster}" in surface.path:
            form["share"] = self.share(live=caller == "link", job=self.raster)[1]
        return form


def send(method, url, form):
    if method == "get" and "?" in url:
        url, _, query = url.partition("?")
        form |= dict(one.split("=") for one in query.split("&"))
    # The metrics are for this machine; everybody else is far.
    more = {"REMOTE_ADDR": FAR} if url == "/metrics" else {}
    return getattr(Client(), method)(url, form, **more)


def outcome(response):
    """Return what a caller has got, in the words of the table."""
    if response.status_code == 302 and response.url.startswith(
        ("/admin/login", "/server/account/login")
    ):
        return LOGIN
    if "json" not in response.get("Content-Type", ""):
        if response.streaming:
            b"".join(response.streaming_content)  # closes the file behind it
        code = response.status_code
        return code if code in (403, 404) else PASSES
    document = response.json()
    error = document.get("error", document) if isinstance(document, dict) else {}
    told = error.get("details") or [""]
    if re.fullmatch("(Job|Item) not found", told[0]):
        return UNKNOWN
    code = error.get("code")
    return code if code in (403, 404, 498, 499) else PASSES
