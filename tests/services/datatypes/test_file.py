"""GPDataFile."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.datatypes import data_type
from services.errors import InvalidValue
from services.files import DataFile

FILE = data_type("GPDataFile")


@pytest.mark.protocol("6.4 forms of a file")
@pytest.mark.parametrize(
    ("raw", "source"),
    [
        ('{"url": "https://example.org/a.csv"}', ("url", "https://example.org/a.csv")),
        ("https://example.org/a.csv", ("url", "https://example.org/a.csv")),
        (b" HTTP://example.org/a ", ("url", "HTTP://example.org/a")),
        ({"itemID": "i1234"}, ("itemID", "i1234")),
        ('{"portalItemID": "p1"}', ("portalItemID", "p1")),
        ({"url": "", "itemID": "i1"}, ("itemID", "i1")),
    ],
)
def test_files_are_named_by_url_or_item(raw, source):
    assert FILE.parse(raw) == DataFile(None, (source,))


@pytest.mark.parametrize(
    "raw",
    ["", "a.csv", "{}", "[]", "{", 5, None, True, [], {}, {"url": 5}, {"url": None},
     {"itemID": ["a"]}, {"ITEMID": "i1"}, "\0", b"\xff", "https://a b", "x" * 70_000], ids=repr)  # fmt: skip
def test_what_names_no_file_is_refused(raw):
    with pytest.raises(InvalidValue):
        FILE.parse(raw)


def test_path_on_this_machine_never_reaches_the_wire():
    value = DataFile(Path("/var/run/7/a.csv"), (("itemID", "i1"),))
    assert FILE.dump(value) == {"itemID": "i1"}


def test_file_knows_its_name():
    assert DataFile(Path("/tmp/a/b.csv")).name == "b.csv"
    assert DataFile().name == ""
