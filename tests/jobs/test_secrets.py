"""A whole portal works with secured inputs; nothing it leaves or shows has a secret."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin

import pytest
import requests

from tests.jobs.remote import Remote, remote
from tests.jobs.test_cluster import ended
from tests.server import portal, web

PASSWORD = "admin-pass-1"
SETUP = f"""
from django.contrib.auth.models import User
from services.catalog import publish
from services.management.commands.publish import service_at
from services.registry import installed
kind = "esriExecutionTypeSynchronous"
for tool in ("toys.Dawdle", "samples.Echo", "typed.Blab"):
    name = tool.partition(".")[2]
    publish(installed(tool), service_at(name, access="everyone"))
    publish(installed(tool),
            service_at(name + "Now", access="everyone", execution_type=kind))
if not User.objects.exists():
    User.objects.create_superuser("admin", password="{PASSWORD}")
"""
#: Not to be found in plain, and in percent-encoding and JSON it looks otherwise.
SECRET = 'G3heim"1/% ticket'
FORMS = {
    SECRET, quote(SECRET, ""), quote(SECRET), json.dumps(SECRET)[1:-1], "G3heim",
}  # fmt: skip
LAYER = "/arcgis/rest/services/Secured/FeatureServer/0"
BROKEN = "/arcgis/rest/services/Broken/FeatureServer/0"


@pytest.fixture
def site() -> Iterator[Remote]:
    """A secured feature service; one of its layers breaks and repeats the token."""
    with remote() as found:
        found.token = SECRET
        point = {"attributes": {"ID": 7}, "geometry": {"x": 8, "y": 47}}
        found.answers = {
            LAYER: {"geometryType": "esriGeometryPoint"},
            f"{LAYER}/query": {"features": [point], "spatialReference": {"wkid": 4326}},
            BROKEN: {"error": {"code": 400, "message": f"Cannot use {SECRET}"}},
        }
        yield found


def where_found(folder: Path) -> list[str]:
    """Return the files below a folder that hold the secret in any form."""
    wanted = [form.encode() for form in FORMS]
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert any(path.name == "cairn.sqlite3" for path in files)
    return [str(path) for path in files
            if any(one in path.read_bytes() for one in wanted)]  # fmt: skip


def require_none(text: str, what: str) -> None:
    assert [form for form in FORMS if form in text] == [], what


class Client:
    """Speaks to the portal; whatever it is told must be without the secret."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.root = f"{address}/server/rest/services"
        self.session = requests.Session()

    def post(self, path: str, **fields: str) -> Any:
        answer = self.session.post(self.root + path, {"f": "json"} | fields, timeout=60)
        require_none(answer.text, path)
        return answer.json()

    def submit(self, service: str, **fields: str) -> str:
        answer = self.post(f"/{service}/GPServer/{service}/submitJob", **fields)
        return f"{self.root}/{service}/GPServer/{service}/jobs/{answer['jobId']}"

    def page(self, url: str, **fields: str) -> str:
        text = self.session.get(url, params=fields, timeout=60).text
        require_none(text, url)
        return text

    def sign_in(self) -> None:
        login = f"{self.address}/admin/login/"
        self.session.get(login, timeout=60)
        form = {"username": "admin", "password": PASSWORD,
                "csrfmiddlewaretoken": self.session.cookies["csrftoken"]}  # fmt: skip
        assert self.session.post(login, form, timeout=60).url.endswith("/profile/") or (
            "sessionid" in self.session.cookies
        )

    def all_pages(self, start: str) -> list[str]:
        """Visit every page of the administration that a link leads to."""
        seen, waiting = {start}, [start]
        while waiting:
            text = self.page(waiting.pop())
            for link in re.findall(r'href="([^"#]+)"', text):
                url = urljoin(f"{self.address}/admin/", unescape(link)).partition("#")[
                    0
                ]
                leads_on = url.startswith(f"{self.address}/admin/") and "?" not in url
                if leads_on and "logout" not in url and url not in seen:
                    seen.add(url)
                    waiting.append(url)
        return sorted(seen)


def wait_until_executing(url: str) -> None:
    deadline = time.monotonic() + 60
    while requests.get(url, {"f": "json"}, timeout=60).json()["jobStatus"] != (
        "esriJobExecuting"
    ):
        assert time.monotonic() < deadline
        time.sleep(0.05)


NOW = "/EchoNow/GPServer/Echo"


def inputs_of(site: Remote) -> dict[str, str]:
    """Return values of an input, the secret in each at another place."""
    layer = site.url + LAYER
    return {
        "member": json.dumps({"url": layer, "token": SECRET}),
        "in_url": json.dumps({"url": f"{layer}?token={quote(SECRET, '')}"}),
        "broken": json.dumps({"url": site.url + BROKEN, "serviceToken": SECRET}),
    }


