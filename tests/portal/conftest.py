"""A catalogue of several owners, and a publisher of a part of it."""

from __future__ import annotations

import pytest

from portal.roles import PUBLISHER
from services.models import Folder
from tests.portal.people import someone


@pytest.fixture
def catalogue(published):
    """A service of the publisher's own, one of others, and one in the root."""
    published("toys.Sleep", "Mine/Sleep", sync=False)
    published("toys.Sleep", "Theirs/Sleep", sync=False)
    published("toys.Sleep", "Rooted", sync=False)


@pytest.fixture
def publisher(catalogue):
    user = someone(PUBLISHER)
    Folder.objects.get(name="Mine").owners.add(user)
    return user
