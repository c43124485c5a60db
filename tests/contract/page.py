"""A page of another origin that holds a client, in a headless Chromium."""

from __future__ import annotations

import io
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, Page, Request, sync_playwright

from tests.contract.site import HERE, MODULES, environment

_OPTIONS = (
    "--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-quic", "--no-first-run",
    # No name is looked up: what asks for another machine fails at once.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)  # fmt: skip
_HTML = """<!doctype html><meta charset="utf-8"><title>Contract</title>
<link rel="icon" href="data:,"><script type="module" src="{script}"></script>"""


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: Any) -> None:
        """Say nothing: pytest's output is for tests."""


@contextmanager
def served(folder: Path, script: str) -> Iterator[str]:
    """Bundle the scenarios into a folder and serve it; yield the page's address."""
    subprocess.run(
        [str(MODULES / ".bin" / "esbuild"), str(HERE / "clients" / script),
         "--bundle", "--format=esm", "--splitting", f"--outdir={folder}",
         "--log-level=warning"],
        check=True, env=environment() | {"NODE_PATH": str(MODULES)},
    )  # fmt: skip
    (folder / "assets").symlink_to(MODULES / "@arcgis" / "core" / "assets")
    (folder / "index.html").write_text(_HTML.format(script=script), "utf-8")
    handler = partial(_Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


class Sdk:
    """The page; every request it sends is kept."""

    def __init__(self, page: Page, origin: str, portal: str) -> None:
        self.page = page
        self.here = {urlsplit(origin).netloc, urlsplit(portal).netloc}
        self.portal = portal
        self.requests: list[Request] = []
        self.errors: list[str] = []
        page.on("request", self._note_request)
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.goto(f"{origin}/index.html")
        page.wait_for_function("window.run !== undefined")

    def _note_request(self, request: Request) -> None:
        self.requests.append(request)

    def _note(self, line: Any) -> None:
        if line.type == "error":
            self.errors.append(f"{line.text} ({line.location.get('url')})")

    def run(self, scenario: str, **given: Any) -> dict[str, Any]:
        """Run a scenario; return value or error."""
        self.requests.clear()
        done: dict[str, Any] = self.page.evaluate(
            "([name, given]) => window.run(name, given)", [scenario, given]
        )
        return done

    def begin(self, scenario: str, **given: Any) -> None:
        """Start a scenario that needs a person; ``finish`` returns what came of it."""
        self.page.evaluate(
            "([name, given]) => { window.begun = window.run(name, given); }",
            [scenario, given],
        )

    def sign_in(self, username: str, password: str) -> None:
        """Fill the dialog that the SDK shows, and press OK."""
        for name, text in (("username", username), ("password", password)):
            self.page.locator(f"calcite-input[name={name}] input").fill(text)
        self.page.get_by_role("button", name="OK").click()

    def finish(self) -> Any:
        """Return the outcome of the scenario that was begun."""
        return self.page.evaluate("window.begun")

    def value(self, scenario: str, **given: Any) -> Any:
        """Run a scenario that ends well; return its value."""
        done = self.run(scenario, **given)
        assert "error" not in done, done["error"]
        return done["value"]

    def error(self, scenario: str, **given: Any) -> dict[str, Any]:
        """Run a scenario that ends with an error; return it."""
        done = self.run(scenario, **given)
        assert "error" in done, done
        error: dict[str, Any] = done["error"]
        return error

    def pixels(self) -> np.ndarray:
        """Return what the upper left 600 x 400 of the page show, RGB."""
        clip = {"x": 0, "y": 0, "width": 600, "height": 400}
        image = Image.open(io.BytesIO(self.page.screenshot(clip=clip)))  # type: ignore[arg-type]
        if folder := os.environ.get("CONTRACT_PICTURES"):
            count = len(list(Path(folder).glob("*.png")))
            image.save(Path(folder) / f"{count:02}.png")
        return np.asarray(image.convert("RGB"))

    def sent(self) -> list[tuple[str, str]]:
        """Return method and path of what the last scenario asked of the portal."""
        return [
            (one.method, urlsplit(one.url).path)
            for one in self.requests
            if one.url.startswith(self.portal)
        ]

    def check(self) -> None:
        """Assert that nothing left the machine and that the console is clean."""
        hosts = {urlsplit(one.url).netloc for one in self.requests
                 if one.url.startswith("http")}  # fmt: skip
        assert hosts <= self.here
        assert self.errors == [], self.errors


@contextmanager
def chromium(path: str) -> Iterator[Browser]:
    """Yield a browser that draws without a graphics card."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(_OPTIONS))
        yield browser
        browser.close()
