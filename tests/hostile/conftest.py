"""One running portal for all files of this package, looked after in each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.hostile import elsewhere
from tests.hostile.site import Site, running


@pytest.fixture(scope="package")
def other() -> Iterator[elsewhere.Elsewhere]:
    """The servers that the portal may, and may not, fetch from."""
    with elsewhere.running() as found:
        yield found


@pytest.fixture(scope="package")
def portal_of_all(
    tmp_path_factory: pytest.TempPathFactory, other: elsewhere.Elsewhere
) -> Iterator[Site]:
    """The portal of the corpus."""
    with running(tmp_path_factory.mktemp("hostile"), **other.settings()) as site:
        yield site


@pytest.fixture
def site(portal_of_all: Site) -> Iterator[Site]:
    """The portal; the test fails if it has hurt it."""
    yield portal_of_all
    portal_of_all.assert_well()
