"""Fixtures: one portal for the session, random inputs that can be had again."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.conftest import unavailable
from tests.contract.draw import Draw
from tests.contract.outcomes import Outcomes, made
from tests.contract.page import Sdk, chromium, served
from tests.contract.site import MODULES, SETUP, Site
from tests.server import portal


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A portal of web server and worker, with the sample services."""
    if not MODULES.exists():
        unavailable("contract", f"{MODULES.name} is missing: make contract")
    folder: Path = tmp_path_factory.mktemp("portal")
    password = secrets.token_urlsafe(12)
    with portal(folder, SETUP, patience=0, CONTRACT_PASSWORD=password) as (address, _):
        yield Site(address, "server", password)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        unavailable("browser", "Chromium is not installed")
    with chromium(path) as started:
        yield started


@pytest.fixture(scope="module")
def origin(
    request: pytest.FixtureRequest,
    site: Site,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """The address of the module's page, another one than the portal's."""
    folder = tmp_path_factory.mktemp("page")
    with served(folder, request.module.SCRIPT) as address:
        assert address != site.address
        yield address


@pytest.fixture
def sdk(browser: Browser, site: Site, origin: str) -> Iterator[Sdk]:
    """A fresh page; at the end nothing has left the machine, and no error is shown."""
    page = browser.new_page(viewport={"width": 640, "height": 440})
    made = Sdk(page, origin, site.address)
    yield made
    page.close()
    made.check()


@pytest.fixture(scope="session")
def results(site: Site) -> Outcomes:
    """A result map, and a hosted layer of several pages."""
    return made(site)


@pytest.fixture
def draw() -> Draw:
    """Random inputs, other ones in each run; CONTRACT_SEED brings those of one back."""
    seed = int(os.environ.get("CONTRACT_SEED", "0")) or secrets.randbits(32)
    print(f"CONTRACT_SEED={seed}")  # pytest shows it if the test fails
    return Draw(seed)
