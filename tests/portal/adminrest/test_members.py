"""The tables of members: no member twice, all in the docs; and a clash of addresses."""

from __future__ import annotations

from pathlib import Path

import pytest

import portal
from portal.adminrest.members import FACTS, MEMBERS, TOOLBOX, UNUSED, flat, nested
from portal.checks import settings_are_usable

PAGE = Path(portal.__file__).parent / "docs" / "administrator-rest.md"


def test_the_docs_name_every_member_of_the_service_json():
    text = PAGE.read_text("utf-8")
    paths = [path for one in MEMBERS for path in one.paths]
    for path in (*paths, *FACTS, *UNUSED, TOOLBOX):
        assert f"`{path}`" in text


def test_each_member_is_in_one_table():
    paths = [path for one in MEMBERS for path in one.paths]
    every = [*paths, *FACTS, *UNUSED, TOOLBOX]
    assert len(every) == len(set(every))


def test_members_by_path_make_the_document_again():
    document = {"a": 1, "a.b": 2, "properties": {"a": 3, "a.b": {"c": 4}}}
    assert nested(flat(document)) == document


@pytest.mark.parametrize("context", ["admin", "Admin", "static"])
def test_a_context_where_other_pages_are_is_reported(settings, context):
    settings.CONTEXT = context
    assert "portal.E005" in [one.id for one in settings_are_usable(None)]
