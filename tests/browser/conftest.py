"""A headless Chromium, with every console error and refused resource collected."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page, sync_playwright

from tests.conftest import unavailable
from tests.server import portal

# Playwright's loop runs in this thread; Django would refuse the database here.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

_OPTIONS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        unavailable("browser", "Chromium is not installed")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=list(_OPTIONS))
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that fails its test if the console reported an error."""
    made = browser.new_page()
    errors: list[str] = []
    made.on(
        "console",
        lambda line: errors.append(line.text) if line.type == "error" else None,
    )
    made.on("pageerror", lambda error: errors.append(str(error)))
    yield made
    made.close()
    assert not [one for one in errors if "favicon" not in one]


_FILL = """
from django.contrib.auth.models import User
from services.samples import load_samples
load_samples()
User.objects.create_superuser("admin", password="admin-pass-123")
User.objects.create_user("maria", password="maria-pass-123")
User.objects.create_user("omar", password="omar-pass-123")
"""


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running portal with the samples, a worker, and three people.

    They are ``admin``, ``maria`` and ``omar``, each with the password
    ``<name>-pass-123``. All tests of a session share it.
    """
    folder = tmp_path_factory.mktemp("site")
    with portal(folder, _FILL, patience=0) as (address, _):
        yield address


Visit = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser, site: str) -> Iterator[Visit]:
    """Open a page of the portal: ``visit("/tools/", user="maria", width=360)``.

    Further options are those of a Playwright context (``color_scheme``, ``locale``,
    ``java_script_enabled``, ``has_touch``). The test fails if a page has reported an
    error or broken its policy, or has asked another host for anything; ``ignores`` are
    parts of errors that belong to the test.
    """
    contexts, wrong = [], []

    expected = ["status of 422"]  # Chromium calls the page of a refused form a failure

    def open_page(
        path: str, user: str = "", width: int = 1280, height: int = 800,
        ignores: tuple[str, ...] = (), **options: Any,
    ) -> Page:  # fmt: skip
        expected.extend(ignores)
        size: Any = {"width": width, "height": height}
        context = browser.new_context(viewport=size, base_url=site, **options)
        contexts.append(context)
        made = context.new_page()
        made.on(
            "console", lambda line: line.type == "error" and wrong.append(line.text)
        )
        made.on("pageerror", lambda error: wrong.append(str(error)))
        made.on("request", lambda asked: _is_foreign(asked.url, site) and wrong.append(
            f"asked for {asked.url}"))  # fmt: skip
        if user:
            sign_in(made, user)
        made.goto(path)
        return made

    yield open_page
    for one in contexts:
        one.close()
    assert not [one for one in wrong if not any(text in one for text in expected)]


def sign_in(page: Page, user: str) -> None:
    """Sign in as one of the people of the site."""
    page.goto(f"/{settings.CONTEXT}/account/login")
    page.locator("input[name=username]").fill(user)
    page.locator("input[name=password]").fill(f"{user}-pass-123")
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url(lambda url: "/login" not in url)


def _is_foreign(url: str, site: str) -> bool:
    return not url.startswith((site, "data:", "blob:", "about:"))