def submit_all(client: Client, inputs: dict[str, str]) -> tuple[list[str], list[str]]:
    """Submit jobs; return those that will succeed, and those that will fail."""
    context = json.dumps({"outSR": 4326, "token": SECRET})
    good = [
        client.submit("Dawdle", Features=inputs["member"], Seconds="0"),
        client.submit("Dawdle", Features=inputs["in_url"], Seconds="0"),
        client.submit("Echo", In_Features=inputs["member"], context=context),
        client.submit("Blab", Password=SECRET),
    ]
    bad = [
        client.submit("Echo", In_Features=inputs["broken"]),
        client.submit("Blab", Password=SECRET, How="bug"),
        client.submit("Blab", Password=SECRET, How="failed"),
    ]
    return good, bad


def run_at_once(client: Client, inputs: dict[str, str]) -> None:
    """Run the synchronous service in all ways; some runs fail, one by a bug."""
    told = client.post(f"{NOW}/execute", In_Features=inputs["broken"])
    assert "400 Cannot use (hidden)" in told["error"]["details"][0]
    assert "results" in client.post(f"{NOW}/execute", In_Features=inputs["member"])
    for value in inputs.values():
        for format_name in ("json", "html", "pjson"):
            url = f"{client.root}{NOW}/execute"
            client.page(url, f=format_name, In_Features=value)
        client.page(f"{client.root}{NOW}/validate", f="json", In_Features=value)
    bug = client.post("/BlabNow/GPServer/Blab/execute", Password=SECRET, How="bug")
    assert bug["error"]["code"] == 500
    large = json.dumps([SECRET] * 3000)
    assert "error" in client.post("/BlabNow/GPServer/Blab/execute", Password=large)


def look_everywhere(client: Client, jobs: list[str]) -> None:
    """Visit what there is of jobs, the whole administration, and the metrics."""
    for job in jobs:
        for below in ("", "/inputs", "/results", "/messages"):
            for format_name in ("json", "html"):
                client.page(job + below, f=format_name)
    client.sign_in()
    pages = client.all_pages(f"{client.address}/admin/")
    runs = [url for url in pages if re.search(r"/jobs/job/j[0-9a-f]{32}/change/", url)]
    assert len(runs) >= len(jobs) + 8  # and the synchronous ones
    client.page(f"{client.address}/metrics")


def test_a_run_with_a_secured_input_leaves_no_secret_anywhere(tmp_path, site, capfd):
    variables = {
        "CAIRN_TOOL_PACKAGES": "tests.toys",
        "CAIRN_FETCH_HOSTS": f"127.0.0.1:{site.port}",
        "CAIRN_FETCH_NETWORKS": "127.0.0.0/8",
        "CAIRN_SPOOL_DIR": str(tmp_path / "spool"),
        "CAIRN_LOG_LEVEL": "DEBUG",
    }
    inputs = inputs_of(site)
    with web(tmp_path, SETUP, **variables) as (address, _):  # nobody takes the jobs
        client = Client(address)
        good, bad = submit_all(client, inputs)
        never = client.submit("Dawdle", Features=inputs["member"], Seconds="0")
        assert where_found(tmp_path) == []
        client.page(f"{never}/cancel", f="json")
    assert site.seen == []
    with portal(tmp_path, SETUP, **variables) as (at, _):  # a restart, with a worker
        client = Client(at)
        good, bad, (never,) = ([url.replace(address, at) for url in urls]
                               for urls in (good, bad, [never]))  # fmt: skip
        assert {ended(url)["jobStatus"] for url in good} == {"esriJobSucceeded"}
        assert {ended(url)["jobStatus"] for url in bad} == {"esriJobFailed"}
        slow = client.submit("Dawdle", Features=inputs["member"], Seconds="600")
        wait_until_executing(slow)
        assert where_found(tmp_path) == []  # nor while it runs
        client.page(f"{slow}/cancel", f="json")
        for url in (never, slow):
            assert ended(url)["jobStatus"] == "esriJobCancelled"
        run_at_once(client, inputs)
        look_everywhere(client, [*good, *bad, never, slow])
        assert where_found(tmp_path) == []
    assert where_found(tmp_path) == []
    logged = capfd.readouterr()
    assert "(hidden)" in logged.err
    require_none(logged.out + logged.err, "the logs")
    sent = {headers.get("X-Esri-Authorization") for _, _, headers in site.seen}
    assert f"Bearer {SECRET}" in sent
